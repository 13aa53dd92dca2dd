"""Logarithmic axes for the cells of a map, with a separate strip for the value 0.

Positions along an axis are decimal logarithms, so that values near the ends of a double have room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import PathPatch

Array = np.ndarray[Any, Any]


@dataclass
class CellAxis:
    """Cell edges along a logarithmic axis, as decimal logarithms, with a strip for the value 0.

    Cell i lies between edges i and i + 1 and shows the value with index `source[i]`. A source of -1
    marks the empty gap between the strip and the other cells.
    """

    edges: Array
    source: Array
    values: Array

    def at(self, value: float) -> float:
        """The position to mark a value at: its logarithm, or the middle of the strip for 0."""
        return float(np.log10(value) if value != 0 else (self.edges[0] + self.edges[1]) / 2)


def cell_axis(values: Array) -> CellAxis:
    """Edges at the geometric midpoints of `values`, which are ascending, distinct and >= 0."""
    positive = np.log10(values[values > 0])
    lone_half_width = 0.25
    if len(positive) > 1:
        inner = (positive[:-1] + positive[1:]) / 2
        edges = np.r_[2 * positive[0] - inner[0], inner, 2 * positive[-1] - inner[-1]]
    else:
        edges = np.r_[positive - lone_half_width, positive + lone_half_width]
    if len(positive) == len(values):
        return CellAxis(edges, np.arange(len(values)), values)
    if len(positive) == 0:
        edges = np.array([-lone_half_width, lone_half_width])
        return CellAxis(edges, np.array([0]), values)
    # The strip is as wide as an average cell. The gap is a third of that width.
    width = (edges[-1] - edges[0]) / len(positive)
    strip = edges[0] - width * np.array([4 / 3, 1 / 3])
    return CellAxis(np.r_[strip, edges], np.r_[0, -1, 1 : len(values)], values)


def hatched(
    x_edges: Array, y_edges: Array, cells: Array, **style: Any
) -> PathPatch:
    """One patch over all true cells, so that the hatch runs through them without breaks."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    outlines = []
    for column in range(cells.shape[1]):
        # The rows at which this column enters and leaves the region, in pairs.
        padded = np.concatenate([[False], cells[:, column], [False]])
        changes = np.flatnonzero(padded[1:] != padded[:-1])
        left, right = x_edges[column], x_edges[column + 1]
        for bottom, top in zip(y_edges[changes[::2]], y_edges[changes[1::2]]):
            corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
            outlines.append(Outline(corners, closed=True))
    return PathPatch(Outline.make_compound_path(*outlines), **style)


def set_log_axis(axes: Axes, which: str, cells: CellAxis) -> None:
    """Labels an axis over the cells with powers of ten. The strip for 0 is labelled 0."""
    from matplotlib import ticker

    axes.set(**{f"{which}lim": (cells.edges[0], cells.edges[-1])})
    is_positive = cells.values > 0
    low, high = cells.edges[-1 - np.count_nonzero(is_positive)], cells.edges[-1]
    # The outer cells may reach beyond the range of a double, from 1e-323 to 1e308.
    decades = np.arange(np.ceil(max(low, -323)), np.floor(min(high, 308)) + 1)
    # Few enough labels to fit, at round exponents.
    steps = ((1, 8), (2, 8), (5, 7), (10, 7), (20, 7), (50, 5), (100, 5), (200, 5))
    step = next(step for step, most in steps if len(decades) <= most * step)
    marks = decades[decades % step == 0]
    labels = [f"$10^{{{mark:.0f}}}$" for mark in marks]
    if len(marks) < 2:  # The range is too short for decades: label the ends of the grid.
        ends = sorted(set(cells.values[is_positive][[0, -1]])) if is_positive.any() else []
        marks, labels = [cells.at(end) for end in ends], [f"{end:.2g}" for end in ends]
    if not is_positive.all():
        marks, labels = [cells.at(0), *marks], ["0", *labels]
    # Between the labels: 2 to 9 times a power of ten, or whole decades where only some have labels.
    minor = np.add.outer(np.arange(np.floor(low), high), np.log10(np.arange(2, 10))).ravel()
    if step > 1:
        minor = decades if len(decades) <= 40 else np.array([])
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(marks, labels)
    axis.set_ticks(minor[(minor >= low) & (minor <= high)], minor=True)
    axis.set_minor_formatter(ticker.NullFormatter())
