"""On which terms the recipes of a bench were compared, in sentences for its readers: track and tuning."""

import math
from collections.abc import Mapping
from typing import Any

from ..results.formats import duration


def track_notes(results: Mapping[str, Any]) -> list[str]:
    """What a reader of a table must know of the track; nothing of recipes that are played as published.

    Args:
        results: of a bench, as in ``results.json``.
    """
    if results.get("track") != "controlled":
        return []
    return [
        f"Controlled track: every recipe plays with the networks, batch, average, flips and labels of "
        f"{results['backbone']}, so that only the method differs; not to be ranked with recipes as published."
    ]


def tuning_notes(results: Mapping[str, Any]) -> list[str]:
    """What a reader of a table must know of ``--tune``: the trials, what was chosen, and what it cost.

    Args:
        results: of a bench, as in ``results.json``.
    """
    tuning = results.get("tuning")
    if not tuning:
        return []
    labels = {column["key"]: column["label"] for column in results["columns"]}
    recipes = tuning["recipes"]
    cost = duration(math.fsum(recipe["seconds"] for recipe in recipes.values()))
    told = [
        f"Tuned: {tuning['trials']} trials a recipe on seed {tuning['seed']:,}, which no run here has, chosen by "
        f"{labels.get(tuning['metric'], tuning['metric'])}; {cost} of training in all, on top of the times shown."
    ]
    for name, recipe in recipes.items():
        changes = ", ".join(f"{key} {_said(value)}" for key, value in recipe["changes"].items()) or "as it is"
        without = sum(trial["status"] != "done" for trial in recipe["trials"])
        lost = f", {without} of them to no end" if without else ""
        told.append(f"{name}: trial {recipe['chosen']}, {changes}; {duration(recipe['seconds'])} of trials{lost}.")
    return told


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value}"
