"""The plane that an embedding is seen in: principal components, held still through a run."""

import itertools

import numpy as np
import pytest
import torch

from core.lenses.embedding import kind_of, plane, principal

RNG = np.random.default_rng(0)
FIRST = RNG.standard_normal((27, 10)).astype(np.float32)
LAST = (FIRST + 0.4 * RNG.standard_normal((27, 10))).astype(np.float32)


def test_the_plane_is_that_of_pytorch_s_principal_components():
    seen = plane(FIRST, LAST)
    _, singular, axes = torch.pca_lowrank(torch.from_numpy(LAST).double(), q=10, center=True, niter=20)
    assert seen.axes @ seen.axes.T == pytest.approx((axes[:, :2] @ axes[:, :2].T).numpy(), abs=1e-6)
    assert seen.axes.T @ seen.axes == pytest.approx(np.eye(2), abs=1e-12)
    assert seen.share(LAST) == pytest.approx(float((singular[:2] ** 2).sum() / (singular**2).sum()))
    assert not seen.own


def test_the_last_checkpoint_s_share_is_the_largest_there_is():
    best = plane(FIRST, LAST).share(LAST)
    assert 0 < plane(FIRST, FIRST).share(LAST) < best < 1


def test_no_sign_and_no_order_turns_the_picture():
    """Axes point the same way whatever the machine's SVD gives; the plane is turned to where `first` has letters."""
    axes = principal(LAST)
    assert (axes[np.abs(axes).argmax(axis=0), [0, 1]] > 0).all()
    start = plane(FIRST, FIRST)
    seen = plane(FIRST, LAST)
    near = np.linalg.norm(seen.place(LAST) - start.place(FIRST))
    for turn in (np.diag([-1, 1]), np.diag([1, -1]), np.array([[0, 1], [1, 0]]), np.array([[0, -1], [1, 0]])):
        assert near < np.linalg.norm(seen.place(LAST) @ turn - start.place(FIRST))


def test_small_steps_of_the_weights_are_small_steps_of_the_letters():
    """Even where two principal components change places: 2 and 3 are as large as one another half way."""
    scale = np.ones(10)
    ahead, behind = (np.where(np.arange(10) == place, 3.0, scale) for place in (1, 2))
    scale[0] = 5
    ahead[0] = behind[0] = 5
    path = [FIRST * (ahead + (behind - ahead) * t) for t in np.linspace(0, 1, 101)]
    seen = plane(path[0], path[-1])
    places = [seen.place(weight) for weight in path]
    steps = [np.abs(b - a).max() for a, b in itertools.pairwise(places)]
    assert max(steps) < 0.1
    own = [plane(path[0], weight).place(weight) for weight in path]
    assert max(np.abs(b - a).max() for a, b in itertools.pairwise(own)) > 5 * max(steps), "a plane each would jump"


def test_two_dimensions_are_the_embedding_s_own():
    seen = plane(FIRST[:, :2], LAST[:, :2])
    assert seen.own
    assert np.array_equal(seen.place(LAST[:, :2]), LAST[:, :2].astype(np.float64))
    assert seen.share(LAST[:, :2]) == pytest.approx(1)


def test_one_dimension_lies_on_a_line():
    seen = plane(FIRST[:, :1], LAST[:, :1])
    assert np.array_equal(seen.place(LAST[:, :1])[:, 1], np.zeros(27))


def test_numbers_that_are_none_give_no_plane():
    with pytest.raises(ValueError, match="not finite"):
        plane(FIRST, np.full((27, 10), np.inf, np.float32))


def test_all_letters_in_one_place():
    same = np.ones((27, 10), np.float32)
    assert plane(FIRST, LAST).share(same) == 1
    assert np.allclose(plane(same, same).place(same), 0)


@pytest.mark.parametrize(
    ("characters", "kind"), [("aeiouäÖéå", "vowel"), ("bzyñçß", "consonant"), (".", "end"), ("-'7 ", "other")]
)
def test_kinds_of_characters(characters, kind):
    assert {kind_of(character) for character in characters} == {kind}
