"""``ganzoo show MODALITY``, and recipes of other modalities where a command builds for images."""

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli


def test_a_modality_is_shown():
    done = CliRunner().invoke(cli, ["show", "table"])
    assert done.exit_code == 0, done.output
    assert "samples:   rows\n" in done.stdout
    assert "offers:    num_classes, spans\n" in done.stdout
    assert "extractor: none\nmetrics:   column-distance, correlation-distance, tstr, nearest-record\n" in done.stdout
    assert "writes:    .csv, .tsv\n" in done.stdout
    assert "\nvalues:\n  columns: tuple[str, ...] = ('number', 'choice')\n" in done.stdout


@pytest.mark.parametrize("args", [["show", "--graph"], ["explain"]], ids=["graph", "explain"])
@pytest.mark.parametrize("recipe", ["pix2pix", "ctgan", "cyclegan"])
def test_recipes_of_other_data_are_refused_in_a_sentence(recipe, args):
    done = CliRunner().invoke(cli, [*args, recipe])
    assert done.exit_code == 2
    assert "which the recipe does not give, nor the data" in done.stderr
