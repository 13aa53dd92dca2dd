"""The types of the module that python/bindings makes."""

import os
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Path = str | os.PathLike[str]
_RawDataset = tuple[list[tuple[str, list[str], Any, str, bool]], str]
_Answer = dict[str, Any]

class DeviceError(RuntimeError): ...

class Problem:
    @staticmethod
    def held_out(features: NDArray[Any], targets: NDArray[Any], fraction: float, seed: int) -> Problem: ...
    @staticmethod
    def of_arrays(
        features: NDArray[Any],
        targets: NDArray[Any],
        validation_features: NDArray[Any],
        validation_targets: NDArray[Any],
    ) -> Problem: ...
    @property
    def rows(self) -> int: ...
    feature_names: list[str]
    def check(self) -> None: ...
    def standardize(self) -> list[int]: ...
    def append_intercept(self) -> None: ...

def synthetic_problem(
    *,
    rows: int = 200,
    validation_rows: int = 200,
    features: int = 1000,
    noise: float = 0.5,
    density: float = 0.8,
    oracle_density: float = 0.1,
    seed: int = 0,
) -> tuple[Problem, str]: ...

class Schedule:
    @staticmethod
    def listed(name: str, values: NDArray[Any]) -> Schedule: ...
    def evaluate(self, steps: int, steps_per_epoch: int) -> NDArray[np.float64]: ...

def parse_schedules(text: str) -> list[Schedule]: ...
def parse_axis(text: str, what: str, logarithmic: bool) -> list[float]: ...
def parse_whole_axis(text: str, what: str, logarithmic: bool) -> list[int]: ...
def read_dataset(path: _Path) -> _RawDataset: ...
def devices() -> list[tuple[str, str, str, bool]]: ...
def hyperparameter_names() -> list[str]: ...

class Precision(Enum):
    fp32 = 0
    fp64 = 1

class MathMode(Enum):
    reproducible = 0
    fast = 1

class GramMode(Enum):
    auto = 0
    off = 1
    on = 2

class Sweep:
    def __init__(self, problem: Problem, source: str) -> None: ...
    def set_optimizers(self, texts: Sequence[str], hyperparameters: Mapping[str, Sequence[float]]) -> None: ...
    def set_schedules(self, schedules: Sequence[Schedule]) -> None: ...
    def set_epochs(self, epochs: Sequence[int]) -> None: ...
    def set_batch_sizes(self, batch_sizes: Sequence[int]) -> None: ...
    def most_steps(self) -> int: ...
    @property
    def rows(self) -> int: ...
    learning_rates: list[float]
    weight_decays: list[float]
    seeds: int
    first_seed: int
    precision: Precision
    math: MathMode
    gram: GramMode
    record_epochs: bool
    train_loss: bool
    save_weights: bool

def shard_of_process() -> tuple[int, int, str]: ...
def run_sweep(
    sweep: Sweep,
    device: str,
    threads: int,
    simd: str,
    out: _Path | None,
    reuse: Sequence[_Path],
    shard: tuple[int, int],
    command: str,
    progress: Callable[[int, int], object] | None,
    warn: Callable[[str], object] | None,
) -> tuple[Any, _RawDataset | None, dict[str, int]]: ...

class GradientNorms:
    @staticmethod
    def parse(text: str) -> GradientNorms: ...
    @staticmethod
    def constant(value: float) -> GradientNorms: ...
    @staticmethod
    def listed(values: NDArray[Any]) -> GradientNorms: ...

class Formula(Enum):
    last = 0
    average = 1
    orabona = 2

class Method(Enum):
    auto = 0
    direct = 1
    fmm = 2

class BoundSweep:
    def __init__(self) -> None: ...
    schedules: list[Schedule]
    steps: list[int]
    horizons: list[int]
    anytime: bool
    steps_per_epoch: int
    norms: GradientNorms
    distance: float
    formula: Formula
    method: Method

def run_bound(
    sweep: BoundSweep,
    gammas: Sequence[float],
    device: str,
    threads: int,
    simd: str,
    out: _Path | None,
    command: str,
    progress: Callable[[int, int], object] | None,
    warn: Callable[[str], object] | None,
) -> tuple[Any, _RawDataset]: ...
def bound_of(
    eta: NDArray[Any], gamma: float | None, norms: GradientNorms, distance: float
) -> tuple[float, float]: ...

class By(Enum):
    factor = 0
    cooldown = 1

class Extension:
    def __init__(self) -> None: ...
    schedule: Schedule
    stage: int
    stages: int
    by: By
    norms: GradientNorms
    distance: float

def run_extension(
    extension: Extension, threads: int
) -> tuple[float, dict[str, NDArray[Any]], str]: ...

class LossMap:
    def __init__(
        self,
        learning_rates: Sequence[float],
        weight_decays: Sequence[float],
        seeds: Sequence[int],
        losses: NDArray[Any],
    ) -> None: ...
    def best(self) -> _Answer | None: ...
    def ridge(self) -> _Answer: ...
    def slope(self) -> _Answer | None: ...
    def slice(self, product: bool, held: float, within: float) -> _Answer: ...
    def compare(self, other: LossMap) -> _Answer: ...
    def means(self) -> NDArray[np.float64]: ...
    @property
    def learning_rates(self) -> list[float]: ...
    @property
    def weight_decays(self) -> list[float]: ...

class Result:
    def __init__(self) -> None: ...
    optimizers: list[str]
    learning_rates: list[float]
    weight_decays: list[float]
    seeds: list[int]
    epochs: list[int]
    attributes: str
    def add_number_axis(self, name: str, values: Sequence[float]) -> None: ...
    def add_label_axis(self, name: str, labels: Sequence[str]) -> None: ...
    def set_losses(self, losses: NDArray[Any], status: NDArray[Any], is_fp64: bool) -> None: ...

def write_report(
    file: _Path, names: Sequence[str], results: Sequence[Result], title: str, command: str
) -> list[str]: ...
