"""A run's verdicts: of the samples that its numbers are of, as ``result.json`` has them."""

from types import SimpleNamespace

import pytest
import torch
from examinable_run import noise, run

from ganzoo.bench.results.run_files.result import RunVerdict
from ganzoo.bench.runs.examine import verdicts
from ganzoo.bench.runs.examine.verdicts import verdicts_on


def judged(training, generated=None, *, samples=150, **more):
    """The verdicts on a run with these images."""
    session = run(training, generated, samples=samples, **more)
    session.spec = SimpleNamespace(samples=samples, seed=0, name="dealer")
    session.device, session.pairs, session.images = torch.device("cpu"), "", SimpleNamespace(classes=())
    found = verdicts_on(session)
    for verdict in found:
        RunVerdict.model_validate(verdict)
    return {verdict["kind"]: verdict for verdict in found}


def test_a_generator_of_copies_is_found_out_by_name():
    found = judged(noise(300, size=8))
    assert found["copies-training"]["alarm"] and found["copies-training"]["numbers"]["training_copies"] == 1
    assert found["copies-training"]["sentence"] == "dealer copies its training images."
    assert found["copies-training"]["next"] and "no-copies" not in found


def test_a_generator_that_draws_held_out_images_is_found_out():
    strange = noise(80, 1, size=8)
    assert judged(noise(300, size=8), strange, held_out=strange)["copies-held-out"]["alarm"]


def test_an_honest_generator_of_distinct_images_does_not_copy():
    found = judged(noise(300, size=8), noise(5_000, 2, size=8))
    assert [kind for kind, verdict in found.items() if verdict["alarm"]] == []
    assert found["no-copies"]["sentence"] == "dealer does not copy its training images."


def test_points_are_judged_too():
    rng = torch.Generator().manual_seed(0)
    points = torch.randn(300, 2, 1, 1, generator=rng)
    assert judged(points)["copies-training"]["alarm"]


def test_of_few_images_nothing_is_said():
    assert judged(noise(40, size=8)) == {}


def test_other_data_than_images_and_points_have_no_verdicts(monkeypatch):
    monkeypatch.setattr(verdicts, "FIRST", ())
    assert judged(noise(300, size=8)) == {}


def test_a_run_that_is_done_is_not_lost_where_verdicts_fail(monkeypatch, caplog):
    def broken(evidence):
        raise RuntimeError("no memory")

    monkeypatch.setattr(verdicts, "measured", broken)
    assert judged(noise(300, size=8)) == {}
    assert caplog.messages[-1].endswith(": no verdicts: no memory")  # and nobody takes silence for praise


@pytest.mark.parametrize(("n", "most"), [(5, 10), (10, 3)])
def test_some_rows_are_all_or_so_many(n, most):
    rows = verdicts._some(n, most)
    assert len(rows.unique()) == min(n, most)
