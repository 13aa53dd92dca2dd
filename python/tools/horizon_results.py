"""The bounds of the post "Infinite Schedules and the Benefits of Lookahead", from the program."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HORIZON = 10_000
STAGE = 100
STAGES = (20, STAGE, 500)  # In Figure 6.
LINEAR_HORIZONS = range(1_000, HORIZON + 1, 1_000)  # The grey curves of Figure 3.
FIT_ABOVE = 500


class ReproductionError(Exception):
    """An error whose message is one line for the user."""


@dataclass
class Extension:
    """A schedule extended stage by stage, one array entry per stage. Stages end at checkpoints."""

    stage: int
    gamma: float
    factor: np.ndarray
    checkpoint: np.ndarray
    omega: np.ndarray
    omega_linear: np.ndarray
    fits: list[dict]

    @property
    def multipliers(self) -> np.ndarray:
        """eta_t for t = 1 .. T"""
        return np.repeat(self.factor, self.stage)

    @property
    def ratio_to_linear(self) -> np.ndarray:
        return self.omega / self.omega_linear


@dataclass
class Program:
    path: Path

    def run(self, *arguments: object) -> dict:
        command = [str(self.path), *map(str, arguments), "--json"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise ReproductionError(f"{self.path}: cannot be run ({error.strerror})") from error
        if done.returncode != 0:
            message = done.stderr.strip() or f"ended with {done.returncode}"
            raise ReproductionError(f"{' '.join(command)}: {message}")
        return json.loads(done.stdout)

    def extend(self, stage: int) -> Extension:
        options = ["--stage", stage, "--stages", HORIZON // stage, "--fit-above", FIT_ABOVE]
        result = self.run("extend", *options)
        names = ("factor", "end", "omega", "omega_linear")
        columns = (np.array([entry[name] for entry in result["stages"]]) for name in names)
        return Extension(stage, result["gamma"], *columns, result["fits"])

    def best_gamma(self, schedule: str, steps: int) -> float:
        (row,) = self.run("bound", "--schedule", schedule, "--steps", steps)["rows"]
        return row["gamma_opt"]

    def anytime(self, schedule: str, *options: object, steps: int = HORIZON) -> np.ndarray:
        """Entry t - 1 is the bound after t <= steps steps; without --gamma, at the best gamma."""
        options = ["--schedule", schedule, "--steps", steps, "--anytime", *options]
        rows = self.run("bound", *options)["rows"]
        # None stands for an infinite bound.
        return np.array([np.inf if row["omega"] is None else row["omega"] for row in rows])


@dataclass
class Results:
    extensions: dict[int, Extension]  # By the length of a stage.
    root_gamma: dict[int, float]  # The best gamma for 1/sqrt(t) over the first stage.
    root_omega: dict[int, np.ndarray]  # The anytime curve of 1/sqrt(t) at root_gamma.
    extended_omega: np.ndarray  # The anytime curve of the extension with STAGE steps per stage.
    linear_gamma: dict[int, float]  # The best gamma for linear decay, by horizon.
    linear_omega: dict[int, np.ndarray]  # The anytime curve of each linear decay, to its horizon.
    orabona: np.ndarray
    shamir_zhang: np.ndarray

    @property
    def extension(self) -> Extension:
        return self.extensions[STAGE]

    def ratio_to_root(self, stage: int) -> np.ndarray:
        extension = self.extensions[stage]
        return extension.omega / self.root_omega[stage][extension.checkpoint - 1]


def compute(program: Program) -> Results:
    extensions = {stage: program.extend(stage) for stage in STAGES}
    root_gamma = {stage: program.best_gamma("sqrt", stage) for stage in STAGES}
    extension = extensions[STAGE]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "multipliers.npy"
        np.save(file, extension.multipliers)
        extended_omega = program.anytime(f"custom:{file}", "--gamma", extension.gamma)
    linear_gamma = {steps: program.best_gamma("linear", steps) for steps in LINEAR_HORIZONS}
    return Results(
        extensions,
        root_gamma,
        {s: program.anytime("sqrt", "--gamma", root_gamma[s]) for s in STAGES},
        extended_omega,
        linear_gamma,
        {s: program.anytime("linear", "--gamma", g, steps=s) for s, g in linear_gamma.items()},
        program.anytime("sqrt", "--formula", "orabona"),
        program.anytime("sqrt", "--formula", "shamir-zhang"),
    )
