"""The sweep as usually run: a loop over cells around a loop over steps of torch.optim.

python bench/peers/sweep_torch_loop.py --task task.npz --runs 4
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from sweep_task import BETA1, BETA2, EPSILON, Task, serve
from sweep_torch import to_device, versions

CHUNKS = {"cpu": (2,), "cuda": (2,)}


class TorchLoopPeer:
    def __init__(self, task: Task, device: str) -> None:
        self.task = task
        self.features, self.targets, *self.validation = to_device(task.data, device)

    def compile(self, runs: int, steps: int) -> None:
        pass

    def optimizer(self, weights: torch.Tensor, rate: float, decay: float) -> torch.optim.Optimizer:
        if self.task.optimizer == "sgd":
            return torch.optim.SGD(
                [weights], lr=rate, weight_decay=decay, momentum=self.task.momentum
            )
        return torch.optim.AdamW(
            [weights], lr=rate, weight_decay=decay, betas=(BETA1, BETA2), eps=EPSILON
        )

    def train(
        self, learning_rate: np.ndarray, weight_decay: np.ndarray, batches: np.ndarray
    ) -> np.ndarray:
        (steps,) = to_device([batches], self.features.device)
        losses = []
        for rate, decay in zip(learning_rate.tolist(), weight_decay.tolist()):
            weights = torch.zeros_like(self.features[0], requires_grad=True)
            optimizer = self.optimizer(weights, rate, decay)
            for rows in steps:
                optimizer.zero_grad()
                loss = ((self.features[rows] @ weights - self.targets[rows]) ** 2).mean()
                loss.backward()
                optimizer.step()
            with torch.no_grad():
                features, targets = self.validation
                losses.append(((features @ weights - targets) ** 2).mean())
        return torch.stack(losses).cpu().numpy()


if __name__ == "__main__":
    sys.exit(serve(TorchLoopPeer, versions, CHUNKS, __doc__))
