"""Reads the maps that plot_heatmaps.py draws."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import xarray as xr

from lrscape_results import CELL_DIMENSIONS, ResultError, answers, final, one_line, open_result


@dataclass
class Panel:
    """One optimizer of one result, at one value of each further axis."""

    optimizer: str
    store: str  # The result's name, for titles that would otherwise be equal.
    loss: xr.DataArray  # learning_rate, weight_decay, seed; both axes ascending
    settings: str = ""  # The values of the further axes, one a line: "beta2 0.99".
    answers: dict = field(default_factory=dict)  # What `lrscape show --json` says of the map.


def printable(text: str) -> str:
    """Escapes control characters and marks of the writing direction, which a name may contain."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def further_axes(loss: xr.DataArray) -> list[str]:
    return [str(name) for name in loss.dims if name not in CELL_DIMENSIONS]


def label_of(known: list, text: str) -> object | None:
    """The value of an axis that a text means, or None."""
    if text in known:
        return text
    try:
        return float(text) if float(text) in known else None
    except ValueError:
        return None


def selected(loss: xr.DataArray, at: str, path: str) -> xr.DataArray:
    """The part of the losses that "beta2=0.99,batch_size=32" names. Keeps the dimensions.

    Schedules have commas, so a value is the longest text that the axis has.
    """
    axes = further_axes(loss)
    while at:
        name, _, rest = at.partition("=")
        if name not in axes:
            raise ResultError(f"{path}: --at {at}: expected one of the axes {', '.join(axes)}")
        known = loss[name].values.tolist()
        parts = rest.split(",")
        for count in range(len(parts), 0, -1):
            value = label_of(known, ",".join(parts[:count]))
            if value is not None:
                break
        else:
            raise ResultError(f"{path}: --at {at}: {name} has {', '.join(map(str, known))}")
        loss = loss.sel({name: [value]})
        at = ",".join(parts[count:])
    return loss


def by_settings(loss: xr.DataArray) -> Iterator[tuple[str, dict, xr.DataArray]]:
    """Every combination of the further axes: the values that differ, one a line, all of them by axis,
    and the losses.
    """
    axes = further_axes(loss)
    names = {"schedule": "", "batch_size": "batch "}
    for place in itertools.product(*(range(loss.sizes[name]) for name in axes)):
        one = loss.isel(dict(zip(axes, place)))
        text = [
            f"{names.get(name, name + ' ')}{one[name].item()}"
            for name in axes
            if loss.sizes[name] > 1
        ]
        at = {name: one[name].item() for name in axes}
        yield "\n".join(text), at, one.drop_vars(axes)


def answers_at(found: list[dict], optimizer: str, at: dict) -> dict:
    return next(one for one in found if one["optimizer"] == optimizer and one["at"] == at)


def read_panels(paths: list[str], optimizer: str | None, at: str = "") -> list[Panel]:
    """The panels to draw: for each path, each optimizer and each setting of the further axes."""
    panels = []
    names: dict[str, None] = {}  # In the order found.
    for path in paths:
        dataset = open_result(path)
        store = Path(path).resolve().name.removesuffix(".zarr")
        try:
            if dataset["status"].size == 0 or bool((dataset["status"] == 255).all()):
                raise ResultError(f"{path}: no run of this sweep is done")
            loss = final(dataset).sortby(["learning_rate", "weight_decay"]).load()
        except (OSError, ValueError) as error:  # A chunk cut short, or with a wrong checksum.
            raise ResultError(f"{path}: cannot be read ({one_line(error)})") from error
        if float(loss["learning_rate"].min()) < 0 or float(loss["weight_decay"].min()) < 0:
            raise ResultError(f"{path}: negative values have no place on a logarithmic axis")
        found = answers(path)
        for index, name in enumerate(str(value) for value in dataset["optimizer"].values):
            names[name] = None
            if optimizer in (None, name):
                one = selected(loss.isel(optimizer=index, drop=True), at, path)
                panels += [
                    Panel(name, store, part, settings, answers_at(found, name, setting))
                    for settings, setting, part in by_settings(one)
                ]
    if not panels:
        nearest = difflib.get_close_matches(str(optimizer), names, n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        raise ResultError(f"no optimizer '{optimizer}' here; there is {', '.join(names)}{hint}")
    return panels
