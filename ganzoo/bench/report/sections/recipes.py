"""The part of the page on each recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....text import printable, printable_block
from ...results.bench_files.bench_results import BenchResults, RecipeFacts
from ...results.formats import number, whole
from ...results.run_files.result import RunResult
from ...tables.aggregate import Table
from ..charts import key_svg
from .facts import flat, samples_of
from .pictures import DetailPicture, Pictures, Strip, last_pictures, shown_run, strips


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
    shown: DetailPicture | None
    drawings: list[DetailPicture]
    strips: list[Strip]
    frames: Strip | None
    environment: list[tuple[str, str]]


def _parameters(runs: Sequence[RunResult]) -> str:
    counts = [run.parameters for run in runs if run.parameters]
    if not counts:
        return ""
    return ", ".join(f"{player} {whole(number(n))}" for player, n in counts[0].items()) + " parameters"


def _link(paper: str) -> str:
    kind, _, number_ = paper.partition(":")
    plain = number_.replace(".", "").replace("/", "").replace("-", "").isalnum()
    return f"https://arxiv.org/abs/{number_}" if kind == "arXiv" and plain else ""


def _apart(results: BenchResults, runs: Sequence[RunResult]) -> list[tuple[str, str]]:
    """Return the environment of a recipe's runs, without what the whole bench shares and without the seeds."""
    shared = dict(flat(results.machine.to_json()))
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for key, value in flat(run.machine.to_json()):
            if key != "seed" and shared.get(key) != value:
                found.setdefault(key, {})[value] = None
    return [(key, "; ".join(values)) for key, values in found.items()]


def views(results: BenchResults, names: Sequence[str], pictures: Pictures, table: Table) -> list[RecipeView]:
    """All recipes, in the order asked."""
    samples = samples_of(results)
    made = []
    for index, name in enumerate(names):
        facts = results.recipes.get(name, RecipeFacts())
        runs = results.runs_of(name)
        stands = shown_run(runs)
        shown, drawings = last_pictures(stands, pictures, table.columns, samples)
        of_shown = strips([stands], pictures, (), samples) if stands else []
        made.append(
            RecipeView(
                name=printable(name),
                title=printable(facts.title or name),
                about=", ".join(printable(str(said)) for said in (facts.paper, facts.year) if said),
                link=_link(facts.paper or ""),
                departs=printable(facts.departs or ""),
                text=printable_block(facts.text or ""),
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
