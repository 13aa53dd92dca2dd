"""Reference trajectories for the optimizers, from PyTorch and from textbook formulas in numpy.

Writes trajectories.json beside this file. It takes Python 3.10 or later and no GPU:

    python3 -m venv oracle-environment
    oracle-environment/bin/pip install numpy torch
    oracle-environment/bin/python tests/oracle/make_trajectories.py

Everything is float64 and seeded. Another machine may sum dot products in another order, so a rerun
gives the same weights up to rounding, not bit for bit. check() asserts that no case amplifies such
a difference by 100 or more.

A batch's loss is the mean of (a_i . w - b_i)^2 over its rows. w starts at 0. Step t, from 1 on, has
the learning rate a_t = learning_rate * eta_t. The last batch of an epoch has 2 rows.
"""

import json
import platform
from pathlib import Path

import numpy as np
import torch

ROWS, FEATURES, VALIDATION_ROWS, BATCH, EPOCHS, STEPS = 26, 37, 11, 8, 125, 500
RECORDED_STEPS = (4, 40, 500)
DISTURBANCE = 1e-13
GENERATOR = np.random.default_rng(20240711)
ROW_ORDER = [GENERATOR.permutation(ROWS).tolist() for _ in range(EPOCHS)]
TRUTH = GENERATOR.normal(0.0, 0.3, FEATURES)
A = GENERATOR.normal(0.5, 1.0, (ROWS + VALIDATION_ROWS, FEATURES)).round(6)
B = (A @ TRUTH + GENERATOR.normal(0.0, 0.5, ROWS + VALIDATION_ROWS)).round(6)
TRAIN, VALIDATION = (A[:ROWS], B[:ROWS]), (A[ROWS:], B[ROWS:])
SCHEDULES = {
    "constant": [1.0] * STEPS,
    "linear": [1 - (t - 1) / STEPS for t in range(1, STEPS + 1)],
    "sqrt": [1 / t**0.5 for t in range(1, STEPS + 1)],
}
TORCH_RULES = {"adamw-pt": torch.optim.AdamW, "adam-l2": torch.optim.Adam, "sgd": torch.optim.SGD}
ADAM = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
SGD = {"momentum": 0.0, "dampening": 0.0, "nesterov": 0}


def make_case(name, optimizer, learning_rate, weight_decay=0.0, schedule="constant", **changed):
    """One training; `changed` holds the hyper-parameters that differ from their defaults."""
    rule = TORCH_RULES.get(optimizer)
    return {
        "name": f"{optimizer}, {name}",
        "source": f"torch.optim.{rule.__name__}" if rule else "numpy",
        "optimizer": optimizer,
        "hyperparameters": (ADAM if optimizer.startswith("adam") else SGD) | changed,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "schedule": schedule,
    }


OTHER_BETAS = {"beta1": 0.7, "beta2": 0.95}
ALL_OTHER = OTHER_BETAS | {"epsilon": 0.1}
DAMPED = {"momentum": 0.9, "dampening": 0.4}
NESTEROV = {"momentum": 0.8, "nesterov": 1}
CASES = [
    make_case("defaults", "adamw-pt", 0.003),
    make_case("weight decay", "adamw-pt", 0.003, 1.0),
    make_case("other betas", "adamw-pt", 0.01, 0.5, **OTHER_BETAS),
    make_case("large epsilon", "adamw-pt", 0.01, 0.5, epsilon=0.5),
    make_case("linear schedule", "adamw-pt", 0.01, 1.0, "linear"),
    make_case("sqrt schedule, all options", "adamw-pt", 0.1, 0.3, "sqrt", **ALL_OTHER),
    make_case("weight decay", "adam-l2", 0.003, 0.5),
    make_case("linear schedule, all options", "adam-l2", 0.01, 0.3, "linear", **ALL_OTHER),
    make_case("plain", "sgd", 0.003),
    make_case("weight decay", "sgd", 0.005, 0.5),
    make_case("dampening ignored without momentum", "sgd", 0.002, 1.0, dampening=0.4),
    make_case("momentum", "sgd", 0.001, momentum=0.9),
    make_case("momentum, weight decay, linear schedule", "sgd", 0.002, 0.5, "linear", momentum=0.9),
    make_case("dampening", "sgd", 0.001, **DAMPED),
    make_case("dampening, weight decay", "sgd", 0.003, 0.5, **DAMPED),
    make_case("nesterov", "sgd", 0.001, **NESTEROV),
    make_case("nesterov, weight decay, sqrt schedule", "sgd", 0.005, 0.5, "sqrt", **NESTEROV),
    make_case("weight decay", "adamw-lh", 0.002, 0.004),
    make_case("linear schedule", "adamw-lh", 0.008, 0.006, "linear"),
    make_case("sqrt schedule, all options", "adamw-lh", 0.08, 0.02, "sqrt", **ALL_OTHER),
    make_case("weight decay", "adam-prox", 0.003, 1.0),
    make_case("large weight decay, linear schedule", "adam-prox", 0.01, 10.0, "linear"),
    make_case("sqrt schedule, all options", "adam-prox", 0.1, 0.3, "sqrt", **ALL_OTHER),
    make_case("plain", "sgdw", 0.003, 2.0),
    make_case("momentum", "sgdw", 0.001, 1.0, momentum=0.9),
    make_case("dampening, linear schedule", "sgdw", 0.003, 0.5, "linear", **DAMPED),
    make_case("nesterov, sqrt schedule", "sgdw", 0.005, 1.0, "sqrt", **NESTEROV),
]


class TorchTraining:
    def __init__(self, case):
        self.parameter = torch.zeros(FEATURES, dtype=torch.float64, requires_grad=True)
        self.weights = self.parameter.detach().numpy()  # shares the parameter's memory
        self.learning_rate, options = case["learning_rate"], case["hyperparameters"]
        if case["optimizer"] != "sgd":
            options = {"betas": (options["beta1"], options["beta2"]), "eps": options["epsilon"]}
        rule, weight_decay = TORCH_RULES[case["optimizer"]], case["weight_decay"]
        self.optimizer = rule([self.parameter], weight_decay=weight_decay, **options)

    def step(self, features, targets, eta):
        self.optimizer.param_groups[0]["lr"] = self.learning_rate * eta
        self.optimizer.zero_grad()
        residual = torch.from_numpy(features) @ self.parameter - torch.from_numpy(targets)
        residual.square().mean().backward()
        self.optimizer.step()


class NumpyTraining:
    def __init__(self, case):
        self.case, self.rule, self.t, self.buffer = case, case["optimizer"], 0, None
        self.weights, self.m, self.v = np.zeros((3, FEATURES))

    def step(self, features, targets, eta):
        self.t += 1
        w, wd, a_t = self.weights, self.case["weight_decay"], self.case["learning_rate"] * eta
        g = 2 / len(targets) * features.T @ (features @ w - targets)
        direction = self.momentum_direction(g) if self.rule == "sgdw" else self.adam_direction(g)
        if self.rule == "adam-prox":
            self.weights = (w - a_t * direction) / (1 + wd * a_t)
        else:
            decay = wd * eta if self.rule == "adamw-lh" else wd * a_t
            self.weights = (1 - decay) * w - a_t * direction

    def adam_direction(self, g):
        beta1, beta2, epsilon = self.case["hyperparameters"].values()
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2
        m_hat, v_hat = self.m / (1 - beta1**self.t), self.v / (1 - beta2**self.t)
        return m_hat / (np.sqrt(v_hat) + epsilon)

    def momentum_direction(self, g):
        momentum, dampening, nesterov = self.case["hyperparameters"].values()
        self.buffer = g if self.t == 1 else momentum * self.buffer + (1 - dampening) * g
        return g + momentum * self.buffer if nesterov else self.buffer


def train(case, disturbed_step=None):
    """Weights by recorded step; after `disturbed_step`, w is multiplied by 1 +- DISTURBANCE."""
    training = (NumpyTraining if case["source"] == "numpy" else TorchTraining)(case)
    batches = [order[i : i + BATCH] for order in ROW_ORDER for i in range(0, ROWS, BATCH)]
    recorded = {}
    for t, (rows, eta) in enumerate(zip(batches, SCHEDULES[case["schedule"]], strict=True), 1):
        training.step(A[rows], B[rows], eta)  # the first rows of A are for training
        if t == disturbed_step:
            training.weights *= 1 + DISTURBANCE * np.where(np.arange(FEATURES) % 3 == 0, -1, 1)
        if t in RECORDED_STEPS:
            recorded[t] = training.weights.copy()
    return recorded


def distance(left, right):
    """The largest difference over the recorded steps, relative to the largest weight."""
    return max(abs(left[t] - right[t]).max() / abs(left[t]).max() for t in RECORDED_STEPS)


def check(case, weights):
    """Returns a disturbance's amplification. Asserts that it is small and that twin rules agree."""
    amplification = max(distance(weights, train(case, step)) for step in (1, 30, 250)) / DISTURBANCE
    assert amplification < 100, case["name"]
    twins = []
    if case["optimizer"] == "adamw-pt":
        decay = case["learning_rate"] * case["weight_decay"]
        twins = [{}, {"optimizer": "adamw-lh", "weight_decay": decay}]
    elif case["optimizer"] == "sgd" and case["weight_decay"] == 0:
        twins = [{"optimizer": "sgdw"}]
    for twin in twins:
        assert distance(weights, train(case | twin | {"source": "numpy"})) < 1e-12, case["name"]
    return amplification


def main():
    worst = 0
    for case in CASES:
        weights = train(case)
        worst = max(worst, check(case, weights))
        case["weights"] = {t: weights[t].tolist() for t in RECORDED_STEPS}
        for name, (features, targets) in ("train", TRAIN), ("validation", VALIDATION):
            case[f"{name}_loss"] = float(np.mean((features @ weights[STEPS] - targets) ** 2))
    print(f"{len(CASES)} cases, worst amplification of a disturbance {worst:.2g}")
    compact = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
    names = ("features", "targets", "validation_features", "validation_targets")
    fields = {
        "made_by": Path(__file__).name,
        "pytorch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "problem": {name: a.tolist() for name, a in zip(names, TRAIN + VALIDATION, strict=True)},
        "batch": BATCH,
        "row_order": ROW_ORDER,
        "schedules": SCHEDULES,
    }
    lines = [f"{compact(name)}:{compact(value)}" for name, value in fields.items()]
    lines.append('"cases":[\n' + ",\n".join(map(compact, CASES)) + "\n]")
    Path(__file__).with_name("trajectories.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
