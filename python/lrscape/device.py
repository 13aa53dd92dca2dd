"""The devices of this machine."""

from __future__ import annotations

from typing import NamedTuple

from lrscape import _core


class Device(NamedTuple):
    """A device, by the name that the argument ``device`` takes."""

    name: str
    description: str
    limits: str
    usable: bool


def devices() -> list[Device]:
    """All devices of this machine, the CPU first.

    Returns
    -------
    list of Device
        ``name`` is what the argument ``device`` takes. ``limits`` tells the most features of a GPU
        or, if it is not ``usable``, the reason.

    Examples
    --------
    >>> import lrscape
    >>> lrscape.devices()[0].name
    'cpu'
    """
    return [Device(*device) for device in _core.devices()]
