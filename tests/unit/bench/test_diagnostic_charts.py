"""The charts of how training went, from records made by hand."""

import base64
import json
import math
import re
from xml.etree import ElementTree

import fabricated_bench as fabricated
import pytest

from ganzoo.bench.report.diagnostic_charts import diagnostic_figures
from ganzoo.bench.report.histories import histories
from ganzoo.bench.report.line_chart import Circle, Line, line_chart
from ganzoo.bench.runs.monitoring.alarms import Alarms

SVG = "{http://www.w3.org/2000/svg}"
COMMON = [
    "Loss of D",
    "Loss of G",
    "Gradient norm of D",
    "Gradient norm of G",
    "Diversity of samples",
]


def rows_of(seed, *, held_out=True, shrinks=False):
    """Forty rows and ten looks over 100 kimg."""
    for i in range(1, 41):
        at = {"step": 40 * i, "kimg": 2.5 * i}
        gradients = {"d_gradient": 2.0 + seed, "g_gradient": 10.0**-i if shrinks else 1.0}
        yield {"kind": "train", **at, "d_loss": 1.0 + seed, "g_loss": math.sin(i), **gradients, "seconds": 1.0}
        if i % 4 == 0:
            logits = {"logits_real": 2.0, "logits_fake": -2.0, "logits_held_out": 2.0 - i / 10 if held_out else None}
            yield {"kind": "look", **at, **logits, "logits_error": 0.01, "diversity": 0.02 if shrinks else 0.9}
    yield {"kind": "evaluation", "kimg": 100.0, "metrics": {}}


def alarms_of(rows):
    alarms = Alarms()
    for row in rows:
        if row["kind"] == "train":
            alarms.row(row, row["kimg"] / 100)
        elif row["kind"] == "look":
            alarms.look(row, row["kimg"] / 100)
    return alarms.found


def bench(folder, runs, **how):
    """A bench folder with records, and its results."""
    content = fabricated.results(runs)
    for run in runs:
        rows = list(rows_of(run["seed"], **how))
        run["alarms"] = alarms_of(rows)
        (folder / run["folder"]).mkdir(parents=True)
        (folder / run["folder"] / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return content


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("healthy")
    return folder, bench(folder, fabricated.two_recipes(), held_out=False)


@pytest.fixture(scope="module")
def ill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ill")
    return folder, bench(folder, fabricated.two_recipes()[:3], shrinks=True)


def classes(svg, tag):
    return [element.get("class") for element in ElementTree.fromstring(svg).iter(f"{SVG}{tag}")]


def lines(svg):
    return [
        element
        for element in ElementTree.fromstring(svg).iter(f"{SVG}path")
        if (element.get("class") or "").startswith("line ")
    ]


def test_means_over_the_seeds(healthy):
    folder, content = healthy
    dcgan, wgan_gp = histories(fabricated.read(content), folder)
    assert (dcgan.recipe, dcgan.index, wgan_gp.recipe, wgan_gp.index) == ("dcgan", 0, "wgan-gp", 1)
    assert [trace.seed for trace in dcgan.traces["d_loss"]] == [0, 1, 2]
    assert dcgan.mean("d_loss") == tuple((2.5 * i, 2.0) for i in range(1, 41))  # of 1, 2 and 3
    assert dcgan.mean("diversity") == tuple((10.0 * i, pytest.approx(0.9)) for i in range(1, 11))
    assert dcgan.mean("logits_held_out") == ()


def test_what_did_not_finish_counts_where_nothing_finished(tmp_path):
    runs = fabricated.two_recipes()[:3]
    runs[0]["status"] = "diverged"
    content = bench(tmp_path, runs)
    assert histories(fabricated.read(content), tmp_path)[0].mean("d_loss")[0] == (2.5, 2.5)  # of 2 and 3
    for run in content["runs"]:
        run["status"] = "diverged"
    assert histories(fabricated.read(content), tmp_path)[0].mean("d_loss")[0] == (2.5, 2.0)


def test_runs_that_never_overlap_leave_the_longer_one(tmp_path):
    runs = fabricated.two_recipes()[:2]
    content = bench(tmp_path, runs)
    rows = [{"kind": "train", "kimg": 1.0, "d_loss": 9.0}]
    (tmp_path / runs[0]["folder"] / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert histories(fabricated.read(content), tmp_path)[0].mean("d_loss") == tuple(
        (2.5 * i, 2.0) for i in range(1, 41)
    )


def test_a_line_a_recipe_and_one_chart_of_verdicts_each(healthy):
    folder, content = healthy
    figures = diagnostic_figures(fabricated.read(content), folder)
    assert [figure.title for figure in figures] == [*COMMON, "Verdicts of D: dcgan", "Verdicts of D: wgan-gp"]
    for figure in figures:
        drawn = lines(figure.svg)
        assert len(drawn) == 2 and "circle" not in figure.svg
        if figure.title in COMMON:
            assert [one.get("class") for one in drawn] == ["line c0", "line c1"]
            assert [one.find(f"{SVG}title").text for one in drawn] == ["dcgan", "wgan-gp"]
    training, fakes = lines(figures[-1].svg)
    assert training.get("class") == fakes.get("class") == "line c1"
    assert training.get("stroke-dasharray") is None and fakes.get("stroke-dasharray")
    assert "held-out" not in figures[-1].caption and not any("Logarithmic" in one.caption for one in figures)


def test_alarms_are_circled_where_they_began(ill):
    folder, content = ill
    figures = {figure.title: figure for figure in diagnostic_figures(fabricated.read(content), folder)}
    assert list(figures) == [*COMMON, "Verdicts of D: dcgan"]
    assert len(lines(figures["Verdicts of D: dcgan"].svg)) == 3
    assert [title for title, one in figures.items() if "Logarithmic scale." in one.caption] == ["Gradient norm of G"]
    kinds = {
        "Gradient norm of G": "vanishing gradient from 12.5 kimg on",
        "Diversity of samples": "collapse from 30 kimg on",
        "Verdicts of D: dcgan": "overfitting from 60 kimg on",
    }
    for title, figure in figures.items():
        rings = list(ElementTree.fromstring(figure.svg).iter(f"{SVG}circle"))
        assert len(rings) == (3 if title in kinds else 0), title
        assert figure.caption.endswith("A circle is where an alarm began.") == (title in kinds)
        for seed, ring in enumerate(rings):
            assert ring.get("class") == "stopped c0"
            assert ring.find(f"{SVG}title").text.startswith(f"dcgan, seed {seed}: {kinds[title]}")


def test_the_numbers_go_with_each_chart(healthy):
    folder, content = healthy
    figure = diagnostic_figures(fabricated.read(content), folder)[0]
    table = base64.b64decode(figure.csv.partition(",")[2]).decode().splitlines()
    assert table[0] == "recipe,seed,kimg,d_loss" and table[1] == "dcgan,0,2.5,1"
    assert len(table) == 1 + 6 * 40 and figure.name == "d-loss.csv"
    last = diagnostic_figures(fabricated.read(content), folder)[-1]
    table = base64.b64decode(last.csv.partition(",")[2]).decode().splitlines()
    assert table[:2] == ["quantity,seed,kimg,value", "logits_real,0,10,2"] and len(table) == 1 + 2 * 3 * 10


def test_without_records_there_are_no_charts(tmp_path, healthy):
    folder, content = healthy
    assert diagnostic_figures(fabricated.read(content), tmp_path) == []
    outside = [{**run, "folder": f"../{folder.name}/{run['folder']}"} for run in content["runs"]]
    (tmp_path / "bench").mkdir()
    assert diagnostic_figures(fabricated.read({**content, "runs": outside}), folder / "dcgan") == []
    older = [{key: value for key, value in run.items() if key != "alarms"} for run in content["runs"]]
    assert len(diagnostic_figures(fabricated.read({**content, "runs": older}), folder)) == 7


def test_records_of_before_there_were_looks(tmp_path):
    runs = fabricated.two_recipes()[:1]
    content = bench(tmp_path, runs)
    path = tmp_path / runs[0]["folder"] / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    kept = [{k: v for k, v in row.items() if "gradient" not in k} for row in rows if row["kind"] == "train"]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept) + '{"kind": "tr')
    assert [figure.title for figure in diagnostic_figures(fabricated.read(content), tmp_path)] == [
        "Loss of D",
        "Loss of G",
    ]


def heights(svg):
    (line,) = lines(svg)
    return [float(pair.split()[1]) for pair in re.split("[ML]", line.get("d"))[1:]]


def test_a_logarithmic_axis_leaves_out_what_it_has_no_place_for():
    svg, beyond = line_chart([Line("a", ((1.0, 0.0), (2.0, 1.0), (3.0, 10.0), (4.0, 100.0)), 0)], "t", "x", log=True)
    one, ten, hundred = heights(svg)
    assert one - ten == pytest.approx(ten - hundred, abs=0.11) and ten - hundred > 50
    assert not beyond


def test_rare_values_do_not_squeeze_the_others_flat():
    usual = [(float(i), math.sin(i)) for i in range(1, 500)]
    svg, beyond = line_chart([Line("a", ((0.0, 5000.0), *usual), 0)], "t", "x")
    first, *others = heights(svg)
    assert beyond and max(others) - min(others) > 150
    assert first == 14 <= min(others)  # at the upper edge
    svg, beyond = line_chart([Line("a", tuple(usual), 0)], "t", "x")
    assert not beyond and max(heights(svg)) - min(heights(svg)) > 150


def test_a_flat_line_and_a_single_point_are_drawn():
    for points in (((0.0, 0.0),), ((1.0, 3.0), (2.0, 3.0))):
        assert all(14 <= height <= 243 for height in heights(line_chart([Line("a", points, 0)], "t", "x")[0]))


def test_a_circle_lies_on_its_line_and_says_what_it_is():
    line = Line("a", ((0.0, 0.0), (10.0, 1.0)), 3)
    svg, _ = line_chart([line], "t", "x", circles=[Circle(0, 5.0, "<half\x1b>"), Circle(0, 99.0, "end")])
    assert line.at(5.0) == 0.5 and line.at(99.0) == 1.0
    half, end = ElementTree.fromstring(svg).iter(f"{SVG}circle")
    low, high = heights(svg)
    assert float(half.get("cy")) == pytest.approx((low + high) / 2, abs=0.1)
    assert float(end.get("cy")) == pytest.approx(high, abs=0.1)
    assert half.find(f"{SVG}title").text.startswith("<half") and "\x1b" not in svg
    assert classes(svg, "circle") == ["stopped c3", "stopped c3"]


def test_values_that_change_are_drawn_as_they_were_played(tmp_path):
    """A line each, over its largest value; the table behind the figure has the values themselves."""
    runs = [one for one in fabricated.two_recipes() if one["seed"] == 0]
    content = bench(tmp_path, runs)
    path = tmp_path / runs[0]["folder"] / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        if row["kind"] == "train":
            row["values"] = {"g_optimizer.lr": 1e-3 * (1 - row["kimg"] / 100), "d_optimizer.betas.1": 0.9}
            row["values"]["schedule.ema.decay"] = 0.99991 * min(1.0, row["kimg"] / 50)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (figure,) = [
        one
        for one in diagnostic_figures(fabricated.read(content), tmp_path)
        if one.title.startswith("Values that change")
    ]
    assert figure.title == f"Values that change: {runs[0]['recipe']}"
    text = "".join(ElementTree.fromstring(figure.svg).itertext())
    assert "G lr" in text and "D beta2" in text
    assert "g_optimizer.lr from 0.000975 to 0, at the most 0.000975;" in figure.caption
    assert "schedule.ema.decay from 0.05 to 0.99991, at the most 0.99991." in figure.caption  # and not 1
    told = base64.b64decode(figure.csv.partition("base64,")[2]).decode().splitlines()
    assert told[0] == "key,kimg,value"
    assert [line.split(",")[0] for line in told[1:]] == ["g_optimizer.lr"] * 40 + ["d_optimizer.betas.1"] * 40 + [
        "schedule.ema.decay"
    ] * 40
    assert float(told[20].split(",")[2]) == pytest.approx(5e-4)
