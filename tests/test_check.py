"""``ganzoo check``."""

import json

import broken_parts
import pytest
from click.testing import CliRunner
from pretend import Site

from ganzoo.cli import cli

PLUGIN = """
import ganzoo

@ganzoo.hookimpl
def register_losses(register):
    register("{name}", "broken_parts:{loss}")
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    return Site(tmp_path)


def check(*args):
    return CliRunner().invoke(cli, ["check", *args])


def test_passes(site):
    site.install("ganzoo-mine", PLUGIN.format(name="sound", loss="SoundLoss"), plugin="mine")
    result = check("mine")
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[0] == ["plugin", "mine", "load", "ok", "registers", "1"]
    assert {row[3] for row in rows[1:-1]} == {"ok"}
    starts = {line.index(" ok") for line in result.stdout.splitlines()[:-1]}
    assert len(starts) == 1  # aligned


def test_fails_with_the_line_at_fault(site):
    site.install("ganzoo-mine", PLUGIN.format(name="item", loss="ItemLoss"), plugin="mine")
    result = check("ganzoo-mine")
    assert result.exit_code == 1
    (line,) = (line for line in result.stdout.splitlines() if line.split()[2:4] == ["host-sync", "FAILED"])
    assert "loss 'item' at broken_parts, line" in line
    assert result.stdout.splitlines()[-1].endswith("2 failed")


def test_json(site, monkeypatch):
    def noisy(self, turn):
        print("a word from the plugin")
        return turn.on_fake["logits"].mean() - turn.on_real["logits"].mean()

    monkeypatch.setattr(broken_parts.SoundLoss, "d_loss", noisy)
    site.install("ganzoo-mine", PLUGIN.format(name="sound", loss="SoundLoss"), plugin="mine")
    result = check("mine", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["plugin"], report["ok"]) == ("mine", True)
    assert report["findings"][1] == {"kind": "loss", "name": "sound", "check": "import", "ok": True, "detail": ""}
    assert "a word from the plugin" in result.stderr


def test_text_is_made_safe_to_show(site, monkeypatch):
    def rude(self, turn):
        raise ValueError("\x1b[2J gone\nand more")

    monkeypatch.setattr(broken_parts.SoundLoss, "d_loss", rude)
    site.install("ganzoo-mine", PLUGIN.format(name="sound", loss="SoundLoss"), plugin="mine")
    result = check("mine")
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout
    assert r"ValueError: \x1b[2J gone and more" in result.stdout


def test_a_plugin_that_failed_to_load(site):
    site.install("ganzoo-mine", "raise ImportError('no such thing')\n", plugin="mine")
    result = check("mine")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0].split()[:4] == ["plugin", "mine", "load", "FAILED"]
    assert "no such thing" in result.stdout.splitlines()[0]


def test_an_unknown_plugin():
    result = check("loses")
    assert result.exit_code == 2
    assert result.stderr == "Error: no plugin named 'loses'; did you mean 'losses'?\n"
    assert result.stdout == ""


def test_the_bundled_are_plugins_too():
    result = check("r1")
    assert result.exit_code == 0
    assert "regularizer r1  host-sync" in result.stdout
