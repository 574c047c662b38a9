"""Numbers of single classes: in a bench that has recipes without classes too, below its table and on its page."""

import base64
import csv
import io

import fabricated_bench as fabricated
import numpy as np
import pytest
from small_benches import request, specs, start_run

from ganzoo.bench.plan import prepare
from ganzoo.bench.report.report import render_report
from ganzoo.bench.report.sections.classes import MOST, views
from ganzoo.bench.results.run_files.result import RunResult
from ganzoo.bench.runs.evaluation.again import score_again
from ganzoo.bench.tables.classes import numbers_of_classes, worst_classes
from ganzoo.errors import GanzooError, MetricError
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

JUDGED = {"extractor": None, "metrics": ("fid", "intra-fid"), "samples": 170, "replicates": 2}


def plan(*recipes, **changes):
    return prepare(request(*recipes, **{**JUDGED, **changes}), load_zoo(third_party=False), Cache.open())


# -- benches ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("silence")
def test_a_bench_of_both_kinds_plays_and_leaves_the_number_out_where_no_class_is_asked_for(tmp_path):
    runs = specs("acgan", "dcgan", kimg=0.1, **JUDGED)
    told, untold = (start_run(tmp_path / spec.name, spec).play() for spec in runs)
    assert (told["status"], untold["status"]) == ("done", "done")
    assert set(told["metrics"]) == set(told["spreads"]) == {"fid", "intra-fid"}
    assert set(untold["metrics"]) == set(untold["spreads"]) == {"fid"}
    last = RunResult.parse(told, "it").evaluations[-1].by_class["intra-fid"]
    assert list(last) == [str(digit) for digit in range(10)]
    assert sum(one.generated for one in last.values()) == 170
    assert sum(one.real for one in last.values()) == 1797
    assert sum(one.value for one in last.values()) / 10 == pytest.approx(told["metrics"]["intra-fid"])
    assert all(one.floor > 0 for one in last.values())
    assert not any("by_class" in evaluation for evaluation in told["evaluations"][:-1])
    again = score_again(tmp_path / "acgan", load_zoo(third_party=False), Cache.open())
    assert again["metrics"] == told["metrics"]
    with pytest.raises(GanzooError, match="of dcgan, whose samples have no class as it is not conditional"):
        score_again(tmp_path / "dcgan", load_zoo(third_party=False), Cache.open(), metrics=("intra-fid",))


def test_the_note_names_the_recipes_without_it():
    assert plan("acgan", "dcgan", "wgan-gp").notes == ("dcgan, wgan-gp: no intra FD[digits], as no class is asked for",)
    assert plan("acgan").notes == ()


@pytest.mark.parametrize(
    ("recipes", "changes", "said"),
    [
        (("dcgan",), {}, "the samples of dcgan have none, as no class is asked for: leave it out of --metrics, or"),
        (("acgan",), {"samples": 100}, "100 samples make about 9.68 of class 8 of digits: ask for --samples 166"),
        (("acgan", "dcgan"), {"metrics": ("intra-fid", "fid"), "tune": 2}, "is not taken of dcgan, as no class is"),
        (
            ("acgan", "dcgan"),
            {"metrics": ("intra-fid", "fid"), "until_decided": "all"},
            "--until-decided tests the first metric, intra-fid, which is not taken of dcgan, as no class is asked for: "
            "name another one first",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_any_training(recipes, changes, said):
    with pytest.raises(MetricError, match=said):
        plan(*recipes, **changes)


def test_data_without_classes_are_refused_before_any_training(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "plain.npz", images=images)
    with pytest.raises(MetricError, match="takes each class by itself, and plain has no classes: leave it out of"):
        plan("dcgan", dataset=str(tmp_path / "plain.npz"), extractor="digits")


# -- what is told of them --------------------------------------------------------------------------------------------


def number(value, floor=1.5):
    return {"value": value, "floor": floor, "generated": 90, "real": 100}


def results(classes=("cat", "dog", "eel")):
    """Two recipes of three seeds, one of which has numbers of classes: 10 k + s of class k and seed s."""
    runs = fabricated.two_recipes()
    for run in runs:
        if run["recipe"] == "dcgan":
            found = {name: number(10.0 * k + run["seed"]) for k, name in enumerate(classes)}
            run["evaluations"][-1]["by_class"] = {"fid": found}
    return fabricated.read(fabricated.results(runs))


def test_numbers_are_means_over_seeds_and_the_worst_class_is_named():
    (metric,) = numbers_of_classes(results())
    assert metric.recipes == ["dcgan"] and metric.classes == ["cat", "dog", "eel"]
    assert [metric.mean("dcgan", name) for name in metric.classes] == [1.0, 11.0, 21.0]
    assert metric.worst_first("dcgan") == ["eel", "dog", "cat"]
    assert list(worst_classes(results())) == ["Worst class by FD[digits]: dcgan eel (21, floor 1.5)."]


def test_the_page_has_a_table_of_classes_with_the_worst_first(tmp_path):
    (view,) = views(results())
    assert view.heads == ["class", "real", "floor", "dcgan"]
    assert view.rows[0] == ("eel", [("100", False), ("1.5", False), ("21", True)])
    assert [name for name, _ in view.rows] == ["eel", "dog", "cat"] and view.left == 0
    rows = list(csv.reader(io.StringIO(base64.b64decode(view.csv.partition(",")[2]).decode())))
    assert rows[0] == ["recipe", "seed", "class", "fid", "floor", "generated", "real"]
    assert rows[1] == ["dcgan", "0", "cat", "0", "1.5", "90", "100"] and len(rows) == 10
    page = render_report(results(), tmp_path)
    assert "Class by class" in page and "<strong>21</strong>" in page and "Worst class by" in page
    assert "Class by class" not in render_report(
        fabricated.read(fabricated.results(fabricated.two_recipes())), tmp_path
    )


def test_of_many_classes_the_page_shows_the_worst(tmp_path):
    many = results(tuple(f"class {k}" for k in range(MOST + 5)))
    (view,) = views(many)
    assert (len(view.rows), view.left) == (MOST, 5)
    assert "5 better classes are in the file alone" in render_report(many, tmp_path)
