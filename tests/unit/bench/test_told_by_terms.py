"""Numbers that terms tell of themselves: asked of the run as it was played, and said below the table."""

import math
from types import SimpleNamespace

import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from tiny_players import SoftLoss

from ganzoo.bench.results.run_files.result import Evaluation
from ganzoo.bench.runs.evaluation.told import told_by_terms
from ganzoo.bench.tables.notes import by_sentence, told_at_the_end
from ganzoo.interfaces import Regularizer


class Spends(Regularizer):
    """Tells what it is told."""

    def told(self, run):
        return {"images over rows": run.images / run.rows, "turns": run.turns["D"] / run.batch, "least": math.inf}


def session_with(**regularizers):
    parts = SimpleNamespace(loss=SoftLoss(), regularizers=[*regularizers.values()])
    named = [SimpleNamespace(name=name) for name in regularizers]
    return SimpleNamespace(
        trainer=SimpleNamespace(parts=parts, turns={"D": 12, "G": 6}, images_seen=48),
        recipe=SimpleNamespace(regularizers=named, schedule=SimpleNamespace(batch=4)),
        modality=ImageModality(4, 1, 0),
        fields={"x": torch.zeros(24, 1, 4, 4, dtype=torch.uint8)},
        spec=SimpleNamespace(name="dcgan", seed=3),
    )


def test_terms_are_told_of_the_run_as_it_was_played():
    told = told_by_terms(session_with(quiet=Regularizer(), spends=Spends()))
    assert told == {
        "regularizers.spends: images over rows": 2.0,
        "regularizers.spends: turns": 3.0,
        "regularizers.spends: least": None,
    }
    assert Evaluation.parse({"kimg": 1, "told": told}, "a row").told == told
    assert Evaluation.parse({"kimg": 1}, "an older row").told == {}


@pytest.mark.parametrize("told", [None, {"a": "text"}, {"a": torch.ones(3)}, KeyError("boom")], ids=str)
def test_a_term_that_tells_no_numbers_costs_no_run(told, caplog):
    class Bad(Regularizer):
        def told(self, run):
            if isinstance(told, Exception):
                raise told
            return told

    assert told_by_terms(session_with(bad=Bad(), spends=Spends())).keys() == {
        "regularizers.spends: images over rows",
        "regularizers.spends: turns",
        "regularizers.spends: least",
    }
    assert caplog.messages[0].startswith("dcgan seed 3: regularizers.bad tells nothing: ")


def test_those_of_the_end_are_said_in_a_sentence_by_recipe():
    def run(recipe, *told, done=True):
        return SimpleNamespace(recipe=recipe, done=done, evaluations=[SimpleNamespace(told=each) for each in told])

    runs = [
        run("a", {"spends: epsilon": 9.0}, {"spends: epsilon": 3.14159}),
        run("a", {"spends: epsilon": 3.14159}),
        run("b", {"spends: epsilon": None}),
        run("c", {"spends: epsilon": 1.0}, done=False),
        run("d"),
    ]
    said = by_sentence(told_at_the_end(SimpleNamespace(runs=runs)))
    assert said == ("a: spends: epsilon is 3.142.", "b: spends: epsilon is infinite.")
