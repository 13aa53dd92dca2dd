"""Progress bars, warnings and interruptions of long calls."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

#: True for a bar of tqdm, or a function that gets the finished and all runs.
Progress: TypeAlias = "bool | Callable[[int, int], object]"
Report: TypeAlias = "Callable[[int, int], object] | None"


@contextmanager
def reporting(progress: Progress, unit: str) -> Iterator[Report]:
    """The function to call with the progress, or None."""
    if callable(progress):
        yield progress
        return
    if not progress:
        yield None
        return
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]
    except ModuleNotFoundError:
        warn("progress=True shows a bar only if tqdm is installed")
        yield None
        return
    bar: Any = None

    def report(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total, initial=done, unit=unit)
        bar.update(done - bar.n)

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()


def warn(text: str) -> None:
    """Warns at the first caller outside the package."""
    warnings.warn(text, UserWarning, stacklevel=stack_depth())


def stack_depth() -> int:
    """The distance from warn() to the first caller outside the package."""
    depth = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith(
        ("lrscape", "contextlib")
    ):
        frame = frame.f_back
        depth += 1
    return depth


def note(error: BaseException, text: str) -> None:
    """Adds a line to what Python prints of the error, from Python 3.11 on."""
    if hasattr(error, "add_note"):
        error.add_note(text)
