"""Settings by the names of their fields."""

import shlex
from pathlib import Path

import pytest

import ganzoo
from ganzoo.api.runs.settings import BenchSettings, TrainSettings, settings_for
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.setting import settings_of
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.cli.playing.bench import command
from ganzoo.errors import GanzooError, RecipeError

FIXED = {"recipes": ("dcgan",)}


@pytest.mark.parametrize(("name", "typed"), [("train", TrainSettings), ("bench", BenchSettings)])
def test_each_that_is_typed_is_one_of_the_command(name, typed):
    """And each of the command is typed, or an argument of the function by a name of its own."""
    declared = settings_of(RunSettings)
    of_command = {field for field, one in declared.items() if one.flags and name in one.commands}
    named = {"dataset", "budget", "out", "device"} | ({"seeds"} if name == "bench" else set())
    assert {*typed.__annotations__} - {"third_party"} == of_command - named


def test_values_are_read_as_those_of_the_command_line():
    given = {"metrics": ["fid", "kid"], "examinations": "none", "data_dir": "here", "overrides": ["loss=hinge"]}
    asked = settings_for("bench", {**given, "budget": "20kimg", "seeds": 2}, **FIXED)
    assert asked.metrics == ("fid", "kid")
    assert asked.examinations == ()
    assert asked.data_dir == Path("here")
    assert asked.overrides == ("loss=hinge",)
    assert asked.budget == Budget(kimg=20.0)
    assert asked.seeds == (0, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"buget": "1kimg"}, "takes no setting 'buget'; did you mean 'budget'"),
        ({"command": "x"}, "takes no setting 'command'"),
        ({"budget": "1kim"}, "budget '1kim' is not understood"),
        ({"samples": 1}, "samples: Input should be greater than or equal to 2, not 1"),
        ({"backbone": "dcgan"}, "track='controlled'"),
        ({"flips": "yes"}, "flips"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(given, said):
    with pytest.raises(GanzooError, match=said):
        settings_for("bench", given, **FIXED)


def test_a_setting_of_benches_is_none_of_train():
    with pytest.raises(GanzooError, match="takes no setting 'tune'"):
        settings_for("train", {"tune": 3}, **FIXED)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"seeds": (5,), "budget": "1kimg", "flips": False, "compiled": True},
        {"seeds": 2, "metrics": ["fid"], "overrides": ["loss=hinge", "schedule.betas=[0.5, 0.9]"], "samples": 100},
        {"size": (64, 32), "crop": "none", "resize": "area", "grey_to_rgb": True},
        {"size": 64},
        {"flips": True, "skip_bad": False, "trackers": ["tensorboard"], "out": Path("a folder"), "parallel": 2},
    ],
)
def test_the_command_of_the_report_asks_for_the_same(given, monkeypatch):
    """It is read by the command line itself."""
    asked = settings_for("bench", given, **FIXED)
    seen = {}
    monkeypatch.setattr("ganzoo.cli.playing.bench.play", lambda settings, **_: seen.update(settings=settings) or 0)
    with pytest.raises(SystemExit):
        command.main(shlex.split(asked.command)[2:], standalone_mode=False)
    assert seen["settings"].changed(command="") == asked.changed(command="")


@pytest.mark.parametrize(("given", "said"), [([], "no recipe is named"), (None, "not NoneType"), (3, "not int")])
def test_a_bench_of_no_recipe_is_one_sentence(given, said):
    with pytest.raises(RecipeError, match=said):
        ganzoo.bench(given, budget="1kimg")
