"""The engine ``lrscape`` of ``xarray.open_dataset``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xarray as xr
from xarray.backends import BackendEntrypoint

from lrscape import _core
from lrscape.dataset import to_xarray


class LrscapeBackend(BackendEntrypoint):
    """Opens results of sweeps and of bounds.

    The whole result is read at once and verified: the hash of its configuration, the descriptions of
    its arrays and the checksum of every chunk. ``xarray.open_zarr`` reads lazily instead.

    Examples
    --------
    >>> import lrscape, tempfile, xarray
    >>> folder = tempfile.mkdtemp() + "/map.zarr"
    >>> result = lrscape.sweep(lr=[0.01, 0.1], wd=0, epochs=1, out=folder)
    >>> xarray.open_dataset(folder, engine="lrscape").identical(result)
    True
    """

    description = "Results of lrscape, verified"
    open_dataset_parameters = ("filename_or_obj", "drop_variables")

    def open_dataset(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        **decoding: Any,  # Such as decode_times: nothing is encoded.
    ) -> xr.Dataset:
        if not isinstance(filename_or_obj, str | os.PathLike):
            raise ValueError(f"a result of lrscape is a folder, not {filename_or_obj!r}")
        dataset = to_xarray(_core.read_dataset(os.fspath(filename_or_obj)))
        if drop_variables is None:
            return dataset
        names = [drop_variables] if isinstance(drop_variables, str) else list(drop_variables)
        return dataset.drop_vars(names, errors="ignore")

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Whether the path is a Zarr group with the attributes of a result."""
        if not isinstance(filename_or_obj, str | os.PathLike):
            return False
        try:
            group = json.loads((Path(filename_or_obj) / "zarr.json").read_text())
            return str(group["attributes"]["title"]).startswith("lrscape ")
        except (OSError, ValueError, KeyError, TypeError):
            return False
