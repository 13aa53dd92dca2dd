"""Tests of the results of `lrscape bound`, read with zarr-python and xarray, against numpy."""

import json

import numpy as np
import pytest
import zarr

from program import opened, run_program


@pytest.fixture
def bound(tmp_path):
    """bound(options) makes a result, without a message but `warning`, and returns its path."""

    def make(*options, warning=""):
        done = run_program(f"bound {' '.join(options)} --out {tmp_path / 'bound.zarr'} --quiet")
        assert warning in done.stderr and done.stderr.count("\n") == (1 if warning else 0)
        return tmp_path / "bound.zarr"

    return make


def sums(eta):
    """S and B of Theorem 1 after summation by parts, for D = G = 1."""
    tails = np.cumsum(eta[::-1])[::-1]
    return tails[0], eta[-1] + np.sum(eta[:-1] ** 2 / tails[1:])


def test_has_named_coordinates_and_the_values_of_numpy(bound):
    data = opened(
        bound("--schedule", "poly-decay:p=1:3:3,linear", "--steps", "20,30", "--gamma", "0.1,1")
    )
    assert data.omega.dims == ("schedule", "steps", "gamma")
    assert data.omega_opt.dims == ("schedule", "steps")
    assert set(data.coords) == {"schedule", "schedule_name", "p", "steps", "gamma"}
    assert list(data.schedule_name.values) == ["poly-decay"] * 3 + ["linear"]
    np.testing.assert_equal(data.p.values, [1, 2, 3, np.nan])
    for p in (1, 2, 3):
        for steps in (20, 30):
            eta = (1 - np.arange(steps) / steps) ** p
            step_sum, gradient_sum = sums(eta)
            cell = data.sel(schedule=f"poly-decay:p={p}", steps=steps)
            # 1e-14 covers the rounding of numpy's sums of so few terms.
            np.testing.assert_allclose(cell.step_sum, step_sum, rtol=1e-14)
            np.testing.assert_allclose(cell.gradient_sum, gradient_sum, rtol=1e-14)
            np.testing.assert_allclose(cell.gamma_opt * cell.omega_opt, 1 / step_sum, rtol=1e-14)
            for gamma in (0.1, 1):
                expected = 1 / (2 * gamma * step_sum) + gamma / 2 * gradient_sum
                np.testing.assert_allclose(cell.omega.sel(gamma=gamma), expected, rtol=1e-14)


def test_is_found_by_the_values_that_a_range_stands_for(bound):
    data = opened(bound("--schedule", "wsd:cooldown=0.05:0.95:19", "--steps", "99"))
    by_cooldown = data.swap_dims(schedule="cooldown")
    for cooldown in (0.05, 0.1, 0.15, 0.3, 0.7, 0.9, 0.95):
        assert by_cooldown.sel(cooldown=cooldown).omega_opt > 0


def test_keeps_what_a_double_holds_of_bounds_whose_sums_none_holds(bound, tmp_path):
    (tmp_path / "eta.txt").write_text("1e200\n1\n")  # S = 1e200, B = 1e400.
    data = opened(bound("--schedule", f"custom:{tmp_path / 'eta.txt'}"))
    np.testing.assert_allclose(data.omega_opt, 1e100, rtol=1e-15)
    np.testing.assert_allclose(data.gamma_opt, 1e-300, rtol=1e-15)
    np.testing.assert_allclose(data.step_sum, 1e200, rtol=1e-15)
    assert np.isnan(data.gradient_sum).all()


def test_marks_horizons_beyond_the_end_and_infinite_ones(bound, tmp_path):
    (tmp_path / "eta.txt").write_text("1\n0\n0.5\n")
    schedule = f"custom:{tmp_path / 'eta.txt'}"
    data = opened(bound("--schedule", schedule, "--steps", "2,3", "--anytime", warning="at t = 2: eta_t is 0"))
    assert data.omega_opt.dims == ("schedule", "steps", "t")
    np.testing.assert_array_equal(data.t, [1, 2, 3])
    assert np.isposinf(data.omega_opt.sel(t=2)).all()
    assert np.isnan(data.omega_opt.sel(steps=2, t=3)).all()
    np.testing.assert_allclose(data.omega_opt.sel(steps=3, t=3), np.sqrt(2.5 / 1.5), rtol=1e-15)


def test_notices_a_flipped_byte(bound):
    path = bound("--schedule", "linear", "--steps", "10", "--anytime")
    chunk = path / "omega_opt" / "c.0.0.0"
    damaged = bytearray(chunk.read_bytes())
    damaged[5] ^= 1
    chunk.write_bytes(damaged)
    with pytest.raises(ValueError, match="(?i)checksum"):
        zarr.open_group(path, mode="r")["omega_opt"][...]


def test_says_how_it_came_about(bound):
    attributes = opened(bound("--schedule", "sqrt", "--steps", "5")).attrs
    assert attributes["title"] == "lrscape bound"
    assert json.loads(attributes["configuration"])["first_schedules"] == ["sqrt"]
    assert {"configuration_hash", "version", "commit", "compiler", "command_line"} <= set(attributes)
