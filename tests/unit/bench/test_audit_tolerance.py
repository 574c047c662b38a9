"""The tolerance of an audit: none on the same machine, rounding on another, the spread between a CPU and a GPU."""

import math

import pytest

from ganzoo.bench.audit.again import tolerance
from ganzoo.bench.audit.verdict import Check, RunAudit
from ganzoo.bench.results.run_files.environment import Environment

HERE = {"device": "a processor", "kind": "cpu", "torch": "2.14.1", "numpy": "2.1.0", "torch-fidelity": "0.4.0"}


def between(**other):
    return tolerance(Environment.parse(HERE | other, "then"), Environment.parse(HERE, "now"))


def test_on_the_same_machine_every_digit_counts():
    same = between()
    assert same.said == "equal to the last digit"
    assert same.holds(3.5, 3.5, 0.1) and same.holds(3.5, math.nextafter(3.5, 4), 0.1) is False


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"device": "another"}, "another processor"),
        ({"torch": "2.13.0"}, "another torch"),
        ({"numpy": "1.26.4"}, "another numpy"),
        ({"torch-fidelity": None}, "another torch-fidelity"),
    ],
)
def test_elsewhere_numbers_are_rounded_otherwise(other, said):
    rounded = between(**other)
    assert rounded.said == f"within 0.1% or half a standard error over the samples, on {said}"
    assert rounded.holds(100.0, 100.09, None) and rounded.holds(100.0, 100.2, None) is False
    assert rounded.holds(100.0, 100.4, 1.0) and rounded.holds(100.0, 100.6, 1.0) is False


def test_between_a_gpu_and_a_cpu_the_samples_differ():
    spread = between(kind="cuda", device="a GPU")
    assert spread.holds(100.0, 105.9, 1.0) and spread.holds(100.0, 106.1, 1.0) is False
    assert spread.holds(100.0, 100.0, None) is None


@pytest.mark.parametrize(
    ("status", "checks", "verdict", "said"),
    [
        ("done", [True, True], "holds", "a, b"),
        ("done", [True, None], "holds in part", "b; a"),
        ("done", [False, None], "does not hold", "a"),
        (None, [None], "not ended", "a"),
        (None, [False], "does not hold", "a"),
    ],
)
def test_a_verdict_is_that_of_its_worst_check(tmp_path, status, checks, verdict, said):
    made = [Check("result", held, name) for held, name in zip(checks, "ab"[: len(checks)], strict=True)]
    audit = RunAudit(tmp_path, "dcgan", 0, status, made)
    assert (audit.verdict, audit.said) == (verdict, said)
