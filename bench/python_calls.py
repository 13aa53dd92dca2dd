"""Measures how much longer a call from Python takes than the program or the library.

    python bench/python_calls.py --program build/release/lrscape

A sweep of 10,000 runs into a folder is compared with the whole process of the program, on the same
threads, in turn. The time of a call for the bound of one schedule of 4,000 steps includes the
evaluation itself, so the overhead is less.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import lrscape
from reporting import PROGRAM, processor, today

SIDE = 100
STEPS = 4_000


def seconds_of(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def sweeps(program: Path, threads: int, repeats: int) -> tuple[list[float], list[float]]:
    """The times of the program and of the package, in turn."""
    rates = f"1e-4:1e-1:{SIDE}"
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(repeats):
            out = Path(folder) / f"program-{repeat}.zarr"
            words = f"{program} sweep --optimizer adamw-pt --lr {rates} --wd {rates} --quiet"
            command = [*words.split(), "--threads", str(threads), "--out", str(out)]
            theirs.append(seconds_of(lambda: subprocess.run(command, check=True)))  # noqa: B023
            own = Path(folder) / f"package-{repeat}.zarr"
            ours.append(seconds_of(lambda: lrscape.sweep(lr=rates, wd=rates, threads=threads, out=own)))  # noqa: B023
    return theirs, ours


def a_call(call: Callable[[], object], repeats: int) -> float:
    """The least time of a call, over batches that take some milliseconds each."""
    call()
    count = max(1, int(5e-3 / seconds_of(call)))
    return min(seconds_of(lambda: [call() for _ in range(count)]) / count for _ in range(repeats))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=PROGRAM, metavar="FILE")
    parser.add_argument("--repeats", type=int, default=7, metavar="N")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    options = parser.parse_args(arguments)

    theirs, ours = sweeps(options.program, options.threads, options.repeats)
    program, package = statistics.median(theirs), statistics.median(ours)
    eta = lrscape.schedule("cosine", STEPS)
    print(f"{processor()[0]}, {today()}, {options.threads} thread(s), medians of {options.repeats}\n")
    print("| call | seconds | more than the program |")
    print("|---|---|---|")
    print(f"| program: {SIDE**2:,} runs | {program:.3f} [{min(theirs):.3f}, {max(theirs):.3f}] | |")
    print(
        f"| lrscape.sweep | {package:.3f} [{min(ours):.3f}, {max(ours):.3f}] "
        f"| {100 * (package / program - 1):+.1f} % |"
    )
    for name, call in (
        ("lrscape.bound_of(array)", lambda: lrscape.bound_of(eta)),
        ('lrscape.bound_of("cosine", 4000)', lambda: lrscape.bound_of("cosine", STEPS)),
        ("lrscape.bound(array)", lambda: lrscape.bound(eta)),
    ):
        print(f"| {name} | {a_call(call, options.repeats):.2e} | |")
    assert np.isfinite(lrscape.bound_of(eta).omega)
    return 0


if __name__ == "__main__":
    sys.exit(main())
