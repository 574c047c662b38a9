"""Agreement of the ranks of two extractors: correlations by scipy, disagreements by hand, the script on small sets."""

import json
import math
import sys

import pytest
import torch
from repository import ROOT
from scipy.stats import kendalltau, rankdata, spearmanr
from small_benches import specs, start_run

from ganzoo.errors import SetupError

NAMES = ("rank_agreement", "ranks", "judges", "worth", "worth_sets", "measuring", "tables")


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import rank_agreement

    yield rank_agreement
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("values", [100, 4], ids=["without ties", "with ties"])
def test_correlations_are_scipys(script, values):
    rng = torch.Generator().manual_seed(values)
    one, other = (torch.randint(0, values, (30,), generator=rng).tolist() for _ in range(2))
    assert script.spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert script.kendall(one, other) == pytest.approx(kendalltau(one, other).statistic)
    assert sys.modules["ranks"].ranked(one).tolist() == rankdata(one).tolist()


def test_equal_and_reversed_orders(script):
    for correlation in (script.spearman, script.kendall):
        assert correlation([1, 2, 5], [10, 20, 30]) == pytest.approx(1)
        assert correlation([1, 2, 5], [3, 2, 1]) == pytest.approx(-1)
        assert math.isnan(correlation([1, 1, 1], [3, 2, 1]))


def test_disagreements_are_named_with_the_clearest_first(script):
    ranking = script.Ranking("g", ["a", "b", "c", "d"], [1.0, 3.0, 2.0, 4.0], [1.0, 2.0, 6.0, 3.0])
    # b, c: 3 > 2 and 2 < 6, so the first takes c for better: min(3 / 2, 6 / 2). c, d: 2 < 4 and 6 > 3: min(2, 2).
    assert ranking.disagreements() == [(2.0, 2, 3), (1.5, 2, 1)]
    tables = script.tables_of([ranking], ["one", "two"])
    (row,) = tables["Agreement"]
    assert (row["sets"], row["pairs"], row["disagree"]) == (4, 6, 2)
    assert row["Kendall"] == pytest.approx((4 - 2) / 6)
    first = tables["Disagreements"][0]
    assert (first["set"], first["other set"], first["one"], first["one, other"]) == ("c", "d", 2.0, 4.0)
    assert (first["two"], first["two, other"]) == (6.0, 3.0)


def test_an_extractor_agrees_with_itself_and_the_record_is_written(script, tmp_path):
    out = tmp_path / "it.json"
    asked = ["--extractor", "pixels", "--beside", "pixels", "--photographs", "40", "--device", "cpu", "--out", str(out)]
    assert script.main(asked) == 0
    record = json.loads(out.read_text())
    (row,) = record["tables"]["Agreement"]
    assert (row["group"], row["sets"], row["disagree"]) == ("crops of photographs", 20, 0)
    assert row["Spearman"] == pytest.approx(1) and row["Kendall"] == pytest.approx(1)
    assert record["tables"]["Disagreements"] == []


@pytest.mark.usefixtures("silence")
def test_the_runs_of_a_bench_are_ranked_too(script, tmp_path):
    bench = tmp_path / "it"
    for spec in specs("dcgan", "acgan", kimg=0.1, samples=64):
        start_run(bench / spec.name / "seed0", spec).play()
    out = tmp_path / "it.json"
    asked = ["--extractor", "pixels", "--beside", "digits", "--photographs", "0", "--n", "40", "--device", "cpu"]
    assert script.main([*asked, "--bench", str(bench), "--out", str(out)]) == 0
    record = json.loads(out.read_text())
    (row,) = record["tables"]["Agreement"]
    assert (row["group"], row["sets"], row["pairs"]) == ("runs of it", 2, 1)
    assert row["Kendall"] == pytest.approx(1 - 2 * row["disagree"])
    assert record["protocol"]["samples of a run"] == 40


def test_missing_weights_are_told_with_where_they_go(script, monkeypatch, capsys, tmp_path):
    def none(file, folder, *, instead):
        raise SetupError(f"{file.name} cannot be fetched: get it from {file.url} and {instead}")

    monkeypatch.setattr(script, "fetch", none)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert script.main(["--extractor", "pixels", "--photographs", "40", "--device", "cpu"]) == 3
    said = capsys.readouterr().err.strip()
    assert said.startswith("Error: weights-inception-2015-12-05-6726825d.pth cannot be fetched")
    assert f"put it at {tmp_path}/checkpoints/weights-inception-2015-12-05-6726825d.pth" in said
    assert said.endswith("or name it with --weights")


def test_random_weights_are_no_result(script, capsys):
    for extra in (["--out"], ["--weights", "it.pth"], ["--beside", "digits"]):
        with pytest.raises(SystemExit):
            script.main(["--random-weights", "--device", "cpu", *extra])
        assert "no result comes of it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--photographs", "0"], "there are no sets: name --data, --bench"),
        (["--photographs", "8"], "--n and --photographs are 40 or more"),
    ],
)
def test_what_makes_no_sets_is_refused(script, capsys, asked, said):
    with pytest.raises(SystemExit):
        script.main([*asked, "--device", "cpu"])
    assert said in capsys.readouterr().err


def test_a_folder_without_runs_is_refused(script, capsys, tmp_path):
    asked = ["--extractor", "pixels", "--beside", "digits", "--photographs", "0", "--device", "cpu"]
    assert script.main([*asked, "--bench", str(tmp_path)]) == 3
    assert "holds 0 finished runs, and a ranking takes two or more" in capsys.readouterr().err
