"""Measures how fast lrscape and numpy evaluate bounds, and writes a table and a picture.

    bench/compare bounds --program build/demo/lrscape

One run measures all cases in turn and repeats that --repeats times, so that a busy or slow moment
affects all cases equally. bench/README.md explains what the measurements cover and what they do
not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from peers import bound_numpy as peer
from reporting import (
    IDLE_LOAD,
    PROGRAM,
    BenchmarkError,
    duration,
    load_warning,
    processor,
    significant,
    today,
)

HERE = Path(__file__).resolve().parent

LONGEST_OF_PEER = 10_000  # The peer's time for a curve is quadratic in the number of steps.
ONE_HORIZON = 4_000
MANY_SCHEDULES_STEPS = 10_000
WAYS = ("one thread", "all threads", "numpy")
STYLES = (
    {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    {"color": "#009E73", "marker": "s", "linestyle": "--"},
    {"color": "#D55E00", "marker": "^", "linestyle": "-."},
)


@dataclass
class Program:
    """The program, timed by its own clock, which covers only the evaluation."""

    path: Path

    def output(self, *arguments: object) -> subprocess.CompletedProcess:
        command = [str(self.path), *map(str, arguments)]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True)
        except OSError as error:
            raise BenchmarkError(f"{self.path}: cannot be run ({error.strerror})") from error
        except subprocess.CalledProcessError as error:
            message = error.stderr.strip() or f"ended with {error.returncode}"
            raise BenchmarkError(f"{self.path}: {message}") from error

    def seconds(self, *arguments: object) -> float:
        return json.loads(self.output("bound", *arguments, "--best", 1, "--json").stdout)["seconds"]


@dataclass
class Case:
    """A task that `measure()` runs `count` times in one call, returning the seconds of the call."""

    measure: Callable[[], float]
    count: int
    seconds: list[float] = field(default_factory=list)  # Of one task; one entry per repeat.

    def repeat(self) -> None:
        self.seconds.append(self.measure() / self.count)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


Cases = dict[tuple[str, str], Case]  # By the task and the way, one of WAYS.


def clocked(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def anytime_cases(program: Program, steps: int, bounds_a_call: int) -> Cases:
    """Anytime curves. A call evaluates enough similar curves to fill all threads."""
    count = max(1, bounds_a_call // steps)
    # The schedules of one call must differ. Different final values cost nothing.
    schedule = "sqrt" if count == 1 else f"sqrt:final=0:0.001:{count}"
    arguments = ["--schedule", schedule, "--steps", steps, "--anytime"]
    cases = program_cases(program, f"{steps}", arguments, count)
    if steps <= LONGEST_OF_PEER:
        # The program's time includes making the schedule, so the peer's time must include it.
        by_peer = Case(lambda: clocked(lambda: peer.anytime(peer.sqrt(steps))), 1)
        cases[f"{steps}", "numpy"] = by_peer
    return cases


def wsd_cases(program: Program, name: str, steps: int, schedules: int) -> Cases:
    """The bound at the last step of WSD schedules that differ in their cooldowns."""
    arguments = ["--schedule", f"wsd:cooldown=0.05:0.95:{schedules}", "--steps", steps]
    cases = program_cases(program, name, arguments, schedules)
    # The peer's time per schedule does not depend on the number of schedules.
    cooldowns = np.linspace(0.05, 0.95, min(schedules, 1_000))

    def every_cooldown() -> None:
        for cooldown in cooldowns:
            peer.best_bound(peer.wsd(steps, cooldown))

    cases[name, "numpy"] = Case(lambda: clocked(every_cooldown), len(cooldowns))
    return cases


def program_cases(program: Program, name: str, arguments: list[object], count: int) -> Cases:
    arguments = [*arguments, "--device", "cpu"]
    one_thread = [*arguments, "--threads", 1]
    return {
        (name, "one thread"): Case(lambda: program.seconds(*one_thread), count),
        (name, "all threads"): Case(lambda: program.seconds(*arguments), count),
    }


# The report


def spread(case: Case | None, write: Callable[[float], str], rate: bool = False) -> str:
    """The median, smallest and largest of the seconds or, with `rate`, of the tasks per second."""
    if case is None:
        return ""
    values = [1 / seconds if rate else seconds for seconds in case.seconds]
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{write(middle)} [{write(low)}, {write(high)}]"


def rows(cases: Cases, names: list[str], write: Callable[[float], str], rate: bool) -> list[str]:
    lines = []
    for name in names:
        cells = [spread(cases.get((name, way)), write, rate) for way in WAYS]
        by_peer, ours = cases.get((name, "numpy")), cases[name, "one thread"]
        cells.append(f"{significant(by_peer.median / ours.median)} times" if by_peer else "")
        title = f"{int(name):,}" if name.isdigit() else name
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return lines


def report(
    program: Program, cases: Cases, lengths: list[int], works: list[str], repeats: int, load: float
) -> str:
    version = program.output("--version").stdout.strip()
    units = " ".join(program.output("devices").stdout.splitlines()[0].split())
    timed = [case for (_, way), case in cases.items() if way != "numpy"]
    shortest = duration(min(min(case.seconds) * case.count for case in timed))
    ways = " | ".join((*WAYS, "numpy over one thread"))
    lines = [
        f"# Bounds on {processor()[0]}",
        "",
        f"{version}; numpy {np.__version__}, Python {platform.python_version()};"
        f" {today()}. `lrscape devices`: {units}.",
        f"Median [min, max] of {repeats} interleaved repeats; load at the start {load:.2f}."
        f"{load_warning(load)} The shortest call of the program took {shortest}.",
        "",
        "## Anytime curve of 1/√t: every horizon from 1 to T, time of a curve",
        "",
        f"| T | {ways} |",
        "|---|---|---|---|---|",
        *rows(cases, [str(steps) for steps in lengths], duration, rate=False),
        "",
        "## One horizon: WSD schedules per second",
        "",
        f"| | {ways} |",
        "|---|---|---|---|---|",
        *rows(cases, works, significant, rate=True),
        "",
        "## Digits: numpy's bound against the program's",
        "",
        "| schedule | T | relative difference |",
        "|---|---|---|",
    ]
    for name, steps, difference in peer.comparison(program.path):
        lines.append(f"| {name} | {steps:,} | {difference:.1e} |")
    lines += ["", "bench/README.md explains what the measurements cover and what they do not."]
    return "\n".join(lines) + "\n"


def draw(cases: Cases, lengths: list[int], path: Path) -> bool:
    """Draws the picture. Returns False if matplotlib is missing."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return False
    with matplotlib.rc_context({"font.size": 11, "legend.frameon": False}):
        figure = Figure(figsize=(7.2, 5.0), dpi=150, layout="constrained")
        axes = figure.subplots()
        for way, style in zip(WAYS, STYLES):
            measured = [steps for steps in lengths if (str(steps), way) in cases]
            of_way = [cases[str(steps), way] for steps in measured]
            middle = np.array([case.median for case in of_way])
            below = middle - [min(case.seconds) for case in of_way]
            above = [max(case.seconds) for case in of_way] - middle
            numpy_label = "numpy, prefix sums, one call per horizon"
            label = numpy_label if way == "numpy" else f"lrscape, {way}"
            axes.errorbar(measured, middle, (below, above), **style, capsize=3, label=label)
        ours = cases[str(lengths[0]), "one thread"].median
        guide = {"color": "#888888", "linewidth": 1, "linestyle": ":"}
        ends = np.array([lengths[0], lengths[-1]])
        axes.plot(ends, ours * ends / ends[0], **guide, label="proportional to T", zorder=1)
        axes.set(xscale="log", yscale="log", xlabel="T, steps", ylabel="seconds for all horizons up to T")
        axes.grid(color="#e3e3e3")
        axes.legend(loc="lower right")
        axes.set_title("All horizons up to T: lrscape in O(T), numpy in O(T²)")
        figure.savefig(path)
    return True


def measure(program: Program, options: argparse.Namespace) -> tuple[Cases, list[int], list[str]]:
    lengths = [10**power for power in range(3, 8) if 10**power <= options.longest]
    works = [
        f"T = {ONE_HORIZON:,}, {options.schedules:,} schedules",
        f"T = {MANY_SCHEDULES_STEPS:,}, {options.schedules:,} schedules",
    ]
    cases: Cases = {}
    for steps in lengths:
        cases |= anytime_cases(program, steps, options.bounds_a_call)
    for work, steps in zip(works, (ONE_HORIZON, MANY_SCHEDULES_STEPS)):
        cases |= wsd_cases(program, work, steps, options.schedules)
    # Warm up: files in memory, numpy's functions loaded, clocks up.
    program.seconds("--schedule", "sqrt", "--steps", 1_000_000, "--anytime", "--device", "cpu")
    peer.anytime(peer.sqrt(1_000))
    for repeat in range(options.repeats):
        for (name, way), case in cases.items():
            case.repeat()
            if sys.stderr.isatty():
                print(f"\r\033[Krepeat {repeat + 1}: {name}, {way}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return cases, lengths, works


def whole_number(text: str) -> int:
    """Accepts 1e7 as well as 10000000."""
    value = float(text)
    if value < 1 or value != int(value):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number >= 1")
    return int(value)


def main(arguments: list[str] | None = None) -> int:
    default = {"formatter_class": argparse.ArgumentDefaultsHelpFormatter}
    about = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser(prog="compare bounds", description=about, **default)
    number = {"type": whole_number, "metavar": "N"}
    parser.add_argument("--program", type=Path, default=PROGRAM, help="lrscape")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="parent of the result folder")
    parser.add_argument("--name", default=processor()[1], help="name of the result folder")
    parser.add_argument("--repeats", **number, default=5, help="repeats of every measurement")
    parser.add_argument("--longest", **number, default=10**7, help="steps of the longest curve")
    parser.add_argument("--bounds-a-call", **number, default=10**7, help="bounds per call, summed over short curves")
    parser.add_argument("--schedules", **number, default=10**5, help="schedules per call, each at one horizon")
    options = parser.parse_args(arguments)
    if options.longest < 1_000:
        parser.error("--longest must be at least 1000")
    load = os.getloadavg()[0]
    if load > IDLE_LOAD:
        print(f"bounds: the machine is not idle (load {load:.2f})", file=sys.stderr)
    program = Program(options.program)
    folder = options.out / options.name
    try:
        cases, lengths, works = measure(program, options)
        folder.mkdir(parents=True, exist_ok=True)
        text = report(program, cases, lengths, works, options.repeats, load)
        if draw(cases, lengths, folder / "bounds.png"):
            text += "\n![Time of a curve over T](bounds.png)\n"
        else:
            print("bounds: no matplotlib here, so no picture", file=sys.stderr)
        (folder / "bounds.md").write_text(text)
    except BenchmarkError as error:
        print(f"bounds: {error}", file=sys.stderr)
        return 2
    print(text)
    print(f"written to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
