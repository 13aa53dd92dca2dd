"""Tests what surrounds the functions of the package: documentation, types, memory, threads."""

import ast
import doctest
import importlib.util
import inspect
import pkgutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import lrscape

matplotlib.use("agg")
MODULES = ["lrscape"] + [f"lrscape.{one.name}" for one in pkgutil.iter_modules(lrscape.__path__) if one.name != "_core"]
PUBLIC = [getattr(lrscape, name) for name in lrscape.__all__]


def examples():
    """All doctests of the package. scripts/test-frameworks runs those of PyTorch and JAX as well."""
    frameworks = [name for name in ("torch", "jax") if importlib.util.find_spec(name) is None]
    for module in MODULES:
        for test in doctest.DocTestFinder().find(importlib.import_module(module)):
            imports = " ".join(one.source for one in test.examples if one.source.startswith("import "))
            if test.examples and not any(name in imports for name in frameworks):
                yield pytest.param(test, id=test.name)


@pytest.mark.parametrize("test", list(examples()))
def test_the_example_runs(test):
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0


def documented():
    for one in PUBLIC:
        yield one
        if inspect.isclass(one) and one is lrscape.Answers:
            yield from (method for name, method in vars(one).items() if not name.startswith("_"))


@pytest.mark.parametrize("one", list(documented()), ids=lambda one: one.__qualname__)
def test_every_public_name_is_documented_with_an_example(one):
    text = inspect.getdoc(one)
    assert text
    if inspect.isfunction(one):
        assert "Returns" in text and ">>>" in text


EXAMPLE = '''
import numpy as np
import xarray as xr
import lrscape

X = np.random.default_rng(0).normal(size=(40, 3))
maps: xr.Dataset = lrscape.sweep(
    X, X @ np.ones(3), optimizer=["adamw-pt", "adamw-lh"], lr=np.geomspace(1e-3, 1, 4), wd="1e-3:1:3",
    seeds=2, schedule=["cosine", np.ones(100)], validation=0.3, betas=(0.9, 0.99), epochs=2,
)
answers: lrscape.Answers = maps.lrscape
best: float = answers.best().loss.min().item()
eta = lrscape.schedule("wsd:cooldown=0.2", steps=4000)
bound: lrscape.Bound = lrscape.bound_of(eta)
omega: float = bound.omega + lrscape.bound(["cosine", eta], steps=4000).omega_opt.min().item()
halved: np.ndarray = lrscape.schedule(lambda step: 0.5, 3)
'''


def test_an_example_passes_the_strict_type_checker(tmp_path):
    pytest.importorskip("mypy")
    file = tmp_path / "example.py"
    file.write_text(EXAMPLE)
    # PyTorch and JAX may be missing.
    settings = str(Path(__file__).parents[2] / "pyproject.toml")
    for arguments in ([file.name], ["--config-file", settings, "-p", "lrscape"]):
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
    wrong = file.with_name("wrong.py")
    wrong.write_text("import lrscape\nlrscape.sweep(lr=0.1, wd=0, seeds='three')\n")
    command = [sys.executable, "-m", "mypy", wrong.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "seeds" in done.stdout


def members(names):
    return {name for name in names if not name.startswith("_")}


def test_the_types_of_the_module_cover_all_of_it():
    tree = ast.parse(Path(lrscape.__file__).with_name("_core.pyi").read_text())
    typed = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef | ast.FunctionDef)}
    assert set(typed) == members(vars(lrscape._core))
    for name, one in typed.items():
        if not isinstance(one, ast.ClassDef) or name == "DeviceError":
            continue
        found = set()
        for member in one.body:
            if isinstance(member, ast.Assign):
                found.add(member.targets[0].id)
            elif isinstance(member, ast.AnnAssign):
                found.add(member.target.id)
            else:
                found.add(member.name)
        assert members(found) == members(vars(getattr(lrscape._core, name)))


def test_the_development_mode_of_python_finds_nothing(tmp_path):
    script = tmp_path / "example.py"
    script.write_text(EXAMPLE)
    command = [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "lrscape" not in done.stderr and "nanobind" not in done.stderr


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_ten_thousand_calls_leak_nothing():
    features, targets = np.ones((4, 2)), np.arange(4.0)
    eta = np.linspace(1, 0.1, 50)

    def call():
        lrscape.bound_of(eta)
        specs = lrscape._core.Problem.of_arrays(features, targets, features, targets)
        sweep = lrscape._core.Sweep(specs, "")
        sweep.set_optimizers(["sgd"], {})
        sweep.learning_rates, sweep.weight_decays = [0.1], [0.0]
        sweep.set_epochs([1])
        _, raw, _ = lrscape._core.run_sweep(sweep, "cpu", 1, "", None, [], (0, 1), "", None, None)
        return raw

    for _ in range(2000):
        call()
    before = resident_bytes()
    for _ in range(10_000):
        call()
    # A leak of 100 bytes a call would be 1 MB.
    assert resident_bytes() - before < 1_000_000


def test_calls_of_several_threads_at_once_give_the_same_bits():
    features = np.random.default_rng(3).normal(size=(60, 5))
    targets = features.sum(axis=1)

    def run(seed):
        one = lrscape.sweep(features, targets, lr="1e-3:1:20", wd=[0.0, 0.1], first_seed=seed, epochs=3)
        bounds = lrscape.bound("wsd:cooldown=0.01:0.99:50", 1000 + seed)
        return one.validation_loss.values, bounds.omega_opt.values

    alone = [run(seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(run, range(8)))
    for one, other in zip(alone, together):
        for a, b in zip(one, other):
            np.testing.assert_array_equal(a, b)
