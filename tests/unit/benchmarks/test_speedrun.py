"""The committed tries of the speedrun, and the page and the file that are made of them."""

import json
import shutil

import pytest
from repository import ROOT

from benchmarks.speedrun import __main__ as program
from benchmarks.speedrun.committed import FOLDER, SHIPPED, committed, file_of, shipped, stale, take
from docs.generate.speedrun import speedrun_page
from ganzoo.bench.results.bench_files.speedrun_file import SPEEDRUN, SpeedrunTry, digest_of
from ganzoo.bench.speedrun.track import load_track
from ganzoo.bench.speedrun.trying import terms_of
from ganzoo.errors import DataError
from ganzoo.recipes.differences.stale import read_as_played


def made(cpu=2.0, day=1, recipe="dcgan", **more):
    """A try at digits-5 that counts."""
    at = {"kimg": 10.0, "seconds": cpu + 1, "cpu_seconds": cpu, "interval": 10.0}
    seeds = [{"seed": s, "status": "done", "evaluations": [], "reached": at} for s in range(5)]
    told = {
        "schema": 1,
        "track": terms_of(load_track("digits-5")).to_json(),
        "recipe": recipe,
        "text": "loss: hinge\n",
        "finished": f"2026-01-{day:02d}T10:20:30+00:00",
        "data": {"name": "digits", "n": 1797},
        "judge": {},
        "environment": {"device": "A CPU", "kind": "cpu", "commit": "abcdef0123456789"},
        "hardware": "cpu-1-thread",
        "kimg": 400,
        "asked": 40,
        "seeds": seeds,
        "seconds": cpu + 1,
        "cpu_seconds": cpu,
        **more,
    }
    return told | {"digest": digest_of(told)}


@pytest.fixture
def root(tmp_path):
    """A repository with these committed tries."""

    def commit(*tries):
        for i, told in enumerate(tries):
            path = tmp_path / FOLDER / f"{i}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(told))
        return tmp_path

    (tmp_path / SHIPPED).parent.mkdir(parents=True)
    return commit


def test_what_ships_is_what_is_committed():
    assert program.main(["--check"]) == 0


def test_committed_tries_count_and_can_be_played_again():
    for path, one in committed(ROOT).items():
        assert one.counts and one.environment.commit, path
        assert read_as_played(one.text).loss.name


def test_the_best_of_each_place_ships(root):
    here = root(made(3.0, 1), made(2.0, 2, "wgan-gp"), made(2.5, 3), made(1.0, 4, seconds=None, cpu_seconds=None))
    assert program.main([], here) == 0
    (record,) = json.loads((here / SHIPPED).read_text())["records"]
    assert (record["recipe"], record["cpu_seconds"], record["date"]) == ("wgan-gp", 2.0, "2026-01-02")
    assert program.main(["--check"], here) == 0
    (here / SHIPPED).write_text("{}")
    assert program.main(["--check"], here) == 1


def test_a_try_of_other_terms_is_stale_and_said_to_be(root):
    other = terms_of(load_track("digits-5")).to_json() | {"samples": 64}
    one = SpeedrunTry.parse(made(track=other), "x")
    assert stale(one) == "the track's terms were others: samples 64, now 1797"
    assert stale(SpeedrunTry.parse(made(track=other | {"name": "gone"}), "x")) == "there is no track gone any more"
    here = root(made(1.0, track=other), made(2.0, 2))
    (record,) = json.loads(shipped(committed(here).values()))["records"]
    assert record["cpu_seconds"] == 2.0
    assert "Left out: `dcgan`, the track's terms were others" in speedrun_page(here)


def test_a_damaged_try_is_told_in_one_sentence(root, capsys):
    here = root(made() | {"cpu_seconds": 0.5})
    assert program.main([], here) != 0
    said = capsys.readouterr().err
    assert "0.json was changed after the try wrote it" in said and said.count("\n") == 1


def test_a_try_is_taken_from_its_folder_if_it_counts(root, tmp_path):
    here = root()
    folder = tmp_path / "try"
    folder.mkdir()
    with pytest.raises(DataError, match="there is no"):
        take(folder, here)
    (folder / SPEEDRUN).write_text(json.dumps(made(void=["its code was not committed (x-dirty)"])))
    with pytest.raises(DataError, match="does not count: its code was not committed"):
        take(folder, here)
    (folder / SPEEDRUN).write_text(json.dumps(made(cpu_seconds=None)))
    with pytest.raises(DataError, match="does not count: not every seed reached the goals"):
        take(folder, here)
    (folder / SPEEDRUN).write_text(json.dumps(made()))
    path = take(folder, here)
    assert path.name == "digits-5-dcgan-cpu-1-thread-202601011020.json"
    assert path.read_text() == (folder / SPEEDRUN).read_text()


def test_a_variant_has_a_file_of_a_plain_name():
    one = SpeedrunTry.parse(made(recipe="dcgan:loss=hinge:regularizers=[]"), "x")
    assert file_of(one) == "digits-5-dcgan-loss-hinge-regularizers-cpu-1-thread-202601011020.json"


def test_the_recipe_of_a_try_is_printed(root, capsys):
    here = root(made())
    shutil.copy(here / FOLDER / "0.json", here / SPEEDRUN)
    for named in (here / FOLDER / "0.json", here):
        assert program.main(["--recipe", str(named)], here) == 0
        assert capsys.readouterr().out == "loss: hinge\n"
    assert program.main(["--recipe", str(here / FOLDER)], here) == 2
    assert capsys.readouterr().err.startswith(f"there is no {here / FOLDER / SPEEDRUN}")


def test_the_page_has_the_tries_fastest_first_and_the_history(root):
    here = root(made(3.0, 1), made(2.0, 2, "mine"), made(2.5, 3, "wgan-gp"))
    (here / "configs").mkdir()
    (here / "configs/dcgan.yaml").touch()
    text = speedrun_page(here)
    rows = [line for line in text.splitlines() if "[JSON]" in line]
    assert [row.split("|")[2].strip() for row in rows] == ["2", "2.5", "3"]
    assert "[dcgan](../zoo/recipes/dcgan.md)" in rows[2] and "`mine`" in rows[0]
    assert "- 2026-01-01: `dcgan` in 3 CPU s, commit abcdef012345" in text
    assert "- 2026-01-02: `mine` in 2 CPU s, 1.50 times as fast, commit abcdef012345" in text
    assert "2026-01-03: `wgan-gp`" not in text
    assert "`mnist-5`" in text and "## mnist-5" not in text
