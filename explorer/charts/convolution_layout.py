"""Where the nodes of both pictures stand: small trees in two rows above, one wide lattice below.

>>> layout = Layout(lattice)
>>> layout.tree(prediction=2).node(level=1, position=9), layout.slide.radius
((727.48, 329.5), 9.337142857142856)

Places are on a sheet of WIDTH x HEIGHT; its height is in pixels, its width is stretched to the page's.
"""

from dataclasses import dataclass

from core.lenses.convolution.graph import Lattice

WIDTH, HEIGHT = 1000, 420
PIXELS = 0.72  # about so many pixels has a unit of the width
TREES = (206, 402)  # the band of the trees, from below
SLIDE = (4, 176)  # and of the lattice
TITLES = (412, 190)  # where each picture's title stands
MARGIN = 150  # left of the lattice, for the names of its rows
BIGGEST, SMALLEST = 11.0, 1.5  # radii in pixels


@dataclass(frozen=True)
class Panel:
    """Rows from the characters (0) up over some columns, the first of which is position `start`."""

    left: float
    right: float
    low: float
    high: float
    start: int
    columns: int
    rows: int

    @property
    def column(self) -> float:
        return (self.right - self.left) / self.columns

    @property
    def row(self) -> float:
        return (self.high - self.low) / self.rows

    @property
    def radius(self) -> float:
        """Of a node, in pixels."""
        return max(SMALLEST, min(BIGGEST, 0.42 * PIXELS * self.column, 0.38 * self.row))

    @property
    def letter(self) -> float:
        """The size of a letter, in pixels."""
        return max(3.0, min(14.0, 1.1 * PIXELS * self.column, 0.75 * self.row))

    def node(self, level: float, position: int) -> tuple[float, float]:
        return self.left + (position - self.start + 0.5) * self.column, self.low + (level + 0.5) * self.row


@dataclass(frozen=True)
class Layout:
    """One panel for each tree, and `slide` for the lattice, which has a row below the characters: what is seen."""

    lattice: Lattice

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of trees."""
        count = self.lattice.predictions
        rows = 1 if count <= 3 else 2
        return rows, max(-(-count // rows), 2)

    def frame(self, prediction: int) -> tuple[float, float, float, float]:
        """Left, right, low and high of a tree's frame."""
        rows, columns = self.grid
        low, high = TREES
        row, column = divmod(prediction, columns)
        wide, tall = WIDTH / columns, (high - low) / rows
        left, top = column * wide, high - row * tall
        return left + 3, left + wide - 3, top - tall + 2, top - 2

    def tree(self, prediction: int) -> Panel:
        left, right, low, high = self.frame(prediction)
        gap = 0.02 * (right - left)
        return Panel(left + gap, right - gap, low, high, prediction, self.lattice.stack.field, self.lattice.top + 2)

    @property
    def slide(self) -> Panel:
        low, high = SLIDE
        rows = self.lattice.top + 3
        below = (high - low) / rows
        return Panel(MARGIN, WIDTH, low + below, high, 0, self.lattice.length, rows - 1)
