"""The data of a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrscape import _core
from lrscape.values import flag, real, real_array, whole

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
    standardize, intercept = flag(standardize, "standardize"), flag(intercept, "intercept")
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
    features, targets, names = arrays_of(X, y, "X", "y")
    if isinstance(validation, tuple | list):
        if len(validation) != 2:
            raise ValueError(
                f"validation must be a fraction or a pair (X_val, y_val), not {len(validation)} values"
            )
        if split_seed is not None:
            raise ValueError("split_seed applies to held-out rows and cannot be combined with validation data")
        held_features, held_targets, held_names = arrays_of(*validation, "validation X", "validation y")
        held_features = held_features[:, places_of(names, held_names)]
        chosen = ChosenProblem(
            _core.Problem.of_arrays(features, targets, held_features, held_targets),
            f"arrays: {shape_text(features)}, validation {shape_text(held_features)}",
        )
    else:
        fraction = HELD_OUT if validation is None else real(validation, "validation")
        seed = 0 if split_seed is None else whole(split_seed, "split_seed", 0, 2**64 - 1)
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


def is_frame(X: Any) -> bool:
    return hasattr(X, "columns") and hasattr(X, "to_numpy")


def arrays_of(
    X: Any, y: Any, X_name: str, y_name: str
) -> tuple[NDArray[Any], NDArray[Any], list[str]]:
    """Features and targets as arrays of matching shapes, and the names of the features, if any."""
    if isinstance(y, str) or (is_frame(X) and isinstance(y, int | np.integer)):
        X, y = without_column(X, y, X_name)
    elif is_frame(X) and hasattr(y, "to_numpy") and hasattr(y, "index") and not X.index.equals(y.index):
        raise ValueError(
            f"{y_name} has another index than {X_name}: align it, as with y.loc[X.index], or give "
            "y.to_numpy() to match rows by their position"
        )
    names = [str(name) for name in X.columns] if is_frame(X) else []
    features, targets = real_array(X, X_name), real_array(y, y_name)
    if targets.ndim == 2 and 1 in targets.shape:
        targets = targets.reshape(-1)
    if features.ndim != 2:
        raise ValueError(f"{X_name} must have a row for each example, not the shape {features.shape}")
    if targets.ndim != 1:
        raise ValueError(f"{y_name} must have a number for each example, not the shape {targets.shape}")
    if len(features) != len(targets):
        raise ValueError(f"{X_name} has {len(features)} rows, but {y_name} has {len(targets)} values")
    return features, targets, names


def without_column(X: Any, name: Any, X_name: str) -> tuple[Any, Any]:
    """The other columns of a DataFrame, and the column of this name."""
    count = list(X.columns).count(name) if is_frame(X) else 0
    if count == 0:
        columns = f"; it has {', '.join(map(str, X.columns))}" if is_frame(X) else ""
        raise ValueError(f"{X_name} has no column {name!r}{columns}")
    if count > 1:
        raise ValueError(f"{X_name} has {count} columns {name!r}")
    return X.drop(columns=[name]), X[name]


def places_of(names: list[str], held_names: list[str]) -> list[int] | slice:
    """Where the columns of the validation data have those of the training data, by name."""
    if not names or not held_names or held_names == names:
        return slice(None)
    if sorted(held_names) != sorted(names):
        said = [f"has no column {name!r}" for name in names if name not in held_names][:1]
        said += [f"has a column {name!r}" for name in held_names if name not in names][:1]
        raise ValueError(
            "validation X must have the columns of X, but it "
            + (" and ".join(said) or "has some a different number of times")
        )
    if len(set(names)) < len(names):
        raise ValueError("columns of the same name must have the same order in X and validation X")
    return [held_names.index(name) for name in names]


def shape_text(features: NDArray[np.generic]) -> str:
    return f"{features.shape[0]} x {features.shape[1]}"
