"""``ganzoo selftest``: sound parts pass, and each of its tests fails for a part that breaks what it tests."""

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from ganzoo_plugins.augmentation.diffaugment import DiffAugment
from ganzoo_plugins.fidelity.coverage import Coverage
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.inception_score import InceptionScore
from ganzoo_plugins.fidelity.infinity import FrechetAtInfinity
from ganzoo_plugins.fidelity.kernel import KernelDistance
from ganzoo_plugins.fidelity.manifold import Recall
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.modes.coverage import Modes
from ganzoo_plugins.modes.quality import HighQuality
from printed_json import read_printed
from scipy.linalg import sqrtm

from ganzoo.cli import cli
from ganzoo.layers import Doubled, Halved
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Registry
from ganzoo.selftest import CHECKS, distances, games, run, symmetry
from ganzoo.selftest.answer import Found
from ganzoo.selftest.subject import Subject
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    cache = Cache(tmp_path_factory.mktemp("cache"))
    return Subject(load_zoo(third_party=False).registry, cache, torch.device("cpu"))


@pytest.mark.parametrize("name", CHECKS)
def test_sound_parts_pass(subject, name):
    found = CHECKS[name](subject)
    assert found.ok, found.text
    assert all(type(value) in (int, float) for value in found.figures.values()) and found.figures


def changed(change):
    """What takes the place of a method: the old one's answer, changed."""
    return lambda old: lambda self, *given: change(old(self, *given))


BROKEN = [
    ("itself", FrechetDistance, "compare", changed(lambda found: found + 1e-3)),
    ("itself", KernelDistance, "compare", changed(lambda found: abs(found))),
    ("itself", Coverage, "compare", changed(lambda found: found - 1e-3)),
    ("halves", FrechetDistance, "compare", changed(lambda found: 0.0)),
    ("halves", FrechetDistance, "compare", changed(lambda found: 2 * found)),
    ("gaussians", FrechetDistance, "compare", changed(lambda found: 1.0001 * found)),
    ("fid-infinity", FrechetAtInfinity, "compare", changed(lambda found: found - 0.5)),
    ("kid-unbiased", KernelDistance, "compare", changed(lambda found: found + 2)),
    ("duplicates", Recall, "compare", changed(lambda found: 1.0)),
    ("duplicates", Coverage, "compare", changed(lambda found: 2 * found)),
    ("lost-classes", InceptionScore, "compare", changed(lambda found: 9.5)),
    ("lost-classes", Recall, "compare", changed(lambda found: 0.9)),
    ("lost-modes", Modes, "compare", changed(lambda found: found + 1)),
    ("lost-modes", HighQuality, "compare", changed(lambda found: found - 2)),
    ("penalties", GradientPenalty, "d_penalty", changed(lambda found: 1.001 * found)),
    ("penalties", R1, "d_penalty", changed(lambda found: 2 * found)),
    ("penalties", R1, "d_penalty", changed(lambda found: 2 * found - found.detach())),  # the value is right
    ("symmetry", Doubled, "forward", changed(lambda found: found.roll(1, dims=3))),
    ("symmetry", Halved, "forward", changed(lambda found: found.roll(1, dims=2))),
    ("symmetry", DiffAugment, "view", changed(lambda found: found.roll(1, dims=3))),
]


@pytest.mark.parametrize(("name", "kind", "method", "change"), BROKEN)
def test_a_broken_part_fails(tmp_path, subject, monkeypatch, name, kind, method, change):
    monkeypatch.setattr(kind, method, change(vars(kind).get(method) or getattr(kind, method)))
    every = symmetry._names  # of which those are looked at that the broken ones are in
    monkeypatch.setattr(symmetry, "_names", lambda *asked: {"r3gan", "diffaugment"}.intersection(every(*asked)))
    # What the sound parts keep of the real images is no concern of the broken ones.
    fresh = Subject(subject.registry, Cache(tmp_path), subject.device)
    assert not CHECKS[name](fresh).ok


def test_a_game_that_does_not_repeat_fails(subject, monkeypatch):
    build, seeds = games.build_parts, iter((1, 2))
    monkeypatch.setattr(games, "build_parts", lambda *given, seed, **how: build(*given, seed=next(seeds), **how))
    found = games.seed(subject)
    assert not found.ok and found.figures["differ"] > 0


def test_another_device_is_held_against_the_cpu(subject, monkeypatch):
    assert games.device(subject).ok
    played = games._played
    off = {"cpu": 0.0, "other": 0.5}
    monkeypatch.setattr(
        games, "_played", lambda it, place: ({}, {k: v + off[place] for k, v in played(it, "cpu")[1].items()})
    )
    other = Subject(subject.registry, subject.cache, "other")
    assert not games.device(other).ok


def test_the_closed_form_is_that_of_any_dimension():
    one, other = distances._turned(20, 2, 0.3), distances._turned(75, 1, 0.6)
    mean = torch.tensor([0.3, -0.4], dtype=torch.float64)
    a, b = (one @ one.T).numpy(), (other @ other.T).numpy()
    want = 0.25 + np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert distances.frechet(mean, one, other) == pytest.approx(want, rel=1e-12)


def test_what_cannot_be_made_has_failed_with_the_reason(tmp_path):
    answers = list(run(Registry(), Cache(tmp_path)))
    assert [answer.name for answer in answers] == list(CHECKS)
    assert not any(answer.ok for answer in answers)
    assert answers[0].text.startswith("it could not be made: ")
    assert all("Error:" not in answer.text for answer in answers)  # sentences for users


def selftest(*args):
    return CliRunner().invoke(cli, ["selftest", *args])


@pytest.fixture
def two(monkeypatch):
    """Two tests, the second of which prints, and fails unless it is told otherwise."""
    verdict = {"ok": False}

    def second(subject):
        print("a library's own words")
        return Found("7 (6)", {"seven": 7.0}, verdict["ok"])

    first = Found("0 (0)", {}, True)
    monkeypatch.setattr("ganzoo.selftest.checks.CHECKS", {"itself": lambda subject: first, "b": second})
    return verdict


def test_the_command_prints_a_line_each_and_fails_if_one_does(two):
    result = selftest("--device", "cpu")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["itself", "ok", "0", "(0)"]
    assert lines[1].split() == ["b", "FAILED", "7", "(6)"]
    assert lines[2].startswith("2 tests on cpu in ") and lines[2].endswith("1 ok, 1 failed")
    two["ok"] = True
    assert selftest("--device", "cpu").exit_code == 0


def test_the_command_prints_json(two):
    result = selftest("--device", "cpu", "--json")
    assert result.exit_code == 1
    report = read_printed("ganzoo selftest --json", result.stdout)
    assert (report["schema"], report["device"], report["ok"]) == (1, "cpu", False)
    assert [(test["name"], test["ok"], test["figures"]) for test in report["tests"]] == [
        ("itself", True, {}),
        ("b", False, {"seven": 7.0}),
    ]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_refused():
    result = selftest("--device", "cuda")
    assert result.exit_code == 3 and "sees no CUDA device" in result.output
