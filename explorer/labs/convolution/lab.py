"""One word, many trees against one sliding pass: stepped through, counted, compared and timed.

>>> convolution_lab()
"""

import math

import streamlit as st

from core.dataset import Dataset, DatasetError
from core.lenses.convolution.graph import Lattice
from core.lenses.convolution.network import Comparison
from core.lenses.convolution.stack import KERNELS, ConvolutionError, Stack, drawable, listed, read_dilations
from explorer import session, theme
from explorer.labs.convolution.costs import costs
from explorer.labs.convolution.network import Own, chosen, logits, of_run
from explorer.labs.convolution.steps import transport, walk
from explorer.labs.words import words
from explorer.markdown import plain
from explorer.panels.typed_text import LIVE, known_only, one_word, refusal
from explorer.panels.word_choice import suggest

WORD, DILATIONS, KERNEL, WAY = "conv_word", "conv_dilations", "conv_kernel", "conv_way"
GOOD_WORD, GOOD_STACK = "conv_good_word", "conv_good_stack"
WAYS = {"Training": "one_pass", "Sampling": "cached"}
EXAMPLE = "diondre"  # the course's
LONGEST = 15  # letters


def convolution_lab() -> None:
    dataset = words()
    own = of_run()
    complaints: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        word = _word(dataset, complaints)
        dilations, kernel = _shape(own, complaints)
        used = chosen(own, dataset.vocab_size, dilations, kernel)
        lattice = Lattice(used.network.stack, len(word) + 1)
        way = WAYS[
            st.segmented_control(
                "Way",
                list(WAYS),
                default=session.get(session.keep(WAY, "Training")),
                key=WAY,
                required=True,
                help="Training: the word is there, all its predictions are made. Sampling: each character is known "
                "only once the one before is drawn.",
            )
        ]
        transport(lattice, way)
    if complaints:
        st.warning("  \n".join(complaints), icon=":material/rule:")
    if own.network is None and own.said:
        st.info(plain(own.said), icon=":material/visibility:")
    walk(lattice, word, way)
    st.caption(" ".join(_words(used, own, dataset.encode(word))))
    costs(lattice, used, dataset.encode(word))


def _word(dataset: Dataset, complaints: list[str]) -> str:
    """What is typed, as the words spell it; while that cannot be, what was typed before."""
    suggest(WORD, EXAMPLE if set(EXAMPLE) <= set(dataset.chars) else dataset.words[0][:LONGEST])
    typed = st.text_input(
        "Word",
        session.get(WORD),
        key=WORD,
        max_chars=LONGEST,
        live=LIVE,
        width=170,
        help=f"Up to {LONGEST} letters of the data. Each of them is predicted, and the end of the word; without any, "
        "the first one alone.",
    )
    try:
        word = one_word(typed, dataset)
    except DatasetError as error:
        word = known_only(session.get(GOOD_WORD, ""), dataset)
        complaints.append(refusal(error, word))
    session.put(GOOD_WORD, word)
    return word


def _shape(own: Own, complaints: list[str]) -> tuple[tuple[int, ...], int]:
    """Dilations and kernel as typed, at first the run's; while they make no sense, those before."""
    theirs = own.network.stack if own.network else Stack.plain((1, 2, 4), 2)
    suggest(DILATIONS, listed(theirs.dilations))
    suggest(KERNEL, theirs.kernel)
    typed = st.text_input(
        "Dilations",
        session.get(DILATIONS),
        key=DILATIONS,
        max_chars=40,
        live=LIVE,
        width=120,
        help="One convolution each: how far apart the positions are that it reads. The course's hierarchy is 1, 2, 4.",
    )
    kernel = st.number_input(
        "Kernel",
        *KERNELS,
        session.get(KERNEL),
        key=KERNEL,
        width=110,
        help="How many positions of the level below a node reads.",
    )
    try:
        dilations = read_dilations(typed)
        drawable(Stack.plain(dilations, kernel))
    except ConvolutionError as error:
        dilations, kernel = session.get(GOOD_STACK, (theirs.dilations, theirs.kernel))
        complaints.append(refusal(error, f"dilations {listed(dilations)}, kernel {kernel}"))
    session.put(GOOD_STACK, (dilations, kernel))
    return dilations, kernel


def _words(used: Own, own: Own, codes: list[int]) -> list[str]:
    """How many characters are seen, whether the logits agree, and whose weights they are."""
    stack = used.network.stack
    reaches = " + ".join(f"{stack.kernel - 1}·{dilation}" for dilation in stack.dilations)
    seen = len(stack.needed()[0])
    gaps = "" if seen == stack.field else f", but for the gaps: {seen} of them"
    said = [
        f"A prediction sees {stack.field} characters, 1 + {reaches}{gaps}.",
        _agreement(logits(used, tuple(codes))),
        used.said,
    ]
    if own.network and used is not own:
        said.append("The run has other dilations or another kernel.")
    return [plain(sentence) for sentence in said]


def _agreement(found: Comparison) -> str:
    if math.isnan(found.largest):
        return "The logits are not numbers: the weights have diverged."
    apart = f"the largest difference of {found.one_pass.size} is {theme.number(found.largest, 2)}"
    return f"Both ways give the same logits: {apart}." if found.agree else f"The logits of both ways differ: {apart}."
