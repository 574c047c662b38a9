import json
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from installed_plugins import Site, plugin_of

from ganzoo import __version__
from ganzoo.cli import COMMANDS, cli
from ganzoo.cli.catalogue import listing
from ganzoo.cli.table import shorten, table
from ganzoo.errors import DataError, SetupError
from ganzoo.recipes.recipe import load_recipe

RECIPE = """title: Mine
year: 2024
paper: arXiv:2401.00001
summary: a recipe of a stranger
generator: mine
discriminator: mine
loss: mine
g_optimizer: {lr: 1e-4}
d_optimizer: {lr: 1e-4}
"""
PLUGIN = """import pathlib, ganzoo
@ganzoo.hookimpl
def register_generators(register): register('mine', 'nets:G', summary='draws \\x1b[31mred', paper='arXiv:1')
@ganzoo.hookimpl
def register_discriminators(register): register('mine', 'nets:D')
@ganzoo.hookimpl
def register_losses(register):
    print('hello')
    register('mine', 'nets:L', summary='a loss of which very many words can be said ' * 5)
    register('only-a-loss', 'nets:L')
@ganzoo.hookimpl
def register_recipes(register): register('mine', pathlib.Path(__file__).with_name('mine.yaml'))
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine.yaml").write_text(RECIPE)
    made = Site(tmp_path)
    made.install("stranger", PLUGIN, metadata="License-Expression: MIT\n")
    return made


def run(*args, code=0):
    result = CliRunner().invoke(cli, args)
    assert result.exit_code == code, result.output
    return result


def rows(result):
    assert "\x1b" not in result.stdout
    assert all(len(line) <= 100 for line in result.stdout.splitlines())
    return {line.split()[0]: line for line in result.stdout.splitlines() if line[0] != " "}  # the rest goes on below


def test_list_recipes(site):
    result = run("list")
    listed = rows(result)
    assert listed["name"].split() == ["name", "year", "paper", "data", "summary"]
    assert listed["mine"].split(maxsplit=4) == ["mine", "2024", "arXiv:2401.00001", "-", "a recipe of a stranger"]
    assert listed["ctgan"].split()[3] == "table" and listed["dcgan"].split()[3] == "-"
    assert "hello" not in result.stdout
    assert "hello" in result.stderr
    assert run("list", "recipes").stdout == run("list", "recipe").stdout == result.stdout


def test_a_recipe_is_shown_with_the_papers_of_its_parts(site):
    lines = run("show", "mine", "--kind", "recipe").stdout.splitlines()
    assert "# generator mine (arXiv:1): draws \\x1b[31mred" in lines
    assert "# discriminator mine (no paper): -" in lines
    shown = run("show", "wgan-gp").stdout
    assert "# regularizer gradient-penalty (arXiv:1704.00028): Gradient penalty of WGAN-GP" in shown


@pytest.mark.parametrize("kind", ["losses", "loss", "LOSS"])
def test_list_parts(site, kind):
    listed = rows(run("list", kind))
    assert listed["mine"].split()[1:4] == ["stranger", "a", "loss"]
    assert " ".join(run("list", kind).stdout.split()).count("a loss of which very many words can be said") == 5
    assert listed["only-a-loss"].split() == ["only-a-loss", "stranger", "-"]


def test_control_characters_are_shown_and_not_obeyed(site):
    assert "draws \\x1b[31mred" in rows(run("list", "generators"))["mine"]
    assert "draws \\x1b[31mred" in run("show", "mine", "--kind", "generator").stdout


def test_list_as_json(site):
    data = json.loads(run("list", "--json").stdout)
    assert (data["schema"], data["kind"]) == (1, "recipe")
    [mine] = [row for row in data["entries"] if row["name"] == "mine"]
    assert mine == {
        "name": "mine",
        "title": "Mine",
        "year": 2024,
        "conditional": False,
        "paper": "arXiv:2401.00001",
        "summary": "a recipe of a stranger",
        "plugin": "stranger",
        "version": "1.2",
        "licence": "MIT",
        "modalities": None,  # nobody can see what a class needs that is nowhere
    }
    data = json.loads(run("list", "losses", "--json").stdout)
    assert [row["target"] for row in data["entries"] if row["plugin"] == "stranger"] == ["nets:L", "nets:L"]


def test_a_kind_that_there_is_not(site):
    result = run("list", "lossses", code=2)
    assert "no kind named 'lossses'; did you mean 'losses'?" in result.stderr


def test_a_recipe_that_cannot_be_read_does_not_end_the_list(site):
    (site.folder / "mine.yaml").write_text("a: *b")
    listed = run("list")
    assert "cannot be read: mine.yaml" in rows(listed)["mine"]
    assert "cannot be read: mine.yaml, line 1: the alias" in run("list", "--json").stdout
    assert "Error: mine.yaml, line 1: the alias" in run("show", "mine", code=2).stderr


def test_show_a_recipe_gives_a_recipe(site, tmp_path):
    shown = run("show", "mine").stdout
    assert "# generator 'mine': ganzoo show mine --kind generator" in shown.splitlines()
    path = tmp_path / "copy.yaml"
    path.write_text(shown)
    copy = load_recipe(path)
    assert copy.name == "copy"
    assert copy.model_copy(update={"name": "mine"}) == load_recipe(tmp_path / "mine.yaml")


def test_show_a_variant(site):
    shown = run("show", "mine:schedule.batch=3").stdout
    assert shown.startswith("# mine:schedule.batch=3\n")
    assert "batch: 3" in shown
    assert run("show", f"{site.folder}/mine.yaml").stdout.startswith("# mine\n")


def test_show_checks_the_recipe(site):
    result = run("show", "mine:schedule.bach=3:loss=", code=2)
    assert result.stderr.splitlines()[-2:] == [
        "Error: override 'loss=': loss: must be a name or a mapping with a name, not None",
        "Error: override 'schedule.bach=3': schedule.bach: no such key; did you mean 'schedule.batch'?",
    ]


def test_show_a_part(site):
    lines = run("show", "only-a-loss").stdout.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["kind:", "loss"],
        ["name:", "only-a-loss"],
        ["summary:", "-"],
        ["paper:", "-"],
        ["plugin:", "stranger"],
        ["version:", "1.2"],
        ["licence:", "MIT"],
        ["target:", "nets:L"],
        ["use:", "ganzoo bench RECIPE:loss=only-a-loss"],
    ]
    assert run("show", "mine", "--kind", "losses").stdout.startswith("kind:     loss\nname:     mine\n")


def test_show_what_there_is_not(site):
    assert "Error: nothing named 'only-a-los'; did you mean 'only-a-loss'?" in run("show", "only-a-los", code=2).stderr
    assert "no metric named 'mine'" in run("show", "mine", "--kind", "metric", code=2).stderr


def test_plugins(site):
    site.install("broken", "raise ValueError('\\x1b[1mno\\nway')")
    result = run("plugins")
    listed = rows(result)
    assert listed["stranger"].split() == [
        *("stranger", "stranger", "1.2", "ok"),
        *("discriminators,", "generators,", "losses,", "recipes"),
    ]
    assert listed["broken"].split(maxsplit=4)[3] == "failed"
    assert "cannot be imported: ValueError: \\x1b[1mno way" in " ".join(result.stdout.split())
    warning = "Warning: plugin 'broken' (broken 1.2) is left out: cannot be imported: ValueError: \\x1b[1mno way"
    assert any(line.startswith(warning) for line in result.stderr.splitlines())
    data = json.loads(run("plugins", "--json").stdout)
    found = {plugin["name"]: plugin for plugin in data["plugins"]}
    assert found["stranger"]["provides"].count({"kind": "generator", "name": "mine"}) == 1
    assert found["stranger"]["bundled"] is False
    assert found["dcgan"]["bundled"] is True
    assert (found["broken"]["status"], found["broken"]["hooks"]) == ("failed", [])


def test_every_command_names_failed_plugins_and_goes_on(site):
    site.install("broken", "1 / 0")
    result = run("list", "losses", "--json")
    [line] = [line for line in result.stderr.splitlines() if line.startswith("Warning: ")]
    assert "plugin 'broken' (broken 1.2) is left out: cannot be imported: ZeroDivisionError" in line
    assert json.loads(result.stdout)["entries"]
    assert "(plugins that failed, see 'ganzoo plugins': broken)" in run("show", "something", code=2).stderr


def test_no_plugins(site):
    site.install("broken", "1 / 0")
    result = run("--no-plugins", "plugins", "--json")
    assert {plugin["distribution"] for plugin in json.loads(result.stdout)["plugins"]} == {"ganzoo-core"}
    assert result.stderr == ""
    assert "nothing named 'only-a-loss'" in run("--no-plugins", "show", "only-a-loss", code=2).stderr


def test_the_table_fits_and_cuts_between_words():
    text = table([["a" * 200, "b", "words and words " * 10], ["c", "d" * 30, "e"]], ("one", "two", "three"))
    assert all(len(line) <= 100 for line in text.splitlines())
    assert text.splitlines()[1].endswith("words...")
    assert shorten("exactly", 7) == "exactly"
    assert shorten("one two, three", 11) == "one two..."
    assert shorten("x" * 20, 10) == "xxxxxxx..."


def test_help_lists_every_command():
    shown = run("--help").stdout
    for name, (_, _, line) in COMMANDS.items():
        assert f"{name} " in shown
        assert line in shown
    assert run("--version").stdout == f"ganzoo, version {__version__}\n"


def test_a_command_that_there_is_not():
    result = run("bensh", code=2)
    assert "No such command 'bensh'" in result.stderr


@pytest.fixture
def raising(monkeypatch):
    """Make ``ganzoo list`` raise something."""

    def raising(error):
        @click.command()
        def command():
            raise error

        monkeypatch.setattr(listing, "list_command", command)

    return raising


@pytest.mark.parametrize(("error", "code"), [(DataError("bad \x1b[1mfile"), 2), (SetupError("no disk"), 3)])
def test_an_error_is_one_line(raising, error, code):
    raising(error)
    result = run("list", code=code)
    assert result.stdout == ""
    assert result.stderr == "Error: " + str(error).replace("\x1b", "\\x1b") + "\n"


def test_an_interrupt_ends_with_130(raising):
    raising(KeyboardInterrupt())
    result = run("list", code=130)
    assert result.stderr == "Interrupted.\n"


def test_other_errors_are_not_hidden(raising):
    raising(ZeroDivisionError("a mistake of ours"))
    assert isinstance(CliRunner().invoke(cli, ["list"]).exception, ZeroDivisionError)


PROBE = """
import sys
from ganzoo.cli import main
sys.argv = ["ganzoo", *sys.argv[1:]]
try:
    main()
finally:
    print([name for name in ("torch", "numpy", "pydantic", "rich") if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("args", "allowed"),
    [
        (["--help"], []),
        (["--version"], []),
        (["list"], []),
        (["list", "losses", "--json"], []),
        (["show", "mine"], ["pydantic"]),
        (["show", "only-a-loss"], []),
        (["plugins"], []),
        (["show", "nothing-of-this-name"], []),
    ],
)
def test_the_light_room_imports_no_torch(site, args, allowed):
    environment = {**os.environ, "PYTHONPATH": str(site.folder)}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *args], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stderr.splitlines()[-1] == str(allowed)
    assert done.returncode == (2 if "nothing-of-this-name" in args else 0)


def completed(site, words):
    playing = words.split(" ")[1] in ("bench", "train")  # whose options are made from the models of the settings
    line = words.split(" ")
    given = {"_GANZOO_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(line) - 1)}
    environment = {**os.environ, "PYTHONPATH": str(site.folder), **given}
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, env=environment, check=False)
    assert done.stderr.splitlines()[-1] == str(["pydantic"] * playing)  # and never torch
    kinds, values = zip(*(line.split(",", 1) for line in done.stdout.split()), strict=True)
    assert set(kinds) in ({"plain"}, {"file"})  # paths, where nothing else fits
    return [value for kind, value in zip(kinds, values, strict=True) if kind == "plain"]


def test_completion_of_commands_imports_none(site):
    assert completed(site, "ganzoo s") == ["suite", "speedrun", "sample", "show", "selftest"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ganzoo bench min", ["mine"]),
        ("ganzoo bench dcgan wgan-", ["wgan-div", "wgan-gp", "wgan-gp-resnet", "wgan-gp-text", "wgan-lp"]),
        ("ganzoo train tuto", ["tutorial-dcgan"]),
        ("ganzoo bench wgan-gp@pu", ["wgan-gp@published"]),
        ("ganzoo bench mine@", []),
        ("ganzoo show only", ["only-a-loss"]),
        ("ganzoo show --kind loss mi", ["mine", "minimax"]),
        ("ganzoo train dcgan -o generator.k", ["generator.kernel="]),
        ("ganzoo check stran", ["stranger"]),
        ("ganzoo bench dcgan --data fa", ["fashion-mnist"]),
        ("ganzoo bench dcgan --metrics fid,i", ["fid,intra-fid", "fid,is"]),
        ("ganzoo bench dcgan --extractor vgg", ["vgg16"]),
        ("ganzoo bench dcgan:loss=hing", ["dcgan:loss=hinge"]),
        ("ganzoo bench nothing-of-th", []),
    ],
)
def test_completion_of_names_imports_no_torch(site, words, found):
    assert completed(site, words) == found


def test_completion_says_nothing_of_a_plugin_that_fails(site):
    site.install("broken", "raise RuntimeError('no')")
    assert completed(site, "ganzoo bench min") == ["mine"]


def test_python_m_ganzoo_on_a_terminal_with_few_letters(site):
    site.install("arrow", plugin_of("rel").replace("'pretend_nets:Loss'", "'m:L', summary='größer → kleiner'"))
    environment = {**os.environ, "PYTHONPATH": str(site.folder), "PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "ganzoo", "list", "losses"]
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert "größer \\u2192 kleiner" in done.stdout.decode("latin-1")


PUBLISHED = """published:
  data: cifar10
  shape: [3, 32, 32]
  budget: 1500kimg
  budget_source: table 4
  values:
    g_optimizer.lr: {value: 2.0e-4, source: alg. 1}
    d_optimizer.lr: {value: 1.0e-4, source: alg. 1}
  metrics:
    - {name: fid, value: 21.7, spread: 0.5, n: 5000, source: table 2}
"""


def test_show_tells_what_was_published(site):
    (site.folder / "mine.yaml").write_text(RECIPE + PUBLISHED)
    shown = run("show", "mine").stdout
    assert "# published on cifar10 (32x32, 3 channels): 1,500 kimg (table 4)\n" in shown
    assert "#   fid 21.7 ± 0.5 (5,000 images; table 2)\n" in shown
    assert "#   g_optimizer.lr  1.0e-4  2.0e-4     alg. 1\n" in shown
    assert "# 1 key differs, 1 published value is the same here, and " in shown
    assert "# the networks are those of the published form\n" in shown
    assert "\npublished:\n" in shown  # the file is whole


def test_show_the_published_form(site):
    (site.folder / "mine.yaml").write_text(RECIPE + PUBLISHED)
    shown = run("show", "mine@published").stdout
    assert shown.startswith("# mine@published\n# published on cifar10 (32x32, 3 channels): 1,500 kimg (table 4)\n")
    assert "lr: 2.0e-4" in shown.partition("g_optimizer")[2].partition("d_optimizer")[0]
    assert "published:" not in shown
    assert run("show", f"{site.folder}/mine.yaml@published").stdout.splitlines()[1:] == [
        line for line in shown.splitlines()[1:] if not line.endswith("--kind loss")
    ]
    assert "lr: 0.1" in run("show", "mine@published:g_optimizer.lr=0.1").stdout
    said = "# departs is of the quick form: where a key below says otherwise, the key holds\n"
    assert said not in shown and said in run("show", "wgan-gp@published").stdout
    assert said not in run("show", "wgan-gp").stdout


def test_show_counts_the_networks_where_they_differ():
    shown = run("show", "wgan-gp").stdout
    assert (
        "discriminator 4,114,689, as in the published form\n" in shown
    )  # by hand, from the kernels of the authors' code
    assert "published form" not in run("show", "wgan-gp:schedule.batch=3").stdout  # of a variant nothing was published


def test_long_cells_of_a_table_go_on_below(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    rows = [["a", "one two three four five six seven", "eight"], ["b", "nine", "ten"]]
    assert table(rows, ("key", "value", "source"), wrapped=True).splitlines() == [
        "key  value                     source",
        "a    one two three four five   eight",
        "     six seven",
        "b    nine                      ten",
    ]
    assert "one two three four..." in table(rows, ("key", "value", "source"))


def test_a_plugin_that_is_disabled(site):
    assert "only-a-loss" not in run("--disable-plugin", "stranger", "list", "losses").stdout
    assert rows(run("--disable-plugin", "stranger", "plugins"))["stranger"].split()[3] == "disabled"
    said = run("--disable-plugin", "strangre", "list", code=2).stderr
    assert "no plugin of a third party named 'strangre'; did you mean 'stranger'?" in said


def test_a_plugin_that_changes_the_state_of_its_process_is_named(site):
    site.install("evil", "import random; random.seed(1)\n" + plugin_of("evil"))
    said = "plugin 'evil' (evil 1.2) changes the random state of the module random when it is imported"
    assert said in run("list").stderr
    assert "changes the random state of the module random" in " ".join(run("plugins").stdout.split())
    listed = json.loads(run("plugins", "--json").stdout)["plugins"]
    assert [row["changes"] for row in listed if row["changes"]] == [["the random state of the module random"]]


def test_strictly_a_command_refuses_a_plugin_that_fails(site, monkeypatch):
    site.install("bad", "1 / 0")
    assert "plugin 'bad' (bad 1.2) is left out" in run("list").stderr
    monkeypatch.setenv("GANZOO_STRICT_PLUGINS", "1")
    assert "Error: plugin 'bad' (bad 1.2) is left out" in run("list", code=2).stderr


@pytest.mark.slow
def test_the_doctor_times_each_plugin_and_names_what_is_wrong(site):
    (site.folder / "doctored.py").write_text("import torch\ntorch.manual_seed(1)\nclass Loss: pass\n")
    site.install("ill", plugin_of("ill").replace("pretend_nets", "doctored"))
    site.install("dead", "import os; os._exit(4)")
    result = run("doctor", "ill", "dead", "losses", code=1)
    assert [line.split()[:2] for line in result.stdout.splitlines() if line[0] != " "] == [
        ["CHANGES", "ill"],
        ["FAILED", "dead"],
        ["ok", "losses"],
        ["3", "plugins:"],
    ]
    assert "the import of its loss 'ill' changes torch's random state" in result.stdout
    assert "its import ends the process with code 4" in result.stdout
    told = json.loads(run("doctor", "ill", "--json", code=1).stdout)
    assert told["plugins"][0]["seconds"] >= 0
    assert [part["name"] for part in told["plugins"][0]["parts"]] == ["ill"]
    assert "1 plugin: 1 ok, 0 with problems" in run("doctor", "losses").stdout
    run("doctor", "nobody", code=2)
