"""Words in, contexts and targets out: vocabulary, splits and training examples."""

import hashlib
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

BUILTIN = Path(__file__).resolve().parent.parent / "data" / "names.txt"
END = "."  # code 0: starts and ends every word
SPLITS = ("train", "val", "test")
ALL = "all"  # in place of a split: every word
NOTHING = -1  # in place of a target where there is nothing to predict

MAX_BYTES = 50_000_000
MAX_WORD = 100  # characters
MAX_CHARS = 200  # distinct characters
MIN_WORDS = 10  # the fewest that leave a word in each split
MAX_EXAMPLE_BYTES = 2 * 2**30  # of one split's contexts

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class DatasetError(ValueError):
    """One clear sentence: which file and line is wrong, and what to do."""


@dataclass(frozen=True)
class Dataset:
    """A list of words, and what a model sees of it.

    >>> names = Dataset.builtin()
    >>> names.vocab_size, names.encode("emma."), names.decode([5, 13, 13, 1])
    (27, [5, 13, 13, 1, 0], 'emma')
    >>> contexts, targets = names.examples("train", context=8)    # int64 (N, 8) and (N,)
    >>> contexts, targets = names.examples("train", context=8, positions=4)    # int64 (N, 11) and (N, 4)

    Characters are numbered from 1 in sorted order; 0 is ".", which pads a context on the left and ends a word.
    Create one with `from_text`, `from_bytes`, `from_file` or `builtin`: they check the words (DatasetError).
    """

    name: str
    words: tuple[str, ...]
    _examples: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def from_text(cls, text: str, name: str) -> "Dataset":
        """One word a line; blank lines, spaces around a word, CRLF and a leading BOM do not matter."""
        if len(text) > MAX_BYTES:
            raise DatasetError(_too_large(name))
        lines = lines_of(text)
        _check_lengths(lines, name)
        words = [word for word in map(str.strip, lines) if word]
        _check_characters(set("".join(words)), lines, name)
        if not words:
            raise DatasetError(f"{name} is empty: give a text file with one word a line.")
        if len(words) < MIN_WORDS:
            count = "1 word" if len(words) == 1 else f"{len(words)} words"
            raise DatasetError(f"{name} has only {count}: give at least {MIN_WORDS}, one a line.")
        return cls(name, tuple(words))

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> "Dataset":
        """The content of a file, as an upload brings it."""
        return cls.from_text(decoded(data, name), name)

    @classmethod
    def from_file(cls, path: str | Path) -> "Dataset":
        return cls.from_bytes(content(path), Path(path).name)

    @classmethod
    def builtin(cls) -> "Dataset":
        """The names that come with the app, `data/names.txt`."""
        return cls.from_file(BUILTIN)

    @cached_property
    def chars(self) -> str:
        """The distinct characters in sorted order, without "."; code i + 1 is chars[i]."""
        return "".join(sorted(set("".join(self.words))))

    @property
    def vocab_size(self) -> int:
        return len(self.chars) + 1

    @cached_property
    def text(self) -> str:
        """One word a line, each ended by a newline: `from_text(text, name)` gives the same dataset."""
        return "\n".join(self.words) + "\n"

    @cached_property
    def sha256(self) -> str:
        """Of `text`, so that blank lines and line ends do not matter."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def splits(self) -> dict[str, tuple[str, ...]]:
        """{"train", "val", "test"}: the course's 80/10/10 split by words, after its shuffle with seed 42."""
        words = list(self.words)
        random.Random(42).shuffle(words)
        n1, n2 = int(0.8 * len(words)), int(0.9 * len(words))
        return dict(zip(SPLITS, (tuple(words[:n1]), tuple(words[n1:n2]), tuple(words[n2:])), strict=True))

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {char: code for code, char in enumerate(END + self.chars)}

    def encode(self, text: str) -> list[int]:
        """Codes of a text, "." being 0. Raises DatasetError for a character that is not in the words."""
        try:
            return [self._codes[char] for char in text]
        except KeyError as error:
            shown = self.chars if len(self.chars) <= 40 else self.chars[:40] + " and others"
            raise DatasetError(f"{error} does not occur in {self.name}: use only {shown}.") from None

    def decode(self, codes: Iterable[int]) -> str:
        symbols = END + self.chars
        return "".join(symbols[code] for code in codes)

    def window(self, text: str, context: int) -> np.ndarray:
        """The context a model sees after `text`: its last `context` codes, int64 (context,), 0 on the left."""
        codes = ([0] * context + self.encode(text))[-context:]
        return np.array(codes, np.int64)

    def examples(self, split: str, context: int, positions: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Contexts int64 (N, context) and targets int64 (N,): one example per character, one per end of a word.

        `split` is "train", "val", "test" or "all". With more than one position, an example is a stretch of a word:
        contexts (N, context + positions - 1), targets (N, positions), each of them seen from the `context` characters
        before it. Stretches are laid from a word's end, so that each of its predictions is in one; before the word's
        beginning targets are NOTHING. Computed once, then shared: both arrays are read-only.
        """
        key = split, context, positions
        if key not in self._examples:
            self._examples[key] = self._build(*key)
        return self._examples[key]

    def size(self, split: str, positions: int = 1) -> int:
        """How many examples a split gives."""
        return int((-(-self._predictions(split) // positions)).sum())

    def _chosen(self, split: str) -> tuple[str, ...]:
        return self.words if split == ALL else self.splits[split]

    def _predictions(self, split: str) -> np.ndarray:
        """Of each word: its characters, and its end."""
        words = self._chosen(split)
        return np.fromiter(map(len, words), np.int64, len(words)) + 1

    def _build(self, split: str, context: int, positions: int) -> tuple[np.ndarray, np.ndarray]:
        predictions = self._predictions(split)
        stretches = -(-predictions // positions)  # of each word
        width, count = context + positions - 1, int(stretches.sum())
        if (size := count * width * 8) > MAX_EXAMPLE_BYTES:
            raise DatasetError(
                f"{self.name} with a context of {context} needs {size / 2**30:.1f} GB of examples, "
                f"at most {MAX_EXAMPLE_BYTES / 2**30:.0f} GB are allowed: use fewer words or a shorter context."
            )
        codes = self._flat(self._chosen(split))
        stops = np.cumsum(width + predictions)  # where each word ends, once it has room for a context before it
        places = np.arange(len(codes)) + np.repeat(width * np.arange(1, len(stops) + 1), predictions)
        to_go = np.repeat(np.cumsum(stretches), stretches) - np.arange(1, count + 1)  # stretches up to the word's end
        ends = np.repeat(stops, stretches) - to_go * positions

        def windows(size: int, ends: np.ndarray, before: int) -> np.ndarray:
            """The `size` codes up to each end; `before` where the word has not begun."""
            spread = np.full(stops[-1], before, np.int64)
            spread[places] = codes
            return sliding_window_view(spread, size)[ends - size]

        contexts, targets = windows(width, ends - 1, 0), windows(positions, ends, NOTHING)
        if positions == 1:
            targets = targets[:, 0]
        for array in (contexts, targets):
            array.setflags(write=False)
        return contexts, targets

    def _flat(self, words: tuple[str, ...]) -> np.ndarray:
        """All codes one after the other, a 0 after each word: (N,)."""
        points = np.frombuffer((END.join(words) + END).encode("utf-32-le"), np.uint32)
        known = np.frombuffer(self.chars.encode("utf-32-le"), np.uint32)
        codes = np.searchsorted(known, points) + 1  # chars are sorted by code point
        codes[points == ord(END)] = 0
        return codes


def content(path: str | Path) -> bytes:
    """The bytes of a file of words, of a larger one its beginning. Raises DatasetError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)  # no more: a device may have no end
    except FileNotFoundError:
        raise DatasetError(f"{path} does not exist: give the path of a text file with one word a line.") from None
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}): give a readable text file.") from None


def decoded(data: bytes, name: str) -> str:
    """The text of a file of words. Raises DatasetError where it is too large or no text."""
    if len(data) > MAX_BYTES:
        raise DatasetError(_too_large(name))
    try:
        text, wrong = data.decode("utf-8"), data.find(0)
    except UnicodeDecodeError as error:
        text, wrong = "", error.start
    if wrong >= 0:
        line = len(lines_of(data[:wrong].decode("latin-1")))
        raise DatasetError(
            f"{name} is not plain text in UTF-8, line {line:,} has the byte 0x{data[wrong]:02X}: save it as UTF-8, "
            "with one word a line."
        )
    return text


def lines_of(text: str) -> list[str]:
    """Lines as a file of words has them: LF, CRLF and CR end one, a leading BOM does not matter."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def fault_of(char: str) -> tuple[str, str] | None:
    """Why a character cannot stand in a word, and the cure; None where it can.

    >>> fault_of("."), fault_of("é")
    (("a '.', which marks the end of a word", 'take it out'), None)
    """
    if char == END:
        return "a '.', which marks the end of a word", "take it out"
    if char.isspace():
        return "a space inside a word", "write one word a line"
    if _CONTROL.match(char):
        return f"a control character (code {ord(char)})", "give plain text with one word a line"
    return None


def _too_large(name: str) -> str:
    return f"{name} is larger than {MAX_BYTES // 1_000_000} MB: give a smaller file."


def _check_lengths(lines: list[str], name: str) -> None:
    if max(map(len, lines)) <= MAX_WORD:
        return
    for number, line in enumerate(lines, 1):
        length = len(line.strip())
        if length > MAX_WORD:
            raise DatasetError(
                f"Line {number:,} of {name} has {length:,} characters, a word at most {MAX_WORD}: "
                "write one word a line."
            )


def _check_characters(chars: set[str], lines: list[str], name: str) -> None:
    """Looks at the set of characters; only an error looks for its line."""
    for char in sorted(chars):
        fault = fault_of(char)
        if fault is None:
            continue
        wrong, cure = fault
        number = next(i for i, line in enumerate(lines, 1) if char in line.strip())
        raise DatasetError(f"Line {number:,} of {name} has {wrong}: {cure}.")
    if len(chars) > MAX_CHARS:
        raise DatasetError(
            f"{name} has {len(chars):,} distinct characters, at most {MAX_CHARS} are possible: "
            "give words of an alphabet."
        )
