"""Games of which the engine and the zoo know nothing, each in one file: bench, table, report, pictures and samples."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from repository import ROOT

from ganzoo.cli import cli

FILES = ROOT / "tests/support/strangers"
QUICK = ["--budget", "0.16kimg", "--seeds", "1", "--samples", "32", "--replicates", "0", "--examine", "none"]
QUICK += ["--evaluations", "1", "--device", "cpu", "--threads", "1", "--out", "runs"]
RECIPE = """
generator: series-generator
discriminator: series-discriminator
loss: non-saturating
regularizers: [{name: r1, weight: 1.0}]
g_optimizer: {lr: 1e-3}
d_optimizer: {lr: 1e-3}
schedule: {batch: 16}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ganzoo(*words):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def benched(folder, recipe, file, data, *changes):
    """The folder of the one run of a bench, what was printed, and the report."""
    printed = ganzoo("bench", recipe, *changes, "--plugin", FILES / file, "--data", data, *QUICK)
    (result,) = folder.glob("runs/**/result.json")
    assert json.loads(result.read_text())["status"] == "done"
    (report,) = folder.glob("runs/**/report.html")
    return result.parent, printed, report.read_text()


def description(path):
    with Image.open(path) as picture:
        return picture.info.get("Description")


def test_depth_maps_of_photographs_are_played_by_parts_of_the_zoo(folder):
    """Photographs in colour are given, grey depth in metres is wanted, and judged on rows that are held out."""
    small = [word for key in ("generator", "discriminator") for word in ("-o", f"{key}.width=4")]
    run, printed, report = benched(folder, "pix2pix", "depth_pairs.py", "depth-shapes", *small)
    assert "depth-shapes: 96 depth maps of 16x16" in printed and "AbsRel@32" in printed
    assert "evaluated under the conditions of the held-out rows" in printed
    assert "AbsRel" in report and "depth maps" in report
    drawn = sorted((run / "samples").glob("*.png"))
    assert drawn and all(description(picture) == description(drawn[0]) for picture in drawn)
    assert all(title in description(drawn[0]) for title in ("given", "made", "true"))
    ganzoo("sample", run, "--n", 4, "--out", "few.npz")
    with np.load("few.npz") as few:
        assert few["x"].shape == (4, 1, 16, 16) and 1 <= few["x"].min() < few["x"].max() <= 10
    ganzoo("sample", run, "--n", 4, "--out", "few")
    assert len(list((folder / "few").rglob("*.png"))) == 4


def test_time_series_of_several_columns_are_played_by_parts_of_their_own(folder):
    """From a recipe's file to a CSV of generated series, which their modality reads again."""
    (folder / "series-gan.yaml").write_text(RECIPE)
    run, printed, report = benched(folder, "series-gan.yaml", "time_series.py", "oscillators")
    assert "oscillators: 128 series of 16 steps of left, right, pull" in printed and "cross-correlation@32" in printed
    assert "cross-correlation" in report
    ganzoo("sample", run, "--out", "drawn.png")
    assert description("drawn.png") == "made beside real"
    ganzoo("sample", run, "--n", 5, "--out", "made.csv")
    assert (folder / "made.csv").read_text().splitlines()[0] == "series,left,right,pull"
    known = ("--modality", "time-series", "--plugin", FILES / "time_series.py")
    shown = ganzoo("data", "show", "made.csv", *known)
    assert "made.csv: 5 series of 16 steps of left, right, pull" in shown and "modality: time-series" in shown
    listed = ganzoo("list", "modalities", *known[2:])
    assert "time-series" in listed
