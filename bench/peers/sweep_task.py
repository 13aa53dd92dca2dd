"""The task of every peer of a sweep, and the protocol that asks a peer to train.

A peer is a file in this folder that defines a class with the methods of `Peer` and calls `serve`. A
peer trains a chunk of runs at once: cells of the grid that share a seed and so the row order.

The row order is implemented here a second time, from the generator's paper (Salmon et al.,
"Parallel random numbers: as easy as 1, 2, 3", SC 2011). So a peer that reaches the program's losses
also confirms the program's batches.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
ROW_ORDER = 9  # The purpose of the random numbers, the last word of the counter.


def philox(counter: Sequence[np.ndarray | int], key: Sequence[int]) -> list[np.ndarray]:
    """Philox4x32-10: the four words of each counter."""
    low = np.uint64(0xFFFFFFFF)
    words = np.broadcast_arrays(*(np.asarray(word, np.uint64) for word in counter))
    keys = [int(word) for word in key]
    for _ in range(10):
        first = words[0] * np.uint64(0xD2511F53)
        second = words[2] * np.uint64(0xCD9E8D57)
        words = [
            second >> np.uint64(32) ^ words[1] ^ np.uint64(keys[0]),
            second & low,
            first >> np.uint64(32) ^ words[3] ^ np.uint64(keys[1]),
            first & low,
        ]
        keys = [(keys[0] + 0x9E3779B9) & 0xFFFFFFFF, (keys[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return list(words)


def row_order(seed: int, epochs: int, rows: int) -> np.ndarray:
    """The rows of each epoch, sorted by random keys: epochs x rows."""
    index = np.arange(rows)
    order = np.empty((epochs, rows), np.int64)
    for epoch in range(epochs):
        words = philox((index, 0, epoch, ROW_ORDER), (seed & 0xFFFFFFFF, seed >> 32))
        order[epoch] = np.argsort(words[1] << np.uint64(32) | words[0], kind="stable")
    return order


@dataclass(frozen=True)
class Task:
    """A sweep of one optimizer: adamw-pt, or sgd with momentum."""

    features: np.ndarray
    targets: np.ndarray
    validation_features: np.ndarray
    validation_targets: np.ndarray
    learning_rates: np.ndarray  # Of each cell, in the order of training.
    weight_decays: np.ndarray
    optimizer: str
    momentum: float
    seeds: int
    epochs: int
    batch: int
    precision: str

    @property
    def steps(self) -> int:
        return self.epochs * (len(self.targets) // self.batch)

    @property
    def data(self) -> list[np.ndarray]:
        """Training features and targets, then those for validation, in the task's precision."""
        kind = np.float32 if self.precision == "fp32" else np.float64
        parts = (
            self.features,
            self.targets,
            self.validation_features,
            self.validation_targets,
        )
        return [np.ascontiguousarray(part, kind) for part in parts]

    def batches(self, seed: int, epochs: int | None = None) -> np.ndarray:
        """The rows of each step: steps x batch."""
        order = row_order(seed, epochs or self.epochs, len(self.targets))
        return order.reshape(-1, self.batch)

    def bias_corrections(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """1 - beta^t for t = 1 .. steps and each of Adam's two moments."""
        t = np.arange(1, steps + 1)
        return 1 - BETA1**t, 1 - BETA2**t

    def chunk(self, number: int, runs: int) -> tuple[int, np.ndarray]:
        """The seed and the cells of a chunk. Chunks beyond the grid start over at cell 0."""
        cells = number // self.seeds * runs + np.arange(runs)
        return number % self.seeds, cells % len(self.learning_rates)

    def save(self, path: Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: Path) -> Task:
        with np.load(path) as file:
            values = {name: file[name] for name in file.files}
        return Task(**{k: v if v.ndim else v.item() for k, v in values.items()})


def make_problem(rows: int, validation_rows: int, features: int) -> dict[str, np.ndarray]:
    """A problem like the program's default problem (README.md), made by numpy."""
    generator = np.random.default_rng(0)
    shape = (rows + validation_rows, features)
    a = generator.normal(2, 1, shape) * (generator.random(shape) < 0.8)
    a *= 10 / np.maximum(np.linalg.norm(a[:rows], axis=0), 1e-30)
    oracle = np.zeros(features)
    nonzero = max(1, round(0.1 * features))
    oracle[generator.permutation(features)[:nonzero]] = generator.normal(size=nonzero)
    b = a @ (oracle / np.linalg.norm(oracle)) + generator.normal(0, 0.5, len(a))
    return {
        "features": a[:rows],
        "targets": b[:rows],
        "validation_features": a[rows:],
        "validation_targets": b[rows:],
    }


class Peer(Protocol):
    """Made from a task and a device, cpu or cuda, to which it copies the data."""

    def compile(self, runs: int, steps: int) -> None:
        """The work needed once before train() is called with this number of runs and steps."""

    def train(
        self, learning_rate: np.ndarray, weight_decay: np.ndarray, batches: np.ndarray
    ) -> np.ndarray:
        """The final validation loss of each run, on the host."""


def clocked(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@dataclass
class Session:
    """One peer at work. Its methods return the answers that serve() writes."""

    task: Task
    peer: Peer
    runs: int = 0  # Per chunk.

    def train(self, number: int, runs: int, batches: Sequence[np.ndarray]) -> np.ndarray:
        seed, cells = self.task.chunk(number, runs)
        rates, decays = self.task.learning_rates[cells], self.task.weight_decays[cells]
        return self.peer.train(rates, decays, batches[seed])

    def prepare(self, sizes: Sequence[int]) -> dict[str, object]:
        """Chooses the chunk size by short trials, compiles and warms up."""
        self.batches = [self.task.batches(seed) for seed in range(self.task.seeds)]
        cells = len(self.task.learning_rates)
        sizes = sorted({min(size, cells) for size in sizes})
        tried: dict[int, float] = {}
        if len(sizes) > 1:
            short = [self.task.batches(0, max(1, self.task.epochs // 10))]
            for runs in sizes:
                try:
                    self.peer.compile(runs, len(short[0]))
                    seconds = [
                        clocked(lambda: self.train(0, runs, short * self.task.seeds))
                        for _ in range(3)
                    ]
                except Exception as error:  # Out of memory: each library has its own type.
                    print(f"chunks of {runs} runs: {error}", file=sys.stderr)
                    if not tried:
                        raise
                    break
                tried[runs] = runs / min(seconds[1:])
        self.runs = max(tried, key=tried.__getitem__) if tried else sizes[0]
        compile_seconds = clocked(lambda: self.peer.compile(self.runs, self.task.steps))
        warm = min(clocked(lambda: self.train(0, self.runs, self.batches)) for _ in range(2))
        return {
            "chunk": self.runs,
            "compile_seconds": compile_seconds,
            "chunk_seconds": warm,
        }

    def run(self, chunks: Sequence[int]) -> dict[str, object]:
        begin = time.perf_counter()
        losses = [self.train(number, self.runs, self.batches) for number in chunks]
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, "losses": np.concatenate(losses).astype(float).tolist()}


def serve(
    make_peer: Callable[..., Peer],
    versions: Callable[[str], dict[str, str]],
    sizes: dict[str, Sequence[int]],
    description: str,
) -> int:
    """A peer's command line. `sizes` are the chunk sizes to try, by device.

    Without --runs, the peer reads commands from standard input and answers each of them, with one
    line of JSON per command and per answer.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--task", type=Path, metavar="FILE", help="what Task.save wrote")
    parser.add_argument("--device", choices=sorted(sizes), default="cpu")
    parser.add_argument("--variant", help="of this peer, if it has several")
    parser.add_argument("--chunks", help="sizes of chunks to try, joined by commas")
    parser.add_argument("--runs", type=int, metavar="N", help="train this many runs and print times and losses")
    parser.add_argument("--versions", action="store_true", help="print the versions of the libraries; fail if one is missing")
    options = parser.parse_args()

    # Output of the libraries must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(values: dict[str, object]) -> None:
        print(json.dumps(values), file=answers, flush=True)

    variant = {"variant": options.variant} if options.variant else {}
    if options.versions:
        answer(versions(options.device))
        return 0
    if options.task is None:
        parser.error("--task is missing")
    task = Task.load(options.task)
    begin = time.perf_counter()
    session = Session(task, make_peer(task, options.device, **variant))
    load_seconds = time.perf_counter() - begin
    chunks = sizes[options.device]
    if options.chunks:
        chunks = [int(size) for size in options.chunks.split(",")]
    if options.runs:
        prepared = session.prepare(chunks)
        numbers = range(-(-options.runs // session.runs))
        answer({"load_seconds": load_seconds, **prepared, **session.run(numbers)})
        return 0
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "prepare":
            answer({"load_seconds": load_seconds, **session.prepare(chunks)})
        else:
            answer(session.run(command["chunks"]))
    return 0
