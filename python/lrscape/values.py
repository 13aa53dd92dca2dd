"""Turns the values that users give into those of the library."""

from __future__ import annotations

import difflib
import math
import numbers
import os
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, TypeGuard, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrscape import _core

#: A number, several, or text such as "1e-4:1:32" (see ``lrscape help ranges``).
Values: TypeAlias = "float | np.floating[Any] | np.integer[Any] | str | Sequence[float] | NDArray[Any]"

Choice = TypeVar("Choice")


#: The largest number of 64 bits with a sign.
MOST = 2**63 - 1


def flag(value: object, name: str) -> bool:
    """True or False, of Python or of numpy."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise ValueError(f"{name} must be True or False, not {value!r}")


def whole(value: object, name: str, least: int = 0, most: int = MOST) -> int:
    """A whole number of any type that has one, such as 3, 3.0 and numpy.int8(3)."""
    number = single(value, name)
    if is_real(number) and math.isfinite(number) and number == round(number) and least <= number <= most:
        return round(number)
    allowed = f">= {least}" if most == MOST else f"from {least} to {most}"
    raise ValueError(f"{name} must be a whole number {allowed}, not {value!r}")


def real(value: object, name: str) -> float:
    """A number of any real type."""
    number = single(value, name)
    if is_real(number):
        return float(number)
    raise ValueError(f"{name} must be a number, not {value!r}")


def one_text(value: object, name: str) -> str:
    if isinstance(value, str):
        return str(value)
    raise ValueError(f"{name} must be text, not {value!r}")


def texts(values: object, name: str) -> list[str]:
    """One text or several."""
    if isinstance(values, str):
        return [one_text(values, name)]
    if isinstance(values, Iterable):
        return [one_text(value, name) for value in values]
    raise ValueError(f"{name} must be text or a list of texts, not {values!r}")


def path_text(value: object, name: str) -> str:
    if isinstance(value, str | os.PathLike):
        return str(os.fspath(value))
    raise ValueError(f"{name} must be a path, not {value!r}")


def simd_text(simd: object) -> str:
    """The instruction set of the CPU; the default is that of the environment."""
    return os.environ.get("LRSCAPE_SIMD", "") if simd is None else one_text(simd, "simd")


def threads_count(threads: object) -> int:
    return whole(threads, "threads", 0, 1024)


def single(value: object, name: str) -> Any:
    """The number of Python in an array without dimensions, of numpy, JAX or PyTorch, or the value itself."""
    refuse_masked(value, name)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    return value


def is_real(value: object) -> TypeGuard[float]:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def real_values(values: Values, what: str, logarithmic: bool = False, flags: bool = False) -> list[float]:
    """The values as numbers. Text is read as the command line reads it."""
    if isinstance(values, str):
        return list(_core.parse_axis(values, what, logarithmic))
    array = real_array(values, what)
    if array.ndim > 1 or array.size == 0:
        raise ValueError(f"{what} must be a number or a list of numbers, not of shape {array.shape}")
    if array.dtype == bool and not flags:
        raise ValueError(f"{what} must be a number or a list of numbers, not {values!r}")
    return [float(value) for value in array.ravel()]


def distinct(values: list[Any], name: str) -> list[Any]:
    """The values, none of which may be there twice."""
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f"{name} has {value!r} twice")
    return values


def whole_values(values: Values, what: str, logarithmic: bool = False) -> list[int]:
    """The values as whole numbers."""
    if isinstance(values, str):
        return list(_core.parse_whole_axis(values, what, logarithmic))
    found = real_values(values, what)
    for value in found:
        if not math.isfinite(value) or value != round(value):
            raise ValueError(f"{what} must be a whole number, not {value!r}")
    return [round(value) for value in found]


def real_array(values: ArrayLike, what: str) -> NDArray[Any]:
    """The values as an array of a type that the library reads. Copies only other types."""
    refuse_masked(values, what)
    array = np.asarray(values)
    if array.dtype.kind == "O":  # Such as columns of pandas that hold numbers as objects.
        for one in array.flat:
            if one is None or isinstance(one, str | bytes):
                raise ValueError(f"{what} must hold real numbers, not {one!r}")
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what} must hold real numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{what} must hold real numbers, not {array.dtype}")
    if not array.dtype.isnative or array.dtype.itemsize not in (1, 2, 4, 8) or array.dtype == np.float16:
        array = array.astype(np.float64)
    return array


def refuse_masked(values: object, what: str) -> None:
    """numpy.asarray would take the numbers below a mask for values."""
    parts = values if isinstance(values, list | tuple) else [values]
    if any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in parts):
        raise ValueError(f"{what} has masked entries; leave them out, or replace them as with filled()")


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
