"""Steps that are captured and replayed, on a tape that does what a CUDA graph does."""

import pytest
import torch
from replayed import agree, played, same
from tiny_players import conv_trainer

from ganzoo.interfaces import Regularizer
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.replay import Replays


class Quadratic(Regularizer):
    """A penalty for either player that draws, and remembers in a buffer."""

    def __init__(self, **given):
        super().__init__(**given)
        self.register_buffer("mean", torch.zeros(()))

    def d_penalty(self, turn):
        weight = torch.rand((), generator=turn.rng)
        value = turn.on_real["logits"].square().mean()
        with torch.no_grad():
            self.mean.lerp_(value, 0.5)
        return weight * value + 0.1 * self.mean.clone()

    def g_penalty(self, turn):
        return turn.on_fake["logits"].square().mean()


class Counting(Quadratic):
    """Wrong: what it does depends on a number that no tensor holds."""

    seen = 0

    def d_penalty(self, turn):
        self.seen += 1
        return self.seen * super().d_penalty(turn)


class Rebinding(Quadratic):
    """Wrong: its buffer is another tensor each time."""

    def d_penalty(self, turn):
        self.mean = self.mean * 0.5 + turn.on_real["logits"].mean().detach()
        return self.mean * turn.on_real["logits"].square().mean()


class Peeking(Quadratic):
    """Wrong: it reads a value."""

    def d_penalty(self, turn):
        return super().d_penalty(turn) * (2.0 if turn.on_real["logits"].mean().item() > 0 else 1.0)


@pytest.mark.parametrize(
    "schedule",
    [
        {"batch": 4, "ema": 0.3},
        {"batch": 4, "d_steps": 3, "ema": 0.3},
        {"batch": 4, "share_fakes": True, "d_steps": 2},
        {"batch": 4, "order": "simultaneous", "ema": 0.3},
        {"batch": 7, "ema": 0.9},  # 40 images: batches that go over the end of an epoch
    ],
    ids=str,
)
@pytest.mark.parametrize("every", [1, 3])
def test_replayed_steps_are_the_eager_ones(schedule, every):
    assert agree(lambda: conv_trainer(schedule, [Quadratic(every=every)]), steps=14)


@pytest.mark.parametrize("classes", [0, 3])
def test_labels_and_flips_are_replayed(classes):
    assert agree(lambda: conv_trainer({"batch": 4}, classes=classes, flips=True))


@pytest.mark.parametrize("wrong", [Counting, Rebinding])
def test_what_is_not_in_tensors_that_stay_is_lost(wrong):
    assert not agree(lambda: conv_trainer({"batch": 4}, [wrong()]))


def test_kinds_of_steps():
    trainer = conv_trainer({"batch": 4, "d_steps": 2, "ema": 0.9}, [Quadratic(every=3)])
    trainer.norms.every = 1
    trainer.replays = Replays(Tape())
    kinds = []
    for _ in range(12):
        kinds.append(trainer.kind())
        trainer.step()
    # D's turns 2k and 2k + 1 and G's turn k: three patterns.
    assert len(set(kinds)) == 3
    assert kinds == kinds[:3] * 4
    assert trainer.replays.recorded == 3
    assert trainer.turns == {"D": 24, "G": 12} and trainer.steps == 12


def test_a_step_that_waits_for_the_device_is_played_eagerly_and_says_why():
    _, expected, state = played(lambda: conv_trainer({"batch": 4}, [Peeking()]), tape=False)
    trainer, losses, found = played(lambda: conv_trainer({"batch": 4}, [Peeking()]), tape=True)
    assert trainer.replays is None
    assert trainer.why_eager.startswith("a step waits for the device: the regularizer.0 at ")
    assert "reads a tensor's value" in trainer.why_eager and ".item()" in trainer.why_eager
    assert same(state, found) and all(same(x, y) for x, y in zip(expected, losses, strict=True))


class Breaks(Tape):
    """Breaks off in the middle, as a capture does that meets what cannot be captured."""

    def __init__(self, trainer):
        self.trainer = trainer

    def record(self, branches):
        self.trainer.turns["D"] += 1
        self.trainer.rng["noise"].manual_seed(123)
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nCUDA kernel errors might")


def test_a_capture_that_breaks_off_leaves_no_trace_but_the_reason():
    _, expected, state = played(lambda: conv_trainer({"batch": 4}), tape=False)
    trainer = conv_trainer({"batch": 4})
    trainer.replays = Replays(Breaks(trainer))
    losses = [{key: value.clone() for key, value in trainer.step().items()} for _ in range(12)]
    assert trainer.replays is None
    why, _, where = trainer.why_eager.rpartition(" (")
    assert why == "a step cannot be captured: CUDA error: operation not permitted when stream is capturing"
    assert where.startswith(f"{__name__}, line ")  # of what raised it
    found = trainer.state()[0]
    assert same(state, found) and all(same(x, y) for x, y in zip(expected, losses, strict=True))


def test_what_is_loaded_is_recorded_anew():
    def make():
        trainer = conv_trainer({"batch": 4, "ema": 0.3})
        trainer.replays = Replays(Tape())
        return trainer

    whole = make()
    for _ in range(6):
        whole.step()
    kept = whole.state()
    kept = {key: value.clone() for key, value in kept[0].items()}, kept[1]
    expected = [{key: value.clone() for key, value in whole.step().items()} for _ in range(6)]
    other = make()
    for _ in range(5):
        other.step()
    assert other.replays.recorded
    other.load_state(*kept)
    assert not other.replays.recorded
    found = [{key: value.clone() for key, value in other.step().items()} for _ in range(6)]
    assert all(same(x, y) for x, y in zip(expected, found, strict=True))
    assert same(dict(whole.state()[0]), dict(other.state()[0]))


def test_recording_is_apart():
    from contextlib import contextmanager

    entered = []

    @contextmanager
    def around():
        entered.append("in")
        yield
        entered.append("out")

    trainer = conv_trainer({"batch": 4})
    trainer.norms.every = 1
    trainer.replays = Replays(Tape())
    trainer.replays.around = around
    trainer.step()
    assert entered == []
    trainer.step()
    assert entered == ["in", "out"]
    trainer.step()
    assert entered == ["in", "out"]


def test_losses_are_summed_on_the_device():
    trainer = conv_trainer({"batch": 4})
    trainer.replays = Replays(Tape())
    losses = [{key: value.item() for key, value in trainer.step().items()} for _ in range(5)]
    expected = [sum(step[key] for step in losses) for key in ("d_loss", "g_loss")]
    assert trainer.sums.tolist() == pytest.approx([*expected, 5.0])
