"""Compares sweeps with the same work in JAX, PyTorch and numpy; writes a table and a picture.

    bench/compare --program build/demo/lrscape
    bench/compare --program build/demo/lrscape --device cuda

One run measures all contenders in turn and repeats that --repeats times, so that a busy or slow
moment affects all contenders equally. bench/README.md explains what the measurements cover and what
they do not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from contenders import (
    KINDS,
    Grid,
    Kind,
    Measured,
    OurSide,
    PeerSide,
    available,
)
from peers.sweep_task import Task
from reporting import IDLE_LOAD, PROGRAM, BenchmarkError, device_words, run_text
from sweep_report import Comparison, draw, raw, report

HERE = Path(__file__).resolve().parent

MOMENTUM = 0.9
TITLES = {"adamw-pt": "AdamW", "sgd": f"SGD with momentum {MOMENTUM}"}
# Far from divergence everywhere, so that every run does all its steps.
LEARNING_RATES = {"adamw-pt": (1e-4, 1e-1), "sgd": (1e-6, 1e-4)}
WEIGHT_DECAYS = (1e-4, 1e-1)
# In trials with 500 steps of fp32, another order of summation changed a loss by a relative 1e-6,
# and another row order by 1e-3 and more.
TOLERANCE = 1e-4

Side = OurSide | PeerSide


def measure(options: argparse.Namespace, of: Comparison) -> None:
    """Fills the comparison's results."""
    with tempfile.TemporaryDirectory(prefix="lrscape-compare-") as temporary:
        for optimizer in options.optimizers:
            grid = Grid.square(LEARNING_RATES[optimizer], WEIGHT_DECAYS, options.side)
            task = grid.task(
                options.rows,
                options.features,
                optimizer=optimizer,
                momentum=MOMENTUM,
                seeds=options.seeds,
                epochs=options.epochs,
                batch=options.batch,
            )
            for cores in core_sets(options):
                folder = Path(temporary) / f"{optimizer}-{len(cores)}"
                folder.mkdir()
                measure_in_turn(options, of, task, grid, cores, folder)


def measure_in_turn(
    options: argparse.Namespace, of: Comparison, task: Task, grid: Grid,
    cores: list[int], folder: Path,
) -> None:  # fmt: skip
    """Measures all contenders for one optimizer on the same cores."""

    def tell(what: str) -> None:
        say(f"{task.optimizer}, {of.where(len(cores))}: {what}")

    sides: list[Side] = []
    try:
        for kind in of.kinds(task.optimizer):
            side = make_side(options, of, kind, task, grid, cores, folder)
            sides.append(side)
            of.results[task.optimizer, len(cores), kind.key] = side.measured
            tell(f"{kind.name} gets ready")
            attempt(side, lambda side=side: side.prepare(options.seconds))
        for repeat in range(options.repeats):
            for side in sides:
                tell(f"repeat {repeat + 1}, {side.kind.name}")
                with watched_clocks(side.measured, options.device):
                    attempt(side, side.repeat)
        for side in sides:
            if not side.measured.failure:
                side.compare(sides[0].losses)
                check_losses(side, f"{task.optimizer} on {of.where(len(cores))}")
    finally:
        for side in sides:
            side.close()


def make_side(
    options: argparse.Namespace, of: Comparison, kind: Kind, task: Task, grid: Grid,
    cores: list[int], folder: Path,
) -> Side:  # fmt: skip
    if not kind.script:
        return OurSide(kind, options.program, options.device, task, grid, cores, folder)
    teacher = of.results.get((task.optimizer, len(cores), kind.chunks_of))
    sizes = str(teacher.chunk) if teacher and teacher.chunk else ""
    python = of.found.pythons[kind.key]
    return PeerSide(kind, python, options.device, task, grid, cores, folder, sizes)


def attempt(side: Side, work: Callable[[], None]) -> None:
    """A peer that fails once is left out, and the table says why. The program must not fail."""
    if side.measured.failure:
        return
    try:
        work()
    except BenchmarkError as error:
        if not side.kind.script:
            raise
        side.measured.failure = str(error)


def check_losses(side: Side, where: str) -> None:
    if not side.measured.difference <= TOLERANCE:
        raise BenchmarkError(
            f"{side.kind.name} does not reach lrscape's losses for {where}: they differ by"
            f" {side.measured.difference:.1e} of them; {TOLERANCE:.0e} is allowed"
        )


def core_sets(options: argparse.Namespace) -> list[list[int]]:
    """For each number in --cores, so many of the usable cores; for a GPU, all usable cores."""
    every = sorted(os.sched_getaffinity(0))
    counts = [len(every)] if options.device == "cuda" else options.cores
    return [every[:count] for count in counts]


def say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr)


# The device


def shown_clocks(device: str) -> str:
    """The clocks that the device reports, or nothing."""
    tool = shutil.which("nvidia-smi")
    if device == "cuda" and tool:
        query = [
            tool,
            "--query-gpu=clocks.max.sm,clocks.max.mem,power.limit",
            "--format=csv,noheader",
        ]
        values = run_text(query).splitlines()[0]
        return f"Highest clocks of the multiprocessors and the memory, power limit: {values}."
    if device == "cpu":
        with contextlib.suppress(OSError):
            shown = re.search(r"^cpu MHz\s*:\s*(\S+)", Path("/proc/cpuinfo").read_text(), re.M)
            if shown:
                return f"The processor shows a clock of {float(shown[1]):.0f} MHz."
    return ""


@contextlib.contextmanager
def watched_clocks(measured: Measured, device: str) -> Iterator[None]:
    """Records the clock of the GPU's multiprocessors while the body of the `with` runs."""
    tool = shutil.which("nvidia-smi") if device == "cuda" else None
    if tool is None:
        yield
        return
    query = [tool, "--query-gpu=clocks.sm", "--format=csv,noheader,nounits", "-lms", "100"]
    watcher = subprocess.Popen(query, stdout=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        watcher.terminate()
        text, _ = watcher.communicate()
        measured.clocks += [float(word) for word in text.split() if word.isdecimal()]


# The command line


def whole_number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number >= 1")
    return int(text)


def several(allowed: list[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        for word in text.split(","):
            if word not in allowed:
                raise argparse.ArgumentTypeError(f"no '{word}'; allowed: {', '.join(allowed)}")
        return [word for word in allowed if word in text.split(",")]

    return read


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compare", description=__doc__.splitlines()[0])
    number = {"type": whole_number, "metavar": "N"}
    add = parser.add_argument
    every = len(os.sched_getaffinity(0))
    core_counts = [str(count) for count in range(1, every + 1)]
    keys = [kind.key for kind in KINDS[1:]]
    add("--program", type=Path, default=PROGRAM, metavar="FILE", help="lrscape")
    add("--device", choices=("cpu", "cuda"), default="cpu")
    add("--peers", type=several(keys), default=keys, metavar="A,B", help=f"{','.join(keys)} [all]")
    add("--python", action="append", default=[], metavar="FILE",
        help="an interpreter to search for the peers' libraries before the usual ones; may be"
        " given again")  # fmt: skip
    add("--optimizers", type=several(list(TITLES)), default=list(TITLES), metavar="A,B",
        help=f"[{','.join(TITLES)}]")  # fmt: skip
    add("--cores", type=several(core_counts), default=sorted({"1", str(every)}, key=int),
        metavar="N,M", help="numbers of CPU cores, one measurement for each [1 and all]")  # fmt: skip
    add("--side", **number, help="number of learning rates and of weight decays [64; 256 on a GPU]")
    add("--seeds", **number, help="[1; 5 on a GPU]")
    add("--rows", **number, default=200, help="training rows, and as many validation rows [200]")
    add("--features", **number, default=1000, help="[1000]")
    add("--epochs", **number, default=50, help="[50]")
    add("--batch", **number, default=20, help="rows per step [20]")
    add("--repeats", **number, default=5, help="repeats of every measurement [5]")
    add("--seconds", type=float, default=2.0, help="approximate duration of a peer's repeat [2]")
    add("--out", type=Path, default=HERE / "results", help="parent of the result folder")
    add("--name", help="name of the result folder [from the device]")
    options = parser.parse_args(arguments)
    on_gpu = options.device == "cuda"
    options.side = options.side or (256 if on_gpu else 64)
    options.seeds = options.seeds or (5 if on_gpu else 1)
    options.cores = [int(count) for count in options.cores]
    if options.rows % options.batch:
        parser.error(f"--batch {options.batch} does not divide --rows {options.rows}")
    return options


def compare(options: argparse.Namespace) -> Path:
    """Measures and writes the results. Returns their folder."""
    load = os.getloadavg()[0]
    if load > IDLE_LOAD:
        print(f"compare: the machine is not idle (load {load:.2f})", file=sys.stderr)
    words, name = device_words(options.program, options.device)
    kinds = [kind for kind in KINDS if kind is KINDS[0] or kind.key in options.peers]
    comparison = Comparison(
        device=words,
        gpu=options.device == "cuda",
        version=run_text([options.program, "--version"]).strip(),
        work=f"n {options.rows}, d {options.features}, {options.epochs} epochs of batch"
        f" {options.batch}, {options.side} x {options.side} cells, seeds: {options.seeds}; fp32",
        steps=options.epochs * (options.rows // options.batch),
        repeats=options.repeats,
        titles={optimizer: TITLES[optimizer] for optimizer in options.optimizers},
        core_counts=[len(cores) for cores in core_sets(options)],
        found=available(kinds, options.program, options.device, options.python),
        load=load,
        clocks=shown_clocks(options.device),
    )
    measure(options, comparison)
    folder = options.out / (options.name or name)
    folder.mkdir(parents=True, exist_ok=True)
    picture = "sweeps.png" if draw(comparison, folder / "sweeps.png") else ""
    if not picture:
        print("compare: no matplotlib here, so no picture", file=sys.stderr)
    (folder / "sweeps.md").write_text(report(comparison, picture))
    (folder / "sweeps.json").write_text(json.dumps(raw(comparison), indent=1) + "\n")
    return folder


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    try:
        folder = compare(options)
    except BenchmarkError as error:
        say("")
        print(f"compare: {error}", file=sys.stderr)
        return 2
    say("")
    print((folder / "sweeps.md").read_text())
    print(f"written to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
