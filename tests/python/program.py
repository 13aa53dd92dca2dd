"""Runs the program that the environment variable LRSCAPE_PROGRAM names, and reads its results."""

import json
import os
import subprocess
import warnings
from pathlib import Path

import xarray as xr

if "LRSCAPE_PROGRAM" not in os.environ:
    raise RuntimeError("LRSCAPE_PROGRAM must name the program; scripts/test sets it")
PROGRAM = Path(os.environ["LRSCAPE_PROGRAM"]).resolve()


def run_program(arguments, expected=0):
    """Runs the program; fails with its message unless it exits with `expected`."""
    command = [PROGRAM, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == expected, done.stderr
    return done


def ask_program(command, *arguments):
    """The JSON that a command of the program prints."""
    return json.loads(run_program(" ".join([command, *map(str, arguments), "--json"])).stdout)


def opened(path):
    """The whole result in memory; a warning on the way is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return xr.open_zarr(path, chunks=None).load()
