"""Recipes played again, against numbers that ship with them."""

import json
from types import SimpleNamespace

import pytest
from installed_plugins import Site
from scipy import stats
from small_benches import ganzoo_here

from ganzoo.bench.references import ReferenceNumbers, choose, references_of
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.verify import judge_again
from ganzoo.errors import GanzooError
from ganzoo.registry.discovery import load_zoo

FID = {"key": "fid", "label": "FID", "better": "lower"}
IS = {"key": "is", "label": "IS", "better": "higher"}
SEEDS = {0: {"fid": 10.0, "is": 8.0}, 1: {"fid": 11.0, "is": 8.2}, 2: {"fid": 10.4, "is": 7.9}}


def reference(runs=SEEDS, columns=(FID, IS), asked=None, **changes):
    given = {"recipe": "mine", "dataset": "digits", "hash": "", "samples": 64, "identity": {}, "device": "a processor"}
    given |= {"budget": Budget(kimg=1.0), "columns": columns, "runs": runs, "asked": asked or len(runs)}
    return ReferenceNumbers(**{**given, **changes})


def runs(*metrics):
    return [
        {"status": "done" if found else "diverged", "seed": seed, "metrics": found or {}}
        for seed, found in enumerate(metrics)
    ]


def test_the_tests_are_scipys_and_one_sided():
    now = [{"fid": 10.9, "is": 8.4}, {"fid": 11.8, "is": 8.1}, {"fid": 11.0, "is": 8.5}]
    fid, inception = judge_again([(reference(), runs(*now))])
    then, new = [10.0, 11.0, 10.4], [10.9, 11.8, 11.0]
    worse = stats.ttest_ind(new, then, equal_var=False, alternative="greater").pvalue
    assert fid.p == pytest.approx(2 * worse, rel=1e-9)  # the smaller of two, by Holm
    other = stats.ttest_ind([8.4, 8.1, 8.5], [8.0, 8.2, 7.9], equal_var=False, alternative="less").pvalue
    assert inception.p == pytest.approx(max(other, fid.p), rel=1e-9)
    assert (fid.reference, fid.now, fid.worse, inception.worse) == (tuple(then), tuple(new), False, False)
    assert fid.detectable > 0


@pytest.mark.parametrize(
    ("fids", "scores", "worse"),
    [
        ((10.0, 11.0, 10.4), (8.0, 8.2, 7.9), (False, False)),
        ((20.0, 21.0, 20.4), (8.0, 8.2, 7.9), (True, False)),
        ((1.0, 1.1, 1.2), (8.0, 8.2, 7.9), (False, False)),  # better is not worse
        ((10.0, 11.0, 10.4), (2.0, 2.2, 1.9), (False, True)),
        ((10.0, 11.0, 10.4), (12.0, 12.2, 11.9), (False, False)),
    ],
)
def test_worse_is_what_chance_does_not_explain(fids, scores, worse):
    now = [{"fid": fid, "is": score} for fid, score in zip(fids, scores, strict=True)]
    assert tuple(verdict.worse for verdict in judge_again([(reference(), runs(*now))])) == worse


def test_many_tests_together_do_not_cry_wolf():
    """A loss that one test alone would call significant is none among ten."""
    now = runs({"fid": 11.3}, {"fid": 12.1}, {"fid": 11.7})
    one = reference(columns=(FID,))
    (alone,) = judge_again([(one, now)])
    same = runs(*SEEDS.values())
    among = judge_again([(one, now)] + 9 * [(one, same)])
    assert alone.p < 0.05 and alone.worse
    assert among[0].p == pytest.approx(10 * alone.p) and not among[0].worse


def test_runs_that_fail_count_as_worst():
    good = {"fid": 1.0, "is": 9.0}
    for verdict in judge_again([(reference(), runs(good, good, None))]):
        assert verdict.worse and verdict.p is None and verdict.reason == "1 of 3 runs did not finish"
    one_failed = reference(asked=4)
    assert not any(verdict.worse for verdict in judge_again([(one_failed, runs(good, good, good, None))]))
    assert all(verdict.worse for verdict in judge_again([(one_failed, runs(good, good, None))]))


def test_a_number_that_is_gone_is_worse():
    without = [{"fid": 10.0, "is": None}, {"fid": 10.5, "is": None}, {"fid": 10.6, "is": 8.0}]
    fid, inception = judge_again([(reference(), runs(*without))])
    assert not fid.worse and inception.worse and inception.reason == "1 of 3 runs have a number"


def test_the_reference_of_the_smallest_budget_is_chosen():
    small, large = reference(), reference(budget=Budget(kimg=9.0))
    other = reference(dataset="mnist", budget=Budget(kimg=5.0))
    every = [large, other, small]
    assert choose("mine", every, None, None) is small
    assert choose("mine", every, "mnist", None) is other
    assert choose("mine", every, None, Budget(kimg=9.0)) is large
    with pytest.raises(GanzooError, match="are of digits, 9 kimg; mnist, 5 kimg; digits, 1 kimg, and of nothing else"):
        choose("mine", every, "cifar10", None)


def test_minutes_and_single_seeds_are_no_reference():
    minutes, one_seed = reference(budget=Budget(minutes=1.0)), reference(runs={0: SEEDS[0]})
    for found in ([], [minutes], [one_seed]):
        with pytest.raises(GanzooError, match="no reference numbers ship with the recipe 'mine'"):
            choose("mine", found, None, None)


def test_every_bundled_reference_can_be_read():
    found = {}
    for entry in load_zoo(third_party=False).registry.all("recipe"):
        found[entry.name] = references_of(entry, load_zoo(third_party=False).registry)
    assert {kind.budget.kimg for kind in found["dcgan"]} == {100.0, 200.0}
    assert len(choose("dcgan", found["dcgan"], None, None).values("fid")) == 3


@pytest.mark.parametrize("content", ["[", "[]", '{"recipes": {"mine": [{"reference": {}}]}}'])
def test_a_strangers_file_is_one_sentence(tmp_path, content):
    (tmp_path / "numbers.json").write_text(content)
    entry = SimpleNamespace(name="mine", plugin="stranger", measured=tmp_path / "numbers.json")
    with pytest.raises(GanzooError, match=r"the numbers of the recipe 'mine' in .* cannot be read") as error:
        references_of(entry, load_zoo(third_party=False).registry)
    assert "\n" not in str(error.value)


PLUGIN = """import pathlib, ganzoo
@ganzoo.hookimpl
def register_recipes(register):
    here = pathlib.Path(__file__).parent
    register('mine', here / 'mine.yaml', measured=here / 'numbers.json')
"""
RECIPE = """title: Mine
generator: {name: dcgan, width: 4}
discriminator: {name: dcgan, width: 4}
loss: hinge
g_optimizer: {lr: 1e-3}
d_optimizer: {lr: 1e-3}
schedule: {batch: 16}
"""


@pytest.fixture(scope="module")
def bundled():
    """A reference that ships, for the identity of the extractor ``digits``."""
    registry = load_zoo(third_party=False).registry
    return choose("dcgan", references_of(registry.get("recipe", "dcgan"), registry), "digits", None)


@pytest.fixture
def ship(tmp_path, monkeypatch, bundled):
    """Install a recipe with made-up numbers."""
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "mine.yaml").write_text(RECIPE)
    Site(tmp_path).install("stranger", PLUGIN)

    def write(fids, **changes):
        told = {"dataset": "digits", "hash": bundled.hash, "budget": {"kimg": 0.5}, "samples": 64, "asked": len(fids)}
        identity = {key: value for key, value in bundled.identity.items() if not key.startswith("is.")}
        told |= {"identity": identity, "columns": [bundled.columns[0]]}
        told["runs"] = {str(seed): {"fid": fid} for seed, fid in enumerate(fids)}
        row = {"device": "a processor", "reference": {**told, **changes}}
        (tmp_path / "numbers.json").write_text(json.dumps({"schema": 1, "recipes": {"mine": [row]}}))

    return write


def test_a_recipe_is_played_again_from_end_to_end(tmp_path, ship):
    words = ("verify", "mine", "--device", "cpu", "--parallel", "1", "--threads", "1", "--out", "bench", "--quiet")
    ship([1000.0, 1010.0])
    passed = ganzoo_here(*words, cwd=tmp_path)
    assert "mine on digits, 0.5 kimg: 2 seeds, against the reference from a processor" in passed.stdout
    assert "passed: none of 1 means is worse than its reference" in passed.stdout and "WORSE" not in passed.stdout
    # the runs have ended, and are not repeated for other numbers
    ship([0.01, 0.02])
    failed = ganzoo_here(*words, "--json", cwd=tmp_path, check=False)
    assert failed.returncode == 1
    found = json.loads(failed.stdout)
    (verdict,) = found["verdicts"]
    assert not found["passed"] and verdict["worse"] and verdict["p"] < 0.05
    results = json.loads((tmp_path / "bench" / "results.json").read_text())
    assert verdict["now"] == [run["metrics"]["fid"] for run in results["runs"]] and results["seeds"] == [0, 1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hash": "0" * 64}, "their data's hash is '0000"),
        ({"identity": {"extractor": "digits", "version": "0"}}, "their version is '0', and here it is '1'"),
        ({"dataset": "letters"}, "there is no dataset and no path 'letters'"),
    ],
)
def test_numbers_that_do_not_compare_are_refused_before_any_training(tmp_path, ship, changes, said):
    ship([1.0, 2.0], **changes)
    found = ganzoo_here("verify", "mine", "--device", "cpu", "--out", "bench", cwd=tmp_path, check=False)
    assert found.returncode == 2 and said in found.stderr
    assert not (tmp_path / "bench").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mlp-gan-of-nobody",), "no recipe named"),
        (("dcgan:loss=hinge",), "; `ganzoo bench dcgan dcgan:loss=hinge` compares it with another"),
        (("./mine.yaml",), "'./mine.yaml' is no recipe as it ships, and has no reference numbers"),
        (("dcgan", "--seeds", "1"), "a test of means takes two seeds or more, and 1 was asked for"),
        (("dcgan", "--budget", "7kimg"), "are of digits, 200 kimg; digits, 100 kimg, and of nothing else"),
    ],
)
def test_what_cannot_be_verified_is_one_sentence(tmp_path, words, said):
    found = ganzoo_here("verify", *words, cwd=tmp_path, check=False)
    assert found.returncode == 2 and said in found.stderr and found.stderr.count("\n") == 1
