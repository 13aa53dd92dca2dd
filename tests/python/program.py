"""Runs the program that LRSCAPE_PROGRAM names."""

import json
import os
import subprocess

import pytest


def run_program(arguments, expected=0):
    """Runs the program; fails with its message unless it exits with `expected`."""
    if "LRSCAPE_PROGRAM" not in os.environ:
        pytest.fail("LRSCAPE_PROGRAM must name the program; scripts/test sets it")
    command = [os.environ["LRSCAPE_PROGRAM"], *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == expected, done.stderr
    return done


def ask_program(command, *arguments):
    """The JSON that a command of the program prints."""
    return json.loads(run_program(" ".join([command, *map(str, arguments), "--json"])).stdout)
