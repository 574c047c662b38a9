"""``ganzoo selftest --cheats``: planted cheats are found out, honest generators are not, and a miss is told."""

import pytest
import torch
from click.testing import CliRunner
from printed_json import read_printed

from ganzoo.cli import cli
from ganzoo.registry.discovery import load_zoo
from ganzoo.selftest import cheats
from ganzoo.selftest import planted as plant
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


@pytest.mark.slow
def test_every_cheat_is_found_out_and_no_honest_generator():
    run = CliRunner().invoke(cli, ["selftest", "--cheats", "--json"])
    assert run.exit_code == 0, run.output
    told = read_printed("ganzoo selftest --json", run.stdout)
    assert told["ok"] and told["device"] == "cpu"
    names = [test["name"] for test in told["tests"]]
    assert names == [cheat.name for cheat in cheats.CHEATS] + ["honest digits-dcgan", "honest digits-cgan-pd"]
    assert all("Next: " in test["text"] and test["figures"] for test in told["tests"][: len(cheats.CHEATS)])


def test_a_cheat_that_is_missed_and_a_false_alarm_are_told(registry, tmp_path, monkeypatch):
    """The copies here are honest samples, and the honest ones are copies."""
    honest = plant.Planted("copies", frozenset({"copies-training"}), plant.fewer(0.9).make)
    monkeypatch.setattr(cheats, "CHEATS", (honest,))

    def copies(n):
        x = torch.randint(0, 256, (n, 1, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
        x[: n // 2] = x[:1]
        return x

    missed, accused = cheats.run_cheats(registry, Cache(tmp_path), {"repeater": copies})
    assert not missed.ok and missed.text.startswith("not found out; what was said: ")
    assert not accused.ok and accused.name == "honest repeater" and "false alarm" in accused.text


def test_it_judges_on_the_cpu_alone():
    run = CliRunner().invoke(cli, ["selftest", "--cheats", "--device", "meta"])
    assert run.exit_code == 2
