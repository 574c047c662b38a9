"""The table and the page over the benches of a suite."""

import copy
import io
import json

import chromium
import fabricated_bench as fabricated
import pytest

from ganzoo.bench.results.bench_files.suite_file import SuiteFile, read_suite
from ganzoo.bench.suites.page import benches_of, render_index, write_index
from ganzoo.bench.suites.table import crossed, suite_table
from ganzoo.bench.tables.aggregate import markdown, print_table
from ganzoo.errors import DataError

HINGE, R1 = "dcgan:loss=hinge:regularizers=[r1]", "dcgan:loss=wasserstein:regularizers=[r1]"


def results(finals, name, label="FD[digits]"):
    """A bench of these numbers by recipe and seed."""
    runs = [
        fabricated.run(recipe, seed, {"fid": value, "is": 5.0})
        for recipe, values in finals.items()
        for seed, value in enumerate(values)
    ]
    found = copy.deepcopy(fabricated.results(runs))
    found["dataset"]["name"] = name
    found["columns"][0]["label"] = label
    return found


@pytest.fixture(scope="module")
def benches():
    """dcgan is better on digits by far; on mnist they tie, and wgan-gp has lost a seed."""
    digits = results({"dcgan": [1.0, 1.1, 1.2], "wgan-gp": [9.0, 9.1, 9.2]}, "digits")
    mnist = results({"dcgan": [30.0, 10.0, 20.0], "wgan-gp": [21.0, 11.0]}, "mnist", "FD[mnist]")
    mnist["runs"].append(fabricated.stopped("wgan-gp", 2, "diverged", "the losses became NaN by step 40"))
    return {"digits": digits, "mnist-10k": mnist}


def read(benches):
    return {name: fabricated.read(content) for name, content in benches.items()}


SUITE = {
    "schema": 1,
    "ganzoo": "0.1.0",
    "suite": "mine",
    "command": "ganzoo bench --suite mine.yaml",
    "started": "2026-11-21T10:00:00+00:00",
    "finished": None,
    "left_out": {"ebgan:loss=hinge": "loss 'hinge' reads <b>'logits'</b>"},
    "grid": {},
    "benches": [
        {"folder": "digits", "data": "digits"},
        {"folder": "mnist-10k", "data": "mnist"},
        {"folder": "later", "data": "cifar10"},
    ],
}


def test_the_first_metric_of_each_data_set_and_the_mean_rank(benches):
    table = suite_table(read(benches))
    assert [column.title for column in table.columns] == ["digits FD[digits]@10k ↓", "mnist FD[mnist]@10k ↓"]
    dcgan, wgan = table.rows
    assert (dcgan.seeds, wgan.seeds) == ("6/6", "5/6")
    assert [dcgan.metrics[key].mean for key in ("digits", "mnist-10k")] == pytest.approx([1.1, 20.0])
    assert [wgan.metrics[key].mean for key in ("digits", "mnist-10k")] == pytest.approx([9.1, 16.0])
    assert dcgan.best == {"digits"} and wgan.best == frozenset()
    ranks = {name: [row.rank for row in fabricated.table_of(found).rows] for name, found in benches.items()}
    assert ranks == {"digits": ["1", "2"], "mnist-10k": ["1=", "1="]}
    assert (dcgan.rank, wgan.rank) == ("1.0", "1.5")
    (halves,) = table.baselines  # the first metric of real data against themselves says nothing
    assert (halves.name, halves.values) == ("real halves", {"digits": 0.52, "mnist-10k": 0.52})


def test_a_recipe_that_a_bench_lacks_has_no_mean_rank(benches):
    other = results({"dcgan": [1.0, 1.1, 1.2], "sngan": [9.0, 9.1, 9.2]}, "more")
    table = suite_table(read({**benches, "more": other}))
    assert {row.recipe: row.rank for row in table.rows} == {"dcgan": "1.0", "wgan-gp": "", "sngan": ""}
    assert {row.recipe: row.metrics["more"] is None for row in table.rows} == {
        "dcgan": False,
        "wgan-gp": True,
        "sngan": False,
    }


def test_ranks_of_two_modalities_have_no_mean(benches):
    """Ranks of each data set stay where they are; a bench that ranks nothing does not count."""
    points = copy.deepcopy(benches["mnist-10k"])
    points["dataset"]["points"] = True
    table = suite_table(read({**benches, "mnist-10k": points}))
    assert [row.rank for row in table.rows] == ["", ""] and table.rows[0].best == {"digits"}
    said = "No mean rank: the data are of images and points, and numbers of two modalities are not ranked together."
    assert said in table.notes and not any(note.startswith("rank:") for note in table.notes)
    assert said not in suite_table(read(benches)).notes
    alone = suite_table(read({"digits": benches["digits"], "none": {**points, "columns": []}}))
    assert [row.rank for row in alone.rows] == ["1.0", "2.0"]


def test_a_bench_without_numbers_gives_no_column(benches):
    without = {**benches["digits"], "columns": []}
    table = suite_table(read({"digits": benches["digits"], "none": without}))
    assert [column.key for column in table.columns] == ["digits"]
    assert [row.rank for row in table.rows] == ["1.0", "2.0"]
    assert suite_table(read({"none": without})).columns == ()


def test_the_table_has_no_costs_and_no_counts_that_mislead(benches):
    out = io.StringIO()
    print_table(suite_table(read(benches)), out, width=100)
    said = out.getvalue()
    assert "images/s" not in said and "time" not in said.partition("real halves")[0]
    assert "n=" not in said and "*1.10 ± 0.25" in said and "20.00 ± 24.84" in said
    narrow = io.StringIO()
    print_table(suite_table(read(benches)), narrow, width=40)
    assert max(map(len, narrow.getvalue().splitlines())) <= 40 and "images/s" not in narrow.getvalue()
    lines = markdown(suite_table(read(benches))).splitlines()
    assert {line.count("|") for line in lines if line.startswith("|")} == {6}


def test_a_grid_of_two_keys_is_crossed():
    grid = {"loss": ["hinge", "wasserstein"], "regularizers": ["[r1]", "[]"]}
    found = crossed(["dcgan", HINGE, R1, f"sn{HINGE[2:]}"], grid)
    down, across = ["loss=hinge", "loss=wasserstein"], ["regularizers=[r1]", "regularizers=[]"]
    assert found["dcgan"] == (down, across, {(down[0], across[0]): HINGE, (down[1], across[0]): R1})
    assert found["sngan"] == (down, across, {(down[0], across[0]): f"sn{HINGE[2:]}"})
    assert crossed([HINGE], {"loss": ["hinge"]}) == {}


# -- the page -------------------------------------------------------------------------------------------------------


def test_what_the_page_says(benches):
    page = render_index(SuiteFile.parse(SUITE, "suite.json"), read(benches))
    assert '<a href="digits/report.html">digits: the report</a>' in page
    assert '<a href="mnist-10k/report.html">mnist: the report</a>' in page
    assert "cifar10: not played yet" in page and "3, 2 of them played" in page
    assert "5 done, 1 diverged" in page and "wgan-gp, seed 2: diverged: the losses became NaN by step 40" in page
    assert "<strong>1.10 ± 0.25</strong> <small>(1)</small>" in page and "20.00 ± 24.84 <small>(1=)</small>" in page
    assert "&lt;b&gt;&#39;logits&#39;&lt;/b&gt;" in page and "<b>'logits'" not in page
    assert "ganzoo bench --suite mine.yaml" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page


def test_names_are_escaped(benches):
    odd = json.loads(json.dumps(benches["digits"]).replace("dcgan", "<i>x"))
    odd["dataset"]["name"] = "<i>y"
    about = {**SUITE, "suite": "<i>z", "benches": [{"folder": "a b", "data": "<i>y"}]}
    page = render_index(SuiteFile.parse(about, "suite.json"), read({"a b": odd}))
    assert "<i>" not in page and "&lt;i&gt;z" in page and 'href="a%20b/report.html"' in page


def test_the_grid_is_shown_across(benches):
    grid = {"loss": ["hinge", "wasserstein"], "regularizers": ["[r1]", "[]"]}
    found = results({HINGE: [1.0, 1.1, 1.2], R1: [9.0, 9.1, 9.2]}, "digits")
    page = render_index(SuiteFile.parse({**SUITE, "grid": grid}, "suite.json"), read({"digits": found}))
    crossing = page.partition('id="grid"')[2].partition("</table>")[0]
    assert crossing.count("<tr>") == 3 and '<th scope="col">regularizers=[r1]</th>' in crossing
    assert "<strong>1.10 ± 0.25</strong>" in crossing and "9.10 ± 0.25" in crossing and crossing.count("—") == 2


def test_before_anything_has_ended_it_says_so():
    page = render_index(SuiteFile.parse(SUITE, "suite.json"), read({}))
    assert page.count("not played yet") == 3 and 'id="results"' not in page


def test_it_is_made_from_the_folder(tmp_path, benches):
    with pytest.raises(DataError, match=r"there is no .*suite\.json; give the folder of a suite, such as runs/quick"):
        write_index(tmp_path)
    (tmp_path / "suite.json").write_text(json.dumps(SUITE))
    fabricated.write_bench(tmp_path / "digits", benches["digits"])
    assert list(benches_of(tmp_path, read_suite(tmp_path))) == ["digits"]
    assert write_index(tmp_path).read_text("utf-8") == render_index(
        SuiteFile.parse(SUITE, "suite.json"), read({"digits": benches["digits"]})
    )
    (tmp_path / "suite.json").write_text('{"schema": 2}')
    with pytest.raises(DataError, match="has schema 2, and this version of ganzoo reads schema 1"):
        write_index(tmp_path)


@pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium here")
@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_in_a_browser_it_sorts_and_fits(tmp_path, benches, width):
    path = tmp_path / "index.html"
    path.write_text(render_index(SuiteFile.parse(SUITE, "suite.json"), read(benches)), encoding="utf-8")
    with chromium.opened(path, width, tmp_path / "profile") as page:
        first = "document.querySelector('.results tbody tr th').dataset.value"
        assert page.run(first) == "dcgan"
        page.run("document.querySelectorAll('.results thead button')[4].click()")
        assert page.run(first) == "wgan-gp"  # 16 on mnist, and dcgan has 20
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.errors == []
