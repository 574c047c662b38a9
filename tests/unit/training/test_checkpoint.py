"""What a checkpoint keeps, and what it notices."""

import json
import shutil
from hashlib import sha256

import pytest
import torch
from safetensors.torch import load, save
from tiny_players import conv_trainer

from benchmarks.reliability.killing import killed_at_every_moment
from ganzoo.errors import CheckpointError, SetupError
from ganzoo.interfaces import Regularizer
from ganzoo.training.checkpoints import checkpoint
from ganzoo.training.checkpoints.state import load_players, require_state

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
MORE = ("adadelta", "adafactor", "adamax", "asgd", "radam", "rprop")


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
        with pytest.raises(CheckpointError, match=f"it lacks '{missing}"):
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


def rewritten(path, change):
    """Change the content of a checkpoint and sign it anew, by the format's words alone."""
    tensors = load((path / "state.safetensors").read_bytes())
    values = json.loads((path / "state.json").read_text())
    manifest = json.loads((path / "manifest.json").read_text())
    manifest = change(tensors, values, manifest) or manifest
    state, plain = save(tensors), json.dumps(values).encode()
    manifest |= {"state.safetensors": sha256(state).hexdigest(), "state.json": sha256(plain).hexdigest()}
    own = {key: value for key, value in manifest.items() if key != "manifest.json"}
    if "manifest.json" in manifest:
        manifest["manifest.json"] = sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()
    (path / "state.safetensors").write_bytes(state)
    (path / "state.json").write_bytes(plain)
    (path / "manifest.json").write_text(json.dumps(manifest))


def without_list(tensors, values, manifest):
    """The manifest as it was before it had a list."""
    return {key: manifest[key] for key in ("schema", "state.safetensors", "state.json")}


PARTS = {
    "G": "G.embed.weight",
    "D": "D.embed.weight",
    "G_ema": "G_ema.embed.weight",
    "regularizer.0": "regularizer.0.k",
    "optimizer.G": "",
    "optimizer.D": "",
    "optimizer.D.0.exp_avg": "",
    "optimizer.D.0.step": "",
    "sums": "sums",
    "rng.noise": "rng.noise",
    "rng.terms": "rng.terms",
    "rng.flips.D": "rng.flips.D",
    "rng.layers": "rng.layers",
}
VALUES = ["steps", "turns", "turns.D", "optimizers", "optimizers.G", "optimizers.G.groups", "scalers", "scalers.D"]


def taken_out(part):
    def change(tensors, values, manifest):
        for name in [name for name in tensors if name == part or name.startswith(f"{part}.")]:
            del tensors[name]

    return change


def value_taken_out(key):
    def change(tensors, values, manifest):
        *above, last = key.split(".")
        for step in above:
            values = values[step]
        del values[last]

    return change


def three_of(folder):
    def fresh():
        return conv_trainer({"ema": 0.9}, [Counts()], classes=3, flips=True)

    trainer = fresh()
    for _ in range(3):
        trainer.step()
        checkpoint.save(folder, trainer.steps, *trainer.state())
    return fresh


def loaded(folder, trainer):
    return checkpoint.newest_that(folder, lambda found: trainer.load_state(found.tensors, found.values) or found.step)


@pytest.mark.parametrize("listed", [True, False], ids=["with its list", "of before there was a list"])
def test_a_checkpoint_that_lacks_a_part_is_passed_over_for_the_one_before(tmp_path, said, listed):
    fresh = three_of(tmp_path / "whole")
    changes = {part: taken_out(part) for part in PARTS} | {key: value_taken_out(key) for key in VALUES}
    for part, change in changes.items():
        folder = tmp_path / "one"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tmp_path / "whole", folder)
        said.clear()
        rewritten(folder / "step-000000003", change)
        if not listed:
            rewritten(folder / "step-000000003", without_list)
        trainer = fresh()
        assert loaded(folder, trainer) == 2 and trainer.steps == 2, part
        (line,) = said
        assert "step-000000003 is left out" in line and "step-000000002 is taken instead" in line, line
        if listed and part in PARTS:
            assert part in line
        elif PARTS.get(part):
            assert PARTS[part] in line


def test_a_checkpoint_is_read_without_its_list_and_one_of_before_there_were_norms(tmp_path):
    fresh = three_of(tmp_path)
    straight = fresh()
    straight.load_state(*checkpoint.newest(tmp_path))
    straight.step()
    for change in (without_list, taken_out("norms")):
        rewritten(tmp_path / "step-000000003", change)
        trainer = fresh()
        assert loaded(tmp_path, trainer) == 3
        trainer.step()
        assert all(torch.equal(a, state(trainer)[name]) for name, a in state(straight).items() if name != "norms")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t, v, m: v.update(steps=0), "of 0 steps and of 3 turns of D"),
        (lambda t, v, m: v.update(steps=True), "steps"),
        (lambda t, v, m: t.update({"G.more": torch.zeros(3)}), "which part 'G' of the game does not know"),
        (lambda t, v, m: t.update({"G.embed.weight": torch.zeros(3)}), "needs float32 of shape"),
        (lambda t, v, m: t.update({"rng.noise": torch.zeros(16, dtype=torch.uint8)}), "'rng.noise'"),
        (lambda t, v, m: t.update({"optimizer.G.0.exp_avg": torch.zeros(2)}), "'0.exp_avg'"),
        (lambda t, v, m: t.update({"optimizer.G.0.more": torch.zeros(2)}), "'0.more'"),
        (lambda t, v, m: t.update({"optimizer.G.99.step": torch.zeros(())}), "no weight"),
        (lambda t, v, m: v["optimizers"]["D"]["groups"][0].update(params=[0]), "other weights"),
        (lambda t, v, m: v["optimizers"].update(D=3), "optimizers"),
        (lambda t, v, m: v["scalers"].update(D={"scale": 1.0}), "scalers.D"),
        (lambda t, v, m: v.update(schema=2), "is of schema 2"),
        (lambda t, v, m: {**m, "schema": 2}, "is of schema 2"),
        (lambda t, v, m: m.update(step=4), "its name tells another"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path, said, change, words):
    fresh = three_of(tmp_path)

    def relisted(tensors, values, manifest):
        manifest = change(tensors, values, manifest) or manifest
        manifest["parts"]["tensors"] = {name: list(tensor.shape) for name, tensor in tensors.items()}
        if words not in ("its name tells another", "is of schema 2"):
            return without_list(tensors, values, manifest)
        return manifest

    rewritten(tmp_path / "step-000000003", relisted)
    assert loaded(tmp_path, fresh()) == 2
    (line,) = said
    assert words in line and "\n" not in line


def test_a_buffer_that_a_newer_plugin_adds_is_named_with_the_part_and_nothing_is_lost(tmp_path):
    class Wider(Counts):
        def __init__(self):
            super().__init__()
            self.register_buffer("ratio", torch.ones(()))

    three_of(tmp_path)
    upgraded = conv_trainer({"ema": 0.9}, [Wider()], classes=3, flips=True)
    upgraded.parts.titles["regularizer.0"] = "regularizer 'counts' of plugin 'mine'"
    before = state(upgraded)
    with pytest.raises(CheckpointError) as caught:
        loaded(tmp_path, upgraded)
    assert same(before, state(upgraded)) and upgraded.steps == 0  # nothing of it was loaded
    for word in ("lacks 'regularizer.0.ratio'", "regularizer 'counts' of plugin 'mine' needs", "step-000000002"):
        assert word in str(caught.value)
    assert len(checkpoint.checkpoints(tmp_path)) == 2


def test_any_flip_in_a_manifest_is_noticed(tmp_path, said):
    save_three(tmp_path)
    path = tmp_path / "step-000000003" / "manifest.json"
    good = path.read_bytes()
    rng = torch.Generator().manual_seed(0)
    for _ in range(60):
        at, bit = (int(torch.randint(n, (), generator=rng)) for n in (len(good), 8))
        path.write_bytes(good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :])
        assert checkpoint.newest(tmp_path)[1]["steps"] == 2, (at, bit)


def test_the_checkpoint_of_a_step_stands_while_its_successor_is_written(tmp_path):
    """A run that is taken up and stopped before its next step writes that step's checkpoint again."""
    trainer = conv_trainer()
    folder = tmp_path / "checkpoints"
    tensors, values = trainer.state()

    def begin():
        checkpoint.save(folder, 0, tensors, {**values, "which": 1})

    found = set()
    for _ in killed_at_every_moment(folder, begin, lambda: checkpoint.save(folder, 0, tensors, {**values, "which": 2})):
        found.add(checkpoint.newest(folder)[1]["which"])
        checkpoint.save(folder, 0, tensors, {**values, "which": 3})
        assert [path.name for path in checkpoint.checkpoints(folder)] == ["step-000000000"]
        assert checkpoint.newest(folder)[1]["which"] == 3
    assert found == {1, 2}


def test_those_of_later_steps_that_were_passed_over_do_not_crowd_out_the_good(tmp_path, said):
    save_three(tmp_path)
    for path in checkpoint.checkpoints(tmp_path):
        if path.name != "step-000000002":
            (path / "state.json").write_text("{}")
    trainer = conv_trainer()
    trainer.load_state(*checkpoint.newest(tmp_path))
    checkpoint.save(tmp_path, 2, *trainer.state())
    assert [path.name for path in checkpoint.checkpoints(tmp_path)] == ["step-000000002"]


def test_where_all_are_damaged_no_run_begins_anew_in_silence(tmp_path):
    save_three(tmp_path)
    for path in checkpoint.checkpoints(tmp_path):
        (path / "state.json").unlink()
    with pytest.raises(CheckpointError, match=r"step-000000003: state.json cannot be read.*step-000000002"):
        checkpoint.newest(tmp_path)


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, *({"name": name, "lr": 1e-3} for name in MORE)], ids=str)
def test_what_an_optimizer_keeps_is_foreseen(optimizer):
    """The state that a step leaves of each weight is what is demanded of a checkpoint, for every optimizer."""
    trainer = conv_trainer(g_optimizer=optimizer, d_optimizer=optimizer)
    trainer.step()
    tensors, values = trainer.state()
    require_state(trainer, tensors, values)
    kept = [name for name in tensors if name.startswith("optimizer.D.1.")]
    for name in kept if len(kept) > 1 else ():  # without the only one it is a weight that was never moved
        with pytest.raises(CheckpointError, match=name.removeprefix("optimizer.D.")):
            require_state(trainer, {key: value for key, value in tensors.items() if key != name}, values)


def test_players_alone_are_taken_from_a_run_of_another_device(tmp_path):
    """A GPU's streams and optimizers mean nothing on a CPU, and a look at the networks needs none of them."""
    fresh = three_of(tmp_path)
    found = checkpoint.newest(tmp_path)
    of_gpu = {name: tensor for name, tensor in found[0].items() if not name.startswith(("optimizer.", "rng."))}
    of_gpu |= {"rng.noise": torch.zeros(16, dtype=torch.uint8), "rng.layers.cuda": torch.zeros(16, dtype=torch.uint8)}
    trainer = fresh()
    with pytest.raises(CheckpointError, match="which the game needs"):
        trainer.load_state(of_gpu, found[1])
    load_players(trainer, of_gpu, found[1])
    players = [name for name in found[0] if name.startswith(("G", "D", "regularizer"))]
    assert all(torch.equal(state(trainer)[name], found[0][name]) for name in players) and trainer.steps == 3
    with pytest.raises(CheckpointError, match="lacks 'G_ema"):
        load_players(trainer, {n: t for n, t in of_gpu.items() if not n.startswith("G_ema.")}, found[1])
