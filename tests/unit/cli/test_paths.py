"""Paths that the system refuses: one sentence and the exit code of bad input, whatever command is given them."""

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli

LONG = "a" * 300


@pytest.mark.parametrize(
    "words",
    [
        ["sample", LONG],
        ["sample", "digits-dcgan", "--out", f"{LONG}/"],
        ["export", "digits-dcgan", "--out", LONG],
        ["project", "digits-dcgan", f"{LONG}.png"],
        ["eval", LONG, "digits"],
        ["new", "loss", "my-loss", "--out", LONG],
        ["audit", LONG],
        ["report", LONG],
        ["compare", LONG, LONG],
        ["data", "prepare", "digits", f"{LONG}.zip"],
    ],
    ids=lambda words: " ".join(words).replace(LONG, "LONG"),
)
def test_a_name_that_is_too_long_is_one_sentence(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, words)
    assert isinstance(done.exception, SystemExit) and done.exit_code == 2
    (line,) = done.output.splitlines()
    assert line.startswith("Error: ") and line.endswith("File name too long") and len(line) < 400
    assert not list(tmp_path.iterdir())


def test_a_folder_that_this_user_may_not_enter_is_told_as_what_the_machine_lacks(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path / "closed"))

    monkeypatch.setattr("ganzoo.bench.results.folders.is_run", refuse)
    done = CliRunner().invoke(cli, ["eval", str(tmp_path)])
    assert done.exit_code == 3 and done.output == f"Error: '{tmp_path}/closed' cannot be used: Permission denied\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["digits-dcgan", "--out", "x.npz"], 3, "bytes are needed and"),
        (["digits-cgan-pd", "--class", "1", "--out", "x.npz"], 2, "the labels of"),
        (["digits-cgan-pd", "--out", "x/"], 2, "the labels of"),
    ],
)
def test_more_samples_than_the_machine_holds_are_refused_before_the_first_is_written(
    words, code, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["sample", *words, "--n", str(10**14)])
    assert done.exit_code == code and said in done.output
    assert not list(tmp_path.iterdir())
