"""Turns the values that users give into those of the library."""

from __future__ import annotations

import difflib
import numbers
import os
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrscape import _core

#: A number, several, or text such as "1e-4:1:32" (see ``lrscape help ranges``).
Values: TypeAlias = "float | str | Sequence[float] | NDArray[Any]"

Choice = TypeVar("Choice")


def real_values(values: Values, what: str, logarithmic: bool = False) -> list[float]:
    """The values as numbers. Text is read as the command line reads it."""
    if isinstance(values, str):
        return list(_core.parse_axis(values, what, logarithmic))
    array = real_array(values, what)
    if array.ndim > 1 or array.size == 0:
        raise ValueError(f"{what} must be a number or a list of numbers, not of shape {array.shape}")
    return [float(value) for value in array.ravel()]


def whole_values(values: Values, what: str, logarithmic: bool = False) -> list[int]:
    """The values as whole numbers."""
    if isinstance(values, str):
        return list(_core.parse_whole_axis(values, what, logarithmic))
    found = real_values(values, what)
    for value in found:
        if value != round(value):
            raise ValueError(f"{what} must be a whole number, not {value!r}")
    return [round(value) for value in found]


def real_array(values: ArrayLike, what: str) -> NDArray[Any]:
    """The values as an array of a type that the library reads. Copies only other types."""
    array = np.asarray(values)
    if array.dtype.kind == "O":  # Such as columns of pandas that hold numbers as objects.
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what} must hold real numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what} must hold real numbers, not {array.dtype}")
    if not array.dtype.isnative or array.dtype.itemsize not in (1, 2, 4, 8) or array.dtype == np.float16:
        array = array.astype(np.float64)
    return array


def choose(choices: type[Choice], name: str, text: object) -> Choice:
    """The choice with this text, of an enumeration of the library."""
    allowed: dict[str, Choice] = {str(one.name): one for one in choices}  # type: ignore[attr-defined]
    if isinstance(text, str) and text in allowed:
        return allowed[text]
    near = difflib.get_close_matches(str(text), allowed, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {text!r}{hint}")


def call_text(function: str, arguments: dict[str, object]) -> str:
    """The call as text for the metadata of a result, with arrays by their shape."""
    return f"{function}({', '.join(f'{name}={brief(value)}' for name, value in arguments.items())})"


def brief(value: object) -> str:
    longest = 200
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bool | numbers.Number | type(None)):
        text = repr(value)
    elif hasattr(value, "shape"):
        text = f"<{type(value).__name__} of shape {tuple(value.shape)}>"
    elif isinstance(value, list | tuple | dict):
        text = repr(value) if len(value) <= 20 else f"<{type(value).__name__} of {len(value)}>"
    else:
        text = f"<{getattr(value, '__name__', type(value).__name__)}>"
    return text if len(text) <= longest else text[:longest] + "..."
