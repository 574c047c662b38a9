"""Scripts over all recipes, tried on recipes that are not for images."""

import importlib
import sys

import pytest
from repository import ROOT


@pytest.fixture
def script(monkeypatch):
    """Import a script of ``benchmarks`` by its name."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module


def test_steps_are_written_for_an_example(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["explained.py", "pix2pix", "cyclegan"])
    script("explained").main()
    one, other, told = capsys.readouterr().out.splitlines()
    assert one.startswith("pix2pix") and one.endswith("lines")
    assert "samples of the modality 'domains' are" in other and told == "1 of 2 are written"


def test_a_page_is_refused_in_its_row(script):
    row = script("browser").row_of("ctgan", {}, 1)
    assert row == {
        "recipe": "ctgan",
        "refused": "a page is of images or points, and ctgan draws table: ganzoo sample writes them",
    }


def test_games_are_played_on_an_example(script):
    ((words, game),) = script("every_shape").played("pix2pix", script("ganzoo.registry.discovery").load_zoo().registry)
    assert words and game.modality.name != "images"
