"""``ganzoo push`` and ``ganzoo pull`` against a hub on this machine."""

import pytest
from click.testing import CliRunner
from exported_models import exportable
from local_hub import signed_in_hub

from ganzoo.cli import cli

pytest.importorskip("huggingface_hub")
# of the library, about its own call of its HTTP client
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub, a user who is signed in, and an empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    with signed_in_hub(tmp_path / "hub", monkeypatch) as served:
        yield served


def called(*words):
    return CliRunner().invoke(cli, ["--no-plugins", *map(str, words)])


def done(*words):
    result = called(*words)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    return result.stderr


def refused(*words):
    """The exit code and the one line that says why."""
    result = called(*words)
    assert result.stdout == "" and result.stderr.count("\n") == 1, result.output
    return result.exit_code, result.stderr


def test_a_folder_is_pushed_and_pulled_and_the_lines_say_how_it_is_used(hub, tmp_path):
    exportable("dcgan").export(tmp_path / "mine")
    assert done("push", "mine", "me/digits", "--private") == (
        "hf://me/digits: ganzoo sample hf://me/digits --out samples.png\n"
    )
    assert hub.private == {"me/digits"}
    assert done("pull", "me/digits") == "me/digits in digits: ganzoo sample digits --out samples.png\n"
    for one in (tmp_path / "mine").iterdir():
        assert (tmp_path / "digits" / one.name).read_bytes() == one.read_bytes()
    for source, out in (("hf://me/digits", "a.png"), ("digits", "b.png"), ("mine", "c.png")):
        assert called("sample", source, "--n", 4, "--out", out).exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes() == (tmp_path / "c.png").read_bytes()


def test_a_generator_is_pushed_with_a_card_and_its_license(hub, tmp_path):
    done("push", "digits-dcgan", "me/mine", "--license", "cc0-1.0")
    first = list(hub.repositories["me/mine"])[-1]
    card = hub.repositories["me/mine"][first]["README.md"].decode()
    assert "license: cc0-1.0" in card and "ganzoo sample hf://me/mine" in card
    done("push", "digits-cgan-pd", "me/mine")
    done("pull", "me/mine", "--revision", first, "--out", "old")
    done("pull", "hf://me/mine", "--out", "new")
    old, new = ((tmp_path / name / "README.md").read_text() for name in ("old", "new"))
    assert old == card != new and "cgan-pd" in new


def test_what_is_wrong_is_one_line_and_leaves_nothing(hub, tmp_path, monkeypatch):
    exportable("dcgan").export(tmp_path / "mine")
    assert refused("push", "mine", "me/x", "--license", "mit") == (
        2,
        "Error: mine has its card already: give --license to ganzoo export\n",
    )
    assert "names no repository" in refused("push", "mine", "digits")[1]
    assert refused("pull", "me/none")[0] == 2
    (tmp_path / "none").mkdir()
    assert "there is a folder none already" in refused("pull", "me/none")[1]
    assert list((tmp_path / "none").iterdir()) == []
    monkeypatch.delenv("HF_TOKEN")
    code, said = refused("push", "mine", "me/x")
    assert code == 3 and "without a token: sign in" in said
    assert "me/x" not in hub.repositories
