"""The commands that a bench names once it has ended."""

from pathlib import Path

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner

from ganzoo.cli import cli

SAMPLE = "next: ganzoo sample runs/first/{}/seed0 --out samples.png"
EXPORT = "next: ganzoo export runs/first/{}/seed0 --out exported"


def said(monkeypatch: pytest.MonkeyPatch, runs: list[dict]) -> list[str]:
    """The words behind ``next:``, of a bench that ended with these runs."""
    ended = fabricated.results(runs), Path("runs/first")
    monkeypatch.setattr("ganzoo.bench.bench.run_bench", lambda *_: ended)
    done = CliRunner().invoke(cli, ["--no-plugins", "bench", "dcgan", "--quiet"])
    return [line for line in done.stderr.splitlines() if line.startswith("next: ")]


def test_the_only_run_can_be_drawn_from_and_exported(monkeypatch):
    runs = [fabricated.run("dcgan", 0, {"fid": 10.0, "is": 8.0})]
    assert said(monkeypatch, runs) == [SAMPLE.format("dcgan"), EXPORT.format("dcgan")]


def test_of_several_runs_the_first_that_is_done_can_be_drawn_from(monkeypatch):
    runs = [fabricated.stopped("late", 0, "diverged", "NaN"), *fabricated.two_recipes()]
    assert said(monkeypatch, runs) == [SAMPLE.format("dcgan")]


def test_nothing_can_be_drawn_from_a_bench_without_a_run_that_is_done(monkeypatch):
    assert said(monkeypatch, [fabricated.stopped("late", 0, "diverged", "NaN")]) == []
