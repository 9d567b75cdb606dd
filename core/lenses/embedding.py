"""Where an embedding puts its characters, seen in one plane that stays the same through a whole run.

    >>> seen = plane(first, last)                # weights of the first and of the last checkpoint, (V, C)
    >>> places = seen.place(weight)              # those of any other: (V, 2)
    >>> round(seen.share(weight), 2)             # how much of its variance the plane shows
    0.36

The plane is that of the last checkpoint's two principal components. Principal components of each moment would show
little more and jump where two of them change places: neighbouring ones are often of almost the same size.
"""

import unicodedata
from dataclasses import dataclass

import numpy as np

from core.dataset import END


@dataclass(frozen=True)
class Plane:
    """Two directions in the space of the embedding, at right angles."""

    axes: np.ndarray  # float64 (C, 2)
    own: bool  # these are the embedding's own dimensions, as it has no more than two

    def place(self, weight: np.ndarray) -> np.ndarray:
        """(V, 2) float64: where the characters lie; around their mean, unless these are the own dimensions."""
        weight = weight.astype(np.float64)
        return (weight if self.own else weight - weight.mean(axis=0)) @ self.axes

    def share(self, weight: np.ndarray) -> float:
        """The part of the characters' variance that the plane shows, 0 to 1."""
        total = weight.astype(np.float64).var(axis=0).sum()
        return float(self.place(weight).var(axis=0).sum() / total) if total > 0 else 1.0


@dataclass(frozen=True)
class Letters:
    """An embedding at a step. Places are NaN or Inf where its numbers are."""

    step: int
    characters: str  # "." and the words' own, in the order of the rows
    first: np.ndarray  # (V, 2): where they lay before the first step
    places: np.ndarray  # (V, 2): where they lie
    channels: int  # C
    share: float  # of the variance that the plane shows
    reach: float  # the axes go from -reach to reach

    @property
    def finite(self) -> np.ndarray:
        """bool (V,): whose places are numbers."""
        return np.isfinite(self.places).all(axis=1)


def plane(first: np.ndarray, reference: np.ndarray) -> Plane:
    """The principal plane of `reference`, turned so that characters lie as near as can be to where `first` has them.

    >>> plane(first, first).axes.shape
    (10, 2)

    Two dimensions or fewer are taken as they are. Both are (V, C); numbers that are not finite raise ValueError.
    """
    channels = reference.shape[1]
    if channels <= 2:
        return Plane(np.eye(channels, 2), own=True)
    axes = principal(reference)
    wanted = Plane(principal(first), own=False).place(first)
    return Plane(axes @ _rotation(Plane(axes, own=False).place(reference), wanted), own=False)


def principal(weight: np.ndarray) -> np.ndarray:
    """The two directions of largest variance, (C, 2); each points where its largest component is positive."""
    if not np.isfinite(weight).all():
        raise ValueError("The embedding holds numbers that are not finite.")
    centred = weight.astype(np.float64) - weight.mean(axis=0, dtype=np.float64)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2].T
    return axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])


def _rotation(places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Orthogonal Procrustes: the rotation or reflection (2, 2) that brings `places` nearest to `wanted`."""
    u, _, vt = np.linalg.svd(places.T @ wanted)
    return u @ vt


def kind_of(character: str) -> str:
    """What a character is in a name, accents aside: "vowel", "consonant", "end" or, for what is no letter, "other".

    >>> [kind_of(character) for character in "aÿb.é-"]
    ['vowel', 'consonant', 'consonant', 'end', 'vowel', 'other']
    """
    if character == END:
        return "end"
    base = unicodedata.normalize("NFD", character)[0].lower()
    if base in "aeiou":
        return "vowel"
    return "consonant" if base.isalpha() else "other"
