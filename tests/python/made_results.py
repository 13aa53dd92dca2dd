"""Results made with zarr-python in the layout that lrscape writes.

The maps follow the formula log10(loss) = 0.2 (log10 wd - s log10 lr - c)^2 + a, where a does not
depend on wd. So the best weight decay for each learning rate is wd = 10^c lr^s.
"""

import json
import warnings

import numpy as np
import pytest
import xarray as xr
import zarr
from matplotlib.figure import Figure
from zarr.codecs import Crc32cCodec

from lrscape import heatmap, plot_heatmaps

RATES = 10.0 ** np.arange(-4, 1)  # 1e-4 to 1
DECAYS = 10.0 ** np.arange(-3, 3)  # 1e-3 to 100
CELL = ["optimizer", "learning_rate", "weight_decay", "seed"]


def valley(slope, intercept, rates=RATES, decays=DECAYS, seeds=1):
    """The losses of one optimizer. A seed scales the whole map, so seeds share the best cell."""
    rate, decay = np.meshgrid(np.log10(rates), np.log10(decays), indexing="ij")
    exponent = 0.2 * (decay - slope * rate - intercept) ** 2 + 0.01 * (rate + 1) ** 2 - 0.4
    return np.stack([10.0**exponent * (1 + 0.1 * seed) for seed in range(seeds)], axis=-1)


def write_store(path, maps, rates=RATES, decays=DECAYS, curves=None):
    """Writes `maps`, the losses of each optimizer by name: +inf as diverged, NaN as not run."""
    loss = np.stack(list(maps.values())).astype(np.float32)
    status = np.select([np.isnan(loss), np.isposinf(loss)], [255, 1], 0).astype(np.uint8)
    group = zarr.open_group(path, mode="w", zarr_format=3)
    configuration = '{"kind":"sweep"}'
    checksum = f"crc64:{crc64(configuration.encode()):016x}"
    group.attrs.update({"configuration": configuration, "configuration_hash": checksum})

    def put(name, values, dimensions, fill_value, attributes=None):
        array = group.create_array(
            name,
            shape=values.shape,
            dtype=values.dtype if values.dtype != object else str,
            chunks=values.shape,
            compressors=[Crc32cCodec()],
            chunk_key_encoding={"name": "default", "separator": "."},
            dimension_names=dimensions,
            fill_value=fill_value,
            attributes=attributes,
            config={"write_empty_chunks": True},
        )
        if values.size:
            array[...] = values

    put("optimizer", np.array(list(maps), dtype=object), ["optimizer"], "")
    put("learning_rate", np.asarray(rates, float), ["learning_rate"], np.nan)
    put("weight_decay", np.asarray(decays, float), ["weight_decay"], np.nan)
    put("seed", np.arange(loss.shape[3]), ["seed"], 0)
    if curves is None:
        put("validation_loss", loss, CELL, np.nan)
    else:
        put("epoch", np.arange(1, curves.shape[4] + 1), ["epoch"], 0)
        put("validation_loss", curves, [*CELL, "epoch"], np.nan)
    flags = {"flag_values": [0, 1, 255], "flag_meanings": "ok diverged not_run"}
    put("status", status, CELL, 255, flags)
    put("diverged_at_epoch", np.where(status == 1, 1, -1).astype(np.int32), CELL, -1)
    # zarr-python leaves out the byte order of single bytes, and adds an empty configuration.
    for file in path.glob("*/zarr.json"):
        description = json.loads(file.read_text())
        for codec in description["codecs"]:
            codec.pop("configuration", None)
            if codec["name"] == "bytes":
                codec["configuration"] = {"endian": "little"}
        file.write_text(json.dumps(description))
    with warnings.catch_warnings():
        # zarr-python warns that inline consolidated metadata is not yet in the specification.
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(path)
    return path


def crc64(data):
    """CRC-64/XZ, the checksum of the configuration: polynomial of ECMA-182, reflected."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


def result_of(maps, rates=RATES, decays=DECAYS):
    """The losses of each optimizer by name, as a dataset in memory."""
    losses = np.stack([np.asarray(one, np.float32) for one in maps.values()])
    coordinates = {
        "optimizer": list(maps),
        "learning_rate": rates,
        "weight_decay": decays,
        "seed": np.arange(losses.shape[-1]),
    }
    return xr.Dataset({"validation_loss": (CELL, losses)}, coordinates)


@pytest.fixture
def store(tmp_path):
    maps = {"adamw-pt": valley(-1, -2, seeds=3), "adamw-lh": valley(0, 0, seeds=3)}
    return write_store(tmp_path / "both.zarr", maps)


def figure_of(*paths, title=None):
    """The figure that the command draws."""
    figure = Figure(dpi=heatmap.DOTS_PER_INCH)
    heatmap.draw(figure, plot_heatmaps.read_panels([str(path) for path in paths], None), title)
    return figure
