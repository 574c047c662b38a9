"""What turns are dealt, whether the images live on the device or are sent to it."""

from functools import partial

import numpy as np
import pytest
import torch
from ganzoo_plugins.images.images import ImageModality

from ganzoo.data.feeds.feed import ResidentFeed
from ganzoo.data.feeds.feeding import make_feed
from ganzoo.data.feeds.streamed_feed import StreamedFeed
from ganzoo.interfaces.order import Order
from ganzoo.seeds import stream
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.replay import Branch

N, BATCH, SEED = 23, 5, 4
IMAGES = torch.arange(N, dtype=torch.uint8)[:, None, None, None].expand(N, 1, 2, 2).contiguous()
LABELS = torch.arange(N) % 4
CPU = torch.device("cpu")
TINY = ImageModality(image_size=2, channels=1, num_classes=4)
FIELDS = {"x": IMAGES, "y": LABELS}


def feed(kind, rows=None, ahead=None):
    return kind(TINY, FIELDS, batch=BATCH, rows=rows or {"D": 2, "G": 1}, seed=SEED, device=CPU, ahead=ahead)


def begun(made, turns):
    made.load(turns)
    made.begin(turns)


def expected(player, turn):
    seed = SEED if player == "D" else stream(SEED, "data", -3)
    return Order(N, seed).take(turn * BATCH, BATCH)


def check(dealt, pick):
    assert torch.equal(dealt["x"], IMAGES[pick])
    assert torch.equal(dealt["y"], LABELS[pick])


@pytest.mark.parametrize("ahead", [1, 2, 5])
@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_every_turn_is_dealt_its_own_batch(kind, ahead):
    made = feed(kind, ahead=ahead)
    for step in range(19):
        begun(made, {"D": 2 * step, "G": step})
        for turn in (2 * step, 2 * step + 1):
            check(made.deal("D", turn), expected("D", turn))
        if step % 3 == 0:  # a player that looks now and then
            check(made.deal("G", step), expected("G", step))


@pytest.mark.parametrize("ahead", [1, 3])
@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_any_turn_can_be_dealt_without_being_loaded(kind, ahead):
    made = feed(kind, ahead=ahead)
    for turn in (7, 3, 4, 0, 11):
        check(made.deal("D", turn), expected("D", turn))
        check(made.deal("G", turn), expected("G", turn))


@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_steps_that_go_back_or_leap_are_dealt_their_own(kind, ahead):
    made = feed(kind, ahead=ahead)
    for step in (0, 1, 2, 7, 8, 3, 4, 5, 6, 7, 0):
        begun(made, {"D": 2 * step, "G": step})
        check(made.deal("D", 2 * step), expected("D", 2 * step))
        check(made.deal("D", 2 * step + 1), expected("D", 2 * step + 1))


@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_what_the_device_does_in_a_step_is_the_same_each_time(kind, ahead):
    """A step that is recorded deals other batches when it is played again, if only it is loaded before."""
    made, dealt = feed(kind, ahead=ahead), []

    def play(turns):
        made.begin(turns)
        dealt[:] = [dict(made.deal("D", turns["D"])), dict(made.deal("D", turns["D"] + 1))]

    for step in range(2):
        made.load({"D": 2 * step, "G": step})
        _, again = Tape().record([Branch(partial(play, {"D": 2 * step, "G": step}))])
    for step in range(2, 15):
        made.load({"D": 2 * step, "G": step})
        again()
        for row in (0, 1):
            check(dealt[row], expected("D", 2 * step + row))


def test_looking_ahead_deals_the_same():
    made = feed(ResidentFeed, ahead=4)
    copies = []
    picks = made.picks
    made.picks = lambda *given: copies.append(given) or picks(*given)
    for step in range(9):
        begun(made, {"D": 2 * step, "G": step})
        for turn in (2 * step, 2 * step + 1):
            check(made.deal("D", turn), expected("D", turn))
        if step in (2, 3):
            check(made.deal("G", step), expected("G", step))
    # nothing for G before it looks; from then on for both at once
    assert sorted(copies) == sorted([("D", 0, 8), ("D", 4, 8), ("G", 2, 4), ("D", 12, 8), ("G", 6, 4)])


def test_a_streamed_batch_is_read_before_it_is_wanted_and_only_for_who_looks():
    made = feed(StreamedFeed, ahead=2)
    gathered = []
    gather = made._gather
    made._gather = lambda turns, players, side: gathered.append((turns["D"], players)) or gather(turns, players, side)
    begun(made, {"D": 0, "G": 0})
    made.deal("D", 0)
    made._coming.filled.result()
    assert [(turn, players) for turn, players in gathered if players] == [(0, {"D"}), (4, {"D"})]
    for step in (1, 2):
        begun(made, {"D": 2 * step, "G": step})
    made._coming.filled.result()
    assert gathered[-1] == (8, {"D"})


def test_a_memory_map_is_streamed_without_labels(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES.numpy())
    mapped = torch.from_numpy(np.load(tmp_path / "images.npy", mmap_mode="c"))
    made = StreamedFeed(TINY, {"x": mapped}, batch=BATCH, rows={"D": 1, "G": 1}, seed=SEED, device=CPU)
    for turn in range(12):
        begun(made, {"D": turn, "G": turn})
        dealt = made.deal("D", turn)
        assert torch.equal(dealt["x"], IMAGES[expected("D", turn)]) and "y" not in dealt


@pytest.mark.parametrize(("streamed", "kind"), [(None, ResidentFeed), (False, ResidentFeed), (True, StreamedFeed)])
def test_a_cpu_streams_only_when_told(streamed, kind):
    made = make_feed(TINY, FIELDS, batch=BATCH, rows={"D": 1, "G": 1}, seed=SEED, device=CPU, streamed=streamed)
    assert type(made) is kind
