"""Logarithmic axes for the cells of a map, with a separate strip for the value 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline


@dataclass
class CellAxis:
    """Cell edges along a logarithmic axis, with a separate strip for the value 0.

    Cell i lies between edges i and i + 1 and shows the value with index `source[i]`. A source of -1
    marks the empty gap between the strip and the other cells.
    """

    edges: np.ndarray
    source: np.ndarray
    values: np.ndarray

    def at(self, value: float) -> float:
        """The coordinate to mark a value at: the value itself, or the middle of the strip for 0."""
        return value if value != 0 else float(np.sqrt(self.edges[0] * self.edges[1]))


def cell_axis(values: np.ndarray) -> CellAxis:
    """Edges at the geometric midpoints of `values`, which are ascending, distinct and >= 0."""
    positive = values[values > 0]
    lone_half_width = 10**0.25
    if len(positive) > 1:
        inner = np.sqrt(positive[:-1] * positive[1:])
        edges = np.r_[positive[0] ** 2 / inner[0], inner, positive[-1] ** 2 / inner[-1]]
    else:
        edges = np.r_[positive / lone_half_width, positive * lone_half_width]
    if len(positive) == len(values):
        return CellAxis(edges, np.arange(len(values)), values)
    if len(positive) == 0:
        edges = np.array([1 / lone_half_width, lone_half_width])
        return CellAxis(edges, np.array([0]), values)
    # The strip is as wide as an average cell. The gap is a third of that width.
    width = (edges[-1] / edges[0]) ** (1 / len(positive))
    strip = edges[0] / width ** np.array([4 / 3, 1 / 3])
    return CellAxis(np.r_[strip, edges], np.r_[0, -1, 1 : len(values)], values)


def hatched(
    x_edges: np.ndarray, y_edges: np.ndarray, cells: np.ndarray, **style: object
) -> PathPatch:
    """One patch over all true cells, so that the hatch runs through them without breaks."""
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
    """Makes an axis over the cells logarithmic. The strip for 0, if there is one, is labelled 0."""
    axes.set(**{f"{which}scale": "log", f"{which}lim": (cells.edges[0], cells.edges[-1])})
    is_positive = cells.values > 0
    low, high = cells.edges[-1 - np.count_nonzero(is_positive)], cells.edges[-1]
    exponents = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    exponents = exponents[:: len(exponents) // 8 + 1]  # Few enough labels to fit.
    marks = list(10.0**exponents)
    labels = [f"$10^{{{exponent:.0f}}}$" for exponent in exponents]
    if len(marks) < 2:  # The range is too short for decades: label the ends of the grid.
        marks = sorted(set(cells.values[is_positive][[0, -1]])) if is_positive.any() else []
        labels = [f"{mark:.2g}" for mark in marks]
    if not is_positive.all():
        marks, labels = [cells.at(0), *marks], ["0", *labels]
    minor = np.outer(10.0 ** np.arange(np.floor(np.log10(low)), np.log10(high)), np.arange(2, 10))
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(marks, labels)
    axis.set_ticks(minor[(minor >= low) & (minor <= high)], minor=True)
    axis.set_minor_formatter(ticker.NullFormatter())
