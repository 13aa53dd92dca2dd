"""Tests which nvcc the scripts choose and what scripts/build does without one. Builds nothing."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS_FOLDER = Path(__file__).resolve().parents[2] / "scripts"
TOOL = "cuda-tool-of-this-test"  # No machine has it.


def write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


class Checkout:
    """A folder with one of the scripts and stand-ins for everything that it calls."""

    def __init__(self, folder, script):
        self.folder = folder
        (folder / "scripts").mkdir()
        shutil.copy(SCRIPTS_FOLDER / script, folder / "scripts")
        self.script = folder / "scripts" / script

    def run(self, *arguments):
        environment = {"PATH": f"{self.folder}/bin:/usr/bin:/bin"}
        command = [self.script, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture
def finder(tmp_path):
    checkout = Checkout(tmp_path, "cuda-tool")
    write_script(tmp_path / "scripts/bootstrap", "echo no network >&2; exit 1")
    return checkout


def let_bootstrap_install(checkout, name):
    """Makes scripts/bootstrap install the tool `name`. Returns the tool's path."""
    made = checkout.folder / ".cuda-toolkit/toolkit/bin" / name
    prepared = write_script(checkout.folder / "prepared", "")
    write_script(
        checkout.folder / "scripts/bootstrap",
        f'echo "bootstrap: $*"; mkdir -p {made.parent}; cp {prepared} {made}',
    )
    return made


def test_the_tool_of_the_machine_comes_before_a_packed_one_and_that_before_an_installed_one(finder):
    installed = let_bootstrap_install(finder, TOOL)
    done = finder.run(TOOL, "/no/such/toolkit")
    assert (done.returncode, done.stdout) == (0, f"{installed}\n")
    assert done.stderr == "bootstrap: cuda\n"

    packed = write_script(finder.folder / "packed toolkit/bin" / TOOL, "")
    done = finder.run(TOOL, "/no/such/toolkit", finder.folder / "packed toolkit")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{packed}\n", "")

    own = write_script(finder.folder / "bin" / TOOL, "")
    done = finder.run(TOOL, finder.folder / "packed toolkit")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{own}\n", "")


def test_a_tool_that_cannot_be_installed_is_one_line(finder):
    done = finder.run(TOOL)
    assert done.returncode == 1 and done.stdout == ""
    log = "build/logs/cuda-toolkit.log"
    assert done.stderr == (
        f"cuda-tool: no {TOOL} here, and none could be installed from PyPI ({log} says why)\n"
    )
    assert (finder.folder / log).read_text() == "no network\n"

    let_bootstrap_install(finder, "another")
    done = finder.run(TOOL)
    assert done.returncode == 1 and done.stdout == ""
    assert f"cuda-tool: no {TOOL} here, and none in what is installed" in done.stderr


OFF = "-DLRSCAPE_CUDA=OFF"
NVCC = "-DLRSCAPE_CUDA=ON -DCMAKE_CUDA_COMPILER=/its/nvcc"


@pytest.mark.parametrize(
    "gpus, has_nvcc, options, asked, said, configured",
    [
        ("", True, [], False, "none, since there is no GPU of sm_80 or newer", OFF),
        ("90", False, [], True, "none, since there is no nvcc", OFF),
        ("80;90", True, [], True, "for sm_80;90", f"{NVCC} -DCMAKE_CUDA_ARCHITECTURES=80;90"),
        ("", True, ["--cuda"], True, "for every GPU", NVCC),
        ("90", False, ["--cuda"], True, None, None),
    ],
)
def test_build_takes_cuda_where_it_is_of_use(
    tmp_path, gpus, has_nvcc, options, asked, said, configured
):
    checkout = Checkout(tmp_path, "build")
    write_script(tmp_path / "scripts/gpu-architectures", f"echo '{gpus}'")
    answer = "echo /its/nvcc" if has_nvcc else "exit 1"
    write_script(tmp_path / "scripts/cuda-tool", f"touch asked; {answer}")
    write_script(tmp_path / "bin/cmake", 'echo "$*" >>cmake-calls')
    done = checkout.run(*options)
    assert (tmp_path / "asked").exists() == asked  # Asking may install nvcc.
    if said is None:
        assert (done.returncode, done.stdout) == (2, "")
        return
    assert (done.returncode, done.stdout) == (0, f"== build (CUDA: {said})\n")
    calls = (tmp_path / "cmake-calls").read_text().splitlines()
    configure = f"--fresh --preset demo {configured} -DLRSCAPE_PYTHON=OFF"  # There is no .venv.
    assert calls == [configure, "--build --preset demo"]
