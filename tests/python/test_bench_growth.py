"""Tests the table of growth."""

import re
import subprocess
import sys
from pathlib import Path

from program import PROGRAM

BENCH_FOLDER = Path(__file__).resolve().parents[2] / "bench"


def run(*arguments):
    command = [sys.executable, BENCH_FOLDER / "growth.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True)


def test_has_a_row_for_each_size_and_the_start(tmp_path):
    small = ["--largest", 1000, "--repeats", 2, "--optimizer", "sgd", "--name", "here"]
    done = run("--program", PROGRAM, "--out", tmp_path, *small)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "here" / "growth.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert [row[0] for row in rows[1:]] == ["100", "1,000"]
    for runs, row in zip((100, 1000), rows[1:]):
        seconds = float(row[1].split()[0])
        assert abs(float(row[2]) / (1e3 * seconds / runs) - 1) < 0.02  # Both have three digits.
        assert int(row[3].removesuffix(" MiB")) > 1
    assert re.search(r"`lrscape --help`: [\d.]+ ms \[", text)


def test_what_cannot_be_done_is_one_line_and_code_2(tmp_path):
    done = run("--program", "no-such-program", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("growth: no-such-program: cannot be run")
    done = run("--program", PROGRAM, "--optimizer", "adamw", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "unknown optimizer 'adamw'" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
