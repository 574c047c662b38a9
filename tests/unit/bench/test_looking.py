"""Lines on how far a look at the real samples is."""

import itertools
import logging

from small_benches import request

from ganzoo.bench.live import looking
from ganzoo.bench.live.looking import looking_at
from ganzoo.bench.plan import prepare
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache


def lines(caplog, seconds, seen, n=50_000):
    """Give the lines of looks that have seen so many samples by then, at so many seconds each."""
    clock = itertools.count(0, seconds)
    with caplog.at_level(logging.INFO, "ganzoo"):
        tick = looking_at("photographs", n, now=lambda: float(next(clock)))
        for one in seen:
            tick(one)
    return [record.getMessage() for record in caplog.records]


def test_a_long_look_is_told_once_a_minute_with_what_is_left(caplog):
    # 10 s and 1,000 samples a batch: the first line is due at 20 s, the next ones at 80 s and 140 s.
    told = lines(caplog, 10, range(1_000, 16_000, 1_000))
    assert [line.split("seen ")[1].split(" of")[0] for line in told] == ["2,000", "8,000", "14,000"]
    assert "8:00 left" in told[0]  # 48,000 more at 10 s a thousand
    assert told[0].startswith("photographs: ")


def test_a_short_look_is_not_told(caplog):
    assert lines(caplog, 1, range(1_000, 16_000, 1_000), n=15_000) == []


def test_the_end_is_not_told(caplog):
    assert lines(caplog, 30, [50_000]) == []


def test_a_bench_tells_it_before_it_trains(caplog, monkeypatch, tmp_path):
    monkeypatch.setattr(looking, "FIRST", 0.0)
    with caplog.at_level(logging.INFO, "ganzoo"):
        prepare(request(extractor="digits", metrics=("fid",)), load_zoo(third_party=False), Cache(tmp_path))
    told = [record.getMessage() for record in caplog.records]
    assert sum(line.startswith("digits, real samples: the extractor has seen ") for line in told) == 1
