"""What a checkpoint keeps, and what it notices."""

import json
import shutil

import pytest
import torch
from tiny_players import conv_trainer

from ganzoo.errors import SetupError
from ganzoo.interfaces import Regularizer
from ganzoo.training import checkpoint

OPTIMIZERS = [
    {"name": "adam", "lr": 1e-3, "betas": [0.5, 0.999]},
    {"name": "adam", "lr": 1e-3, "amsgrad": True},
    {"name": "adamw", "lr": 1e-3, "weight_decay": 0.1},
    {"name": "rmsprop", "lr": 1e-3, "momentum": 0.5},
    {"name": "sgd", "lr": 1e-2},
    {"name": "sgd", "lr": 1e-2, "momentum": 0.9},
    {"name": "adagrad", "lr": 1e-2},
    {"name": "nadam", "lr": 1e-3},
]


class Counts(Regularizer):
    """Its penalty depends on its state and on a draw of its own."""

    def __init__(self):
        super().__init__()
        self.register_buffer("k", torch.zeros(()))

    def d_penalty(self, turn):
        self.k.add_(1.0)
        return self.k.clone() * torch.rand((), generator=turn.rng) * turn.on_real["logits"].square().mean()


def state(trainer):
    return {name: tensor.clone() for name, tensor in trainer.state()[0].items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: "-".join(str(v) for v in o.values()))
@pytest.mark.parametrize(
    "schedule", [{"ema": 0.9}, {"order": "simultaneous"}, {"d_steps": 2, "share_fakes": True}], ids=str
)
def test_going_on_is_the_same_bit_for_bit(tmp_path, optimizer, schedule):
    def fresh():
        return conv_trainer(schedule, [Counts()], classes=3, g_optimizer=optimizer, d_optimizer=optimizer, flips=True)

    straight = fresh()
    for _ in range(5):
        straight.step()
    first = fresh()
    for _ in range(2):
        first.step()
    checkpoint.save(tmp_path, first.steps, *first.state())
    second = fresh()
    torch.rand(3)  # another process has drawn something else
    second.load_state(*checkpoint.newest(tmp_path))
    for _ in range(3):
        second.step()
    assert same(state(straight), state(second))
    assert second.turns == straight.turns and second.steps == 5


def test_each_part_of_the_state_matters(tmp_path):
    """Were one of them dropped from a checkpoint, the run would come out differently."""

    def fresh():
        return conv_trainer({"ema": 0.9}, [Counts()], flips=True)

    first = fresh()
    for _ in range(3):
        first.step()
    tensors, values = first.state()
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    values = json.loads(json.dumps(values))

    def after(changes):
        t = fresh()
        blank = fresh()
        for _ in range(1):  # an optimizer has no state before its first step
            blank.step()
        other = blank.state()[0]
        t.load_state(
            {name: other[name] if name.startswith(changes) else tensor for name, tensor in tensors.items()}, values
        )
        for _ in range(2):
            t.step()
        return state(t)

    whole = after(("nothing",))
    parts = (
        "G.",
        "D.",
        "G_ema.",
        "regularizer.0.",
        "optimizer.G.",
        "optimizer.D.",
        "rng.noise",
        "rng.terms",
        "rng.layers",
        "rng.flips.D",
    )
    for part in parts:
        assert not same(whole, after((part,))), part
    for missing in ("G.", "D.", "G_ema.", "regularizer.0.", "rng.noise"):
        with pytest.raises((KeyError, RuntimeError)):
            fresh().load_state({n: t for n, t in tensors.items() if not n.startswith(missing)}, values)


def test_position_in_the_data_goes_on(tmp_path):
    t = conv_trainer()
    for _ in range(3):
        t.step()
    expected = t._deal("D")[0]
    u = conv_trainer()
    u.load_state(*t.state())
    assert torch.equal(u._deal("D")[0], expected)


def save_three(folder):
    t = conv_trainer()
    for _ in range(3):
        t.step()
        checkpoint.save(folder, t.steps, *t.state())


def test_the_newest_two_are_kept(tmp_path):
    save_three(tmp_path)
    assert [p.name for p in checkpoint.checkpoints(tmp_path)] == ["step-000000003", "step-000000002"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-000000002", "step-000000003"]  # nothing half-written
    assert sorted(p.name for p in (tmp_path / "step-000000003").iterdir()) == [
        "manifest.json",
        "state.json",
        "state.safetensors",
    ]


def test_damage_is_noticed_and_the_one_before_is_taken(tmp_path, said):
    save_three(tmp_path)
    path = tmp_path / "step-000000003"
    good = (path / "state.safetensors").read_bytes()
    rng = torch.Generator().manual_seed(0)
    harmed = [b"", good[:100], good[:-7], good[:-64] + bytes(64)]
    for _ in range(40):
        at = int(torch.randint(len(good), (), generator=rng))
        harmed.append(good[:at] + bytes([good[at] ^ (1 << int(torch.randint(8, (), generator=rng)))]) + good[at + 1 :])
    for bad in harmed:
        (path / "state.safetensors").write_bytes(bad)
        said.clear()
        _, values = checkpoint.newest(tmp_path)
        assert values["steps"] == 2
        assert len(said) == 1 and "step-000000003" in said[0] and "sha256" in said[0]
    for name in ("manifest.json", "state.json", "state.safetensors"):
        (path / "state.safetensors").write_bytes(good)
        kept = (path / name).read_bytes()
        (path / name).unlink()
        assert checkpoint.newest(tmp_path)[1]["steps"] == 2
        (path / name).write_bytes(kept)
    assert checkpoint.newest(tmp_path)[1]["steps"] == 3


def test_nothing_there(tmp_path):
    assert checkpoint.newest(tmp_path / "none") is None


def test_no_room_is_said_and_the_old_one_stays(tmp_path, monkeypatch):
    save_three(tmp_path)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    t = conv_trainer()
    with pytest.raises(SetupError, match=r"no room for a checkpoint in .*: [\d,]+ bytes are needed, 1,000 are free"):
        checkpoint.save(tmp_path, 9, *t.state())
    assert checkpoint.newest(tmp_path)[1]["steps"] == 3


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    from pathlib import Path

    save_three(tmp_path)

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SetupError, match="No space left"):
        checkpoint.save(tmp_path, 9, *conv_trainer().state())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-000000002", "step-000000003"]
