"""The maps that a picture shows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from lrscape import _core
from lrscape.dataset import CELL
from lrscape.maps import final_losses, maps_of


@dataclass
class Panel:
    """One optimizer of one result, at one value of each further axis."""

    optimizer: str
    result: str  # The name of the result, for titles that would otherwise be equal.
    losses: np.ndarray[Any, Any]  # learning_rate, weight_decay, seed; both axes ascending
    map: _core.LossMap
    settings: str = ""  # The values of the further axes, one a line: "beta2 0.99".

    @property
    def rates(self) -> np.ndarray[Any, Any]:
        return np.asarray(self.map.learning_rates)

    @property
    def decays(self) -> np.ndarray[Any, Any]:
        return np.asarray(self.map.weight_decays)

    @property
    def means(self) -> np.ndarray[Any, Any]:
        """The means over the seeds that have run: +inf where any diverged, NaN where none has run."""
        return np.asarray(self.map.means())


def printable(text: str) -> str:
    """Escapes control characters and marks of the writing direction, which a name may contain."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def further_axes(losses: xr.DataArray) -> list[str]:
    return [str(name) for name in losses.dims if name not in CELL and name != "optimizer"]


def panels_of(dataset: xr.Dataset, result: str = "") -> list[Panel]:
    """A panel for each map of a result.

    Raises
    ------
    ValueError
        If no run is done, or a coordinate has no place on a logarithmic axis.
    """
    losses = final_losses(dataset)
    if losses.size == 0 or bool(losses.isnull().all()):
        raise ValueError("no run of this sweep is done")
    losses = losses.expand_dims([name for name in (*CELL, "optimizer") if name not in losses.dims])
    losses = losses.sortby(["learning_rate", "weight_decay"])
    if float(losses["learning_rate"].min()) < 0 or float(losses["weight_decay"].min()) < 0:
        raise ValueError("negative values have no place on a logarithmic axis")
    further = further_axes(losses)
    losses = losses.transpose("optimizer", *further, *CELL)
    maps = maps_of(losses.to_dataset(name="validation_loss"))
    return [
        Panel(
            str(losses["optimizer"].values[one.place[0]]),
            result,
            np.asarray(losses.values[one.place], dtype=np.float64),
            one.losses,
            settings_text(losses, further, one.place[1:]),
        )
        for one in maps.all
    ]


def settings_text(losses: xr.DataArray, further: Sequence[str], place: tuple[int, ...]) -> str:
    """The values of the axes along which maps differ, one a line."""
    names = {"schedule": "", "batch_size": "batch "}
    lines = []
    for name, index in zip(further, place):
        if losses.sizes[name] > 1:
            lines.append(f"{names.get(name, name + ' ')}{losses[name].values[index]}")
    return "\n".join(lines)


def selected(dataset: xr.Dataset, at: str) -> xr.Dataset:
    """The part of a result that "beta2=0.99,batch_size=32" names. Keeps the dimensions.

    Schedules have commas, so a value is the longest text that the axis has.
    """
    axes = further_axes(dataset["validation_loss"])
    axes = [name for name in axes if name != "epoch"]
    while at:
        name, _, rest = at.partition("=")
        if name not in axes:
            allowed = f"expected one of {', '.join(axes)}" if axes else "the maps differ only in the optimizer"
            raise ValueError(f"--at {at}: there is no axis {name}; {allowed}")
        known = dataset[name].values.tolist()
        parts = rest.split(",")
        lengths = itertools.takewhile(lambda count: count > 0, itertools.count(len(parts), -1))
        found = ((count, label_of(known, ",".join(parts[:count]))) for count in lengths)
        count, value = next((one for one in found if one[1] is not None), (0, None))
        if value is None:
            raise ValueError(f"--at {at}: {name} has {', '.join(map(str, known))}")
        dataset = dataset.isel({name: [known.index(value)]})
        at = ",".join(parts[count:])
    return dataset


def label_of(known: list[Any], text: str) -> Any:
    """The value of an axis that a text means, or None."""
    if text in known:
        return text
    try:
        return float(text) if float(text) in known else None
    except ValueError:
        return None
