"""``ganzoo check``."""

import inspect
import re
import subprocess
import sys

import broken_parts
import pytest
from click.testing import CliRunner
from installed_plugins import Site
from pretend_gpu import for_checks, variables
from printed_json import read_printed

from ganzoo.cli import cli
from ganzoo.errors import SetupError
from ganzoo.testing import on_gpu

PLUGIN = """
import ganzoo

@ganzoo.hookimpl
def register_losses(register):
    register("{name}", "broken_parts:{loss}")
"""


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch):
    """For most of what is told here no GPU need be pretended, which takes some seconds."""

    def environment():
        raise SetupError("there is no GPU to pretend")

    monkeypatch.setattr(on_gpu, "environment", environment)


@pytest.fixture
def gpu(monkeypatch):
    """A pretended GPU."""
    variables()  # skips the test where there is none
    for_checks(monkeypatch)


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
    report = read_printed("ganzoo check --json", result.stdout)
    assert (report["plugin"], report["ok"]) == ("mine", True)
    assert report["findings"][1] == {"kind": "loss", "name": "sound", "check": "import", "ok": True, "detail": ""}
    assert "a word from the plugin" in result.stderr


@pytest.mark.slow
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
    result = check("output-penalties")
    assert result.exit_code == 0
    assert re.search(r"^regularizer drift +host-sync +ok", result.stdout, re.MULTILINE)


def captures(result):
    """What the report says of captures, by part."""
    rows = [line.split(maxsplit=4) for line in result.stdout.splitlines()[:-1]]
    return {(row[0], row[1]): row[3:] for row in rows if row[2] == "capture"}


def test_where_no_gpu_can_be_pretended_the_check_says_so_in_a_line_and_passes(site):
    site.install("ganzoo-mine", PLUGIN.format(name="sound", loss="SoundLoss"), plugin="mine")
    result = check("mine")
    assert result.exit_code == 0
    assert captures(result) == {("plugin", "mine"): ["ok", "not looked at: there is no GPU to pretend"]}


SAYS = "import time; print({line!r}, flush=True); {then}"
FOUND = '{"kind": "loss", "name": "first", "check": "capture", "ok": true, "detail": "1 kernel"}'


@pytest.mark.parametrize(
    ("then", "late"),
    [("time.sleep(60)", True), ("print(FOUND[:20])", False), ("raise SystemExit(3)", False)],
    ids=["hangs", "tears a line", "ends"],
)
def test_what_was_found_before_a_part_that_hangs_or_crashes_is_kept(monkeypatch, then, late):
    monkeypatch.setattr(on_gpu, "SECONDS", 3.0)
    code = f"FOUND = {FOUND!r}; " + SAYS.format(line=FOUND, then=then)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        found, was_late = on_gpu._findings(process, 2)
    assert [(each.name, each.detail) for each in found] == [("first", "1 kernel")] and was_late is late
    assert process.returncode is not None


MORE = """
import ganzoo

@ganzoo.hookimpl
def register_losses(register):
    register("sound", "broken_parts:SoundLoss")
    register("waits", "broken_parts:DeviceWaitLoss")
    register("crashes", "broken_parts:CrashOnDeviceLoss")
    register("last", "broken_parts:BufferLoss")

@ganzoo.hookimpl
def register_regularizers(register):
    register("costs", "broken_parts:SquareRegularizer")

@ganzoo.hookimpl
def register_generators(register):
    register("net", "broken_parts:SoundG")
"""


@pytest.mark.slow
def test_a_laptop_tells_what_captures_where_it_waits_and_what_it_costs(site, gpu):
    """What these parts do is nothing on a CPU, where every other check passes."""
    site.install("ganzoo-mine", MORE, plugin="mine")
    result = check("mine")
    assert result.exit_code == 1, result.output
    told = captures(result)
    assert {part: row[0] for part, row in told.items()} == {
        ("loss", "sound"): "ok",
        ("loss", "waits"): "FAILED",
        ("loss", "crashes"): "FAILED",
        ("loss", "last"): "ok",
        ("regularizer", "costs"): "ok",
        ("generator", "net"): "ok",
    }
    assert told["loss", "waits"][1].startswith("on a GPU it plays eagerly: a step cannot be captured: ")
    lines, first = inspect.getsourcelines(broken_parts.DeviceWaitLoss.d_loss)
    wait = first + next(k for k, line in enumerate(lines) if "synchronize" in line)
    assert f" (broken_parts, line {wait}); remove what it names" in told["loss", "waits"][1]
    assert told["loss", "crashes"][1].startswith("its process broke off: exit code -6")
    words = told["regularizer", "costs"][1].split()
    assert words[:4] == ["a", "replayed", "step", "is"]
    # A square, a mean, the product with the weight and the sum with the loss: a kernel each, in the forward pass alone.
    assert int(words[4]) - int(words[6]) >= 4
    assert words[5:] == ["kernels;", words[6], "without", "it"]


@pytest.mark.parametrize("named", ["my-loss", "my_loss", "my_loss.py:MyLoss", "./my_loss.py:MyLoss"])
def test_the_file_that_was_meant_is_named(tmp_path, monkeypatch, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_loss.py").touch()
    refused = check(named)
    assert refused.exit_code == 2
    assert f"no plugin named {named!r}; of the file my_loss.py: `ganzoo check my_loss.py`" in refused.stderr
