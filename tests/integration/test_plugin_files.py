"""A plugin in one file, from the option to a run that is looked at without it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from documents import blocks, files
from pretend_gpu import for_checks
from repository import ROOT
from shell_blocks import ganzoo_commands
from small_benches import SMALL, environment

from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.cli import cli
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

ARCTAN = (ROOT / "tests/example_plugin/ganzoo_example/arctan.py").read_text()
PAGE = "docs/plugins/files.md"
QUICK_ONLY = ["--samples", "64", "--replicates", "0", "--examine", "none", "--device", "cpu", "--threads", "1"]
QUICK_ONLY += [word for override in SMALL for word in ("-o", override)]
QUICK = ["--data", "digits", "--budget", "0.2kimg", "--seeds", "1", *QUICK_ONLY]


def ganzoo(*words, code=0):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_arctan.py").write_text(ARCTAN)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "scaled.py").write_text(ARCTAN.replace("class Arctan", "class Scaled"))
    return tmp_path


@pytest.mark.slow
def test_it_is_played_and_the_run_is_looked_at_without_the_option(folder, monkeypatch):
    """One loss by its registered name, one by its place, with a parameter; both files are gone afterwards."""
    recipes = ["dcgan:loss=arctan", "dcgan:loss=deep/scaled.py:Scaled:loss.scale=0.5"]
    ganzoo("bench", *recipes, "--plugin", "my_arctan.py", "--out", "runs", *QUICK)
    runs = sorted(path.parent for path in folder.glob("runs/*/seed0/result.json"))
    specs = {RunSpec.read(run).resolved_recipe().loss.name: run for run in runs}
    assert specs.keys() == {"arctan", "scaled.py:Scaled"}
    for name, run in specs.items():
        assert json.loads((run / "result.json").read_text())["status"] == "done"
        file = {"arctan": "my_arctan.py"}.get(name, "scaled.py")
        spec = RunSpec.read(run)
        assert spec.files.keys() == {file}
        assert (run / "plugins" / file).read_text() == spec.files[file]
        assert spec.origins[f"loss {name}"].startswith(f"{file} (source ")
    (folder / "my_arctan.py").write_text(ARCTAN + "\n# edited\n")
    refused = ganzoo("bench", recipes[0], "--plugin", "my_arctan.py", "--out", "runs", *QUICK, code=2)
    assert "a run with the loss 'arctan' of my_arctan.py (source " in refused.stderr
    (folder / "my_arctan.py").unlink()
    (folder / "deep" / "scaled.py").unlink()
    audited = ganzoo("audit", "runs", "--json")
    assert [run["verdict"] for run in json.loads(audited.stdout)["runs"]] == ["holds", "holds"]
    for run in runs:
        ganzoo("sample", run, "--out", "x.png")
    monkeypatch.setenv("GANZOO_CACHE", str(folder / "elsewhere"))
    ganzoo("sample", specs["arctan"], "--out", "y.png")  # which needs no loss
    audited = json.loads(ganzoo("audit", specs["arctan"], "--json").stdout)
    assert "was never given on this machine; read the my_arctan.py in the run's folder plugins" in json.dumps(audited)
    given = ganzoo("audit", specs["arctan"], "--plugin", specs["arctan"] / "plugins" / "my_arctan.py", "--json")
    assert "evaluated again: equal" in given.stdout
    assert "evaluated again: equal" in ganzoo("audit", specs["arctan"], "--json").stdout


def test_places_in_a_recipe_file_are_relative_to_it(folder):
    written = ganzoo("show", "dcgan").stdout.replace(
        "loss: non-saturating", "loss: {name: scaled.py:Scaled, scale: 2.0}"
    )
    (folder / "deep" / "mine.yaml").write_text(written)
    registry = load_zoo().registry
    recipe = resolve(registry, "deep/mine.yaml")
    assert (recipe.loss.name, recipe.loss.params) == ("scaled.py:Scaled", {"scale": 2.0})
    assert registry.get("loss", recipe.loss.name).load().__name__ == "Scaled"
    assert resolve(registry, "dcgan", ["loss=my_arctan:Arctan"]).loss.name == "my_arctan.py:Arctan"
    assert "there is no plugin file 'nowhere.py'" in ganzoo("show", "dcgan:loss=nowhere.py:Loss", code=2).stderr


def test_a_wrong_file_is_refused_by_check(folder):
    Path("wrong.py").write_text("x\n")
    assert (
        "wrong.py cannot be used: cannot be imported: line 1: NameError" in ganzoo("check", "wrong.py", code=2).stderr
    )


@pytest.mark.slow
def test_the_commands_of_the_page_are_run(tmp_path, monkeypatch):
    """Each as it stands there, but for a short budget and small players."""
    for_checks(monkeypatch)
    monkeypatch.chdir(tmp_path)
    for name, text in files(PAGE).items():
        Path(name).write_text(text)
    commands = [words for block in blocks(PAGE, "sh") for words in ganzoo_commands(block)]
    assert {words[0] for words in commands} == {"check", "list", "bench"}
    for number, words in enumerate(commands):
        kimg = [re.sub(r"^[0-9]+kimg$", "0.2kimg", word) for word in words]
        short = [*QUICK_ONLY, "--seeds", "1", "--out", f"runs/{number}"] if words[0] == "bench" else []
        assert "FAILED" not in ganzoo(*kimg, *short).output


def test_the_program_of_the_page_is_run(tmp_path):
    (tmp_path / "program.py").write_text(files(PAGE)["program.py"])
    ended = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "WithMargin()\n"), ended.stderr


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A cache in which what was seen of a file is kept from test to test."""
    return str(tmp_path_factory.mktemp("known"))


FAULTY = """
from torch import nn
from torch.nn.functional import softplus

from ganzoo.interfaces import Discriminator, Generator, Loss, Regularizer


class Vector(Loss):
    def d_loss(self, turn):
        return softplus(turn.on_fake["logits"] - turn.on_real["logits"])

    def g_loss(self, turn):
        return softplus(-turn.on_fake["logits"]).mean()


class Lost(Loss):
    def d_loss(self, turn):
        softplus(-turn.on_real["logits"]).mean()

    def g_loss(self, turn):
        return softplus(-turn.on_fake["logits"]).mean()


class Float(Lost):
    def d_loss(self, turn):
        return 3.0


class Rows(Regularizer):
    def g_penalty(self, turn):
        return turn.fake.flatten(1).sum(1)


class Cropping(Regularizer):
    def view(self, x):
        return x[..., 1:]


class Forgetting(Regularizer):
    def recast(self, turn):
        turn.replace()


class Long(Generator):
    z_dim = 4

    def __init__(self, image_size, channels, num_classes=0):
        super().__init__()
        self.layer = nn.Linear(4, 1)

    def forward(self, z, y=None):
        return self.layer(z).tanh()[..., None, None].expand(-1, 1, 16, 8)


class Pair(Long):
    def forward(self, z, y=None):
        return super().forward(z), z


class Double(Long):
    def forward(self, z, y=None):
        return super().forward(z).double()


class Flat(Discriminator):
    def __init__(self, image_size, channels, num_classes=0):
        super().__init__()
        self.layer = nn.Linear(64, 1)

    def forward(self, x, y=None):
        return {"logits": self.layer(x.flatten(1)).mean(0)}


class Poor(Flat):
    outputs = frozenset({"logits", "features"})
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("loss=vector", "loss 'vector' of plugin 'faulty.py': d_loss gives a tensor of shape (64"),
        ("loss=lost", "'faulty.py': d_loss gives nothing, and must give a tensor: is a `return` missing?"),
        ("loss=float", "d_loss gives a float, and must give a tensor without dimensions; give the tensor itself"),
        ("regularizers=[rows]", "regularizer 'rows' of plugin 'faulty.py': g_penalty gives a tensor of shape (64"),
        (
            "regularizers=[cropping]",
            "'cropping' of plugin 'faulty.py': view gives samples of shape (64, 1, 8, 7) for (64, 1, 8, 8)",
        ),
        ("regularizers=[forgetting]", "'forgetting' of plugin 'faulty.py': recast gives nothing (is a `return` mis"),
        ("generator=pair", "generator 'pair' of plugin 'faulty.py' gives a tuple, and must give a tensor"),
        ("generator=double", "'double' of plugin 'faulty.py' makes samples of torch.float64, and must make torch.fl"),
        (
            "generator=long",
            "generator 'long' of plugin 'faulty.py' makes samples of shape (2, 1, 16, 8), and these data have (2, 1",
        ),
        ("discriminator=flat", "discriminator 'flat' of plugin 'faulty.py' gives 'logits' of shape (1,) for 2 samples"),
        (
            "discriminator=poor",
            "discriminator 'poor' of plugin 'faulty.py' does not give 'features', which its outputs declare",
        ),
    ],
)
def test_what_is_not_as_its_interface_says_is_refused_before_it_is_played(folder, known, monkeypatch, change, said):
    monkeypatch.setenv("GANZOO_CACHE", known)
    (folder / "faulty.py").write_text(FAULTY)
    quick = [word for word in QUICK if word not in ("-o", *SMALL)]
    refused = ganzoo("bench", f"dcgan:{change}", "--plugin", "faulty.py", "--out", "runs", *quick, code=2)
    assert said in refused.stderr and not list(folder.glob("runs/*/seed0"))
