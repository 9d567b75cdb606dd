"""The course as a path: what each page is for, and which part explains it.

>>> course_path()
"""

import streamlit as st

from explorer.chapters import CHAPTERS
from explorer.navigation import link

PATH = {
    "bigram": "Count pairs, then learn to",
    "data": "Turn words into examples",
    "learning_rate": "Find a learning rate",
    "initialisation": "Begin well: scales and gains",
    "batchnorm": "Tie a batch together",
    "backprop": "Find every gradient by hand",
    "train": "Train, and read the loss curve",
    "receptive_field": "See what each node can see",
    "products": "See which shapes fit together",
    "shapes": "Follow shapes layer by layer",
    "activations": "Watch what the layers put out",
    "convolution": "Slide along a word",
    "gradients": "Check that every layer learns",
    "predict": "Let it write names",
}


def course_path() -> None:
    """In the course's order, down the left column and on down the right one."""
    half = (len(PATH) + 1) // 2
    for column, pages in zip(st.columns(2, gap="large"), (list(PATH)[:half], list(PATH)[half:]), strict=True):
        with column, st.container(gap="xxsmall"):
            for page in pages:
                where, what, when = st.columns([40, 49, 16], vertical_alignment="center", gap="xsmall")
                with where:
                    link(page, help=f"Where the course explains it: {CHAPTERS[page]}")
                what.caption(PATH[page])
                when.caption(f"part {CHAPTERS[page].part}")
