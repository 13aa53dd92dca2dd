"""The sweep in numpy: a chunk of runs at once, runs x features, updated in place.

python bench/peers/sweep_numpy.py --task task.npz --runs 64
"""

from __future__ import annotations

import sys

import numpy as np
from sweep_task import BETA1, BETA2, EPSILON, Task, serve

CHUNKS = {"cpu": (4, 16, 64, 256)}


class NumpyPeer:
    def __init__(self, task: Task, device: str) -> None:
        self.task = task
        self.features, self.targets, *self.validation = task.data

    def compile(self, runs: int, steps: int) -> None:
        pass

    def train(
        self, learning_rate: np.ndarray, weight_decay: np.ndarray, batches: np.ndarray
    ) -> np.ndarray:
        kind = self.features.dtype
        shape = (len(learning_rate), self.features.shape[1])
        weights, gradient, scratch = (
            np.zeros(shape, kind),
            np.empty(shape, kind),
            np.empty(shape, kind),
        )
        moments = np.zeros((2, *shape), kind)
        rate = learning_rate.astype(kind)[:, None]
        decay = weight_decay.astype(kind)[:, None]
        shrinkage = (1 - learning_rate * weight_decay).astype(kind)[:, None]
        corrections = [c.tolist() for c in self.task.bias_corrections(len(batches))]
        for rows, correction1, correction2 in zip(batches, *corrections):
            a = self.features[rows]
            residual = weights @ a.T - self.targets[rows]
            residual *= 2 / len(rows)
            np.matmul(residual, a, out=gradient)
            if self.task.optimizer == "sgd":
                gradient += np.multiply(decay, weights, out=scratch)
                moments[0] *= self.task.momentum
                moments[0] += gradient
                weights -= np.multiply(rate, moments[0], out=scratch)
                continue
            first, second = moments
            first *= BETA1
            first += np.multiply(gradient, 1 - BETA1, out=scratch)
            second *= BETA2
            gradient *= gradient
            second += np.multiply(gradient, 1 - BETA2, out=scratch)
            np.sqrt(second, out=scratch)
            scratch *= 1 / correction2**0.5
            scratch += EPSILON
            np.divide(first, scratch, out=scratch)
            scratch *= rate / correction1
            weights *= shrinkage
            weights -= scratch
        features, targets = self.validation
        with np.errstate(over="ignore", invalid="ignore"):  # A run may diverge.
            return np.mean((weights @ features.T - targets) ** 2, axis=1)


def versions(device: str) -> dict[str, str]:
    return {"numpy": np.__version__}


if __name__ == "__main__":
    sys.exit(serve(NumpyPeer, versions, CHUNKS, __doc__))
