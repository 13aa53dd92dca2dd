"""Tests that the program of ``scripts/build --static`` needs only glibc and gives the same bytes."""

import hashlib
import os
import pathlib
import subprocess

import numpy as np
import pytest

from binaries import OF_GLIBC, OLDEST_GLIBC, needed_libraries, newest_glibc, output

PROGRAM = pathlib.Path(os.environ["LRSCAPE_PROGRAM"])
STATIC = pathlib.Path(os.environ["LRSCAPE_STATIC_PROGRAM"])


def test_it_needs_no_library_but_glibc():
    needed = needed_libraries(STATIC)
    assert "libc.so.6" in needed
    assert [name for name in needed if not OF_GLIBC.fullmatch(name)] == []
    # With the libraries of libraries.
    loaded = [line.split()[0] for line in output("ldd", STATIC).splitlines()]
    others = [pathlib.Path(name).name for name in loaded if "vdso" not in name]
    assert [name for name in others if not OF_GLIBC.fullmatch(name)] == []


def test_it_needs_no_newer_glibc_than_the_documents_say():
    assert newest_glibc(STATIC) <= OLDEST_GLIBC
    document = (pathlib.Path(__file__).parents[2] / "docs/cluster.md").read_text()
    assert "glibc {}.{} or newer".format(*OLDEST_GLIBC) in document


def test_it_is_stripped():
    assert ".symtab" not in output("readelf", "--sections", "--wide", STATIC)


def hashes(folder):
    """The hash of every file of a result but the group's zarr.json, which names the command line."""
    files = {path for path in folder.rglob("*") if path.is_file()} - {folder / "zarr.json"}
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.parametrize("optimizer", ["adamw-pt", "sgd"])
def test_it_gives_the_same_bytes(optimizer, tmp_path):
    sweep = (
        f"sweep --optimizer {optimizer} --schedule cosine --lr 1e-3:10:12 --wd 1e-3:1:6 "
        "--seeds 2 --epochs 5 --quiet --out"
    )
    results = []
    for name, program in ("usual", PROGRAM), ("static", STATIC):
        output(program, *sweep.split(), tmp_path / name)
        results.append(hashes(tmp_path / name))
    assert len(results[0]) > 10
    assert results[0] == results[1]


@pytest.mark.parametrize("features", ["data.npz:X", "X.csv.gz"])
def test_it_reads_compressed_data_as_the_usual_program_does(features, tmp_path):
    rows = np.random.default_rng(1).normal(size=(30, 4))
    np.savez_compressed(tmp_path / "data.npz", X=rows, y=rows @ [1, 2, 3, 4])
    np.savetxt(tmp_path / "X.csv.gz", rows, delimiter=",")
    data = ["--features", tmp_path / features, "--targets", tmp_path / "data.npz:y"]
    options = "--val-fraction 0.3 --optimizer sgd --lr 1e-3:1:4 --wd 0 --quiet --out".split()
    results = []
    for name, program in ("usual", PROGRAM), ("static", STATIC):
        output(program, "sweep", *data, *options, tmp_path / name)
        results.append(hashes(tmp_path / name))
    assert results[0] == results[1]


def test_an_error_is_one_line(tmp_path):
    """The unwinder finds the program by a function that glibc 2.34 lacks, and the program has."""
    show = [STATIC, "show", tmp_path / "nothing.zarr"]
    done = subprocess.run(show, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("lrscape: ") and done.stderr.count("\n") == 1
