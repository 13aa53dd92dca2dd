"""The sweep in PyTorch, batched by hand: a chunk of runs at once, without autograd.

python bench/peers/sweep_torch.py --task task.npz --runs 64
python bench/peers/sweep_torch.py --task task.npz --runs 64 --variant compiled
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch
from sweep_task import BETA1, BETA2, EPSILON, Task, serve

CHUNKS = {"cpu": (16, 64, 256, 1024), "cuda": (4096, 16384, 65536)}


def to_device(arrays: Sequence[np.ndarray], device: str | torch.device) -> list[torch.Tensor]:
    """Copies the arrays to the device and waits for the copies."""
    tensors = [torch.from_numpy(array).to(device) for array in arrays]
    if tensors[0].is_cuda:
        torch.cuda.synchronize()
    return tensors


def adamw_step(weights, first, second, a, b, rate, decay, rms_scale, step_scale, momentum):
    gradient = ((weights @ a.T - b) * (2 / len(b))) @ a
    first.lerp_(gradient, 1 - BETA1)
    second.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    denominator = second.sqrt().mul_(rms_scale).add_(EPSILON)
    weights.mul_(1 - rate * decay).sub_(first.div(denominator).mul_(rate * step_scale))


def sgd_step(weights, buffer, second, a, b, rate, decay, rms_scale, step_scale, momentum):
    gradient = ((weights @ a.T - b) * (2 / len(b))) @ a
    buffer.mul_(momentum).add_(gradient.addcmul_(decay, weights))
    weights.addcmul_(buffer, rate, value=-1)


class TorchPeer:
    def __init__(self, task: Task, device: str, variant: str = "eager") -> None:
        torch.set_float32_matmul_precision("highest")
        self.task = task
        self.features, self.targets, *self.validation = to_device(task.data, device)
        self.step = sgd_step if task.optimizer == "sgd" else adamw_step
        if variant == "compiled":
            self.step = torch.compile(self.step)

    @torch.inference_mode()
    def compile(self, runs: int, steps: int) -> None:
        """Makes the first call for a shape, at which torch.compile compiles."""
        ones = np.full(runs, 1e-6)
        self.train(ones, ones, self.task.batches(0, 1)[:2])

    @torch.inference_mode()
    def train(
        self, learning_rate: np.ndarray, weight_decay: np.ndarray, batches: np.ndarray
    ) -> np.ndarray:
        kind, device = self.features.dtype, self.features.device
        count, steps = len(learning_rate), len(batches)
        correction1, correction2 = self.task.bias_corrections(steps)
        columns = (learning_rate[:, None], weight_decay[:, None])
        scales = (1 / np.sqrt(correction2), 1 / correction1)
        rate, decay, rms_scale, step_scale = (
            torch.from_numpy(values).to(device, kind) for values in (*columns, *scales)
        )
        rows = torch.from_numpy(batches).to(device)
        shape = (count, self.features.shape[1])
        weights, first, second = (torch.zeros(shape, dtype=kind, device=device) for _ in range(3))
        for t in range(steps):
            self.step(
                weights,
                first,
                second,
                self.features[rows[t]],
                self.targets[rows[t]],
                rate,
                decay,
                rms_scale[t],
                step_scale[t],
                self.task.momentum,
            )
        features, targets = self.validation
        return ((weights @ features.T - targets) ** 2).mean(1).cpu().numpy()


def versions(device: str) -> dict[str, str]:
    found = {"PyTorch": torch.__version__}
    if device == "cuda":
        if not torch.cuda.is_available():
            raise SystemExit("this PyTorch sees no GPU")
        found["CUDA of PyTorch"] = str(torch.version.cuda)
    return found


if __name__ == "__main__":
    sys.exit(serve(TorchPeer, versions, CHUNKS, __doc__))
