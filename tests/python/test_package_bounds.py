"""Tests lrscape.bound, bound_of and extend against the theorem and the program."""

import math

import numpy as np
import pytest
import xarray as xr

import lrscape
from program import ask_program, run_program


def theorem(eta, norms, distance, gamma):
    """Theorem 1 of Schaipp et al. (ICML 2025) as it is printed, with exact sums."""
    T = len(eta)
    squares = [e * e * g * g for e, g in zip(eta, norms)]
    total = math.fsum(eta)
    bound = (distance**2 + gamma**2 * math.fsum(squares)) / (2 * gamma * total)
    for k in range(T - 1):
        tail, rest = math.fsum(eta[k + 1 :]), math.fsum(eta[k:])
        bound += gamma / 2 * eta[k] / tail / rest * math.fsum(squares[k:])
    return bound


def test_bounds_are_those_of_the_theorem():
    random = np.random.default_rng(2)
    eta, norms = random.uniform(0.1, 1, 50), random.uniform(0.5, 2, 50)
    expected = theorem(eta, norms, 3.0, 0.07)
    found = lrscape.bound_of(eta, gamma=0.07, grad_norms=norms, distance=3.0)
    assert found.omega == pytest.approx(expected, rel=1e-13)  # Sums of 50 positive terms.
    bounds = lrscape.bound(eta, gamma=[0.07, 0.1], grad_norms=norms, distance=3.0)
    assert bounds.omega.sel(gamma=0.07).item() == found.omega
    best = lrscape.bound_of(eta, grad_norms=norms, distance=3.0)
    assert (best.gamma, best.omega) == (bounds.gamma_opt.item(), bounds.omega_opt.item())
    assert best.omega == pytest.approx(theorem(eta, norms, 3.0, best.gamma), rel=1e-13)
    assert best.omega < min(found.omega, theorem(eta, norms, 3.0, 1.01 * best.gamma))


def test_a_constant_schedule_has_its_closed_form():
    T = 400
    harmonic = math.fsum(1 / t for t in range(1, T))
    assert lrscape.bound_of("constant", T).gamma == pytest.approx(1 / math.sqrt(T * (1 + harmonic)), rel=1e-14)


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ("--steps 10,20 --at 3,5 --gamma 1e-2:1:3", {"steps": [10, 20], "at": [3, 5], "gamma": "1e-2:1:3"}),
        ("--steps 2000 --anytime --distance 2", {"steps": 2000, "anytime": True, "distance": 2}),
        ("--steps 30 --grad-norms law:G2=1,A2=-0.5 --formula average",
         {"steps": 30, "grad_norms": "law:G2=1,A2=-0.5", "formula": "average"}),
    ],
)  # fmt: skip
def test_bounds_are_the_dataset_of_the_program(tmp_path, options, arguments):
    path = tmp_path / "bounds.zarr"
    run_program(f"bound --schedule wsd:cooldown=0.05:0.95:4 --schedule cosine {options} --quiet --out {path}")
    stored = xr.open_zarr(path).load()
    history = {"command_line": "", "commit": ""}
    schedules = ["wsd:cooldown=0.05:0.95:4", "cosine"]
    for out in (None, tmp_path / "own.zarr"):
        found = lrscape.bound(schedules, out=out, **arguments)
        xr.testing.assert_identical(found.assign_attrs(history), stored.assign_attrs(history))


def test_a_long_bound_gives_the_same_numbers_from_its_own_thread():
    # Enough work for a thread of its own.
    whole = lrscape.bound("wsd:cooldown=0.001:1:1000", 20_000)
    assert whole.omega_opt[499].item() == lrscape.bound_of(whole.schedule[499].item(), 20_000).omega


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"schedule": "cosine"}, "no steps given"),
        ({"schedule": "cosine", "steps": 0}, "steps|1"),
        ({"schedule": "cosine", "steps": 10, "gamma": 0}, "gamma must be a finite number > 0"),
        ({"schedule": "cosine", "steps": 10, "formula": "first"}, "last, average, orabona"),
        ({"schedule": "cosine", "steps": 10, "at": 3, "anytime": True}, "use either anytime or at"),
        ({"schedule": "cosine", "steps": 10, "grad_norms": [1, 2]}, "2"),
        ({"schedule": "cosine", "steps": 10, "grad_norms": "norms.csv"}, "numpy.loadtxt"),
        ({"schedule": "sqrt-epoch", "steps": 10}, "set it with steps_per_epoch"),
        ({"schedule": ["cosine", "cosine"], "steps": 10}, "given twice"),
    ],
)
def test_what_is_not_allowed_is_a_value_error_that_says_so(arguments, words):
    with pytest.raises(ValueError, match=words):
        lrscape.bound(**arguments)


def test_extensions_are_those_of_the_program():
    found = lrscape.extend(stage=50, stages=8)
    expected = ask_program("extend", "--stage 50 --stages 8")
    assert found.attrs["gamma"] == expected["gamma"] and found.attrs["ended"] == ""
    for name in ("start", "end", "factor", "learning_rate", "omega", "omega_linear", "gamma_opt"):
        assert found[name].values.tolist() == [stage[name] for stage in expected["stages"]]
    # gamma is the best one of the first stage.
    assert found.attrs["gamma"] == lrscape.bound_of("constant", 50).gamma
    with pytest.raises(ValueError, match="cosine"):
        lrscape.extend("cosine")
