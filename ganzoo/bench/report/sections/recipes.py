"""What the page says of each recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....text import printable, printable_block
from ...results.formats import number, whole
from ...tables.aggregate import Table
from ..charts import key_svg
from .facts import flat, samples_of
from .pictures import Picture, Pictures, Strip, last_pictures, shown_run, strips


@dataclass(frozen=True)
class RecipeView:
    """A recipe on the page.

    Attributes:
        name: as it was asked for.
        title: the method's name in print.
        about: paper and year.
        link: where the paper is; empty where that is not known.
        departs: where it differs from the paper.
        text: the resolved recipe.
        key: its piece of line and its mark.
        parameters: how many its players have.
        shown: what its run generated last.
        drawings: what its metrics drew then.
        strips: every run, evaluation by evaluation; the first ``frames`` pictures are those of the run that is shown.
        frames: how many evaluations of the shown run there are pictures of.
        environment: where its runs ran, where that differs from the bench as a whole.
    """

    name: str
    title: str
    about: str
    link: str
    departs: str
    text: str
    key: str
    parameters: str
    shown: Picture | None
    drawings: list[Picture]
    strips: list[Strip]
    frames: Strip | None
    environment: list[tuple[str, str]]


def _parameters(runs: Sequence[Mapping[str, Any]]) -> str:
    counts = [run["parameters"] for run in runs if run.get("parameters")]
    if not counts:
        return ""
    return ", ".join(f"{player} {whole(number(n))}" for player, n in counts[0].items()) + " parameters"


def _link(paper: str) -> str:
    kind, _, number_ = paper.partition(":")
    plain = number_.replace(".", "").replace("/", "").replace("-", "").isalnum()
    return f"https://arxiv.org/abs/{number_}" if kind == "arXiv" and plain else ""


def _apart(results: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The environment of a recipe's runs, without what the whole bench shares and without the seeds."""
    shared = dict(flat(results.get("environment") or {}))
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for key, value in flat(run.get("environment") or {}):
            if key != "seed" and shared.get(key) != value:
                found.setdefault(key, {})[value] = None
    return [(key, "; ".join(values)) for key, values in found.items()]


def views(results: Mapping[str, Any], names: Sequence[str], pictures: Pictures, table: Table) -> list[RecipeView]:
    """All recipes, in the order asked."""
    samples = samples_of(results)
    made = []
    for index, name in enumerate(names):
        about = (results.get("recipes") or {}).get(name) or {}
        runs = [run for run in results["runs"] if run["recipe"] == name]
        stands = shown_run(runs)
        shown, drawings = last_pictures(stands, pictures, table.columns, samples)
        of_shown = strips([stands], pictures, (), samples) if stands else []
        made.append(
            RecipeView(
                name=printable(name),
                title=printable(str(about.get("title") or name)),
                about=", ".join(printable(str(about[key])) for key in ("paper", "year") if about.get(key)),
                link=_link(str(about.get("paper") or "")),
                departs=printable(str(about.get("departs") or "")),
                text=printable_block(str(about.get("text") or "")),
                key=key_svg(index),
                parameters=_parameters(runs),
                shown=shown,
                drawings=drawings,
                strips=strips(runs, pictures, table.columns, samples),
                frames=of_shown[0] if of_shown else None,
                environment=_apart(results, runs),
            )
        )
    return made
