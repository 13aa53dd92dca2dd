"""The maps of a dataset, one for each configuration, and datasets of answers about all maps."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from lrscape import _core
from lrscape.dataset import CELL, with_dimensions
from lrscape.values import real_values, whole_values


@dataclass
class Map:
    """The map of one configuration: its place along the dimensions of the configurations."""

    place: tuple[int, ...]
    losses: _core.LossMap


@dataclass
class Maps:
    """All maps of a dataset."""

    dimensions: tuple[str, ...]  # of the configurations
    sizes: tuple[int, ...]
    coordinates: dict[str, xr.DataArray]
    all: list[Map]

    def along_maps(self, names: tuple[str, ...], answer: Callable[[Map], dict[str, Any] | None]) -> xr.Dataset:
        """Numbers for each map by name; NaN where there is no answer."""
        arrays = {name: np.full(self.sizes, np.nan) for name in names}
        for one in self.all:
            for name, value in (answer(one) or {}).items():
                if name in arrays:
                    arrays[name][one.place] = value
        return self.dataset({name: (self.dimensions, array) for name, array in arrays.items()})

    def labels(self, one: Map) -> dict[str, Any]:
        """The coordinates of a map along the dimensions of the configurations."""
        places = zip(self.dimensions, one.place)
        return {name: self.coordinates[name].values[at] if name in self.coordinates else at for name, at in places}

    def dataset(self, variables: dict[str, Any], coordinates: dict[str, Any] | None = None) -> xr.Dataset:
        return xr.Dataset(variables, {**self.coordinates, **(coordinates or {})})


def pairs_of(maps: Maps, others: Maps) -> list[tuple[Map, Map]]:
    """Each map with that of the same labels, or with the only map of the others."""
    if len(others.all) == 1:
        return [(one, others.all[0]) for one in maps.all]
    if set(maps.dimensions) != set(others.dimensions):
        raise ValueError(
            f"this result has maps along {', '.join(maps.dimensions)}, but the other along "
            f"{', '.join(others.dimensions)}; select one map of the other, or results with the same axes"
        )
    there = [(others.labels(one), one) for one in others.all]
    pairs = []
    for one in maps.all:
        labels = maps.labels(one)
        found = next((two for two_labels, two in there if two_labels == labels), None)
        if found is None:
            raise ValueError(f"the other result has no map of {label_text(labels)}; {SELECT}")
        pairs.append((one, found))
    for labels, two in there:
        if all(found is not two for _, found in pairs):
            raise ValueError(f"this result has no map of {label_text(labels)}; {SELECT}")
    return pairs


SELECT = "select the maps that both have"


def label_text(labels: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels.items())


def final_losses(dataset: xr.Dataset) -> xr.DataArray:
    """The validation losses after the last epoch of each run."""
    if not isinstance(dataset, xr.Dataset):
        raise ValueError(
            f"a result is an xarray.Dataset, not {dataset!r}; xarray.open_dataset(path, engine=\"lrscape\") "
            "opens one on disk"
        )
    if "validation_loss" not in dataset:
        raise ValueError("this dataset is no result of a sweep: it has no validation_loss")
    losses = dataset["validation_loss"]
    if "epoch" not in losses.dims:
        return losses
    if "epochs" in dataset.coords:  # A run of fewer epochs than others ends earlier.
        return losses.sel(epoch=dataset["epochs"]).drop_vars("epoch")
    return losses.isel(epoch=-1, drop=True)


def maps_of(dataset: xr.Dataset) -> Maps:
    """The maps of a result or of a part of it."""
    losses = with_dimensions(final_losses(dataset), CELL)
    further = tuple(str(name) for name in losses.dims if name not in CELL)
    losses = losses.transpose(*further, *CELL)
    rates, decays = (real_values(losses[name].values, name) for name in CELL[:2])
    seeds = whole_values(losses["seed"].values, "seed")
    values = np.asarray(losses.values, dtype=np.float64)
    sizes = values.shape[: len(further)]
    maps = [
        Map(place, _core.LossMap(rates, decays, seeds, values[place].ravel()))
        for place in itertools.product(*(range(size) for size in sizes))
    ]
    coordinates = {
        str(name): array.variable
        for name, array in losses.coords.items()
        if set(array.dims) <= set(further) and name not in CELL
    }
    return Maps(further, sizes, coordinates, maps)


def scattered(
    maps: Maps, dimensions: tuple[str, ...], columns: list[tuple[Map, dict[str, Any]]], names: tuple[str, ...],
    axes: dict[str, np.ndarray[Any, Any]],
) -> dict[str, Any]:
    """Columns of numbers placed along dimensions by their coordinates; NaN elsewhere."""
    shape = maps.sizes + tuple(len(axes[name]) for name in dimensions)
    arrays = {name: np.full(shape, np.nan) for name in names}
    for one, table in columns:
        places = tuple(np.searchsorted(axes[name], table[name]) for name in dimensions)
        for name in names:
            arrays[name][(*one.place, *places)] = table[name]
    return {name: (maps.dimensions + dimensions, array) for name, array in arrays.items()}


def axis_of(maps: Maps, name: str) -> np.ndarray[Any, Any]:
    """The ascending axis that all maps share."""
    return np.asarray(getattr(maps.all[0].losses, name))
