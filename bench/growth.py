"""Measures how a sweep's time and memory grow with its runs, and the program's start-up time.

    bench/compare growth --program build/demo/lrscape

The time covers the whole command, from its start to its end, with its result on disk.
bench/README.md explains what the measurements cover and what they do not.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from reporting import (
    IDLE_LOAD,
    PROGRAM,
    BenchmarkError,
    device_words,
    duration,
    load_warning,
    run_text,
    significant,
    today,
)

HERE = Path(__file__).resolve().parent

# Learning rates x weight decays, far from divergence, so that every run does all its steps.
SIDES = ((10, 10), (40, 25), (100, 100), (400, 250), (1000, 1000))
LEARNING_RATES = "1e-4:1e-1"
WEIGHT_DECAYS = "1e-4:1e-1"
STARTS = 20  # Repeats of a command that does nothing.


@dataclass
class Command:
    """The time and memory of a command, with one entry per repeat."""

    words: list[object]
    seconds: list[float] = field(default_factory=list)
    peak_bytes: list[int] = field(default_factory=list)

    def repeat(self) -> None:
        words = [str(word) for word in self.words]
        begin = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            try:
                process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=said)
            except OSError as error:
                raise BenchmarkError(f"{words[0]}: cannot be run ({error.strerror})") from error
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds.append(time.perf_counter() - begin)
            if process.returncode != 0:
                said.seek(0)
                lines = said.read().decode().strip().splitlines()
                raise BenchmarkError(lines[-1] if lines else f"ended with {process.returncode}")
        self.peak_bytes.append(used.ru_maxrss * 1024)

    def spread(self, write: Callable[[float], str]) -> str:
        return f"{write(self.median)} [{write(min(self.seconds))}, {write(max(self.seconds))}]"

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def sweep(options: argparse.Namespace, rates: int, decays: int, out: Path) -> Command:
    words = [options.program, "sweep", "--optimizer", options.optimizer, "--device", options.device]
    words += ["--lr", f"{LEARNING_RATES}:{rates}", "--wd", f"{WEIGHT_DECAYS}:{decays}"]
    return Command([*words, "--quiet", "--out", out])


def measure(options: argparse.Namespace) -> tuple[Command, dict[int, Command], dict[int, int]]:
    """Returns the start, the sweeps by number of runs, and the sizes of their results in bytes."""
    start = Command([options.program, "--help"])
    for _ in range(STARTS):
        start.repeat()
    sweeps: dict[int, Command] = {}
    sizes: dict[int, int] = {}
    with tempfile.TemporaryDirectory(prefix="lrscape-growth-") as folder:
        for repeat in range(options.repeats):
            for rates, decays in SIDES:
                runs = rates * decays
                if runs > options.largest:
                    continue
                out = Path(folder) / f"{runs}-{repeat}.zarr"
                command = sweeps.setdefault(runs, sweep(options, rates, decays, out))
                command.words[-1] = out
                command.repeat()
                sizes[runs] = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    return start, sweeps, sizes


def mebibytes(count: float) -> str:
    return f"{count / 2**20:,.0f} MiB" if count >= 2**20 else f"{count / 2**10:,.0f} KiB"


def report(options: argparse.Namespace, device: str, load: float) -> str:
    start, sweeps, sizes = measure(options)
    version = run_text([options.program, "--version"]).strip()
    lines = [
        f"# Growth of a sweep on {device}",
        "",
        f"{version}; {today()}. {options.optimizer}, the default problem"
        f" (n 200, d 1,000, 50 epochs of batch 20), one seed, fp32. Median [min, max] of"
        f" {options.repeats} repeats in turn, each a process from its start to its end, with the"
        f" result on disk; load at the start {load:.2f}.{load_warning(load)}",
        "",
        "| runs | seconds | ms per run | peak memory | result |",
        "|---|---|---|---|---|",
    ]
    for runs, command in sweeps.items():
        lines.append(
            f"| {runs:,} | {command.spread(significant)} |"
            f" {significant(1e3 * command.median / runs)} |"
            f" {mebibytes(max(command.peak_bytes))} | {mebibytes(sizes[runs])} |"
        )
    lines += [
        "",
        f"`lrscape --help`: {start.spread(duration)}, of {STARTS}.",
        "",
        "bench/README.md explains what the measurements cover and what they do not.",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="compare growth", description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=PROGRAM, help="lrscape")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="[cpu]")
    parser.add_argument("--optimizer", default="adamw-pt", help="[adamw-pt]")
    parser.add_argument("--largest", type=int, default=10**6, help="runs of the largest sweep [1000000]")
    parser.add_argument("--repeats", type=int, default=3, help="repeats of every sweep [3]")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="parent of the result folder")
    parser.add_argument("--name", help="name of the result folder [from the device]")
    options = parser.parse_args(arguments)
    if options.largest < 100 or options.repeats < 1:
        parser.error("--largest must be at least 100 and --repeats at least 1")
    load = os.getloadavg()[0]
    if load > IDLE_LOAD:
        print(f"growth: the machine is not idle (load {load:.2f})", file=sys.stderr)
    try:
        device, name = device_words(options.program, options.device)
        text = report(options, device, load)
    except BenchmarkError as error:
        print(f"growth: {error}", file=sys.stderr)
        return 2
    folder = options.out / (options.name or name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "growth.md").write_text(text)
    print(text)
    print(f"written to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
