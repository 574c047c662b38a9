"""Every setting is declared once, and from there reaches the command line, a suite's file, and the process of a run."""

import json
import re
import shlex
from typing import Annotated

import click
import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter, create_model
from small_benches import specs

from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.results.terms import settings as declared
from ganzoo.bench.results.terms.setting import GROUPS, OUTPUT, Setting, settings_of
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.results.terms.worker_settings import WorkerSettings
from ganzoo.bench.suites.suite import SETTINGS, Suite
from ganzoo.cli import COMMANDS, cli, options
from ganzoo.errors import GanzooError

CONTEXT = click.Context(cli, info_name="ganzoo")
DECLARED = settings_of(RunSettings)
PLAYING = ("bench", "train", "suite", "profile", "verify")
OWN = {"train": {"seed"}, "verify": {"dataset", "budget", "seeds"}}  # of a command, under the name of no setting of it


def command(name):
    return cli.get_command(CONTEXT, name)


def options_of(name):
    return {one.name: one for one in command(name).params if isinstance(one, click.Option)}


def test_every_field_is_declared():
    assert list(DECLARED) == list(RunSettings.model_fields)
    assert {name for name, one in DECLARED.items() if not one.flags} == {"recipes", "goals", "third_party", "command"}
    assert all(one.help.endswith(".") and one.group in GROUPS for one in DECLARED.values())


@pytest.mark.parametrize("name", PLAYING)
def test_a_command_has_the_options_of_its_settings_and_of_no_others(name):
    found = options_of(name)
    of_settings = {one for one, setting in DECLARED.items() if name in setting.commands and setting.flags}
    assert of_settings == {one for one in found if one in DECLARED} - OWN.get(name, set())
    for one in of_settings:
        written = [flag for flags in DECLARED[one].flags for flag in flags.split("/")]
        assert {*found[one].opts, *found[one].secondary_opts} == set(written)
        assert found[one].group == DECLARED[one].group


@pytest.mark.parametrize("name", PLAYING)
def test_the_default_that_is_shown_is_the_default(name):
    for one, option in options_of(name).items():
        if one in DECLARED and one not in OWN.get(name, ()):
            field = RunSettings.model_fields[one]
            taken = TypeAdapter(Annotated[field.annotation, *field.metadata])
            default = option.to_info_dict()["default"]
            shown = field.default if default is None else taken.validate_python(default)
            assert shown == field.default, f"{one}: {default!r} is shown"
            assert "[default" not in option.help or field.default is None


@pytest.mark.parametrize("name", (*PLAYING, "speedrun"))
def test_an_option_speaks_of_no_option_that_its_command_lacks(name):
    found = options_of(name).values()
    flags = {flag for one in found for flag in (*one.opts, *one.secondary_opts)}
    assert {word for one in found for word in re.findall(r"(?<![\w-])--[a-z][a-z-]*", one.help or "")} <= flags


def test_a_suite_has_a_key_for_each_setting_that_may_stand_in_its_file():
    assert {name for name, setting in DECLARED.items() if setting.suite} == set(SETTINGS)
    own = {"recipes", "variants", "grid", "data", "override"}
    assert set(Suite.model_fields) == own | set(SETTINGS)


def test_each_setting_of_a_worker_is_in_the_file_of_every_run(tmp_path):
    (spec,) = specs(evaluations=3, flips=True, keeps_best=True, checkpoint_seconds=7.5)
    spec.write(tmp_path)
    written = json.loads((tmp_path / "run.json").read_text())
    assert set(WorkerSettings.model_fields) < set(written)
    assert [written[key] for key in ("evaluations", "flips", "keeps_best", "checkpoint_seconds")] == [
        3,
        True,
        True,
        7.5,
    ]
    assert RunSpec.read(tmp_path) == spec


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("evaluations", 3, False),
        ("flips", True, False),
        ("replicates", 4, False),
        ("examinations", ("discriminator",), False),
        ("keeps_best", True, False),
        ("compiled", True, False),
        ("autotuned", True, False),
        ("checkpoint_seconds", 1.0, True),
        ("trackers", ("tensorboard",), True),
        ("goals", ("fid <= 5",), False),
        ("third_party", True, True),
    ],
)
def test_the_key_of_a_run_has_what_decides_its_result(name, value, same):
    (spec,) = specs()
    assert getattr(spec, name) != value
    assert (spec.changed(**{name: value}).key == spec.key) is same
    assert (DECLARED[name].decides == "never") is same


def test_a_run_of_before_a_setting_is_read_with_the_value_that_it_had(tmp_path):
    (spec,) = specs()
    spec.write(tmp_path)
    written = json.loads((tmp_path / "run.json").read_text())
    for key in ("precision", "replicates", "examinations", "keeps_best", "trackers", "ranks", "devices", "third_party"):
        del written[key]
    (tmp_path / "run.json").write_text(json.dumps(written))
    found = RunSpec.read(tmp_path)
    assert (found.precision, found.replicates, found.examinations) == ("fp32", 0, ())
    assert (found.keeps_best, found.trackers, found.ranks, found.devices, found.third_party) == (False, (), 1, (), True)


@pytest.mark.parametrize(("key", "value"), [("seed", "one"), ("threads", None), ("evaluations", 0), ("odd", 1)])
def test_a_run_json_with_a_wrong_value_is_refused_in_one_sentence(tmp_path, key, value):
    (spec,) = specs()
    spec.write(tmp_path)
    written = json.loads((tmp_path / "run.json").read_text()) | {key: value}
    (tmp_path / "run.json").write_text(json.dumps(written))
    with pytest.raises(GanzooError, match=key) as refused:
        RunSpec.read(tmp_path)
    assert len(str(refused.value).splitlines()) == 1 and "run.json" in str(refused.value)


def test_a_new_setting_has_its_option_by_its_declaration_alone(monkeypatch):
    """A field in ``settings.py`` is all that the command line needs; the second file is the one that acts on it."""
    setting = Setting(flags=("--warmth",), group=OUTPUT, metavar="N", help="How warm it is.", commands={"bench"})
    grown = create_model("Grown", __base__=RunSettings, warmth=(Annotated[int, setting], 7))
    monkeypatch.setattr(options, "RunSettings", grown)

    @click.command(cls=type(command("bench")))
    @options.settings_options("bench")
    def tried(**values):
        click.echo(values["warmth"])

    assert CliRunner().invoke(tried, ["--warmth", "9"]).stdout == "9\n"
    assert CliRunner().invoke(tried, []).stdout == "7\n"
    shown = CliRunner().invoke(tried, ["--help"]).stdout
    assert "--warmth N" in shown.partition("Output:")[2] and declared.RunSettings is RunSettings


# -- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_each_command_is_one_that_it_takes(name):
    lines = [line.strip() for line in command(name).epilog.splitlines() if line.strip().startswith("$ ")]
    assert lines
    for line in lines:
        program, called, *words = shlex.split(line.removeprefix("$ "))
        assert (program, called) == ("ganzoo", name)
        with click.Context(cli, info_name="ganzoo") as parent:
            parent.params["no_plugins"] = True
            command(name).make_context(name, words, parent=parent)


@pytest.mark.parametrize("name", PLAYING)
def test_options_stand_in_groups(name):
    text = CliRunner().invoke(cli, [name, "--help"], terminal_width=100).stdout
    places = [text.find(f"\n{title}:\n") for title in GROUPS if f"\n{title}:\n" in text]
    assert len(places) >= 4 and places == sorted(places)
    grouped = [one for one in options_of(name).values() if not one.hidden]
    assert all(one.group in GROUPS for one in grouped)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["benhc", "dcgan"], "No such command 'benhc'; did you mean 'bench'?"),
        (["bench", "dcgan", "--evalutions", "3"], "--evaluations"),
        (["bench", "dcgn"], "did you mean 'dcgan'?"),
        (["bench", "dcgan", "-o", "generator.widht=4"], "did you mean 'width'?"),
        (["bench", "dcgan", "-o", "shedule.batch=4"], "did you mean 'schedule"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_the_near_name(words, message):
    done = CliRunner().invoke(cli, ["--no-plugins", *words])
    assert done.exit_code == 2 and message in done.output


@pytest.mark.parametrize(
    "words",
    [
        ["--budget", "x"],
        ["--seeds", "1,1"],
        ["--replicates", "1"],
        ["--parallel", "0"],
        ["--examine", "x"],
        ["--samples", "1"],
        ["--hold-out", "1"],
        ["--precision", "fp8"],
        ["--samples", "9" * 30],
        ["--threads", "9" * 30],
        ["--parallel", "9" * 30],
        ["--seeds", "9" * 30],
        ["--budget", "9" * 400 + "steps"],
        ["--hold-out", "nan"],
        ["--checkpoint-every", "inf"],
        ["--checkpoint-every", "1e999"],
        ["--out", "a\0b"],
        ["--data-dir", "a\0b"],
    ],
)
def test_a_value_that_a_setting_does_not_take_is_refused_by_the_options_name(words):
    done = CliRunner().invoke(cli, ["bench", "dcgan", *words])
    assert done.exit_code == 2 and f"Error: Invalid value for '{words[0]}'" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", ["report", "compare", "leaderboard", "watch", "sample", "eval", "suite", "verify"])
def test_a_path_with_a_null_character_is_refused_by_every_command(name):
    words = {"verify": ["dcgan", "--bench", "a\0b"]}.get(name, ["a\0b"])
    done = CliRunner().invoke(cli, [name, *words])
    assert done.exit_code == 2 and "'a\\x00b' holds a null character, and no path does" in done.output


def test_a_recipes_file_with_a_null_character(tmp_path):
    done = CliRunner().invoke(cli, ["show", "a\0b.yaml"])
    assert done.exit_code == 2 and "cannot be read: embedded null byte" in done.output
    assert "\0" not in done.output
