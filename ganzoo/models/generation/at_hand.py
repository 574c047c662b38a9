"""A generator's own data, as far as they are at hand: conditions to draw with, and real samples for pictures."""

from __future__ import annotations

import logging

import torch

from ...bench.runs.generating.rows import first
from ...errors import DataError, GanzooError, SetupError
from ...samples import Sample, size
from ..trained import Trained

_log = logging.getLogger(__name__)


def conditions_at(trained: Trained, at: int, n: int) -> Sample:
    """Return the conditions of ``n`` rows from a place on, on the CPU: those held out, else the training data's.

    After the last row comes the first again.

    Raises:
        GanzooError: the data are not at hand.
    """
    told = f"{trained.name} is told conditions of its data"
    if trained.fields is None:
        raise GanzooError(f"{told}, which are not known here: draw from the folder of its run")
    try:
        fields = trained.fields(held_out=True)
    except (DataError, SetupError) as error:
        raise GanzooError(f"{told}, and these are not at hand: {error}") from error
    rows = {name: tensor[torch.arange(at, at + n) % len(tensor)] for name, tensor in fields.items()}
    found = trained.modality.shown(rows, n)
    if found is None or size(found) != n:
        raise GanzooError(f"{told}, and {trained.modality.name} have none to show")
    return found


def real_beside(trained: Trained, n: int) -> Sample | None:
    """Return the real samples that a picture shows beside ``n`` generated ones; None where it shows none.

    That is the case too where the data are gone, which is logged. See ``GeneratingSession.real``.
    """
    modality = trained.modality
    if not modality.beside_real or trained.fields is None:
        return None
    paired = trained.recipe.schedule.labels == "paired" and not trained.classes
    try:
        fields = trained.fields(held_out=paired)
    except (DataError, SetupError) as error:
        _log.warning(f"drawn without the real {modality.name}: {error}")
        return None
    return modality.target(first(fields, n, again=paired))
