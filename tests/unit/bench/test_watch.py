"""``ganzoo watch``: what the files of a bench say while it is played, and how that is drawn."""

import copy
import io
import json
import os
import re
import socket
import subprocess
import sys
from itertools import count

import fabricated_bench as fabricated
import pytest
import small_benches as benches
from click.testing import CliRunner
from rich.console import Console

from ganzoo.bench.live.watch_view import ASCII, BLOCKS, WatchView, follow, print_look, sparkline
from ganzoo.bench.live.watching import Watcher
from ganzoo.cli import cli
from ganzoo.errors import GanzooError

RUNS = {(run["recipe"], run["seed"]): run for run in fabricated.two_recipes()}


def content(**more):
    return copy.deepcopy(fabricated.results([*RUNS.values()], **more))


def dump(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


def aged(path, seconds):
    """As if the file had been written so much earlier."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def announce(folder, results=None):
    """A bench has begun, and this process plays it."""
    results = results or content()
    dump(folder / "bench.json", {key: value for key, value in results.items() if key not in ("runs", "finished")})
    dump(folder / ".holder.json", {"pid": os.getpid(), "host": socket.gethostname()})


def ask(folder, recipe="dcgan", seed=0, budget=None, d_steps=1, key=None):
    """A run is asked for."""
    spec = {
        "key": key or f"{recipe}-{seed}",
        "seed": seed,
        "budget": budget or {"kimg": 100.0},
        "metrics": ["fid", "is"],
    }
    dump(folder / "run.json", {**spec, "recipe": {"name": recipe, "schedule": {"d_steps": d_steps}}})


def train(folder, rows=4, kimg=10.0, at=1):
    """Its process has begun, and has written so many rows and an evaluation."""
    dump(folder / "environment.json", {})
    with (folder / "metrics.jsonl").open("a") as file:
        for row in range(at, at + rows):
            told = {
                "kind": "train",
                "step": 50 * row,
                "kimg": kimg * row,
                "seconds": 5.0 * row,
                "images_per_second": 2e3,
            }
            file.write(json.dumps(told | {"d_loss": float(row), "g_loss": -float(row)}) + "\n")
        last = at + rows - 1
        look = {
            "kind": "evaluation",
            "kimg": kimg * last,
            "d_steps": 50 * last,
            "metrics": {"fid": 90.0 / last, "is": 2.0},
        }
        file.write(json.dumps(look) + "\n")


def end(folder, recipe="dcgan", seed=0, **more):
    """It has ended."""
    dump(folder / "result.json", RUNS[recipe, seed] | more)


@pytest.fixture
def bench(tmp_path):
    """Two recipes by three seeds: one has ended, one is played, the others wait."""
    folder = tmp_path / "b"
    announce(folder)
    for recipe, seed in RUNS:
        ask(folder / recipe / f"seed{seed}", recipe, seed)
    train(folder / "dcgan/seed0", 10)
    end(folder / "dcgan/seed0")
    train(folder / "dcgan/seed1")
    return folder


def looked(folder):
    (found,) = Watcher(folder).look().benches
    return found, {run.title: run for run in found.runs}


def test_every_run_that_is_asked_for_is_seen(bench):
    found, runs = looked(bench)
    assert list(runs) == [f"{recipe} seed {seed}" for recipe in ("dcgan", "wgan-gp") for seed in range(3)]
    assert [run.status for run in runs.values()] == ["done", "running", *["waiting"] * 4]
    assert (found.terms, found.label, found.live, found.over) == ("digits, 100 kimg a run", "FD[digits]", True, False)


def test_a_run_that_is_played_tells_how_far_it_is(bench):
    run = looked(bench)[1]["dcgan seed 1"]
    assert (run.fraction, run.kimg, run.images_per_second) == (0.4, 40.0, 2000.0)
    assert run.seconds_left == pytest.approx(30.0)  # 60 kimg at 2,000 images a second
    assert run.scores == (22.5,)
    assert run.d_losses == (1.0, 2.0, 3.0, 4.0)
    assert run.g_losses == (-1.0, -2.0, -3.0, -4.0)
    done = looked(bench)[1]["dcgan seed 0"]
    assert (done.fraction, done.seconds_left, done.images_per_second) == (1.0, None, 2000.0)


@pytest.mark.parametrize(
    ("budget", "d_steps", "fraction", "left"),
    [({"steps": 2000}, 5, 0.5, 20.0), ({"minutes": 1.0}, 1, 1 / 3, 40.0), ({"kimg": 40.0}, 1, 1.0, 0.0)],
)
def test_progress_is_in_the_units_of_the_budget(bench, budget, d_steps, fraction, left):
    ask(bench / "dcgan/seed1", seed=1, budget=budget, d_steps=d_steps)
    run = looked(bench)[1]["dcgan seed 1"]
    assert (run.fraction, run.seconds_left) == (pytest.approx(fraction), pytest.approx(left))


def test_the_table_of_the_moment_is_of_what_has_ended(bench):
    table = looked(bench)[0].table
    dcgan, wgan_gp = table.rows
    assert (dcgan.seeds, dcgan.metrics["fid"].values, wgan_gp.seeds) == ("1/3", (10.0,), "0/3")
    assert table.reasons == ()  # what waits is no failure
    assert [row.name for row in table.baselines] == ["real halves @898", "real data"]
    end(bench / "dcgan/seed1", seed=1, status="diverged", reason="NaN", metrics=None)
    assert looked(bench)[0].table.reasons == ("dcgan, seed 1: diverged: NaN",)


def test_it_is_over_when_all_has_ended_and_its_results_are_there(bench):
    for recipe, seed in RUNS:
        end(bench / recipe / f"seed{seed}", recipe, seed)
    assert not looked(bench)[0].over  # the page is still to be written
    dump(bench / "results.json", content())
    found, runs = looked(bench)
    assert found.over and len(runs) == 6
    assert found.table == fabricated.table_of(content())


def test_without_anybody_who_plays_it_it_has_stopped(bench):
    (bench / ".holder.json").unlink()
    found, runs = looked(bench)
    assert (found.live, found.over) == (False, False)
    assert [run.status for run in runs.values()] == ["done", "stopped", *["waiting"] * 4]
    dump(bench / ".holder.json", {"pid": subprocess.Popen(["true"]).wait() or 2**22 + 1, "host": socket.gethostname()})
    assert not looked(bench)[0].live  # its process is no more
    dump(bench / ".holder.json", {"pid": 1, "host": "another machine"})
    assert looked(bench)[0].live


def test_what_an_earlier_start_left_is_no_end(bench):
    """A failed run is played again; results of before are about to be replaced; a checkpoint waits for its turn."""
    dump(bench / "results.json", content(started="2026-11-20T00:00:00+00:00"))
    end(bench / "dcgan/seed2", seed=2, status="failed", reason="killed", metrics=None)
    aged(bench / "dcgan/seed2/result.json", 60)
    aged(bench / "dcgan/seed1/environment.json", 60)
    found, runs = looked(bench)
    assert not found.over
    assert [run.status for run in runs.values()] == ["done", "waiting", "waiting", *["waiting"] * 3]
    assert runs["dcgan seed 1"].fraction == 0.4
    end(bench / "dcgan/seed2", seed=2, status="failed", reason="killed again", metrics=None)
    assert looked(bench)[1]["dcgan seed 2"].status == "failed"


def test_the_result_of_another_run_is_not_taken(bench):
    end(bench / "wgan-gp/seed0", "wgan-gp", 0, key="of another budget")
    assert looked(bench)[1]["wgan-gp seed 0"].status == "waiting"


def test_torn_lines_and_files_are_survived(bench):
    place = bench / "dcgan/seed1"
    watcher = Watcher(bench)
    with (place / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind": "train", "kimg": 50.0, "d_lo')
    assert watcher.look().benches[0].runs[1].kimg == 40.0
    with (place / "metrics.jsonl").open("ab") as file:
        file.write(b'ss": 5.0}\n[1]\n\x00\xff\n{"kind": "train", "kimg": 60.0, "d_loss": null}\n')
    run = watcher.look().benches[0].runs[1]
    assert (run.kimg, run.d_losses) == (60.0, (1.0, 2.0, 3.0, 4.0, 5.0))
    whole = (bench / "bench.json").read_text()
    (bench / "bench.json").write_text(whole[:-20])
    found = watcher.look().benches[0]
    assert (found.terms, found.runs[1].kimg) == ("digits, 100 kimg a run", 60.0)  # as it was before
    assert "dcgan seed 0" in looked(bench)[1]  # from the runs alone
    (place / "metrics.jsonl").write_text("")  # cut back to a checkpoint
    assert watcher.look().benches[0].runs[1].kimg == 0.0


def test_folders_may_come_later(tmp_path):
    watcher = Watcher(tmp_path)
    assert watcher.look().benches == ()
    assert not watcher.look().over
    announce(tmp_path / "one")
    assert [run.status for run in watcher.look().benches[0].runs] == ["waiting"] * 6
    ask(tmp_path / "one/dcgan/seed0")
    train(tmp_path / "one/dcgan/seed0")
    dump(tmp_path / "deep/er/two/results.json", content())
    assert [bench.folder.name for bench in watcher.look().benches] == ["two", "one"]
    assert watcher.look().benches[1].runs[0].status == "running"


def test_a_suite_is_seen_in_its_order_with_what_is_to_come(tmp_path):
    suite = tmp_path / "suite"
    dump(suite / "mnist/results.json", content())
    dump(suite / "suite.json", {"benches": [{"folder": "mnist"}, {"folder": "digits"}], "finished": None})
    look = Watcher(suite).look()
    assert [one.folder.name for one in look.benches] == ["mnist"]
    assert (look.to_come, look.benches[0].over, look.over) == (("digits",), True, False)
    dump(suite / "digits/results.json", content())
    assert Watcher(suite).look().over


def test_trials_are_seen_until_they_have_ended(bench):
    for trial in (0, 2, 10):
        ask(bench / f"tuning/dcgan/trial{trial}/seed1000000", seed=1_000_000)
    first = bench / "tuning/dcgan/trial0/seed1000000"
    dump(first / "result.json", RUNS["dcgan", 0] | {"key": "dcgan-1000000", "status": "failed", "reason": "killed"})
    aged(first / "result.json", 60)
    train(bench / "tuning/dcgan/trial2/seed1000000")
    found, runs = looked(bench)
    assert list(runs)[:4] == ["dcgan trial0", "dcgan trial2", "dcgan trial10", "dcgan seed 0"]
    assert [run.status for run in runs.values()][:3] == ["failed", "running", "waiting"]  # none is tried twice
    assert found.trials == 1
    assert found.table.rows[0].seeds == "1/3"  # a trial is no result
    alone, trials = looked(bench / "tuning")
    assert (list(trials), alone.live) == (["dcgan trial0", "dcgan trial2", "dcgan trial10"], True)
    for trial in (2, 10):
        dump(bench / f"tuning/dcgan/trial{trial}/seed1000000/result.json", RUNS["dcgan", 0] | {"key": "dcgan-1000000"})
    found, runs = looked(bench)
    assert found.trials == 3
    assert "dcgan trial0" not in runs


def test_run_folders_alone_are_enough(bench):
    (bench / "bench.json").unlink()
    found, runs = looked(bench)
    assert list(runs) == [f"{recipe} seed {seed}" for recipe in ("dcgan", "wgan-gp") for seed in range(3)]
    assert [run.status for run in runs.values()][:3] == ["done", "running", "waiting"]
    assert (found.label, found.table) == ("fid", None)
    assert runs["dcgan seed 1"].scores == (22.5,)


def test_results_cannot_lead_out_of_their_folder(bench, tmp_path):
    ask(tmp_path / "elsewhere")
    train(tmp_path / "elsewhere", 7)
    results = content()
    results["runs"][0]["folder"] = "../elsewhere"
    dump(bench / "results.json", results)
    found, runs = looked(bench)
    assert len(runs["dcgan seed 0"].d_losses) == 10  # of its own folder, and not the other's seven
    assert found.table == fabricated.table_of(results)


def test_what_is_no_folder_of_benches_is_refused(bench, tmp_path):
    with pytest.raises(GanzooError, match="there is no folder"):
        Watcher(tmp_path / "nowhere")
    with pytest.raises(
        GanzooError, match=f"the folder of a run; give that of its bench, such as {re.escape(str(bench))}"
    ):
        Watcher(bench / "dcgan/seed0")


def test_a_curve_is_from_its_lowest_to_its_highest():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == BLOCKS
    assert sparkline([7.0, 0.0], 8, ASCII) == "#_"
    assert sparkline([1.0, 3.0, 5.0, 5.0, 0.0, 0.0], 3) == "▄█▁"  # means 2, 5, 0
    assert sparkline([2.0, 2.0, float("nan")], 5) == "▄▄"
    assert sparkline([], 5) == sparkline([float("inf")], 5) == ""


def drawn(root, width=100, height=30, whole=False, encoding="utf-8"):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(file=stream, width=width, height=height, highlight=False, markup=False)
    look = Watcher(root).look()
    print_look(look, console) if whole else console.print(WatchView(root, look))
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_all_is_printed_with_curves_table_and_notes(bench):
    text = drawn(bench, whole=True, width=120)
    lines = {" ".join(line.split()[:3]): line.split() for line in text.splitlines()}
    assert f"{bench}: 1/6 done, 1 running, 4 waiting; digits, 100 kimg a run; cpu" in " ".join(text.split())
    assert lines["dcgan seed 1"][3:] == ["40%", "40", "2,000", "▄", "22.50", "▁▃▆█", "█▆▃▁", "0:30", "left"]
    assert lines["wgan-gp seed 2"][-1] == "waiting"
    assert lines["dcgan 1/3 10.00"]
    assert "images/s: median" in text
    assert "FD[digits]@10k: how far" in text


def test_verdicts_stand_below_the_table(bench):
    told = {"kind": "lacks-class", "alarm": True, "says": "lacks class 4", "why": "It has 2%.", "next": "Train longer."}
    results = content()
    results["runs"][0]["verdicts"] = [{"sentence": "", "numbers": {}, **told}]
    dump(bench / "results.json", results)
    assert "lacks class 4 (seed 0). It has 2%. Next: Train longer." in " ".join(drawn(bench, whole=True).split())


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("height", [10, 24, 50])
def test_the_picture_fits_the_terminal(bench, width, height):
    rows = drawn(bench, width, height).splitlines()
    assert len(rows) < height
    assert max(map(len, rows)) <= width
    assert sum("dcgan seed 1" in row for row in rows) == 1
    assert ("real halves" in "".join(rows)) == (height > 20)


def test_where_there_is_no_room_those_that_are_played_come_first(tmp_path):
    runs = [fabricated.run(f"r{i}", 0, {"fid": 1.0}) for i in range(40)]
    announce(tmp_path, fabricated.results(runs, seeds=(0,)))
    for i in range(40):
        ask(tmp_path / f"r{i}/seed0", f"r{i}")
    for i in (0, 1, 2, 35):
        train(tmp_path / f"r{i}/seed0")
    for i in (0, 1):
        dump(tmp_path / f"r{i}/seed0/result.json", runs[i] | {"status": "failed" if i else "done", "reason": "killed"})
    lines = [" ".join(line.split()[:3]) for line in drawn(tmp_path, height=12).splitlines()]
    for shown in ("r2 seed 0", "r35 seed 0", "r1 seed 0"):
        assert shown in lines
    assert len(lines) <= 11


def test_many_benches_are_a_line_each_and_the_played_ones_come_first(bench, tmp_path):
    for i in range(30):
        dump(tmp_path / f"a{i}/results.json", content())
    lines = drawn(tmp_path, width=160, height=20).splitlines()
    assert len(lines) < 20
    assert lines[0].startswith("b: 1/6 done")
    assert "dcgan seed 1" in lines[3] or "dcgan seed 1" in lines[2]
    assert re.fullmatch(r"and \d+ more benches", lines[-1].strip())


def test_names_are_shown_and_not_obeyed_and_ascii_gets_ascii(tmp_path):
    evil = "[red]x\x1b[2J"
    announce(tmp_path, fabricated.results([fabricated.run(evil, 0, {"fid": 1.0})], seeds=(0,)))
    text = drawn(tmp_path, 120)
    assert "[red]x\\x1b[2J seed 0" in text
    assert "\x1b" not in text
    announce(tmp_path / "b")
    ask(tmp_path / "b/dcgan/seed0")
    train(tmp_path / "b/dcgan/seed0")
    text = drawn(tmp_path / "b", 120, encoding="ascii")
    assert text.count("_-+#") == text.count("#+-_") == 1


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_it_follows_to_the_end_and_leaves_the_whole_picture(bench):
    stream = Terminal()
    console = Console(file=stream, width=100, height=30, force_terminal=True, color_system=None, legacy_windows=False)
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 1:
            train(bench / "dcgan/seed1", 2, at=5)
        else:
            for recipe, seed in RUNS:
                end(bench / recipe / f"seed{seed}", recipe, seed)
            dump(bench / "results.json", content())

    follow(bench, console, 0.5, sleep)
    assert slept == [0.5, 0.5]
    text = " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).split())
    assert text.index("0:30 left") < text.index("0:20 left") < text.index("6/6 done")
    assert "FD[digits] D loss" in text
    assert "better than every other recipe" in text.partition("6/6 done")[2]


def test_an_interrupt_leaves_the_last_picture_and_gives_the_terminal_back(bench):
    stream = Terminal()
    console = Console(file=stream, width=100, height=30, force_terminal=True, color_system=None, legacy_windows=False)
    calls = count()

    def sleep(seconds):
        if next(calls):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(bench, console, 1.0, sleep)
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1
    assert "images/s: median" in stream.getvalue()


def watch(*words, code=0):
    done = CliRunner().invoke(cli, ["watch", *map(str, words)], env={"COLUMNS": "100"})
    assert done.exit_code == code, done.output
    return done


def test_where_stdout_is_no_terminal_it_is_printed_once(bench, tmp_path):
    assert "1/6 done" in watch(bench).stdout
    assert watch(bench, "--once").stdout == watch(bench).stdout
    (tmp_path / "empty").mkdir()
    assert "there is no bench below" in watch(tmp_path / "empty", code=2).stderr


def test_watching_takes_no_torch():
    code = "import sys, ganzoo.cli.results.watch, ganzoo.bench.live.watch_view; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], env=benches.environment(), capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_a_real_bench_announces_what_it_ends_with(tmp_path):
    """What is watched is what the bench writes: its terms from the start, and at the end the same table."""
    ran = ("bench", "dcgan", "--budget", "60steps", "--seeds", "2", "--samples", "64", "--evaluations", "2")
    ran += ("--threads", "1", "--parallel", "1", "--out", "b", "--replicates", "0", "--examine", "none", "--quiet")
    ran += tuple(word for edit in benches.SMALL for word in ("-o", edit))
    shown = benches.ganzoo_here(*ran, cwd=tmp_path, COLUMNS="100").stdout
    bench = tmp_path / "b"
    manifest, results = (json.loads((bench / name).read_text()) for name in ("bench.json", "results.json"))
    assert results == {**manifest, **{key: results[key] for key in ("finished", "tuning", "runs")}}
    seen = watch(bench).stdout
    assert " ".join(seen.split()).endswith(" ".join(shown.split()))  # its table and its sentences
    assert "2/2 done" in seen
    (bench / "results.json").unlink()
    found, runs = looked(bench)
    assert [(run.status, run.fraction) for run in runs.values()] == [("done", 1.0)] * 2
    assert all(len(run.scores) == 2 and len(run.d_losses) > 10 for run in runs.values())
    assert found.table == fabricated.table_of(results)
    (bench / "dcgan/seed1/result.json").unlink()
    assert looked(bench)[1]["dcgan seed 1"].status == "stopped"
    assert looked(bench)[1]["dcgan seed 1"].fraction > 0.9


def test_a_bench_that_is_refused_leaves_what_was_announced(tmp_path):
    words = ("bench", "dcgan", "--extractor", "none", "--threads", "1", "--examine", "none", "--out", "b", "--quiet")
    words += ("--seeds", "0,", "--budget")
    ask(tmp_path / "b/dcgan/seed0", key="of another bench")
    assert benches.ganzoo_here(*words, "1kimg", cwd=tmp_path, check=False).returncode == 2
    assert not (tmp_path / "b/bench.json").exists()
    dump(tmp_path / "b/bench.json", {"started": "before"})
    assert benches.ganzoo_here(*words, "2kimg", cwd=tmp_path, check=False).returncode == 2
    assert json.loads((tmp_path / "b/bench.json").read_text()) == {"started": "before"}
