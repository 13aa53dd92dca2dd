"""The contenders in a comparison of sweeps: the program and its peers, with the same methods."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from peers.sweep_task import Task, make_problem
from reporting import BenchmarkError, run_text

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"


@dataclass(frozen=True)
class Kind:
    """The program with certain options, or a peer."""

    key: str
    name: str
    script: str = ""  # Of a peer; empty for the program.
    variant: str = ""
    chunks_of: str = ""  # The kind whose chunk size to use, since a search would take long.
    devices: tuple[str, ...] = ("cpu", "cuda")
    optimizers: tuple[str, ...] = ("adamw-pt", "sgd")
    options: tuple[str, ...] = ()  # Of the program.


KINDS = (
    Kind("lrscape", "lrscape"),
    Kind("direct", "lrscape --gram off", optimizers=("sgd",), options=("--gram", "off")),
    Kind("fast", "lrscape --math fast", devices=("cuda",), options=("--math", "fast")),
    Kind("jax", "JAX: scan, vmap, Optax", "sweep_jax.py"),
    Kind("torch", "PyTorch, batched by hand", "sweep_torch.py"),
    Kind("compiled", "the same, torch.compile", "sweep_torch.py", "compiled", "torch"),
    Kind("numpy", "numpy, batched", "sweep_numpy.py", devices=("cpu",)),
    Kind("loop", "PyTorch, loop over torch.optim", "sweep_torch_loop.py"),
)


@dataclass
class Measured:
    """The measurements of a kind, for one optimizer on one device with one number of cores."""

    runs: int = 0  # Per repeat.
    seconds: list[float] = field(default_factory=list)  # Of each repeat.
    clocks: list[float] = field(default_factory=list)  # MHz of the GPU during the repeats.
    compile_seconds: float | None = None
    load_seconds: float | None = None
    chunk: int | None = None
    difference: float = 0.0  # The largest relative difference of a loss from the program's.
    failure: str = ""
    space: str = ""  # Of the program: weights or gram.

    @property
    def rates(self) -> list[float]:
        return [self.runs / seconds for seconds in self.seconds]

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


@dataclass(frozen=True)
class Grid:
    """Cells in rows of one learning rate, and the order in which peers train the cells.

    The order is random, so that the first few cells come from all parts of the grid.
    """

    rates: np.ndarray
    decays: np.ndarray
    order: np.ndarray

    @staticmethod
    def square(rates: tuple[float, float], decays: tuple[float, float], side: int) -> Grid:
        order = np.random.default_rng(0).permutation(side * side)
        return Grid(np.geomspace(*rates, side), np.geomspace(*decays, side), order)

    def task(self, rows: int, features: int, **values: object) -> Task:
        rates, decays = np.meshgrid(self.rates, self.decays, indexing="ij")
        cells = {
            "learning_rates": rates.ravel()[self.order],
            "weight_decays": decays.ravel()[self.order],
        }
        values = {"precision": "fp32", **values}
        return Task(**make_problem(rows, rows, features), **cells, **values)


def on_cores(cores: list[int]) -> dict[str, object]:
    """Options of subprocess that give a process these cores, and as many threads.

    Drops the OPENBLAS variables of the environment, so that OpenBLAS chooses its kernels itself.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
    for library in ("OMP", "OPENBLAS", "MKL"):
        environment[f"{library}_NUM_THREADS"] = str(len(cores))
    return {"env": environment, "preexec_fn": lambda: os.sched_setaffinity(0, cores)}


def largest_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference relative to `expected`; infinite if any value is not finite."""
    with np.errstate(invalid="ignore"):
        difference = float(np.max(np.abs(found / expected - 1)))
    return difference if np.isfinite(difference) else float("inf")


class OurSide:
    """The program, timed by the report that it prints. A repeat trains the whole grid."""

    FILES = {
        "--features": "features",
        "--targets": "targets",
        "--val-features": "validation_features",
        "--val-targets": "validation_targets",
    }

    def __init__(
        self, kind: Kind, program: Path, device: str, task: Task, grid: Grid,
        cores: list[int], folder: Path,
    ) -> None:  # fmt: skip
        self.kind, self.program, self.device = kind, program, device
        self.task, self.grid, self.cores = task, grid, cores
        self.out = folder / f"{kind.key}.zarr"
        self.measured = Measured(runs=task.seeds * len(task.learning_rates))
        for name in self.FILES.values():
            np.save(folder / f"{name}.npy", getattr(task, name))

    def command(self) -> list[object]:
        def joined(values: np.ndarray) -> str:
            return ",".join(repr(float(value)) for value in values)

        task = self.task
        words: list[object] = [self.program, "sweep", "--optimizer", task.optimizer]
        for option, name in self.FILES.items():
            words += [option, self.out.with_name(f"{name}.npy")]
        words += ["--lr", joined(self.grid.rates), "--wd", joined(self.grid.decays)]
        words += ["--epochs", task.epochs, "--batch", task.batch, "--seeds", task.seeds]
        if task.optimizer == "sgd":
            words += ["--momentum", task.momentum]
        return [*words, *self.device_options(), "--out", self.out, "--json", "--quiet", *self.kind.options]

    def device_options(self) -> list[str]:
        return ["--device", self.device]

    def prepare(self, seconds: float) -> None:
        self.repeat()
        self.measured.seconds.clear()
        self.losses = self.read_losses()
        group = json.loads((self.out / "zarr.json").read_text())
        configuration = json.loads(group["attributes"]["configuration"])
        self.measured.space = configuration["spaces"][0]

    def repeat(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        text = run_text(self.command(), **on_cores(self.cores))
        # Warnings may follow the report.
        seconds = json.loads(text.splitlines()[0])["seconds"]
        if seconds == 0:
            raise BenchmarkError(f"{self.program}: a time of 0")
        self.measured.seconds.append(seconds)

    def read_losses(self) -> np.ndarray:
        """The losses: seeds x cells of the grid."""
        place = {
            (float(rate), float(decay)): row * len(self.grid.decays) + column
            for row, rate in enumerate(self.grid.rates)
            for column, decay in enumerate(self.grid.decays)
        }
        losses = np.full((self.task.seeds, len(place)), np.nan)
        text = run_text([self.program, "export", self.out, "--format", "csv"])
        for row in csv.DictReader(text.splitlines()):
            cell = place[float(row["learning_rate"]), float(row["weight_decay"])]
            losses[int(row["seed"]), cell] = float(row["validation_loss"])
        return losses

    def compare(self, expected: np.ndarray) -> None:
        self.measured.difference = largest_difference(self.losses, expected)

    def close(self) -> None:
        pass


class Worker:
    """A process of a peer, controlled by lines of JSON."""

    def __init__(self, command: list[object], cores: list[int], log: Path) -> None:
        self.log = log
        with log.open("w") as messages:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
                **on_cores(cores),
            )

    def ask(self, **command: object) -> None:
        with contextlib.suppress(BrokenPipeError):  # answer() reports the reason.
            self.process.stdin.write(json.dumps(command) + "\n")
            self.process.stdin.flush()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            said = self.log.read_text().strip().splitlines()
            raise BenchmarkError(said[-1] if said else f"ended with {self.process.wait()}")
        return json.loads(line)

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class PeerSide:
    """A peer. A repeat trains as many chunks as take about the wanted number of seconds."""

    def __init__(
        self, kind: Kind, python: str, device: str, task: Task, grid: Grid,
        cores: list[int], folder: Path, sizes: str = "",
    ) -> None:  # fmt: skip
        self.kind, self.task, self.grid, self.cores = kind, task, grid, cores
        self.folder = folder
        self.measured = Measured()
        self.workers: list[Worker] = []
        self.chunks = 0  # Per worker.
        self.found: list[tuple[int, np.ndarray]] = []  # Chunks and losses of the first repeat.
        path = folder / "task.npz"
        task.save(path)
        self.command = [python, PEERS / kind.script, "--task", path, "--device", device]
        self.command += ["--variant", kind.variant] if kind.variant else []
        self.command += ["--chunks", sizes] if sizes else []
        # On the CPU, one process per core: runs are independent, but threads in one process would
        # synchronize at each small operation.
        self.shares = [[core] for core in cores] if device == "cpu" else [cores]

    def start(self, share: list[int], sizes: list[object]) -> Worker:
        log = self.folder / f"{self.kind.key}-{len(self.workers)}.log"
        worker = Worker([*self.command, *sizes], share, log)
        self.workers.append(worker)
        worker.ask(do="prepare")
        return worker

    def prepare(self, seconds: float) -> None:
        measured = self.measured
        prepared = self.start(self.shares[0], []).answer()
        measured.chunk = prepared["chunk"]
        measured.compile_seconds = prepared["compile_seconds"]
        measured.load_seconds = prepared["load_seconds"]
        # The other workers use the chunk size that the first worker chose.
        others = [self.start(share, ["--chunks", measured.chunk]) for share in self.shares[1:]]
        for worker in others:
            worker.answer()
        most = self.task.seeds * len(self.task.learning_rates) / measured.chunk
        wanted = min(seconds / prepared["chunk_seconds"], most / len(self.workers))
        self.chunks = max(1, round(wanted))
        measured.runs = self.chunks * len(self.workers) * measured.chunk

    def repeat(self) -> None:
        count = len(self.workers)
        parts = [range(first, self.chunks * count, count) for first in range(count)]
        for worker, part in zip(self.workers, parts):
            worker.ask(do="run", chunks=list(part))
        answers = [worker.answer() for worker in self.workers]
        self.measured.seconds.append(max(answer["seconds"] for answer in answers))
        if self.found:
            return
        for part, answer in zip(parts, answers):
            self.found += zip(part, np.reshape(answer["losses"], (len(part), -1)))

    def compare(self, expected: np.ndarray) -> None:
        for number, losses in self.found:
            seed, cells = self.task.chunk(number, self.measured.chunk)
            difference = largest_difference(losses, expected[seed, self.grid.order[cells]])
            self.measured.difference = max(self.measured.difference, difference)

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


# Available contenders


def interpreters(given: list[str]) -> list[str]:
    """The Python interpreters that may have a peer's libraries, without duplicates."""
    own = [sys.executable, str(HERE.parent / ".venv" / "bin" / "python"), shutil.which("python3")]
    return list(dict.fromkeys([*given, *(path for path in own if path and Path(path).exists())]))


def find_interpreter(kind: Kind, device: str, candidates: list[str]) -> tuple[str, dict[str, str]]:
    """The first interpreter that has the peer's libraries, and the versions of these libraries."""
    reasons = []
    for python in candidates:
        command = [python, PEERS / kind.script, "--versions", "--device", device]
        try:
            # Warnings on stderr may follow the first line.
            found = json.loads(run_text(command, timeout=300).splitlines()[0])
            return python, {**found, "Python": run_text([python, "-V"]).split()[1]}
        except (BenchmarkError, json.JSONDecodeError) as error:
            reasons.append(str(error))
    raise BenchmarkError("; ".join(dict.fromkeys(reasons)))


@dataclass
class Available:
    kinds: list[Kind] = field(default_factory=list)
    pythons: dict[str, str] = field(default_factory=dict)  # By the kind's key.
    versions: dict[str, dict[str, str]] = field(default_factory=dict)  # By the kind's key.
    missing: dict[str, str] = field(default_factory=dict)  # The reason, by the kind's name.


def available(kinds: list[Kind], program: Path, device: str, given: list[str]) -> Available:
    result = Available()
    candidates = interpreters(given)
    for kind in kinds:
        try:
            if device not in kind.devices:
                raise BenchmarkError(f"not for --device {device}")
            if kind.script:
                python, versions = find_interpreter(kind, device, candidates)
                result.pythons[kind.key], result.versions[kind.key] = python, versions
            elif kind.options and kind.options[0] not in run_text([program, "sweep", "--help"]):
                raise BenchmarkError(f"this lrscape has no {kind.options[0]}")
            result.kinds.append(kind)
        except BenchmarkError as error:
            result.missing[kind.name] = str(error)
    return result
