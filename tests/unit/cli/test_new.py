"""``ganzoo new``: what is written, and what is refused."""

import ast
import tomllib

import pytest
import yaml
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.cli.authoring.rendering import class_of, package, single_file
from ganzoo.recipes.recipe import load_recipe
from ganzoo.registry.hooks.file_offers import kebab
from ganzoo.registry.registry import KINDS, PLURALS


def new(*words, code=0):
    result = CliRunner().invoke(cli, ["new", *map(str, words)])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_is_whole(folder, kind):
    new(kind, "my-own-part")
    root = folder / "my-own-part"
    about = tomllib.loads((root / "pyproject.toml").read_text())
    assert about["project"]["entry-points"]["ganzoo"] == {"my-own-part": "my_own_part"}
    assert about["tool"]["setuptools"]["packages"] == ["my_own_part"]
    assert (root / "my_own_part" / "py.typed").is_file()
    assert len(list((root / "tests").glob("test_*.py"))) == 2
    for path in root.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert "$" not in text, path
            assert all(len(line) <= 120 for line in text.splitlines()), path
            if path.suffix == ".py":
                ast.parse(text)
    hooks = (root / "my_own_part" / "__init__.py").read_text()
    assert f"def register_{PLURALS[kind]}(" in hooks
    assert "torch" not in {
        name for node in ast.walk(ast.parse(hooks)) if isinstance(node, ast.Import) for name in node.names
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_file_says_its_own_name(folder, kind):
    new(kind, "my-1st-part", "--file", "--out", "below")
    [path] = (folder / "below").iterdir()
    if kind == "recipe":
        assert load_recipe(path).name == "my-1st-part"
        assert yaml.safe_load(path.read_text())["title"] == "My 1st part"
        return
    assert path.name == "my_1st_part.py"
    [made] = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]
    assert 'name = "my-1st-part"' in ast.unparse(made).replace("'", '"')


def test_a_class_is_called_after_the_part():
    for name in ("my-loss", "r1", "wgan-gp"):
        assert kebab(class_of(name)) == name


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        ("losss", "mine", "no kind of parts is called 'losss'; did you mean 'loss'?"),
        ("loss", "My_Loss", "write lower-case words joined by '-'"),
        ("loss", "1st", "must begin with a letter"),
        ("loss", "class", "be no word of Python's own"),
        ("loss", "json", "the module 'json' is installed already"),
        ("loss", "hinge", "loss 'hinge' is already that of plugin 'losses'; take another name"),
        ("dataset", "../up", "write lower-case words"),
    ],
)
def test_what_cannot_be_is_refused(folder, kind, name, why):
    assert why in new(kind, name, code=2).stderr
    assert not list(folder.iterdir())


def test_nothing_is_written_over(folder):
    (folder / "my-loss").mkdir()
    assert "my-loss' exists already" in new("loss", "my-loss", code=2).stderr
    (folder / "my_loss.py").write_text("mine")
    assert "exists already" in new("loss", "my-loss", "--file", code=2).stderr
    assert (folder / "my_loss.py").read_text() == "mine"


def test_a_plural_is_a_kind_too_and_the_next_commands_are_told(folder):
    said = new("losses", "my-loss").stdout
    assert "ganzoo bench dcgan dcgan:loss=my-loss" in said
    assert set(package("loss", "my-loss")) == {
        path.relative_to(folder / "my-loss").as_posix() for path in folder.rglob("*") if path.is_file()
    }
    assert "--plugin ./other.py" in new("loss", "other", "--file").stdout
    assert set(single_file("loss", "other")) == {"other.py"}
