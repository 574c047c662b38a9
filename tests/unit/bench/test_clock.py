"""What counts as training, on a clock that the test turns."""

import pytest

from ganzoo.bench.runs import clock as module
from ganzoo.bench.runs.clock import Clock


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(module.time, "process_time", lambda: 1.5 * now[0])  # of two threads, one of them half idle
    made = Clock(lambda: None)

    def step(seconds, images=10):
        now[0] += seconds
        made.stepped(images)

    made.step, made.passes = step, lambda seconds: now.__setitem__(0, now[0] + seconds)
    return made


def test_warm_up_evaluation_and_pauses_are_left_out(clock):
    clock.start()
    for seconds in (5, 1, 1):  # the first three steps of a process
        clock.step(seconds)
    assert (clock.warmup_seconds, clock.now(), clock.images_per_second) == (7, 0, None)
    for _ in range(4):
        clock.step(2)
    with clock.evaluating():
        clock.passes(100)
    clock.step(2)
    with clock.paused():
        clock.passes(50)
    assert clock.now() == 10
    assert clock.images_per_second == 5
    clock.stop()
    assert (clock.seconds, clock.warmup_seconds, clock.evaluation_seconds) == (10, 7, 100)
    assert clock.told() == {"seconds": 10, "cpu_seconds": 15, "timed_kimg": 0.05}


def test_time_goes_on_after_a_resume(clock):
    clock.start()
    for _ in range(5):
        clock.step(1)
    clock.stop()
    later = Clock(lambda: None)
    later.load_state(clock.state())
    assert later.state() == clock.state()
    assert later.now() == 2
    later.start()
    clock.passes(3)
    later.stepped(10)
    assert later.now() == 2  # the new process warms up again


def test_a_run_of_before_cpu_seconds_were_counted_tells_none(clock):
    clock.load_state({key: value for key, value in clock.state().items() if key != "cpu_seconds"})
    clock.start()
    for _ in range(5):
        clock.step(1)
    clock.stop()
    assert clock.told() == {"seconds": 2, "cpu_seconds": None, "timed_kimg": 0.02}


def test_the_device_is_waited_for(monkeypatch):
    waited = []
    made = Clock(lambda: waited.append(1), warmup_steps=1)
    made.start()
    made.stepped(1)
    assert len(waited) == 1
    made.stop()
    assert len(waited) == 2
