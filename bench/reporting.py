"""Shared parts of the benchmarks' reports: the machine's description and readable numbers."""

from __future__ import annotations

import datetime
import math
import os
import platform
import re
import subprocess
from pathlib import Path

IDLE_LOAD = 0.5
PROGRAM = Path(__file__).resolve().parents[1] / "build" / "demo" / "lrscape"


class BenchmarkError(Exception):
    """An error whose message is one line for the user."""


def today() -> str:
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"


def processor() -> tuple[str, str]:
    """The processor and the number of cores that this process may use, as text and folder name."""
    try:
        found = dict(re.findall(r"^(.*?)\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M))
    except OSError:
        found = {}
    name = found.get("model name") or platform.processor() or platform.machine()
    cores = f"{len(os.sched_getaffinity(0))} cores"
    # Virtual machines shorten the model name, so add the family and the model number.
    keys = ("cpu family", "model")
    details = ", ".join(f"{key.removeprefix('cpu ')} {found[key]}" for key in keys if key in found)
    words = f"{name} ({details}), {cores}" if details else f"{name}, {cores}"
    return words, folder_name(words)


def folder_name(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def run_text(command: list[object], **options: object) -> str:
    """Runs a command and returns its output: stdout, then stderr."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, **options)
    except OSError as error:
        raise BenchmarkError(f"{words[0]}: cannot be run ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"{words[0]}: no answer for {error.timeout:.0f} s") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        message = lines[-1] if lines else f"ended with {error.returncode}"
        raise BenchmarkError(f"{words[0]}: {message}") from error
    return done.stdout + done.stderr


def device_words(program: Path, device: str) -> tuple[str, str]:
    """The device, as text and as a folder name."""
    listed = run_text([program, "devices"]).splitlines()
    if device == "cpu":
        return processor()
    for line in listed:
        name, _, description = line.partition(" ")
        if name == "cuda:0":
            return description.strip(), folder_name(description.split(",")[0])
    raise BenchmarkError(f"{program} finds no GPU; it lists: {'; '.join(listed)}")


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            break
    return f"{significant(seconds * scale)} {unit}"


def significant(value: float) -> str:
    """Three significant digits without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" if value < 1e3 else f"{float(f'{value:.3g}'):,.0f}"


def load_warning(load: float) -> str:
    """The warning for a report made on a machine that was not idle; empty on an idle machine."""
    return " **The machine was not idle: do not cite these figures.**" if load > IDLE_LOAD else ""
