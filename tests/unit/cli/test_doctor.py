"""``ganzoo doctor`` of a machine: its lines, its exit codes, its JSON."""

import json

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.cli.installation import doctor as command
from ganzoo.doctor import examine
from ganzoo.doctor.facts import Facts, Imported
from ganzoo.registry.probing.announcement import Announcement
from ganzoo.registry.registry import Entry
from ganzoo.registry.sources.installed import Found

MODULES = {name: Imported("2.9.1") for name in ("torch", "torchvision", "torch-fidelity")}
BROKEN = {**MODULES, "torchvision": Imported("0.24", "RuntimeError: \x1b[31mno nms")}


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with one plugin, whose facts are as a test sets them."""
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(command, "installed", lambda *how: [Found("mine", "ganzoo-core", "1.0")])
    monkeypatch.setattr(examine, "requirements", lambda: iter(()))

    def with_facts(modules, problems=(), entries=()):
        monkeypatch.setattr(examine, "_facts", lambda: Facts(modules))
        seen = Announcement(seconds=0.1, problems=problems, entries=entries)
        monkeypatch.setattr("ganzoo.registry.probing.probe.look_at", lambda *what, **how: [seen])

    return with_facts


def run(*args):
    return CliRunner().invoke(cli, ["doctor", *args])


def test_a_sound_machine(machine):
    machine(MODULES)
    done = run()
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "ok       torch: 2.9.1, built for the CPU alone"
    assert any(line.startswith("note     weights of inception, ") for line in lines)
    assert any(line.startswith("note     data set mnist: 4 of 4 files (11.6 MB) are not here: ") for line in lines)
    assert lines[-2:] == [
        "ok       mine (ganzoo-core 1.0): 0.10 s",
        "the machine: 0 problems; 1 plugin: 1 ok, 0 with problems",
    ]


def test_a_machine_that_lacks_something_exits_with_3(machine):
    machine(BROKEN, problems=("it needs torchvision",))
    done = run()
    assert done.exit_code == 3
    assert "FAILED   torchvision: torchvision 0.24 cannot be imported beside torch 2.9.1 (Runtime" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[-1] == "the machine: 1 problem; 1 plugin: 0 ok, 1 with problems"
    told = json.loads(run("--json").stdout)
    assert not told["ok"] and [row["problems"] for row in told["plugins"]] == [["it needs torchvision"]]
    assert [row["name"] for row in told["findings"] if row["state"] == "problem"] == ["torchvision"]


def test_without_torch_no_extractor_is_imported(machine, monkeypatch):
    machine({"torch": Imported("2.9.1", "ImportError: libtorch")})
    monkeypatch.setattr("ganzoo.registry.registry.Entry.load", lambda entry: pytest.fail("torch would be imported"))
    told = json.loads(run("--json").stdout)
    assert [row["state"] for row in told["findings"]] == ["problem", "ok", "note"]


def test_a_plugin_that_fails_exits_with_1_and_leaves_the_machine_out_where_it_is_named(machine):
    machine(BROKEN, problems=("it fails",))
    done = run("mine")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "1 plugin: 0 ok, 1 with problems")
    assert json.loads(run("mine", "--json").stdout)["findings"] == []
    machine(MODULES, problems=("it fails",))
    assert run().exit_code == 1


def test_what_is_wrong_in_the_file_of_a_recipe_is_a_fault_of_its_plugin(machine, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("generator: dcgan\ndiscriminator: dcgan\nloss: hinge\nlos: hinge\n")
    machine(MODULES, entries=(Entry("recipe", "bad", file, "mine", summary="One with a misspelt key."),))
    done = run("mine")
    assert done.exit_code == 1
    told = [f"recipe 'bad': bad.yaml: {key}: is missing" for key in ("g_optimizer", "d_optimizer")]
    told.append("recipe 'bad': bad.yaml: los: no such key; did you mean 'loss'?")
    assert {line.strip() for line in done.stdout.splitlines()} >= set(told)
    assert set(json.loads(run("mine", "--json").stdout)["plugins"][0]["problems"]) >= set(told)
