"""The device that a trained generator is opened on."""

from __future__ import annotations

import logging

from ..bench.runs.environment import devices
from ..errors import GanzooError

_log = logging.getLogger(__name__)


def device_for(source: str, trained_on: str, asked: str | None) -> str:
    """Return the device that is asked for, or the generator's own; where that is not here, the best that there is.

    Args:
        source: that the generator is opened from, for the log.
        trained_on: its own device.
        asked: None for its own.

    Raises:
        GanzooError: the machine lacks the device that is asked for.
    """
    if asked is not None:
        return devices(asked)[0]
    try:
        return devices(trained_on)[0]
    except GanzooError:
        found = devices("auto")[0]
        _log.warning(f"{source} was trained on {trained_on}, which is not here: it is opened on {found}")
        return found
