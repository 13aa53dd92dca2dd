"""Tests that the wheel of ``scripts/wheel`` contains what it needs, and passes the package's tests elsewhere.

Elsewhere is a Debian 13 without a compiler, without the libraries of lrscape and without a network. libstdc++ is
there for NumPy alone. Needs root.
"""

import os
import pathlib
import platform
import re
import shutil
import sys
import zipfile

import pytest

from binaries import OF_GLIBC, OLDEST_GLIBC, needed_libraries, newest_glibc, output

WHEEL = pathlib.Path(os.environ["LRSCAPE_WHEEL"])
STATIC = pathlib.Path(os.environ["LRSCAPE_STATIC_PROGRAM"])
PROJECT = pathlib.Path(__file__).parents[2]
MACHINE = platform.machine()
GLIBC = "{}_{}".format(*OLDEST_GLIBC)

# What the package and its tests import. The package's metadata names numpy and xarray.
IMPORTED = ["numpy", "xarray", "matplotlib", "tqdm", "zarr", "pandas", "scikit-learn", "pytest"]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    zipfile.ZipFile(WHEEL).extractall(folder)
    return folder


@pytest.fixture(scope="module")
def module(unpacked):
    (path,) = (unpacked / "lrscape").glob("_core.*.so")
    return path


def test_one_wheel_is_for_every_python_since_3_12_and_every_glibc_that_the_documents_name():
    version = re.search(r"project\(lrscape VERSION ([0-9.]+)", (PROJECT / "CMakeLists.txt").read_text())[1]
    assert WHEEL.name == f"lrscape-{version}-cp312-abi3-manylinux_{GLIBC}_{MACHINE}.whl"
    assert "glibc {}.{} or newer".format(*OLDEST_GLIBC) in (PROJECT / "docs/python.md").read_text()


def test_it_adds_no_library_but_openmp(unpacked, module):
    added = [path.name for path in (unpacked / "lrscape.libs").iterdir()]
    assert len(added) == 1 and added[0].startswith("libgomp")
    needed = needed_libraries(module)
    assert [name for name in needed if not OF_GLIBC.fullmatch(name)] == added
    (openmp,) = (unpacked / "lrscape.libs").iterdir()
    assert [name for name in needed_libraries(openmp) if not OF_GLIBC.fullmatch(name)] == []
    assert max(newest_glibc(module), newest_glibc(openmp)) <= OLDEST_GLIBC


def test_the_module_shows_other_modules_only_its_beginning(module):
    """Functions of another module's C++ library never call into this one, nor the other way."""
    defined = output("nm", "--dynamic", "--defined-only", module).split()[2::3]
    assert defined == ["PyInit__core"]


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """The folder of a Debian 13 with the wheel, the program, the package's tests and what the tests import."""
    folder = tmp_path_factory.mktemp("debian")
    root = folder / "root"
    output("mmdebstrap", "--quiet", "--variant=essential", "--include=python3-venv,libstdc++6", "trixie", root)
    pinned = (PROJECT / "python/requirements.txt").read_text().splitlines()
    wanted = [line for line in pinned if line.partition("==")[0] in IMPORTED]
    assert len(wanted) == len(IMPORTED)
    (python,) = (root / "usr/bin").glob("python3.??")
    version = python.name.removeprefix("python")
    platforms = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(41, 16, -1)] + [f"manylinux2014_{MACHINE}"]
    output(
        sys.executable, "-m", "pip", "download", "--only-binary=:all:", "--dest", root / "wheels",
        "--python-version", version, "--implementation", "cp", "--abi", f"cp{version.replace('.', '')}",
        "--abi", "abi3", "--abi", "none", *(word for name in platforms for word in ("--platform", name)), *wanted,
    )  # fmt: skip
    shutil.copy(WHEEL, root / "wheels")
    shutil.copy(STATIC, root / "lrscape")
    shutil.copytree(PROJECT / "tests/python", root / "tests")
    run_in(root, "python3", "-m", "venv", "/environment")
    run_in(root, PYTHON, "-m", "pip", "install", "--no-index", "--find-links=/wheels", "--no-compile", "lrscape",
           *IMPORTED)  # fmt: skip
    yield root
    shutil.rmtree(folder)


PYTHON = "/environment/bin/python"


def run_in(root, *words):
    """Runs a command in the root folder, with a network and processes of its own; returns its output."""
    apart = ["unshare", "--mount", "--pid", "--fork", "--net", f"--root={root}", "--mount-proc"]
    environment = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/tmp", "LRSCAPE_PROGRAM=/lrscape"]
    return output(*apart, *environment, *words)


def test_the_other_debian_has_none_of_the_libraries(debian):
    for name in ("gomp", "isal", "zip", "fmt"):
        assert list(debian.glob(f"usr/lib/**/lib{name}.so*")) == []


def test_the_package_passes_its_tests_on_another_debian(debian):
    tests = sorted(f"/tests/{path.name}" for path in (debian / "tests").glob("test_package_*.py"))
    assert len(tests) > 4
    words = run_in(debian, PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    passed = int(re.search(r"(\d+) passed", words)[1])
    skipped = re.search(r"(\d+) skipped", words)
    # PyTorch, JAX and mypy are not there.
    assert passed > 100 and (skipped is None or int(skipped[1]) < 8)
