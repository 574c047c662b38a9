"""What turns are dealt, whether the images live on the device or are sent to it."""

import numpy as np
import pytest
import torch

from ganzoo.data.feed import ResidentFeed, StreamedFeed, make_feed
from ganzoo.data.order import Order
from ganzoo.seeds import stream

N, BATCH, SEED = 23, 5, 4
IMAGES = torch.arange(N, dtype=torch.uint8)[:, None, None, None].expand(N, 1, 2, 2).contiguous()
LABELS = torch.arange(N) % 4
CPU = torch.device("cpu")


def feed(kind, labels=LABELS, rows=None):
    return kind(IMAGES, labels, batch=BATCH, rows=rows or {"D": 2, "G": 1}, seed=SEED, device=CPU)


def expected(player, turn):
    seed = SEED if player == "D" else stream(SEED, "data", -3)
    return Order(N, seed).take(turn * BATCH, BATCH)


def check(dealt, pick):
    images, labels = dealt
    assert torch.equal(images, IMAGES[pick])
    assert torch.equal(labels, LABELS[pick])


@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_every_turn_is_dealt_its_own_batch(kind):
    made = feed(kind)
    for step in range(9):
        made.load({"D": 2 * step, "G": step})
        for turn in (2 * step, 2 * step + 1):
            check(made.deal("D", turn), expected("D", turn))
        if step % 3 == 0:  # a player that looks now and then
            check(made.deal("G", step), expected("G", step))


@pytest.mark.parametrize("kind", [ResidentFeed, StreamedFeed])
def test_any_turn_can_be_dealt_without_being_loaded(kind):
    made = feed(kind)
    for turn in (7, 3, 4, 0, 11):
        check(made.deal("D", turn), expected("D", turn))
        check(made.deal("G", turn), expected("G", turn))


def test_a_resident_batch_is_found_in_the_same_place_each_step():
    made = feed(ResidentFeed)
    made.deal("D", 0)
    place = made._now["D"].data_ptr()
    made.load({"D": 2, "G": 1})
    assert made._now["D"].data_ptr() == place


def test_looking_ahead_deals_the_same():
    made = feed(ResidentFeed)
    made._ahead = 4
    copies = []
    picks = made.picks
    made.picks = lambda *given: copies.append(given) or picks(*given)
    for step in range(9):
        made.load({"D": 2 * step, "G": step})
        for turn in (2 * step, 2 * step + 1):
            check(made.deal("D", turn), expected("D", turn))
        if step in (2, 3):
            check(made.deal("G", step), expected("G", step))
    # nothing for G before it looks
    assert copies == [("D", 0, 8), ("G", 2, 4), ("D", 8, 8), ("G", 6, 4), ("D", 16, 8)]


def test_a_streamed_batch_is_read_before_it_is_wanted_and_only_for_who_looks():
    made = feed(StreamedFeed)
    filled = []
    fill = made._fill
    made._fill = lambda player, turn, side: filled.append((player, turn)) or fill(player, turn, side)
    made.load({"D": 0, "G": 0})
    assert filled == []
    made.deal("D", 0)
    made._coming["D"][2].result()
    assert filled == [("D", 0), ("D", 2)]
    made.load({"D": 2, "G": 1})
    made._coming["D"][2].result()
    assert filled == [("D", 0), ("D", 2), ("D", 4)]


def test_a_memory_map_is_streamed_without_labels(tmp_path):
    np.save(tmp_path / "images.npy", IMAGES.numpy())
    mapped = torch.from_numpy(np.load(tmp_path / "images.npy", mmap_mode="c"))
    made = StreamedFeed(mapped, None, batch=BATCH, rows={"D": 1, "G": 1}, seed=SEED, device=CPU)
    for turn in range(12):
        made.load({"D": turn, "G": turn})
        images, labels = made.deal("D", turn)
        assert torch.equal(images, IMAGES[expected("D", turn)]) and labels is None


@pytest.mark.parametrize(("streamed", "kind"), [(None, ResidentFeed), (False, ResidentFeed), (True, StreamedFeed)])
def test_a_cpu_streams_only_when_told(streamed, kind):
    made = make_feed(IMAGES, LABELS, batch=BATCH, rows={"D": 1, "G": 1}, seed=SEED, device=CPU, streamed=streamed)
    assert type(made) is kind
