import os
from pathlib import Path

import pytest

from ganzoo.bench.results.folders import default_folder, find_run, locked, run_folder, slug, without_checkpoint
from ganzoo.errors import GanzooError, SetupError

HOSTILE = [
    "../x",
    "/etc/passwd",
    "CON\n",
    "a" * 300,
    "..",
    ".",
    "",
    "häßlich",
    "a/b",
    "a\\b",
    "\x1b[31m",
    "a\ud800",
    "-rf",
    "a:b=[c,{d: e}]",
    ":",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_a_path(name):
    made = slug(name)
    assert made and made not in (".", "..") and not made.startswith((".", "-"))
    assert len(made) <= 90
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789._=+-")
    assert run_folder(Path("bench"), name, 0).parent.parent == Path("bench")


def test_plain_names_stay_and_all_differ():
    assert slug("wgan-gp") == "wgan-gp"
    assert slug("dcgan:loss=hinge:schedule.batch=128") == "dcgan+loss=hinge+schedule.batch=128"
    names = [*HOSTILE, "A", "a", "a b", "a-b", "a" * 301, "dcgan:loss=hinge", "dcgan+loss=hinge"]
    assert (
        len({slug(n) for n in names}) >= len(names) - 1
    )  # ':' and '+' in a name come out alike, and no recipe has '+'


def test_default_folder_is_the_same_for_the_same_bench():
    a = default_folder("digits", ["dcgan", "wgan-gp"], ["k1", "k2"])
    assert a == default_folder("digits", ["dcgan", "wgan-gp"], ["k2", "k1"])
    assert a != default_folder("digits", ["dcgan", "wgan-gp"], ["k1", "k3"])
    assert a.parts[0] == "runs" and a.name.startswith("digits-dcgan-wgan-gp-")
    assert len(default_folder("x" * 300, ["y" * 300] * 50, ["k"]).name) < 200


def test_a_folder_has_one_bench_at_a_time(tmp_path):
    with (
        locked(tmp_path / "b"),
        pytest.raises(
            SetupError, match=rf"is in use by process {os.getpid()} on .* since .*; wait for it, or give another --out"
        ),
        locked(tmp_path / "b"),
    ):
        pass
    with locked(tmp_path / "b"):
        pass


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot write below"), locked(tmp_path / "file" / "b"):
        pass


def test_find_run(tmp_path):
    with pytest.raises(GanzooError, match="there is no folder"):
        find_run(tmp_path / "none")
    with pytest.raises(GanzooError, match="holds no run"):
        find_run(tmp_path)
    one = tmp_path / "dcgan" / "seed0"
    one.mkdir(parents=True)
    (one / "run.json").write_text("{}")
    assert find_run(tmp_path) == one == find_run(one)
    two = tmp_path / "dcgan" / "seed1"
    two.mkdir()
    (two / "run.json").write_text("{}")
    with pytest.raises(GanzooError, match="holds 2 runs; name one of them: dcgan/seed0, dcgan/seed1"):
        find_run(tmp_path)


def test_a_folder_of_benches_says_that_it_holds_some(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "results.json").write_text("{}")
    with pytest.raises(GanzooError, match=r"holds no run, but 1 bench; give the folder of one"):
        find_run(tmp_path)


def test_a_run_without_checkpoints_has_ended_or_has_not_begun(tmp_path):
    assert without_checkpoint(tmp_path) == f"{tmp_path} holds no checkpoint yet; train it first"
    (tmp_path / "result.json").write_text("{}")
    assert without_checkpoint(tmp_path).startswith(f"{tmp_path} has ended, and its checkpoints are gone; ")
