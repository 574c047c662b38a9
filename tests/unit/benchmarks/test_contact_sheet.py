import importlib.util
import json

import pytest
from PIL import Image
from repository import ROOT

from ganzoo.bench.results.bench_files.bench_results import BenchResults

DIGITS = ROOT / "benchmarks" / "results" / "cpu" / "digits"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("contact_sheet", ROOT / "benchmarks" / "contact_sheet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_recipe_has_a_panel_and_the_best_comes_first(script, tmp_path):
    results = json.loads((DIGITS / "results.json").read_text())
    shown = list(script.panels(DIGITS, BenchResults.parse(results, DIGITS)))
    assert [name for name, _, _ in shown] == ["real images", "dcgan", "wgan-gp"]
    assert shown[1][1].startswith("FD[digits] ")
    assert script.main([str(DIGITS), "--out", str(tmp_path / "sheet.png"), "--columns", "2"]) == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        cell = script.corner(shown[0][2]).reduce(script.SHRINK)
        across, down = cell.width + script.GAP, cell.height + script.CAPTION + script.GAP
        assert sheet.size == (2 * across + script.GAP, 2 * down + script.GAP)


def test_pictures_that_are_no_grids_are_whole(script):
    shown = [("rows", "", DIGITS / "real.png")]
    with Image.open(DIGITS / "real.png") as whole:
        sheet = script.sheet(shown, 1, grids=False)
        assert sheet.width == whole.width // script.SHRINK + 2 * script.GAP
    assert script.sheet(shown, 1).width < sheet.width


def test_a_run_that_did_not_finish_has_none(script):
    results = json.loads((DIGITS / "results.json").read_text())
    for run in results["runs"]:
        run["status"] = "failed" if run["recipe"] == "dcgan" else run["status"]
    assert [name for name, _, _ in script.panels(DIGITS, BenchResults.parse(results, DIGITS))] == [
        "real images",
        "wgan-gp",
    ]


def test_nothing_to_show(script, tmp_path):
    results = json.loads((DIGITS / "results.json").read_text())
    (tmp_path / "results.json").write_text(json.dumps(results))
    with pytest.raises(SystemExit, match="holds no grid of a finished run"):
        script.main([str(tmp_path)])
