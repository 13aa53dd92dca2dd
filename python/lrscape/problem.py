"""The data of a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrscape import _core
from lrscape.values import real_array

#: The fraction of the rows to hold out, or features and targets for validation.
Validation: TypeAlias = "float | tuple[ArrayLike, ArrayLike] | None"

HELD_OUT = 0.3  # As the program's default.


@dataclass
class ChosenProblem:
    problem: _core.Problem
    source: str  # In short, for the metadata of the result.
    notes: list[str] = field(default_factory=list)


def problem_of(
    X: ArrayLike | None,
    y: ArrayLike | str | None,
    validation: Validation,
    split_seed: int | None,
    standardize: bool,
    intercept: bool,
    synthetic: dict[str, Any] | None,
) -> ChosenProblem:
    """The problem of the arguments of `lrscape.sweep`."""
    if X is None:
        for name, value in (("y", y), ("validation", validation), ("split_seed", split_seed)):
            if value is not None:
                raise ValueError(f"{name} is given without X")
        if standardize or intercept:
            raise ValueError("standardize and intercept are for data of your own: give X and y")
        return synthetic_problem(synthetic or {})
    if y is None:
        raise ValueError("X is given without y")
    if synthetic is not None:
        raise ValueError("problem describes the synthetic problem and cannot be combined with X")
    names = column_names(X, y)
    features, targets = arrays_of(X, y, "X", "y")
    if isinstance(validation, tuple):
        if split_seed is not None:
            raise ValueError("split_seed applies to held-out rows and cannot be combined with validation data")
        held_features, held_targets = arrays_of(*validation, "validation X", "validation y")
        chosen = ChosenProblem(
            _core.Problem.of_arrays(features, targets, held_features, held_targets),
            f"arrays: {shape_text(features)}, validation {shape_text(held_features)}",
        )
    else:
        fraction = HELD_OUT if validation is None else float(validation)
        seed = split_seed or 0
        chosen = ChosenProblem(
            _core.Problem.held_out(features, targets, fraction, seed),
            f"arrays: {shape_text(features)}, {fraction:g} held out with seed {seed}",
        )
    return prepared(chosen, names, standardize, intercept)


def prepared(
    chosen: ChosenProblem, names: list[str], standardize: bool, intercept: bool
) -> ChosenProblem:
    problem = chosen.problem
    problem.feature_names = names
    problem.check()
    if standardize:
        for column in problem.standardize():
            name = repr(names[column]) if names else str(column)
            chosen.notes.append(
                f"feature {name} is constant in the training rows, so standardize makes it 0"
            )
        chosen.source += ", standardized"
    if intercept:
        problem.append_intercept()
        chosen.source += ", intercept"
    return chosen


def synthetic_problem(sizes: dict[str, Any]) -> ChosenProblem:
    try:
        problem, source = _core.synthetic_problem(**sizes)
    except TypeError:
        allowed = "rows, validation_rows, features, noise, density, oracle_density, seed"
        raise ValueError(f"problem takes numbers for {allowed}, not {sizes!r}") from None
    return ChosenProblem(problem, source)


def column_names(X: Any, y: Any) -> list[str]:
    """The names of the features of a DataFrame, or nothing."""
    if not is_frame(X):
        return []
    return [str(name) for name in X.columns if not (isinstance(y, str) and name == y)]


def is_frame(X: Any) -> bool:
    return hasattr(X, "columns") and hasattr(X, "to_numpy")


def arrays_of(X: Any, y: Any, X_name: str, y_name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Features and targets as arrays of matching shapes."""
    if isinstance(y, str):
        if not is_frame(X) or y not in list(X.columns):
            columns = f"; it has {', '.join(map(str, X.columns))}" if is_frame(X) else ""
            raise ValueError(f"{X_name} has no column {y!r}{columns}")
        X, y = X.drop(columns=[y]), X[y]
    features, targets = real_array(X, X_name), real_array(y, y_name)
    if targets.ndim == 2 and 1 in targets.shape:
        targets = targets.reshape(-1)
    if features.ndim != 2:
        raise ValueError(f"{X_name} must have a row for each example, not the shape {features.shape}")
    if targets.ndim != 1:
        raise ValueError(f"{y_name} must have a number for each example, not the shape {targets.shape}")
    if len(features) != len(targets):
        raise ValueError(f"{X_name} has {len(features)} rows, but {y_name} has {len(targets)} values")
    return features, targets


def shape_text(features: NDArray[np.generic]) -> str:
    return f"{features.shape[0]} x {features.shape[1]}"
