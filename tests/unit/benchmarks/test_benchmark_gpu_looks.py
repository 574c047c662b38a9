"""The first look at a GPU: what it holds replayed steps against, and what it does when a look kills its process."""

import json
from types import SimpleNamespace

import pytest
import torch

from benchmarks.gpu import combinations, first_look, readings

EAGER = torch.tensor([[1.0, -2.0], [0.5, -4.0], [2.0, -1.0], [1.5, -3.0]], dtype=torch.float64)


def agreement(replayed, again=EAGER, precision="tf32"):
    return combinations.agreement(EAGER, again, replayed, precision)


def test_the_same_losses_agree():
    found = agreement(EAGER.clone())
    assert found["agrees"] and found["finite"] and found["moves"]
    assert found["replayed from eager"] == found["eager from eager"] == 0


def test_a_difference_is_a_share_of_that_players_largest_loss():
    replayed = EAGER.clone()
    replayed[1] += torch.tensor([0.02, 0.02], dtype=torch.float64)
    assert combinations.differences(EAGER, replayed) == pytest.approx([0, 0.02 / 2.0, 0, 0])
    replayed[1, 1] += 0.06  # 0.08 of 4
    assert combinations.differences(EAGER, replayed) == pytest.approx([0, 0.08 / 4.0, 0, 0])


def test_a_replay_of_stale_inputs_is_noticed():
    stale = EAGER.clone()
    stale[2:] = stale[1]  # each replay draws what the first one drew
    found = agreement(stale)
    assert not found["agrees"] and found["differs from step"] == 2
    assert not agreement(EAGER[:1].expand(4, 2))["moves"]


def test_what_two_eager_plays_differ_by_is_allowed_ten_times():
    again = EAGER.clone()
    again[3, 0] += 0.1  # 0.05 of 2
    far = EAGER.clone()
    far[3, 0] += 0.9
    assert not agreement(far)["agrees"] and agreement(far, again)["agrees"]
    far[3, 0] += 0.2
    assert agreement(far, again)["differs from step"] == 3


def test_a_late_drift_of_eager_plays_excuses_no_early_replay():
    again, early = EAGER.clone(), EAGER.clone()
    again[3, 0] += 0.6
    early[1:, 0] += 0.9
    found = agreement(early, again)
    assert not found["agrees"] and found["differs from step"] == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_losses_that_are_not_finite_agree_with_nothing(value):
    replayed = EAGER.clone()
    replayed[3, 1] = value
    found = agreement(replayed)
    assert not found["finite"] and not found["agrees"] and found["differs from step"] == 3


@pytest.mark.parametrize(("lazy", "norms"), [((), 8), ((16, 4), 8), ((16,), 0), ((4, 8), 4)])
def test_the_steps_are_enough_to_replay_each_kind(lazy, norms):
    """A kind is played, recorded and replayed at its first, second and third coming, whatever lazy terms are due."""
    trainer = SimpleNamespace(
        norms=SimpleNamespace(every=norms),
        parts=SimpleNamespace(regularizers=[SimpleNamespace(every=every) for every in lazy]),
    )

    def kind(step):
        return (*(step % every == 0 for every in lazy), bool(norms) and step % norms == 1)

    seen = [kind(step) for step in range(combinations.enough(trainer))]
    assert all(seen.count(each) >= 3 for each in {kind(step) for step in range(1000)})


# -- whatever a look does to its process -------------------------------------------------------------------------------


class Processes:
    """What ``first_look`` starts, in place of ``combinations.py``: each look ends as it is told to."""

    def __init__(self, out, fates):
        self.out, self.fates, self.started = out, fates, []

    def run(self, words):
        looks = [word for word in words if word.count(":") == 2]
        self.started.append(looks)
        with self.out.open("a") as file:
            for look in looks:
                fate = self.fates.get(look, "ends")
                if fate == "cannot begin":
                    return SimpleNamespace(returncode=1)
                print(json.dumps({"begun": look}), file=file)
                if fate == "poisons":
                    print(json.dumps({"ended": look, "failed": {"eager steps": "CUDA error"}}), file=file)
                    return SimpleNamespace(returncode=combinations.POISONED)
                if fate != "ends":
                    file.write('{"torn')
                    return SimpleNamespace(returncode=fate)
                print(json.dumps({"ended": look, "failed": {}, "replayed": True, "agrees": True}), file=file)
        return SimpleNamespace(returncode=0)


def looked(tmp_path, monkeypatch, fates, recipes=("a", "b")):
    out = tmp_path / "rows.jsonl"
    processes = Processes(out, fates)
    monkeypatch.setattr(first_look.subprocess, "run", processes.run)
    code = first_look.main(["--out", str(out), "--recipes", *recipes, "--precisions", "tf32", "bf16"])
    return code, processes, first_look.read_lines(out) if out.exists() else []


def test_all_combinations_are_looked_at_before_any_kernel_is_counted(tmp_path, monkeypatch):
    code, processes, lines = looked(tmp_path, monkeypatch, {})
    want = ["steps:a:tf32", "steps:b:tf32", "steps:a:bf16", "steps:b:bf16"]
    assert code == 0 and processes.started == [want + [key.replace("steps", "kernels") for key in want]]
    assert [line["ended"] for line in lines if "ended" in line] == processes.started[0]


def test_a_look_that_kills_its_process_costs_itself(tmp_path, monkeypatch):
    fates = {"steps:b:tf32": -11, "steps:a:bf16": "poisons", "kernels:a:tf32": 1}
    code, processes, lines = looked(tmp_path, monkeypatch, fates)
    ended = {line["ended"]: line for line in lines if "ended" in line}
    assert code == 0 and len(ended) == 8
    assert ended["steps:b:tf32"]["failed"] == {"all of it": "its process was ended by SIGSEGV"}
    assert "hung" in ended["kernels:a:tf32"]["failed"]["all of it"]
    assert [looks[0] for looks in processes.started] == [
        "steps:a:tf32",
        "steps:a:bf16",
        "steps:b:bf16",
        "kernels:b:tf32",
    ]


def test_where_nothing_can_be_begun_it_ends(tmp_path, monkeypatch):
    code, processes, _ = looked(tmp_path, monkeypatch, {"steps:a:tf32": "cannot begin"})
    assert code == 1 and len(processes.started) == 1


def test_the_table_has_a_row_for_each_combination(tmp_path, monkeypatch):
    looked(tmp_path, monkeypatch, {"steps:b:tf32": -6})
    found = readings.first_look(tmp_path)
    rows = found.tables["Replayed against eager steps"]
    assert [(row["recipe"], row["precision"]) for row in rows] == [(r, p) for p in ("tf32", "bf16") for r in ("a", "b")]
    assert [row["agrees"] for row in rows] == [True, None, True, True] and "SIGABRT" in rows[1]["note"]
    assert found.short == "3 of 4 replayed as played eagerly"
