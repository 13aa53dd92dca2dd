"""What the benchmarks' reports share: the machine, and numbers for people."""

from __future__ import annotations

import datetime
import math
import os
import platform
import re
from pathlib import Path

IDLE_LOAD = 0.5


class BenchmarkError(Exception):
    """One line for the user."""


def today() -> str:
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"


def processor() -> tuple[str, str]:
    """The processor and how many cores this process may use, in words and as a folder's name."""
    try:
        found = dict(re.findall(r"^(.*?)\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M))
    except OSError:
        found = {}
    name = found.get("model name") or platform.processor() or platform.machine()
    cores = f"{len(os.sched_getaffinity(0))} cores"
    # Virtual machines shorten the name.
    keys = ("cpu family", "model")
    details = ", ".join(f"{key.removeprefix('cpu ')} {found[key]}" for key in keys if key in found)
    words = f"{name} ({details}), {cores}" if details else f"{name}, {cores}"
    return words, folder_name(f"{name} {cores}")


def folder_name(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            break
    return f"{significant(seconds * scale)} {unit}"


def significant(value: float) -> str:
    """Three digits, and no exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" if value < 1e3 else f"{float(f'{value:.3g}'):,.0f}"


def load_warning(load: float) -> str:
    """What stands in a report made on a machine that was not idle."""
    return " **The machine was not idle: do not cite these figures.**" if load > IDLE_LOAD else ""
