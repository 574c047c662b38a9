"""`ganzoo suite` and `ganzoo bench --all` as a person uses them, and recipes that come later."""

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from small_benches import SMALL, ganzoo_here

from ganzoo.bench.results.folders import run_folder
from ganzoo.cli import cli
from ganzoo.registry.discovery import load_zoo

QUICK = ["--device", "cpu", "--threads", "1", "--examine", "none", "--replicates", "0", "--together", "2"]
SUITE = f"""
recipes: dcgan
grid: {{loss: [hinge, least-squares]}}
data: [digits, ./noise.npz]
seeds: [0, 3]
budget: 10steps
samples: 64
evaluations: 1
extractor: digits
override: [{", ".join(SMALL)}]
"""


def folder_with(folder, text=SUITE):
    folder.mkdir(exist_ok=True)
    (folder / "small.yaml").write_text(text)
    pixels = np.random.default_rng(0).integers(0, 256, (80, 8, 8, 1), dtype=np.uint8)
    np.savez(folder / "noise.npz", images=pixels)
    return folder


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """A small suite of two data sets, played; gives where, what it printed, and its cache."""
    here = tmp_path_factory.mktemp("here")
    folder_with(here / "suites")
    cache = str(tmp_path_factory.mktemp("cache"))
    done = ganzoo_here("suite", "suites/small.yaml", *QUICK, cwd=here, GANZOO_CACHE=cache)
    return SimpleNamespace(here=here, folder=here / "runs/small", done=done, cache=cache)


def test_a_bench_for_each_data_set_and_a_page_over_them(suite):
    told = json.loads((suite.folder / "suite.json").read_text())
    assert told["suite"] == "small" and told["left_out"] == {} and told["finished"] >= told["started"]
    assert told["benches"] == [{"folder": "digits", "data": "digits"}, {"folder": "noise.npz", "data": "noise.npz"}]
    assert told["grid"] == {"loss": ["hinge", "least-squares"]}
    for name, data in (("digits", "digits"), ("noise.npz", "noise")):
        results = json.loads((suite.folder / name / "results.json").read_text())
        assert results["dataset"]["name"] == data and results["budget"] == {"steps": 10}
        assert [(run["recipe"], run["seed"], run["status"]) for run in results["runs"]] == [
            (f"dcgan:loss={loss}", seed, "done") for loss in ("hinge", "least-squares") for seed in (0, 3)
        ]
        assert (suite.folder / name / "report.html").is_file()
    page = (suite.folder / "index.html").read_text()
    assert 'href="digits/report.html"' in page and 'href="noise.npz/report.html"' in page
    assert page.count("4 done") == 2 and "not played yet" not in page


def test_what_is_printed(suite):
    first, second, third = (suite.done.stdout.index(f"{name}:\n") for name in ("digits", "noise.npz", "small"))
    assert first < second < third
    over_all = suite.done.stdout[third:]
    assert "digits FD[digits]" in over_all and "noise FD[digits]" in over_all and "4/4" in over_all
    assert "small: noise.npz, 2 of 2" in suite.done.stderr and "page: runs/small/index.html" in suite.done.stderr


def test_repeating_it_repeats_nothing(suite):
    before = {path: path.stat().st_mtime_ns for path in suite.folder.glob("*/*/seed*/result.json")}
    assert len(before) == 8
    words = ["bench", "--suite", "suites/small.yaml", "--json", *QUICK]
    done = ganzoo_here(*words, cwd=suite.here, GANZOO_CACHE=suite.cache)
    told = json.loads(done.stdout)  # nothing else on stdout
    assert done.stderr.count("4 of 4 runs had ended before") == 2
    assert before == {path: path.stat().st_mtime_ns for path in suite.folder.glob("*/*/seed*/result.json")}
    assert [bench["folder"] for bench in told["benches"]] == ["digits", "noise.npz"]
    for bench in told["benches"]:
        assert (
            bench["results"]["runs"]
            == json.loads((suite.folder / bench["folder"] / "results.json").read_text())["runs"]
        )


def test_no_bench_is_played_before_all_are_in_order(suite, tmp_path):
    """The second one's folder holds another bench's run."""
    run = run_folder(tmp_path / "there/noise.npz", "dcgan:loss=hinge", 3)
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"key": "another"}')
    words = ["bench", "--suite", str(suite.here / "suites/small.yaml"), "--out", "there", *QUICK]
    done = ganzoo_here(*words, cwd=tmp_path, check=False, GANZOO_CACHE=suite.cache)
    assert done.returncode == 2 and [path.name for path in (tmp_path / "there").iterdir()] == ["noise.npz"]
    assert f"Error: noise.npz: {run.relative_to(tmp_path)} holds a run " in done.stderr


def test_a_recipe_that_is_added_later_takes_the_old_runs_over(suite, tmp_path):
    words = ["--data", "digits", "--seeds", "0,3", "--budget", "10steps", "--samples", "64", "--evaluations", "1"]
    words += [word for key in SMALL for word in ("-o", key)]
    folder = shutil.copytree(suite.folder / "digits", tmp_path / "digits")
    words += ["--extractor", "digits", *QUICK, "--out", str(folder)]
    old = ["dcgan:loss=hinge", "dcgan:loss=least-squares"]
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/seed*/result.json")}
    done = ganzoo_here("bench", *old, "wgan-gp", *words, cwd=tmp_path, GANZOO_CACHE=suite.cache)
    assert "4 of 6 runs had ended before" in done.stderr
    assert before == {path: path.stat().st_mtime_ns for path in before}
    results = json.loads((folder / "results.json").read_text())
    assert [run["recipe"] for run in results["runs"]] == [name for name in (*old, "wgan-gp") for _ in (0, 3)]
    assert set(results["recipes"]) == {*old, "wgan-gp"} and {run["status"] for run in results["runs"]} == {"done"}
    assert "wgan-gp" in (folder / "report.html").read_text()
    # A command that asks for less tells of less, and the folder keeps the rest.
    done = ganzoo_here("bench", "wgan-gp", *words, cwd=tmp_path, GANZOO_CACHE=suite.cache)
    assert "2 of 2 runs had ended before" in done.stderr
    results = json.loads((folder / "results.json").read_text())
    assert {run["recipe"] for run in results["runs"]} == {"wgan-gp"}
    assert all(path.is_file() for path in before)


# -- what is asked for ----------------------------------------------------------------------------------------------


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Asks for a suite, and gives the benches that would be played."""
    monkeypatch.chdir(folder_with(tmp_path))

    def ask(*words):
        programs = []

        def run(program, *given):
            programs.append(program)
            return {"benches": [{"folder": name, "results": {"runs": []}} for name in program.benches]}

        monkeypatch.setattr("ganzoo.bench.suites.play.run_suite", run)
        done = CliRunner().invoke(cli, ["bench", "--suite", "small.yaml", "--json", *words])
        assert done.exit_code == 0, done.output
        (program,) = programs
        return program

    return ask


def test_the_file_decides_where_the_command_line_is_silent(asked):
    program = asked()
    assert (program.name, str(program.folder), list(program.benches)) == (
        "small",
        "runs/small",
        ["digits", "noise.npz"],
    )
    request = program.benches["noise.npz"]
    assert request.recipes == ("dcgan:loss=hinge", "dcgan:loss=least-squares")
    assert (request.dataset, str(request.out)) == ("noise.npz", "runs/small/noise.npz")
    assert (request.seeds, request.budget.steps, request.samples, request.evaluations) == ((0, 3), 10, 64, 1)
    assert (request.extractor, request.overrides, request.track, request.tune) == (
        "digits",
        SMALL,
        "as-shipped",
        None,
    )


def test_the_command_line_goes_before_the_file(asked):
    words = ["sngan", "--data", "ring", "--seeds", "2", "--budget", "5min", "--out", "o", "-o", "schedule.ema=0"]
    (request,) = asked(*words, "--samples", "32", "--evaluations", "5", "--extractor", "none").benches.values()
    assert request.recipes == ("sngan:loss=hinge", "sngan:loss=least-squares")
    assert (request.dataset, str(request.out), request.seeds) == ("ring", "o/ring", (0, 1))
    assert (request.budget.minutes, request.samples, request.evaluations) == (5, 32, 5)
    assert (request.extractor, request.overrides) == ("none", (*SMALL, "schedule.ema=0"))


def test_a_track_of_the_command_line_leaves_the_backbone_of_the_file_out(asked, tmp_path):
    folder_with(tmp_path, SUITE + "track: controlled\nbackbone: wgan-gp\nmetrics: [kid, is]\ntune: 3\n")
    request = asked().benches["digits"]
    assert (request.track, request.backbone, request.metrics, request.tune) == (
        "controlled",
        "wgan-gp",
        ("kid", "is"),
        3,
    )
    request = asked("--track", "as-shipped", "--tune", "2").benches["digits"]
    assert (request.track, request.backbone, request.tune) == ("as-shipped", None, 2)


def test_the_published_track_of_a_file_takes_what_it_leaves_open_from_the_recipes(asked, tmp_path):
    folder_with(tmp_path, "recipes: wgan-gp\ntrack: published\ngrid:\n  loss: [hinge]\n")
    (request,) = asked().benches.values()
    assert request.recipes == ("wgan-gp@published:loss=hinge",)
    assert (request.dataset, request.budget.kimg) == ("cifar10", 64000.0)
    folder_with(tmp_path, "recipes: wgan-gp\ntrack: published\ndata: [digits, mnist]\nbudget: 5kimg\n")
    assert [(one.dataset, one.budget.kimg) for one in asked().benches.values()] == [("digits", 5.0), ("mnist", 5.0)]


def test_without_data_it_is_that_of_the_command_line(asked, tmp_path):
    folder_with(tmp_path, "recipes: [dcgan, ebgan]\ngrid: {loss: [hinge, ebgan]}\n")
    program = asked()
    assert [request.dataset for request in program.benches.values()] == ["digits"]
    assert program.benches["digits"].seeds == (0, 1, 2)
    assert set(program.left_out) == {"dcgan:loss=ebgan", "ebgan:loss=hinge"}


def test_all_is_every_recipe_that_is_registered(monkeypatch):
    seen = []
    monkeypatch.setattr("ganzoo.cli.playing.bench.play", lambda settings, **shown: seen.append(settings.recipes) or 0)
    every = tuple(entry.name for entry in load_zoo(third_party=False).registry.all("recipe"))
    for words, expected in (
        (["--all"], every),
        (["dcgan", "dcgan:loss=hinge", "--all"], (*every, "dcgan:loss=hinge")),
    ):
        done = CliRunner().invoke(cli, ["--no-plugins", "bench", *words])
        assert done.exit_code == 0, done.output
        assert seen.pop() == expected


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (SUITE, ["--suite", "nowhere.yaml"], "File 'nowhere.yaml' does not exist"),
        (SUITE, ["--suite", "small.yaml", "--profile"], "leave --suite out"),
        (SUITE, ["--suite", "small.yaml", "--backbone", "dcgan"], "--backbone says what --track controlled plays on"),
        (SUITE, ["--suite", "small.yaml", "--data", "nowhere"], "there is no dataset and no path"),
        ("recipes: dcgn", ["--suite", "small.yaml"], "no recipe named 'dcgn'; did you mean 'dcgan'?"),
        ("recipes: []", ["--suite", "small.yaml"], "small.yaml: recipes: must be a list"),
        ("recipes: dcgan\ngrid: {loss: [hing]}", ["--suite", "small.yaml"], "did you mean 'hinge'?"),
        ("recipes: dcgan\nmetrics: fidd", ["--suite", "small.yaml"], "did you mean 'fid'?"),
        ("recipes: dcgan\ndata: [a/x, b/x]", ["--suite", "small.yaml"], "would share the folder 'x'"),
        ("recipes: dcgan\ndata: [digits, digts]", ["--suite", "small.yaml"], "digts: there is no dataset"),
    ],
)
def test_bad_input_is_one_sentence_and_trains_nothing(tmp_path, monkeypatch, text, words, message):
    monkeypatch.chdir(folder_with(tmp_path, text))
    done = CliRunner().invoke(cli, ["bench", *words])
    assert done.exit_code == 2 and message in done.stderr and "Traceback" not in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["noise.npz", "small.yaml"]
