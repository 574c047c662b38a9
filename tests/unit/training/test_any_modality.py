"""A modality that the engine never heard of: named tensors, two indices of unlike lengths, conditions by name."""

import math

import pytest
import torch
from replayed import agree, played, same
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from strange_game import LEFT, MODALITY, RIGHT, Slopes, Strange, StrangeG, rows, strange_trainer

from ganzoo.data.feeds.feeding import _too_large
from ganzoo.errors import RecipeError
from ganzoo.interfaces.order import Order
from ganzoo.seeds import stream
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.capture import dealing
from ganzoo.training.execution.host_sync import watched
from ganzoo.training.execution.replay import Replays

PAIRED = {"labels": "paired"}
SCHEDULES = [
    {"batch": 4, "ema": 0.3},
    {"batch": 4, "d_steps": 2, **PAIRED},
    {"batch": 4, "share_fakes": True, **PAIRED},
    {"batch": 4, "order": "simultaneous"},
    {"batch": 4, "joint": True},
]


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("terms", [(), (Slopes,)])
def test_it_trains_replays_and_goes_on_to_the_bit(tmp_path, schedule, terms):
    def make():
        return strange_trainer(schedule, [term() for term in terms], flips=True, dequantize=True)

    before = {name: tensor.clone() for name, tensor in make().state()[0].items()}
    trainer = goes_on_bit_for_bit(tmp_path, make)
    after = trainer.state()[0]
    moved = {name for name in before if not torch.equal(after[name], before[name])}
    assert {"G.a.weight", "G.b.weight", "D.head.weight", "rng.flips.D", "rng.dequantize.D"} <= moved
    plays_without_a_look_at_values(make())
    assert agree(make, 8)


@pytest.mark.parametrize("schedule", [{"batch": 4, **PAIRED}, {"batch": 4, "d_steps": 2, **PAIRED}])
@pytest.mark.parametrize("tape", [False, True])
def test_what_streams_plays_as_what_lies_on_the_device(schedule, tape):
    ways = [played(lambda s=s: strange_trainer(schedule, [Slopes()], streamed=s), 8, tape=tape) for s in (False, True)]
    (_, losses, state), (trainer, others, found) = ways
    assert trainer.feed.sent == {"a", "b", "number"}  # a mark is one number a row
    assert same(state, found) and all(same(x, y) for x, y in zip(losses, others, strict=True))


def test_fields_are_dealt_by_their_own_index_whatever_their_lengths():
    trainer = strange_trainer({"batch": 4})
    left, right = Order(LEFT, 0), Order(RIGHT, stream(0, "data", -11))
    for turn in range(9):
        real, y = trainer.dealer.real("D", turn)
        picked = left.take(4 * turn, 4)
        assert torch.equal(real["a"][:, 0, 0, 0], picked / 10)
        assert torch.equal(real["b"][:, 0], right.take(4 * turn, 4).float())
        assert torch.equal(y["mark"], picked % 3) and torch.equal(y["number"][:, 0], picked / 10)


def test_conditions_are_drawn_with_the_frequencies_of_the_data():
    trainer = strange_trainer()
    y = trainer.dealer.labels(3000, torch.Generator().manual_seed(0))
    row = (y["number"][:, 0] * 10).round().long()
    assert torch.equal(row % 3, y["mark"])  # of one row
    counts = torch.bincount(row, minlength=LEFT)
    expected = 3000 / LEFT
    assert ((counts - expected).abs() < 5 * math.sqrt(expected)).all()


def test_rows_know_their_fields_without_picking_them():
    feed = strange_trainer(PAIRED, streamed=True).feed
    drawn = feed.drawn(2, torch.Generator(), waits=False)
    assert "number" in drawn and "other" not in drawn and list(drawn) == ["a", "b", "mark", "number"]
    with pytest.raises(KeyError):
        drawn["other"]
    with pytest.raises(RecipeError, match=r"'number' is streamed.*write schedule\.labels=paired"):
        drawn["number"]
    assert feed.drawn(2, torch.Generator(), waits=True)["number"].shape == (2, 1)


def test_streamed_conditions_that_would_be_drawn_are_refused_at_once():
    with pytest.raises(RecipeError, match=r"write schedule\.labels=paired"):
        strange_trainer({"labels": "independent"}, streamed=True)


@pytest.mark.parametrize(
    ("room", "sent"), [(100, set()), (95, {"large"}), (50, {"large"}), (39, {"large", "middle"}), (0, set("lms"))]
)
def test_the_largest_fields_stay_on_the_host(room, sent):
    sizes = {"large": 50, "middle": 30, "small": 20}
    names = {"l": "large", "m": "middle", "s": "small"}
    assert _too_large(sizes, room) == {names.get(name, name) for name in sent}


class Waiting(Strange):
    def play(self, row, *, flips, rng, noise=None):
        real, y = super().play(row, flips=flips, rng=rng, noise=noise)
        if real["b"].max() > 1000:
            real["b"].zero_()
        return real, y


def test_a_modality_that_waits_for_the_device_is_blamed():
    trainer = strange_trainer(modality=Waiting())
    with watched(dealing(trainer)) as offences:
        trainer.step()
    [offence] = offences
    assert offence.startswith("the modality 'strange' at ") and "reads a tensor's value" in offence


def test_a_replayed_step_is_given_up_for_such_a_modality():
    trainer = strange_trainer(modality=Waiting())
    trainer.replays = Replays(Tape())
    for _ in range(2):
        trainer.step()
    assert trainer.replays is None and "the modality 'strange'" in trainer.why_eager


def test_rows_are_chosen_on_the_host_without_blame():
    trainer = strange_trainer()
    with watched(dealing(trainer)) as offences:
        trainer.step()
    assert offences == []


def test_other_shapes_than_images_keep_their_layout():
    """A weight of five dimensions has no channels-last layout of four."""
    volume = torch.nn.Conv3d(1, 2, 3)

    class Deep(StrangeG):
        def __init__(self, **shape):
            super().__init__(**shape)
            self.volume, self.plane = volume, torch.nn.Conv2d(3, 4, 3)

    from ganzoo.training.turns.layout import laid, place

    module = Deep(side=4, length=3)
    place(module, torch.device("cpu"), torch.channels_last)
    assert module.plane.weight.is_contiguous(memory_format=torch.channels_last)
    assert module.volume.weight.is_contiguous()
    sample = laid({"a": torch.zeros(2, 3, 4, 4), "b": torch.zeros(2, 3)}, torch.channels_last)
    assert sample["a"].is_contiguous(memory_format=torch.channels_last) and sample["b"].shape == (2, 3)
    assert laid(None, torch.channels_last) is None


def test_the_example_is_told_apart_by_row():
    assert len(rows(5, 7)["b"]) == 7 and MODALITY.example(3)["a"].shape == (3, 1, 4, 4)
