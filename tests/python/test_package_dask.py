"""Tests lrscape.sweep on a Dask cluster of two processes, against the same sweep in one process."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import xarray as xr

import lrscape
import lrscape.cluster

distributed = pytest.importorskip("distributed")

GRID = {"optimizer": ["adamw-pt", "sgd"], "lr": "1e-3:1e3:16", "wd": "1e-3:1:16", "seeds": 2, "epochs": 4}
NOT_RUN = 255


@pytest.fixture(scope="module")
def client():
    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as cluster, distributed.Client(cluster) as own:
        own.wait_for_workers(2)
        yield own


def alone(arguments):
    """The sweep in this process, on one thread as on a worker."""
    return lrscape.sweep(**arguments, threads=1)


def expect_same(dataset, expected):
    """Equal in every byte and attribute, apart from the call."""
    xr.testing.assert_identical(dataset.drop_attrs(deep=False), expected.drop_attrs(deep=False))
    for name, array in expected.data_vars.items():  # NaN and -0 by their bits.
        assert dataset[name].values.tobytes() == array.values.tobytes()
    differing = {name for name in expected.attrs if dataset.attrs[name] != expected.attrs[name]}
    assert differing <= {"command_line"}


TABLE = np.random.default_rng(5).normal(size=(30, 4))
CHOICES = [
    GRID,
    {"X": TABLE, "y": TABLE.sum(axis=1), "lr": "1e-3:1:20", "wd": [0.0, 0.1], "seeds": 3, "epochs": [1, 3],
     "record": "epoch", "train_loss": True, "save_weights": True, "precision": "fp64", "validation": 0.3,
     "batch": 7, "schedule": ["cosine", lambda step: 0.9**step, {"mine": np.linspace(1, 0.1, 9)}["mine"]]},
]  # fmt: skip


@pytest.mark.parametrize("arguments", CHOICES, ids=["grid", "own data"])
def test_a_sweep_on_a_cluster_is_the_same_dataset(client, arguments):
    expect_same(lrscape.sweep(**arguments, client=client), alone(arguments))


def test_a_result_on_a_shared_file_system_has_the_same_chunks(client, tmp_path):
    own, shared = tmp_path / "own.zarr", tmp_path / "shared.zarr"
    expect_same(lrscape.sweep(**GRID, client=client, out=shared), alone({**GRID, "out": own}))
    files = [file.relative_to(own) for file in own.glob("*/c*")]
    assert files and all((own / file).read_bytes() == (shared / file).read_bytes() for file in files)


def test_progress_goes_from_none_to_all(client):
    told = []
    lrscape.sweep(**GRID, client=client, progress=lambda done, total: told.append((done, total)))
    total = 2 * 16 * 16 * 2
    assert told[0] == (0, total) and told[-1] == (total, total)
    assert told == sorted(told) and len(told) > 4


@pytest.mark.parametrize("stored", [False, True])
def test_the_death_of_a_worker_in_the_middle_changes_nothing(client, tmp_path, stored):
    client.wait_for_workers(2)
    before = client.run(os.getpid)
    killed = []

    def kill(done, total):
        if 0 < done < total and not killed:
            # The first worker that has parts to train.
            victim = next(address for address, parts in client.processing().items() if parts)
            os.kill(before[victim], signal.SIGKILL)
            killed.append(before[victim])

    arguments = {**GRID, "epochs": 40}
    out = tmp_path / "map.zarr" if stored else None
    result = lrscape.sweep(**arguments, client=client, out=out, progress=kill)
    assert killed
    expect_same(result, alone(arguments))
    client.wait_for_workers(2)
    assert killed[0] not in client.run(os.getpid).values()


def wait_until_idle(client, seconds):
    end = time.monotonic() + seconds
    while any(client.processing().values()) or any(client.run(executing).values()):
        assert time.monotonic() < end, "workers still train parts"
        time.sleep(0.05)


def executing(dask_worker):
    return dask_worker.state.executing_count


@pytest.mark.parametrize("stored", [False, True])
def test_ctrl_c_cancels_the_parts_and_keeps_those_that_are_done(client, tmp_path, stored):
    arguments = {"lr": "1e-3:1:100", "wd": "1e-3:1:100", "seeds": 20}  # Minutes of work.
    out = tmp_path / "map.zarr" if stored else None
    interrupted = []

    def interrupt():
        interrupted.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    def start_the_clock(done, total):
        if done > 0 and not clock.ident:
            clock.start()

    clock = threading.Timer(0.5, interrupt)  # While the client waits for parts.
    with pytest.raises(KeyboardInterrupt) as caught:
        lrscape.sweep(**arguments, client=client, out=out, progress=start_the_clock)
    taken = time.monotonic() - interrupted[0]
    wait_until_idle(client, 10)
    assert taken < 5  # At once, on a busy machine.
    if stored:
        assert any("the same call continues" in text for text in caught.value.__notes__)
        result = xr.open_dataset(out, engine="lrscape")
    else:
        result = caught.value.result
    done = result.status.values != NOT_RUN
    assert 0 < done.sum() < done.size == 100 * 100 * 20
    assert np.isnan(result.validation_loss.values[~done]).all()
    _, rate, decay, seed = (places[0] for places in np.nonzero(done))
    one = lrscape.sweep(
        lr=result.learning_rate.values[rate], wd=result.weight_decay.values[decay], first_seed=int(seed)
    )
    assert one.validation_loss.item() == result.validation_loss.values[0, rate, decay, seed]


def set_simd(name):
    os.environ["LRSCAPE_SIMD"] = name


def test_workers_with_different_instruction_sets_give_the_same_bits(client):
    expected = alone(GRID)
    first = next(iter(client.nthreads()))
    client.run(set_simd, "plain", workers=[first])
    try:
        found = lrscape.sweep(**GRID, client=client)
    finally:
        client.run(set_simd, "", workers=[first])
    plain = alone({**GRID, "simd": "plain"}).attrs["device"]
    # Both workers took part.
    assert found.attrs["device"] == "; ".join(sorted({plain, expected.attrs["device"]}))
    expect_same(found.assign_attrs(device=expected.attrs["device"]), expected)


def test_what_deserves_attention_is_warned_about_once_by_the_client(client):
    constant = np.c_[TABLE, np.ones(len(TABLE))]
    arguments = {"lr": "1e-3:1:20", "wd": "1e-3:1:20", "standardize": True}
    with pytest.warns(UserWarning, match="feature 4 is constant") as caught:
        lrscape.sweep(constant, TABLE[:, 0], **arguments, client=client)
    assert len(caught) == 1 and caught[0].filename == __file__


def test_errors_are_those_of_a_sweep_without_a_client(client, tmp_path):
    with pytest.raises(ValueError, match="adamw-pt"):
        lrscape.sweep(**{**GRID, "optimizer": "adamw-pq"}, client=client)
    with pytest.raises(lrscape.DeviceError, match="cuda:99"):  # Raised by the workers.
        lrscape.sweep(**GRID, device="cuda:99", client=client)
    out = tmp_path / "map.zarr"
    lrscape.sweep(**{**GRID, "seeds": 1}, client=client, out=out)
    with pytest.raises(ValueError, match="choose a different out"):
        lrscape.sweep(**GRID, client=client, out=out)
    with pytest.raises(ValueError, match="shard cannot be combined with client"):
        lrscape.sweep(**GRID, client=client, shard=(1, 2))
    with pytest.raises(TypeError, match="client must be a distributed.Client, not 'tcp"):
        lrscape.sweep(**GRID, client="tcp://127.0.0.1:8786")
    wait_until_idle(client, 10)


def test_a_file_system_that_workers_do_not_share_is_an_error(client, tmp_path, monkeypatch):
    monkeypatch.setattr(lrscape.cluster, "made_folder", lambda folder: False)  # As if made elsewhere.
    with pytest.raises(ValueError, match="is no folder on the worker tcp://.*without out"):
        lrscape.sweep(**GRID, client=client, out=tmp_path / "map.zarr")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="lacks some"):  # Workers wrote to a folder of this name elsewhere.
        lrscape.cluster.stored_result(str(tmp_path))


def test_a_part_of_another_sweep_is_refused():
    one = lrscape.sweep(lr=0.1, wd=0, epochs=1)
    other = lrscape.sweep(lr=0.2, wd=0, epochs=1)
    part = lrscape.cluster.part_of(other, 1, False, [])
    with pytest.raises(ValueError, match="the same version of lrscape"):
        lrscape.cluster.merge(part, one)


def test_a_shard_without_out_has_its_own_runs_alone():
    arguments = {**GRID, "epochs": 1}
    whole = lrscape.sweep(**arguments)
    parts = [lrscape.sweep(**arguments, shard=(index, 3)) for index in (1, 2, 3)]
    done = np.array([part.status.values != NOT_RUN for part in parts])
    assert (done.sum(axis=0) == 1).all()
    for part, own in zip(parts, done):
        assert own.any()
        np.testing.assert_array_equal(part.validation_loss.values[own], whole.validation_loss.values[own])


def test_a_sweep_without_a_client_imports_no_dask():
    # xarray imports the core of Dask, if it is there.
    script = (
        "import sys, lrscape\nlrscape.sweep(lr=0.1, wd=0, epochs=1)\n"
        "assert not {'distributed', 'lrscape.cluster'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("runs", "workers", "parts"),
    [(1, 2, 1), (1024, 2, 8), (11_520, 2, 11), (10**6, 2, 64), (10**6, 100, 800), (10**6, 0, 64), (50, 0, 1)],
)
def test_each_worker_gets_several_parts_if_there_are_runs_enough(runs, workers, parts):
    assert lrscape.cluster.parts_of(runs, workers) == parts
