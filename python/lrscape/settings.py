"""The settings of a sweep, from the arguments of ``lrscape.sweep``."""

from __future__ import annotations

import difflib
from typing import Any

from lrscape import _core
from lrscape.problem import problem_of
from lrscape.schedules import specs_of
from lrscape.values import Values, choose, flag, is_real, real_values, single, texts, whole, whole_values

#: The names of hyper-parameters in PyTorch and Optax, and those of the library.
ALIASES = {"eps": "epsilon", "b1": "beta1", "b2": "beta2"}

#: Names that other libraries have for arguments of ``lrscape.sweep``.
OTHER_NAMES = {
    "learning_rate": "lr", "learning_rates": "lr", "batch_size": "batch", "num_epochs": "epochs", "seed": "first_seed",
}  # fmt: skip


def core_sweep(
    X: Any, y: Any, lr: Any, wd: Any, weight_decay: Any, optimizer: Any, schedule: Any, seeds: Any,
    first_seed: Any, epochs: Any, batch: Any, validation: Any, split_seed: Any, standardize: bool,
    intercept: bool, problem: Any, precision: str, math: str, gram: str, record: str,
    train_loss: bool, save_weights: bool, hyperparameters: dict[str, Any],
) -> tuple[_core.Sweep, list[str]]:  # fmt: skip
    """The sweep of the library, and warnings about its data."""
    chosen = problem_of(X, y, validation, split_seed, standardize, intercept, problem)
    sweep_ = _core.Sweep(chosen.problem, chosen.source)
    sweep_.set_optimizers(texts(optimizer, "optimizer"), named_values(hyperparameters))
    sweep_.learning_rates = real_values(lr, "lr", logarithmic=True)
    sweep_.weight_decays = real_values(decays(wd, weight_decay), "wd", logarithmic=True)
    sweep_.seeds, sweep_.first_seed = whole(seeds, "seeds", 1), whole(first_seed, "first_seed")
    if epochs is not None:
        sweep_.set_epochs(whole_values(epochs, "epochs"))
    if batch is not None:
        full = isinstance(batch, str) and batch == "full"
        sweep_.set_batch_sizes([sweep_.rows] if full else whole_values(batch, "batch", logarithmic=True))
    sweep_.set_schedules(specs_of(schedule, sweep_.most_steps()))
    sweep_.precision = choose(_core.Precision, "precision", precision)
    sweep_.math = choose(_core.MathMode, "math", math)
    sweep_.gram = choose(_core.GramMode, "gram", gram)
    if record not in ("final", "epoch"):
        raise ValueError(f"record must be one of final, epoch, not {record!r}")
    sweep_.record_epochs = record == "epoch"
    sweep_.train_loss = flag(train_loss, "train_loss")
    sweep_.save_weights = flag(save_weights, "save_weights")
    return sweep_, chosen.notes


def decays(wd: Values | None, weight_decay: Values | None) -> Values:
    if (wd is None) == (weight_decay is None):
        raise ValueError("give either wd or weight_decay, such as wd=\"1e-4:1:32\" or wd=0")
    if wd is not None:
        return wd
    assert weight_decay is not None
    return weight_decay


def named_values(hyperparameters: dict[str, Any]) -> dict[str, list[float]]:
    """Hyper-parameters by the names of the library."""
    known = list(_core.hyperparameter_names())
    named: dict[str, list[float]] = {}

    def add(name: str, values: Any, given_name: str) -> None:
        if name in named:
            raise ValueError(f"{name} is given twice")
        named[name] = real_values(values, given_name, flags=True)

    for name, values in hyperparameters.items():
        if name == "betas":
            for own, beta in zip(("beta1", "beta2"), betas_of(values)):
                add(own, beta, "betas")
        elif (own := ALIASES.get(name, name)) in known:
            add(own, values, name)
        else:
            from lrscape.sweeps import sweep

            options = [*known, *ALIASES, "betas", *(sweep.__kwdefaults__ or {})]
            near = [OTHER_NAMES[name]] if name in OTHER_NAMES else difflib.get_close_matches(name, options, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"sweep() has no argument {name!r}{hint}")
    return named


def betas_of(values: Any) -> list[Any]:
    """The pair (beta1, beta2)."""
    try:
        pair = [single(one, "betas") for one in values]
    except TypeError:
        pair = []
    if len(pair) == 2 and all(map(is_real, pair)):
        return pair
    raise ValueError(
        f"betas must be one pair of numbers (beta1, beta2), not {values!r}; several values are given as "
        "beta1=[...] and beta2=[...], and every beta1 is combined with every beta2"
    )
