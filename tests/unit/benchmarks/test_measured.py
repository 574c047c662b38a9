"""The numbers that `ganzoo show` tells are those that were measured, with the recipe as it is."""

import importlib.util
import json

import pytest
from click.testing import CliRunner
from installed_plugins import Site
from repository import ROOT

from ganzoo.cli import cli
from ganzoo.errors import PluginError
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry

RECIPE = """title: Mine
generator: dcgan
discriminator: dcgan
loss: hinge
g_optimizer: {lr: 1e-4}
d_optimizer: {lr: 1e-4}
"""
PLUGIN = """import pathlib, ganzoo
@ganzoo.hookimpl
def register_recipes(register):
    here = pathlib.Path(__file__).parent
    register('mine', here / 'mine.yaml', measured=here / 'numbers.json')
"""
ROW = {
    "data": "digits (8x8x1)",
    "budget": "200 kimg",
    "seeds": "2/3",
    "device": "a processor",
    "images_per_second": 5039,
    "values": [{"label": "FD[digits]@1797 ↓", "value": "3.54 ± 0.59", "real": {"real halves @898": "0.60"}}],
}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("measured", ROOT / "benchmarks" / "measured.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine.yaml").write_text(RECIPE)
    made = Site(tmp_path)
    made.install("stranger", PLUGIN)
    return made


def show(name):
    result = CliRunner().invoke(cli, ["show", name])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_the_file_is_up_to_date(script):
    assert script.main(["--check"]) == 0


def test_every_committed_number_is_told_with_what_makes_it_stale(script):
    """A row of a bench without overrides is in the file, stale only if the recipe's text is not what it was."""
    told = {(row["from"], name): row for name, row in script.rows(ROOT)}
    registry = load_zoo(third_party=False).registry
    for path in sorted((ROOT / "benchmarks" / "results").glob("*/*/results.json")):
        results = json.loads(path.read_text())
        if " -o " in results["command"]:
            continue
        for name in results["recipes"]:
            place = path.relative_to(ROOT).as_posix()
            if ":" in name:  # a variant has numbers of its own
                assert (place, name) not in told
                continue
            row = told[place, name]
            assert row.get("stale", []) == script.changes_since(results["recipes"][name]["text"], name, registry)


def test_a_stale_file_is_noticed(script, tmp_path, capsys):
    assert script.main(["--check"], tmp_path) == 1
    assert "configs/measured.json is stale" in capsys.readouterr().err
    (tmp_path / "configs").mkdir()
    assert script.main([], tmp_path) == 0
    assert json.loads((tmp_path / "configs" / "measured.json").read_text()) == {"schema": 1, "recipes": {}}
    assert script.main(["--check"], tmp_path) == 0


def test_numbers_are_shown_as_comments(site, tmp_path):
    (tmp_path / "numbers.json").write_text(json.dumps({"schema": 1, "recipes": {"mine": [ROW]}}))
    lines = show("mine")
    assert lines[:3] == [
        "# mine",
        "# measured on digits (8x8x1): 200 kimg a run, 2/3 seeds, a processor, 5,039 images/s",
        "#   FD[digits]@1797 ↓  3.54 ± 0.59  (real halves @898 0.60)",
    ]
    assert not any("measured" in line for line in show("mine:loss=hinge"))  # a variant has numbers of its own


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"schema": 1, "recipes": {}}, "# measured: nothing yet in its present form"),
        ({"schema": 2, "recipes": {}}, "# measured: numbers.json has schema 2, and this version reads 1"),
        ([], "# measured: numbers.json is no file of measured numbers: must be an object"),
        (
            {"schema": 1, "recipes": {"mine": [{}]}},
            "# measured: numbers.json is no file of measured numbers: recipes.mine[0] has no 'device'",
        ),
        ({"schema": 1, "recipes": {"mine": [{**ROW, "device": "\x1b[31m"}]}}, "# measured on digits"),
    ],
)
def test_a_strangers_numbers_harm_nobody(site, tmp_path, content, said):
    (tmp_path / "numbers.json").write_text(json.dumps(content))
    lines = show("mine")
    assert lines[1].startswith(said)
    assert "title: Mine" in lines
    assert not any("\x1b" in line for line in lines)


def test_a_file_that_is_not_there(site):
    assert show("mine")[1].startswith("# measured: numbers.json cannot be read: No such file or directory")


def test_only_recipes_have_numbers(tmp_path):
    with pytest.raises(PluginError, match="numbers are measured of recipes, and this is none"):
        Entry("loss", "mine", "a:B", "plugin", measured=tmp_path / "x.json")
    (tmp_path / "x.yaml").write_text("")
    with pytest.raises(PluginError, match="measured is 'x', and must be a Path, as the recipe's is"):
        Entry("recipe", "mine", tmp_path / "x.yaml", "plugin", measured="x")


def test_bundled_recipes_have_a_file(script):
    for entry in load_zoo(third_party=False).registry.all("recipe"):
        assert entry.measured.is_file()
