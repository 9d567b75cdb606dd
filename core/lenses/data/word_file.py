"""A file of words read line by line: what is wrong with which line, and what happens with it.

>>> names = "\\n".join(["emma", "mary ann", "ava", "emma", *"abcdefghi"])
>>> reading = read(names.encode(), "names.txt")
>>> [(remark.line, remark.what, remark.outcome) for remark in reading.remarks]
[(2, 'has a space inside a word', 'left out'), (4, 'is the same word as line 1', 'kept: it counts twice')]
>>> len(reading.dataset.words), reading.left_out
(12, 1)
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from core.dataset import END, MAX_WORD, MIN_WORDS, Dataset, DatasetError, decoded, fault_of, lines_of

LISTED = 40  # remarks of one kind
SHOWN = 30  # characters of a line
LEFT_OUT, TRIMMED, SKIPPED = "left out", "kept without them", "skipped"
AGAIN = "kept: it counts {times}"
_SUSPECT = re.compile(rf"[\s\x00-\x1f\x7f{re.escape(END)}]")  # just the characters that have a `fault_of`


@dataclass(frozen=True)
class Remark:
    """One line of a file that is not simply a word."""

    line: int  # from 1
    shown: str  # its text, cut to SHOWN characters
    what: str  # "has a space inside a word": the line is its subject
    outcome: str  # what happens with it: "left out", ...


@dataclass
class Reading:
    """What a file of words holds.

    `remarks` are in the order of lines, at most LISTED of each kind; `counts` has how many there are of each: keys are
    kinds ("left out", "blank", "spaces", "again").
    """

    dataset: Dataset
    lines: int
    remarks: list[Remark] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    @property
    def left_out(self) -> int:
        return self.counts["left out"]

    @property
    def notice(self) -> str | None:
        """One sentence on the lines that are left out; None where none is."""
        return f"{self.dataset.name}: {_omitted(self.remarks, self.left_out)}." if self.left_out else None


def read(data: bytes, name: str) -> Reading:
    """Keep the lines that are words, say what is so with the others.

    Raises DatasetError, one clear sentence, where no list of words remains.
    """
    text = decoded(data, name)
    lines = lines_of(text)
    if lines[-1] == "":
        lines.pop()  # the last line's own end
    notes = _Notes()
    first: dict[str, int] = {}
    times: Counter = Counter()
    words = []
    for number, line in enumerate(lines, 1):
        word = line.strip()
        wrong = _wrong(word)
        if not word:
            notes.add("blank", number, line, "is blank", SKIPPED)
            continue
        if wrong:
            notes.add("left out", number, word, wrong, LEFT_OUT)
            continue
        if word != line:
            notes.add("spaces", number, line, "has spaces around the word", TRIMMED)
        times[word] += 1
        if times[word] == 1:
            first[word] = number
        else:
            count = "twice" if times[word] == 2 else f"{times[word]:,} times"
            notes.add("again", number, word, f"is the same word as line {first[word]:,}", AGAIN.format(times=count))
        words.append(word)
    if notes.counts["left out"] and len(words) < MIN_WORDS:
        raise DatasetError(_too_few(name, len(words), notes))
    dataset = Dataset.from_text("\n".join(words), name)
    return Reading(dataset, len(lines), notes.remarks, notes.counts)


def _too_few(name: str, words: int, notes: "_Notes") -> str:
    left = "Only 1 word is" if words == 1 else f"Only {words} words are" if words else "No word is"
    omitted = _omitted(notes.remarks, notes.counts["left out"])
    return f"{left} left of {name}, at least {MIN_WORDS} are needed: {omitted}."


def _omitted(remarks: list[Remark], count: int) -> str:
    """ "line 6 has a space inside a word and is left out, as are 2 more lines" """
    first = next(remark for remark in remarks if remark.outcome == LEFT_OUT)
    others = "" if count == 1 else ", as is 1 more line" if count == 2 else f", as are {count - 1:,} more lines"
    comma = "," if "," in first.what else ""
    return f"line {first.line:,} {first.what}{comma} and is left out{others}"


class _Notes:
    def __init__(self):
        self.remarks: list[Remark] = []
        self.counts: Counter = Counter()

    def add(self, kind: str, line: int, text: str, what: str, outcome: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= LISTED:
            shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
            self.remarks.append(Remark(line, shown, what, outcome))


def _wrong(word: str) -> str | None:
    """Why a line is no word, or None."""
    if len(word) > MAX_WORD:
        return f"has {len(word):,} characters, a word at most {MAX_WORD}"
    found = _SUSPECT.search(word)
    return f"has {fault_of(found[0])[0]}" if found else None
