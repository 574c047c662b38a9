"""Results of a bench in Python, against the files of a fabricated one."""

import builtins
import csv
import io
import sys

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner

from ganzoo.api.runs.results import Results
from ganzoo.bench.tables.forms.csv_table import csv_table
from ganzoo.cli import cli
from ganzoo.errors import DataError, GanzooError, SetupError


@pytest.fixture
def folder(tmp_path):
    return fabricated.write_bench(tmp_path, fabricated.results(fabricated.two_recipes()))


@pytest.fixture
def results(folder):
    return Results.read(folder)


def test_the_values_are_those_of_the_file(results):
    content = fabricated.results(fabricated.two_recipes())
    assert results.recipes == [*content["recipes"]]
    assert [(run.recipe, run.seed) for run in results.runs] == [(run["recipe"], run["seed"]) for run in content["runs"]]
    for row, run in zip(results.rows(), content["runs"], strict=True):
        assert row["status"] == run["status"]
        for name in results.metrics:
            assert row[name] == (run["metrics"] or {}).get(name)


def test_failed_runs_have_reasons_and_no_numbers(tmp_path):
    runs = [*fabricated.two_recipes(), fabricated.stopped("wgan", 0, "failed", "it broke")]
    results = Results.read(fabricated.write_bench(tmp_path, fabricated.results(runs)))
    assert [(run.recipe, run.why) for run in results.failed if run.recipe == "wgan"] == [("wgan", "it broke")]
    row = results.rows()[-1]
    assert (row["recipe"], row["reason"], row["fid"]) == ("wgan", "it broke", None)


def test_the_ranking_is_that_of_the_table(results):
    table = fabricated.table_of(fabricated.results(fabricated.two_recipes()))
    first = table.columns[0].key
    assert results.ranking() == table.rankings[first]
    assert results.best == table.rankings[first].best
    for name in results.metrics:
        assert results.ranking(name) == table.rankings[name]
    with pytest.raises(GanzooError, match="no metric 'fidd'; did you mean 'fid'"):
        results.ranking("fidd")


def test_markdown_is_that_of_the_command_line(results, folder):
    assert results.to_markdown() == CliRunner().invoke(cli, ["report", str(folder), "--format", "md"]).stdout


def test_a_frame_has_the_means_of_the_table(results):
    """Computed by pandas, and by the table of the command line."""
    pytest.importorskip("pandas")
    means = results.to_frame().groupby("recipe")["fid"].mean()
    for row in csv.DictReader(io.StringIO(csv_table(results.table))):
        assert float(row[next(key for key in row if key.startswith("fid"))]) == pytest.approx(means[row["recipe"]])


def test_without_pandas_a_sentence_says_so(results, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SetupError, match="pip install pandas"):
        results.to_frame()


def test_the_page_is_written(results, folder):
    (folder / "report.html").unlink(missing_ok=True)
    assert results.report() == folder / "report.html"
    assert (folder / "report.html").read_text().startswith("<!")


def test_a_notebook_is_given_the_table(results):
    """The means of three seeds, of which the better one is bold, and the floor and the real images as they are."""
    shown = results._repr_html_()
    assert "<td><b>10.07 ± " in shown  # (10.0 + 10.4 + 9.8) / 3
    assert "<td>14.10 ± " in shown  # (14.2 + 13.1 + 15.0) / 3
    assert "<td><i>0.52</i></td>" in shown
    assert "<td><i>9.76</i></td>" in shown


def test_a_notebook_is_given_what_it_shows_and_not_obeys(tmp_path):
    runs = fabricated.two_recipes()
    for run in runs:
        run["recipe"] = run["recipe"].replace("dcgan", "<b>dcgan")
    shown = Results.read(fabricated.write_bench(tmp_path, fabricated.results(runs), real=False))._repr_html_()
    assert "&lt;b&gt;dcgan" in shown
    assert "<b>dcgan" not in shown


def test_plain_text_has_no_escapes_whatever_is_forced(results, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = repr(results)
    assert "\x1b" not in shown
    assert all(name in shown for name in results.recipes)


def test_one_run_is_found(results):
    assert results.run(results.recipes[0], 1).seed == 1
    with pytest.raises(GanzooError, match="3 runs of recipe"):
        results.run(results.recipes[0])
    with pytest.raises(GanzooError, match="no runs of recipe 'wgan'"):
        results.run("wgan", 0)


def test_a_folder_without_results(tmp_path):
    with pytest.raises(DataError, match="there is no"):
        Results.read(tmp_path)
