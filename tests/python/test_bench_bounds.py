"""Tests the benchmark of bounds and its numpy peer."""

import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

import bounds as bench
from peers import bound_numpy as peer
from program import PROGRAM

BENCH_FOLDER = Path(__file__).resolve().parents[2] / "bench"


# The peer


def test_the_peer_computes_the_bound_of_a_constant_schedule():
    # Omega* = sqrt((1 + H_{T-1}) / T) with harmonic numbers H. 1e-14 covers the rounding of 1,000
    # terms.
    harmonic = np.cumsum(1 / np.arange(1, 1_000))
    expected = np.sqrt((1 + np.r_[0, harmonic]) / np.arange(1, 1_001))
    np.testing.assert_allclose(peer.anytime(peer.constant(1_000)), expected, rtol=1e-14)


def test_distance_and_norm_scale_the_bound():
    assert peer.best_bound(peer.sqrt(100), 3.0, 2.0) == pytest.approx(
        6 * peer.best_bound(peer.sqrt(100)), rel=1e-14
    )


# Differences of nearly equal sums lose digits: their relative error grows like T eps over the last
# tail, which is 1 for constant, T^-1/2 for sqrt, 1/T for linear and T^-2 for cosine. The tolerances
# are about 100 times the measured differences.
@pytest.mark.parametrize(
    ("name", "steps", "tolerance"),
    [
        ("constant", 10_000, 1e-13),
        ("sqrt", 10_000, 1e-11),
        ("linear", 10_000, 1e-8),
        ("cosine", 10_000, 1e-5),
        ("linear", 1_000_000, 1e-4),
    ],
)
def test_the_peer_agrees_with_the_program_to_the_digits_it_can_keep(
    name, steps, tolerance
):
    eta = getattr(peer, name)(steps)
    assert peer.relative_difference(PROGRAM, name, eta) <= tolerance


def test_both_mean_the_same_cooldown():
    for cooldown in (0.05, 0.2, 0.7312, 0.95):
        eta = peer.wsd(1_000, cooldown)
        difference = peer.relative_difference(PROGRAM, f"wsd:cooldown={cooldown}", eta)
        assert difference <= 1e-9  # The tails of linear above, at a tenth of the steps.


# The script


def run(*arguments):
    command = [sys.executable, str(BENCH_FOLDER / "bounds.py"), "--program", str(PROGRAM)]
    command += map(str, arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_small_run_writes_its_table_and_its_picture(tmp_path):
    small = "--repeats 2 --longest 1e4 --bounds-a-call 3e5 --schedules 5000 --name here".split()
    done = run("--out", tmp_path, *small)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "here" / "bounds.md").read_text()
    assert text in done.stdout
    for part in ("| 1,000 |", "| 10,000 |", "5,000 schedules", "| cosine |", "lrscape 0", "numpy "):
        assert part in text
    assert "| 100,000 |" not in text
    assert matplotlib.image.imread(tmp_path / "here" / "bounds.png")[..., :3].std() > 0.05


def test_a_program_that_is_not_there_is_one_line_and_code_2(tmp_path):
    done = run("--program", tmp_path / "missing", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "cannot be run" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_spreads_and_numbers_are_written_with_three_digits():
    case = bench.Case(lambda: 0, 1, [0.004, 0.002, 0.0025])
    assert bench.spread(case, bench.duration) == "2.50 ms [2.00 ms, 4.00 ms]"
    assert bench.spread(case, bench.significant, rate=True) == "400 [250, 500]"
    assert bench.spread(None, bench.duration) == ""
    assert bench.duration(12.345) == "12.3 s" and bench.duration(4.2e-7) == "0.420 µs"
    assert bench.significant(123_456) == "123,000" and bench.significant(0) == "0"
