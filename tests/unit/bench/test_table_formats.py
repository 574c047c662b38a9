"""The table as CSV, JSON and LaTeX, and ``ganzoo report``."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner

from ganzoo.bench.tables.aggregate import markdown
from ganzoo.bench.tables.forms.csv_table import csv_table
from ganzoo.bench.tables.forms.json_table import json_table
from ganzoo.bench.tables.forms.latex_table import escaped, latex_table
from ganzoo.cli import cli


def table(runs=None, **more):
    return fabricated.table_of(fabricated.results(fabricated.two_recipes() if runs is None else runs, **more))


def lines_of(text):
    return {row["recipe"]: row for row in csv.DictReader(io.StringIO(text))}


def test_csv_has_a_line_for_each_recipe_with_every_digit():
    rows = lines_of(csv_table(table()))
    assert list(rows) == ["dcgan", "wgan-gp"]
    dcgan = rows["dcgan"]
    assert (dcgan["seeds_done"], dcgan["seeds_asked"], dcgan["rank"]) == ("3", "3", "1")
    # 10.0 10.4 9.8: as in the test of the table
    assert float(dcgan["fid_mean"]) == pytest.approx(30.2 / 3, abs=1e-12)
    assert float(dcgan["fid_half_width"]) == pytest.approx(0.758917, abs=1e-6)
    assert (dcgan["fid_n"], dcgan["fid_min"], dcgan["fid_max"]) == ("3", "9.8", "10.4")
    assert float(dcgan["images_per_second"]) == 2017.0
    assert float(dcgan["is_mean"]) == pytest.approx(8.0)


def test_csv_leaves_empty_what_is_not_known():
    runs = [fabricated.run("a", 0, {"fid": 1.5}), fabricated.stopped("b", 0, "failed", "killed")]
    rows = lines_of(csv_table(table(runs, seeds=(0,))))
    assert (rows["a"]["fid_mean"], rows["a"]["fid_half_width"], rows["a"]["fid_n"]) == ("1.5", "", "1")
    assert (rows["b"]["fid_mean"], rows["b"]["fid_n"], rows["b"]["seconds"]) == ("", "0", "")


def test_csv_quotes_and_disarms_names():
    names = ['a,b"c', "=SUM(A1)", "two\nlines"]
    rows = lines_of(csv_table(table([fabricated.run(name, 0, {"fid": 1.0}) for name in names], seeds=(0,))))
    assert list(rows) == ['a,b"c', "'=SUM(A1)", "two lines"]


def test_json_says_all_that_the_table_shows():
    shown = table()
    told = json.loads(json_table(shown))
    assert [column["title"] for column in told["columns"]] == ["FD[digits]@10k ↓", "IS[digits]@10k ↑"]
    dcgan, wgan_gp = told["rows"]
    assert dcgan["metrics"]["fid"]["values"] == [10.0, 10.4, 9.8]
    assert dcgan["metrics"]["fid"]["max"] == 10.4
    assert (dcgan["best"], wgan_gp["best"], wgan_gp["rank"]) == (["fid"], [], "2")
    assert dcgan["seeds"] == {"done": 3, "asked": 3}
    assert told["baselines"][0] == {"name": "real halves @898", "values": {"fid": 0.52, "is": None}}
    assert told["notes"] == list(shown.notes)
    assert told["rankings"]["fid"]["best"] == "dcgan"


def test_latex_is_a_booktabs_tabular_with_as_many_cells_in_each_row():
    lines = latex_table(table()).splitlines()
    assert lines[:2] == [r"\begin{tabular}{lrrrrrrr}", r"\toprule"]
    assert lines[4] == r"dcgan & 3/3 & 1 & \textbf{10.07 $\pm$ 0.76} & 8.00 $\pm$ 0.25 & 2,017 & 412 MB & 50 s \\"
    assert r"FD[digits]@10k $\downarrow$ & IS[digits]@10k $\uparrow$" in lines[2]
    rows = [line for line in lines if line.endswith(r"\\")]
    assert len(rows) == 5
    assert all(len(re.findall(r"(?<!\\)&", row)) == 7 for row in rows)
    end = lines.index(r"\end{tabular}")
    assert lines[end - 1] == r"\bottomrule"
    assert lines[end + 1 :]
    assert all(line.startswith("% ") for line in lines[end + 1 :])


def test_latex_sets_what_it_would_obey():
    assert escaped(r"a_b&c%d$e#f{g}~h^i\j") == (
        r"a\_b\&c\%d\$e\#f\{g\}\textasciitilde{}h\textasciicircum{}i\textbackslash{}j"
    )
    assert escaped("FID∞ — a---b ?`") == r"FID$\infty$ \textemdash{} a-{}-{}-b ?{`}"
    runs = [fabricated.run(name, 0, {"fid": -1.5, "is": 2.0}) for name in ("[x]", "*", "\\input{/etc/passwd}\n% y")]
    text = latex_table(table(runs, seeds=(0,)))
    assert "\n{}[x] & 1/1 & $-$1.50 & 2.00 " in text
    assert "\n{}* & 1/1" in text
    assert r"\textbackslash{}input\{/etc/passwd\} \% y & 1/1" in text


def test_costs_that_a_table_leaves_out_are_in_no_form():
    without = replace(table(), with_costs=False)
    assert "images_per_second" not in csv_table(without)
    assert len({line.count(" & ") for line in latex_table(without).splitlines() if line.endswith(r"\\")}) == 1
    assert "memory &" not in latex_table(without)


def report(*words, code=0):
    done = CliRunner().invoke(cli, ["report", *map(str, words)], env={"COLUMNS": "120"})
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def bench(tmp_path):
    return fabricated.write_bench(tmp_path / "b", fabricated.results(fabricated.two_recipes()))


def test_report_makes_the_page_anew(bench):
    done = report(bench)
    page = bench / "report.html"
    assert f"report: {page}" in done.stderr
    assert done.stdout == ""
    first = page.read_text()
    assert "wgan-gp" in first
    page.write_text("stale")
    report(bench / "results.json")
    assert page.read_text() == first


@pytest.mark.parametrize(
    ("form", "write"), [("md", markdown), ("csv", csv_table), ("json", json_table), ("latex", latex_table)]
)
def test_report_prints_the_table_in_any_form_and_touches_nothing(bench, form, write):
    done = report(bench, "--format", form)
    assert done.stdout == write(table())
    assert not (bench / "report.html").exists()


def test_report_of_several_benches_is_that_of_the_joined_one(tmp_path):
    for name in ("dcgan", "wgan-gp"):
        runs = [run for run in fabricated.two_recipes() if run["recipe"] == name]
        fabricated.write_bench(tmp_path / name, fabricated.results(runs))
    both = tmp_path / "dcgan", tmp_path / "wgan-gp"
    assert report(*both, "--format", "csv").stdout == csv_table(table())
    assert "give --out" in report(*both, code=2).stderr
    assert str(tmp_path / "out/report.html") in report(*both, "--out", tmp_path / "out").stderr
    assert "wgan-gp" in (tmp_path / "out/report.html").read_text()
    assert "leave one of them out" in report(*both, "--out", tmp_path / "out", "--format", "md", code=2).stderr


def test_report_of_a_suite_is_of_all_its_benches(bench, tmp_path):
    suite = tmp_path / "suite"
    for name in ("one", "two"):
        shutil.copytree(bench, suite / name)
    about = [{"folder": name, "data": "digits"} for name in ("one", "two", "three")]
    told = {"schema": 1, "ganzoo": "0.1.0", "suite": "s", "command": "ganzoo bench --suite s.yaml", "started": None}
    told |= {"finished": None, "left_out": {}, "grid": {}, "benches": about}
    (suite / "suite.json").write_text(json.dumps(told))
    report(suite)
    assert (suite / "one/report.html").is_file() and (suite / "two/report.html").is_file()
    assert "dcgan" in (suite / "index.html").read_text()
    rows = lines_of(report(suite, "--format", "csv").stdout)
    assert (rows["dcgan"]["one_min"], rows["dcgan"]["two_max"], rows["dcgan"]["seeds_done"]) == ("9.8", "10.4", "6")
    assert "goes alone" in report(suite, bench, code=2).stderr


def test_what_is_no_bench_is_refused_in_a_line(tmp_path):
    said = report(tmp_path, code=2).stderr
    assert "there is no" in said and said.count("\n") == 1
