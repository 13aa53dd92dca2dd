"""The accessor ``.lrscape`` of datasets: answers about the maps of a sweep, with their uncertainty."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import xarray as xr

from lrscape.maps import axis_of, maps_of, pairs_of, scattered
from lrscape.values import real

BEST = ("loss", "standard_error", "expected_loss", "expected_low", "expected_high",
        "learning_rate", "weight_decay", "cells_as_good", "lowest_learning_rate",
        "highest_learning_rate", "lowest_weight_decay", "highest_weight_decay")  # fmt: skip
SLOPE = ("slope", "low", "high", "points", "lowest_learning_rate", "highest_learning_rate")
WIDTH = ("expected_loss", "decades", "decades_low", "decades_high", "lowest_learning_rate", "highest_learning_rate",
         "ranges", "opens_low", "opens_high")  # fmt: skip
COMPARED = ("seeds", "first_better", "second_better", "diverged_in_both", "difference_of_best",
            "difference_of_best_error")  # fmt: skip


@xr.register_dataset_accessor("lrscape")  # type: ignore[no-untyped-call, unused-ignore]
class Answers:
    """Answers about the result of a sweep: the numbers of ``lrscape show``, ``slice`` and ``compare``.

    A map has the losses of one configuration over learning rates, weight decays and seeds. Every
    answer has one value per map, along ``optimizer`` and the further axes, so select
    a part of the dataset first to ask about that part: ``result.sel(beta2=0.99).lrscape.best()``.
    Numbers are NaN where there is no answer.

    Examples
    --------
    >>> import lrscape
    >>> result = lrscape.sweep(lr="1e-3:1:5", wd="1e-3:1:5", seeds=3, epochs=2)
    >>> result.lrscape.best().sizes["optimizer"]
    1
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def best(self) -> xr.Dataset:
        """The best cell of each map, and the cells that are as good.

        Returns
        -------
        xarray.Dataset
            ``loss`` with its ``standard_error`` over seeds, ``learning_rate`` and ``weight_decay``
            of the cell with the least mean loss; ``expected_loss``, the loss to expect there with
            new seeds, by cross-validation, with its 95 % interval from ``expected_low`` to
            ``expected_high``; ``cells_as_good``, the number of cells whose paired
            difference to the best is at most one standard error (the best included), with their
            lowest and highest learning rate and weight decay; ``edge``, the sides of the map on
            which the best cell lies, separated by "; ".

        Raises
        ------
        ValueError
            If the dataset is no result of a sweep.

        Examples
        --------
        >>> import lrscape
        >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=[0.0, 0.1], seeds=2, epochs=2)
        >>> result.lrscape.best().weight_decay.dims
        ('optimizer',)
        """
        maps = maps_of(self._dataset)
        found = {one.place: one.losses.best() for one in maps.all}
        answer = maps.along_maps(BEST, lambda one: found[one.place])
        edges = np.full(maps.sizes, "", dtype=np.dtypes.StringDType())
        for place, best in found.items():
            if best is not None:
                edges[place] = "; ".join(best["edge"])
        return answer.assign(edge=(maps.dimensions, edges))

    def ridge(self) -> xr.Dataset:
        """The best weight decay for each learning rate, where the valley closes inside the map.

        Returns
        -------
        xarray.Dataset
            ``weight_decay`` over the dimensions of the configurations and ``learning_rate``: the
            minimum of a parabola in log weight decay, fitted to the valley: the cells within 2 % of the
            lowest loss of the learning rate. NaN where the valley reaches the edge of the map.

        Raises
        ------
        ValueError
            If the dataset is no result of a sweep.

        Examples
        --------
        >>> import lrscape
        >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=[0.0, 0.1], seeds=2, epochs=2)
        >>> result.lrscape.ridge().weight_decay.dims
        ('optimizer', 'learning_rate')
        """
        maps = maps_of(self._dataset)
        rates = axis_of(maps, "learning_rates")
        columns = [(one, one.losses.ridge()) for one in maps.all]
        placed = scattered(maps, ("learning_rate",), columns, ("weight_decay",), {"learning_rate": rates})
        return maps.dataset(placed, {"learning_rate": rates})

    def slope(self) -> xr.Dataset:
        """The slope of log(best weight decay) over log(learning rate).

        Returns
        -------
        xarray.Dataset
            ``slope`` with its 95 % interval from ``low`` to ``high``, the number of ``points`` of the
            ridge and their lowest and highest learning rate. NaN for fewer than three points.

        Raises
        ------
        ValueError
            If the dataset is no result of a sweep.

        Examples
        --------
        >>> import lrscape
        >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=[0.0, 0.1], seeds=2, epochs=2)
        >>> float(result.lrscape.slope().slope[0])
        nan
        """
        return maps_of(self._dataset).along_maps(SLOPE, lambda one: one.losses.slope())

    def slice(
        self, *, wd: float | None = None, product: float | None = None, within: float = 0.02
    ) -> xr.Dataset:
        """The loss along a tuning strategy: at a weight decay, or at a product lr x wd.

        Parameters
        ----------
        wd, product
            The weight decay, or the product of learning rate and weight decay, to hold fixed. Between
            two weight decays of the map, losses are interpolated in log weight decay.
        within
            The width counts the decades of learning rate whose loss is at most (1 + within) times the
            best loss of the slice, which is estimated by cross-validation.

        Returns
        -------
        xarray.Dataset
            Over ``learning_rate``: ``loss``, ``standard_error``, ``weight_decay`` and ``interpolated``.
            For each map: ``expected_loss``, the best loss by cross-validation, from which the width
            is measured; the width in ``decades`` with its 95 % interval, the lowest and highest
            learning rate within, the number of separate ``ranges`` that the width adds up, and
            ``opens_low`` and ``opens_high``, whether the range may extend beyond the map.

        Raises
        ------
        ValueError
            If neither or both of `wd` and `product` are given, if no weight decay of the slice lies
            on the map, or unless 0 < `within` < 1.

        Examples
        --------
        >>> import lrscape
        >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=[0.001, 0.1], seeds=2, epochs=2)
        >>> result.lrscape.slice(wd=0.01).loss.dims
        ('optimizer', 'learning_rate')
        """
        if (wd is None) == (product is None):
            raise ValueError("give either wd or product")
        held = wd if wd is not None else product
        numbers = real(held, "wd" if product is None else "product"), real(within, "within")
        maps = maps_of(self._dataset)
        found = [(one, one.losses.slice(product is not None, *numbers)) for one in maps.all]
        rates = axis_of(maps, "learning_rates")
        names = ("loss", "standard_error", "weight_decay", "interpolated")
        placed = scattered(maps, ("learning_rate",), found, names, {"learning_rate": rates})
        by_place = {one.place: table for one, table in found}
        width = maps.along_maps(WIDTH, lambda one: by_place[one.place])
        return maps.dataset(placed, {"learning_rate": rates}).assign(width.data_vars)

    def compare(self, other: xr.Dataset) -> xr.Dataset:
        """The difference of two results on the cells and seeds that both have.

        Parameters
        ----------
        other
            A result with maps of the same optimizers and settings, which are compared with the maps
            that have the same labels; or a single map, which is compared with each.

        Returns
        -------
        xarray.Dataset
            Over ``learning_rate`` and ``weight_decay``: the mean paired ``difference`` (this minus
            other), its ``standard_error``, and ``better``: 1 where this result is better by more
            than two standard errors, 2 where the other is, else 0; NaN for cells that only one has.
            For each map: the number of common ``seeds``, of cells ``first_better``,
            ``second_better`` and ``diverged_in_both``, and the ``difference_of_best`` with its error.

        Raises
        ------
        ValueError
            If a map of one result has no partner in the other.

        Examples
        --------
        >>> import lrscape
        >>> grid = dict(lr=[0.01, 0.1], wd=[0.0, 0.1], seeds=2, epochs=2)
        >>> first = lrscape.sweep(optimizer="adamw-pt", **grid)
        >>> second = lrscape.sweep(optimizer="adamw-lh", **grid)
        >>> first.lrscape.compare(second).difference.sizes["weight_decay"]
        2
        """
        maps, others = maps_of(self._dataset), maps_of(other)
        found = [(one, one.losses.compare(two.losses)) for one, two in pairs_of(maps, others)]
        axes = {
            "learning_rate": axis_of(maps, "learning_rates"),
            "weight_decay": axis_of(maps, "weight_decays"),
        }
        names = ("difference", "standard_error", "better")
        placed = scattered(maps, ("learning_rate", "weight_decay"), found, names, axes)
        by_place = {one.place: table for one, table in found}
        totals = maps.along_maps(COMPARED, lambda one: by_place[one.place])
        return maps.dataset(placed, axes).assign(totals.data_vars)

    def plot(self, *, title: str | None = None, figure: Any = None) -> np.ndarray[Any, Any]:
        """Draws the heatmaps with their best cells, ridges and slopes.

        Parameters
        ----------
        title
            Above all maps.
        figure
            The figure of matplotlib to draw into; the default is a new one of pyplot.

        Returns
        -------
        numpy.ndarray
            The axes of matplotlib, one for each map. ``axes[0].figure.savefig("map.png")`` saves.

        Raises
        ------
        ValueError
            If no run is done.

        Examples
        --------
        >>> import lrscape, matplotlib
        >>> matplotlib.use("agg")
        >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=[0.0, 0.1], seeds=2, epochs=2)
        >>> len(result.lrscape.plot())
        1
        """
        from lrscape.heatmap import plot

        return plot(self._dataset, title=title, figure=figure)

    def report(
        self, out: str | os.PathLike[str], *others: xr.Dataset, name: str = "", title: str = ""
    ) -> None:
        """Writes results as one interactive HTML page.

        The page shows the maps, their slices, loss curves and comparisons, without a network. An
        earlier report is replaced. Warnings list the omissions of a large page.

        Parameters
        ----------
        out
            The file.
        *others
            Further results, to be shown and compared on the same page.
        name
            The name of this result on the page; the default is the name of its folder, or "result".
            Others are named by their folder or number.
        title
            The title of the page.

        Returns
        -------
        None
            The page is in `out`.

        Raises
        ------
        ValueError
            If a dataset is no result of a sweep, or if `out` cannot hold a page or is a file that is
            not a report.
        OSError
            If the disk is full.

        Examples
        --------
        >>> import lrscape, tempfile
        >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=[0.0, 0.1], seeds=2, epochs=2)
        >>> result.lrscape.report(tempfile.mkdtemp() + "/map.html")
        """
        from lrscape.reports import write_report

        write_report(out, [self._dataset, *others], name, title)
