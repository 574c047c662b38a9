"""The script that plays published forms, and what it wrote."""

import importlib
import json
import sys

import numpy as np
import pytest
from repository import ROOT

from ganzoo.recipes.recipe import load_recipe
from ganzoo.recipes.schema.published import Published
from ganzoo.registry.discovery import load_zoo

RECORD = ROOT / "benchmarks/results/cpu/published.json"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield importlib.import_module("published")
    for name in ("published", "measuring", "tables"):
        sys.modules.pop(name, None)


def block(**more):
    values = {"schedule.batch": {"value": 4, "source": "alg. 1"}}
    return Published(**{"data": "faces", "shape": [3, 8, 8], "budget": "8kimg", "values": values, **more})


def test_noise_has_the_published_shape_and_classes(script, tmp_path):
    with np.load(script.noise(tmp_path / "a.npz", block(classes=7))) as arrays:
        assert arrays["images"].shape[1:] == (3, 8, 8) and arrays["images"].dtype == np.uint8
        assert set(arrays["labels"]) == set(range(7))
    with np.load(script.noise(tmp_path / "b.npz", block())) as arrays:
        assert arrays.files == ["images"]


def test_images_that_are_named_are_taken(script, tmp_path):
    zoo = load_zoo(third_party=False)
    called, found = script.data_of(block(data="mnist"), {"mnist": str(tmp_path)}, zoo, tmp_path)
    assert (called, found) == ("mnist", {"dataset": "mnist", "data_dir": tmp_path})
    called, found = script.data_of(block(), {"faces": "there/faces.zip"}, zoo, tmp_path)
    assert (called, found) == ("faces.zip", {"dataset": "there/faces.zip"})
    assert script.data_of(block(), {}, zoo, tmp_path)[0] == "noise"


def test_a_published_form_is_played(script, tmp_path, capsys):
    recipe = ROOT / "configs/dcgan.yaml"
    text = recipe.read_text().partition("\npublished:")[0].replace("width: null", "width: 4")
    values = "{schedule.batch: {value: 4, source: alg. 1}}"
    (tmp_path / "mine.yaml").write_text(
        f"{text}\npublished: {{data: faces, shape: [3, 8, 8], budget: 8kimg, values: {values}}}\n"
    )
    assert script.main([str(tmp_path / "mine.yaml"), "--share", "0.001"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "mine@published" in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:7] == ["mine@published", "noise 3x8x8", "4", "0.008", "8", "2", "2"]  # 2 turns of 4 images are 8
    assert cells[9] == "done"


def test_the_committed_run_played_to_the_share(script):
    """Each of five played to the end of its thousandth, rounded up to whole steps."""
    record = json.loads(RECORD.read_text())
    (rows,) = record["tables"].values()
    share = record["protocol"]["share of the published budget"]
    registry = load_zoo(third_party=False).registry
    assert len(rows) == 5 and share == 0.001
    for row in rows:
        published = load_recipe(registry.get("recipe", row["recipe"].removesuffix("@published")).target).published
        turns = row["D turns"] // row["G turns"]
        assert row["status"] == "done" and row["of"] == published.kimg
        assert 0 <= row["kimg"] - share * row["of"] < turns * row["batch"] / 1000 + 1e-9
        assert row["kimg"] == pytest.approx(row["D turns"] * row["batch"] / 1000)
