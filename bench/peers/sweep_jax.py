"""The sweep in JAX: scan over steps, vmap over a chunk of runs, injected hyper-parameters in Optax.

python bench/peers/sweep_jax.py --task task.npz --runs 64
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault(
    "XLA_PYTHON_CLIENT_PREALLOCATE", "false"
)  # Other contenders need GPU memory.

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
from sweep_task import BETA1, BETA2, EPSILON, Task, serve  # noqa: E402

CHUNKS = {"cpu": (16, 64, 256, 1024), "cuda": (4096, 16384, 65536)}


class JaxPeer:
    def __init__(self, task: Task, device: str) -> None:
        self.task = task
        self.device = jax.devices("gpu" if device == "cuda" else "cpu")[0]
        self.data = jax.block_until_ready(jax.device_put(task.data, self.device))
        self.compiled: dict[tuple[int, int], jax.stages.Compiled] = {}

    def optimizer(self, rate: jax.Array, decay: jax.Array) -> optax.GradientTransformation:
        def sgd(learning_rate, weight_decay):
            momentum = optax.sgd(learning_rate, momentum=self.task.momentum)
            return optax.chain(optax.add_decayed_weights(weight_decay), momentum)

        def adamw(learning_rate, weight_decay):
            return optax.adamw(learning_rate, BETA1, BETA2, EPSILON, weight_decay=weight_decay)

        make = sgd if self.task.optimizer == "sgd" else adamw
        return optax.inject_hyperparams(make)(learning_rate=rate, weight_decay=decay)

    def final_loss(self, rate, decay, batches, data):
        features, targets, validation_features, validation_targets = data
        optimizer = self.optimizer(rate, decay)

        def loss(weights, a, b):
            return jnp.mean((a @ weights - b) ** 2)

        def step(carry, rows):
            weights, state = carry
            gradient = jax.grad(loss)(weights, features[rows], targets[rows])
            updates, state = optimizer.update(gradient, state, weights)
            return (optax.apply_updates(weights, updates), state), None

        weights = jnp.zeros_like(features[0])
        (weights, _), _ = jax.lax.scan(step, (weights, optimizer.init(weights)), batches)
        return loss(weights, validation_features, validation_targets)

    def compile(self, runs: int, steps: int) -> None:
        of_runs = jax.ShapeDtypeStruct((runs,), jnp.float32)
        batches = jax.ShapeDtypeStruct((steps, self.task.batch), jnp.int32)
        with jax.default_device(self.device), jax.default_matmul_precision("highest"):
            train = jax.jit(jax.vmap(self.final_loss, (0, 0, None, None)))
            self.compiled[runs, steps] = train.lower(of_runs, of_runs, batches, self.data).compile()

    def train(
        self, learning_rate: np.ndarray, weight_decay: np.ndarray, batches: np.ndarray
    ) -> np.ndarray:
        values = (
            learning_rate.astype(np.float32),
            weight_decay.astype(np.float32),
            batches.astype(np.int32),
        )
        run = self.compiled[len(learning_rate), len(batches)]
        return np.asarray(run(*jax.device_put(values, self.device), self.data))


def versions(device: str) -> dict[str, str]:
    if device == "cuda":
        jax.devices("gpu")  # Raises if there is no GPU.
    return {"JAX": jax.__version__, "Optax": optax.__version__}


if __name__ == "__main__":
    sys.exit(serve(JaxPeer, versions, CHUNKS, __doc__))
