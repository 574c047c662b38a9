"""The time after which a process counts as hung: hand arithmetic, with clocks of the tests' own."""

import threading
import time
from types import SimpleNamespace

import pytest

from ganzoo.bench.execution.watching import hang, watchdog
from ganzoo.bench.execution.watching.watchdog import Watchdog
from ganzoo.registry.registry import Entry, Registry

MINUTE = 60.0


@pytest.fixture
def hangs():
    return []


def watching(hangs, steps=(), **more):
    """A watchdog of a patience of one minute, after steps of so many seconds."""
    watch = Watchdog(MINUTE, hangs.append, **more)
    for seconds in steps:
        watch.tick(seconds)
        watch.stepped()
    return watch


def test_quick_steps_are_waited_for_as_long_as_the_patience(hangs):
    watch = watching(hangs, [1.0] * 10)
    for _ in range(60):
        watch.tick(1.0)
    assert not hangs
    watch.tick(1.0)
    assert hangs == [61.0]
    watch.tick(1.0)
    assert hangs == [61.0]  # it is told once


def test_slow_steps_are_waited_for_twenty_times_as_long_as_they_take(hangs):
    watch = watching(hangs, [500.0] * 3 + [8.0, 12.0])  # the first three may compile
    assert (watch.usual, watch.limit) == (10.0, 200.0)
    watch.tick(200.0)
    assert not hangs
    watch.tick(0.5)
    assert hangs == [200.5]


def test_a_start_and_what_is_no_step_are_counted_apart(hangs):
    watch = watching(hangs)
    assert watch.limit == 12 * MINUTE
    watch = watching(hangs, [1.0] * 10)
    with watch.apart():
        watch.tick(700.0)
        with watch.apart():
            watch.tick(15.0)
        assert watch.limit == 12 * MINUTE
    assert not hangs and watch.limit == MINUTE and watch.usual == 1.0
    watch.tick(59.0)
    assert not hangs
    watch.stepped()
    with watch.apart():
        assert watch.limit == 20 * 715.0  # an evaluation that took so long may take longer
        watch.tick(20 * 715.0 + 1)
    assert len(hangs) == 1


def test_a_bench_that_does_not_read_is_no_hang(hangs):
    watch = watching(hangs, [1.0] * 10)
    with watch.paused():
        watch.tick(1e6)
    watch.tick(59.0)
    assert not hangs


def test_time_in_which_the_process_was_stopped_does_not_count(hangs, monkeypatch):
    """Stopped for a day, the clock jumps between two ticks."""
    now, naps = [0.0], []

    def sleep(seconds):
        naps.append(seconds)
        now[0] += 86_400.0 if len(naps) == 5 else seconds
        if len(naps) == 100:
            watch._told = True

    monkeypatch.setattr(watchdog, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: now[0]))
    watch = watching(hangs, [1.0] * 10)
    watch._watch()
    assert len(naps) == 100 and now[0] > 86_400 and not hangs


def test_signs_of_life_say_how_much_time_there_is(hangs, monkeypatch):
    """One as it starts, one each two seconds, and one whenever it is another time; 6 s or two steps for a stop."""
    told = []
    watch = watching(hangs, [8.0] * 2, beat=lambda limit, bound: told.append((limit, bound)))
    assert told == []  # still the time of a start
    watch.tick(8.0)
    watch.stepped()
    assert told == [(MINUTE, 6.0)]
    watch.tick(8.0)
    watch.stepped()
    with watch.apart(), watch.apart():
        pass
    assert told[1:] == [(12 * MINUTE, 12 * MINUTE), (20 * 8.0, 16.0)]
    now, naps = [0.0], []

    def sleep(seconds):
        now[0] += seconds
        naps.append(len(told))
        watch._told = len(naps) == 17

    monkeypatch.setattr(watchdog, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: now[0]))
    told.clear()
    watch._watch()  # for eight seconds and a half
    assert told == [(160.0, 16.0)] * 5 and naps[:5] == [1, 1, 1, 1, 2]


def test_without_an_end_of_a_step_one_that_is_to_stop_leaves(hangs):
    stuck, asked = [], []
    watch = watching(hangs, [1.0] * 10, stuck=lambda: stuck.append(True), asked=lambda: bool(asked))
    watch.tick(30.0)
    asked.append(True)
    watch.tick(6.0)
    assert not stuck
    with watch.apart():
        watch.tick(10.0)  # it writes its checkpoint
        assert not stuck
    watch.tick(6.0)
    assert not stuck
    watch.tick(1.0)
    assert stuck == [True] and not hangs


def test_a_long_step_may_end_before_one_that_is_to_stop_leaves(hangs):
    stuck, asked = [], []
    watch = watching(hangs, [20.0] * 10, stuck=lambda: stuck.append(True), asked=lambda: bool(asked))
    asked.append(True)
    watch.tick(20.0)
    watch.tick(20.0)
    assert not stuck
    watch.tick(1.0)
    assert stuck == [True] and not hangs


def test_whereabouts_name_the_innermost_line_of_a_plugin():
    registry = Registry()
    registry.add([Entry("loss", "slow", "far.parts:Slow", "far")])
    code = "def wait(event):\n    event.wait()\ndef loss(event):\n    wait(event)\n"
    module = {"__name__": "far.parts"}
    exec(compile(code, "parts.py", "exec"), module)
    event, seen = threading.Event(), []

    def look():
        while "wait (far.parts" not in (seen[-1] if seen else ""):
            seen.append(hang.whereabouts(registry))
            time.sleep(0.01)
        seen.append(hang.whereabouts(None))
        event.set()

    threading.Thread(target=look).start()
    module["loss"](event)
    *_, known, unknown = seen
    assert known == "in wait (far.parts, line 2 of parts.py), of plugin 'far'"
    assert "(threading, line " in unknown and "plugin" not in unknown
    assert hang.said(725.0, 0.25, "in x") == (
        "no step for 12 min, and one usually takes 250 ms; it hangs in x (see log.txt in the run's folder)"
    )


def test_the_engine_is_no_plugin_though_one_registers_a_part_of_it():
    registry = Registry()
    registry.add([Entry("executor", "local", "ganzoo.bench.execution.local:LocalExecutor", "local-executor")])
    found = []
    module = {"__name__": "ganzoo.training.trainer"}
    exec(compile("def step(look):\n    look()\n", "trainer.py", "exec"), module)
    module["step"](lambda: found.append(hang.whereabouts(registry)))
    assert len(found) == 1 and "plugin" not in found[0]
