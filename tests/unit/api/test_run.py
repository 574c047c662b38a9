"""A training as its caller sees it, over a stand-in for what plays it."""

import gc
import json
import threading
import time

import pytest

import ganzoo
from ganzoo.api.runs.run import Training
from ganzoo.bench.live.display import QuietDisplay, RunInfo
from ganzoo.errors import DataError, GanzooError, RunError
from ganzoo.interrupts import Interrupted


class Played:
    """Writes rows into a run's record until it has written all of them, or is to stop."""

    def __init__(self, folder, rows=5, status="done"):
        self.folder, self.rows, self.status = folder, rows, status
        self.starts = 0
        self.written = 0
        self.threads = []

    def __call__(self, display):
        self.starts += 1
        self.threads.append(threading.current_thread())
        run = self.folder / "dcgan" / "seed0"
        run.mkdir(parents=True, exist_ok=True)
        if self.written < self.rows:
            display.begin([RunInfo("a", "dcgan seed 0", run)])
        while self.written < self.rows:
            if display.stops:
                raise Interrupted(2)
            with (run / "metrics.jsonl").open("a") as file:
                file.write(json.dumps({"kind": "train", "step": self.written}) + "\n")
            self.written += 1
            time.sleep(0.02)
        result = {"recipe": "dcgan", "seed": 0, "status": self.status, "folder": "dcgan/seed0"}
        result |= {"reason": "no reason"} if self.status != "done" else {"metrics": {"fid": 2.5}}
        return {"runs": [result]}, self.folder


@pytest.fixture
def shown(tmp_path):
    with (tmp_path / "shown").open("w") as file:
        yield QuietDisplay(file)


def test_it_gives_each_record_once_and_the_result(tmp_path, shown):
    played = Played(tmp_path)
    training = Training(played, shown)
    assert [record.step for record in training] == [0, 1, 2, 3, 4]
    assert training.ended
    assert training.result.metrics == {"fid": 2.5}
    assert training.folder == tmp_path / "dcgan" / "seed0"
    assert [*training] == []
    assert played.starts == 1


def test_leaving_the_loop_stops_it_and_another_goes_on(tmp_path, shown):
    played = Played(tmp_path, rows=40)
    training = Training(played, shown)
    first = []
    for record in training:
        first.append(record.step)
        if len(first) == 3:
            break
    assert not played.threads[0].is_alive()
    assert played.written < 40
    assert not training.ended
    rest = [record.step for record in training]
    assert first + rest == list(range(40))
    assert played.starts == 2


def test_it_is_an_iterator(tmp_path, shown):
    with Training(Played(tmp_path), shown) as training:
        assert next(training).step == 0
        assert [next(training).step, *(record.step for record in training)] == [1, 2, 3, 4]


def test_finish_leaves_the_records_to_be_given(tmp_path, shown):
    training = Training(Played(tmp_path), shown).finish()
    assert training.result.status == "done"
    assert len([*training]) == 5


def test_what_was_played_before_is_given_too(tmp_path, shown):
    played = Played(tmp_path)
    Training(played, shown).finish()
    assert len([*Training(played, shown)]) == 5


@pytest.mark.parametrize("status", ["diverged", "failed", "oom"])
def test_a_run_that_failed_raises_at_its_end(tmp_path, shown, status):
    training = Training(Played(tmp_path, status=status), shown)
    seen = []
    with pytest.raises(RunError, match=f"dcgan seed 0: {status}: no reason"):
        for record in training:
            seen.append(record.step)
    assert seen == [0, 1, 2, 3, 4]
    assert training.result.status == status
    with pytest.raises(RunError):
        _ = training.model


def test_what_is_wrong_is_raised_at_once(shown):
    def play(display):
        raise DataError("no such data")

    with pytest.raises(DataError, match="no such data"):
        Training(play, shown)


def test_an_error_while_it_plays_is_raised_in_the_loop(tmp_path, shown):
    def play(display):
        display.begin([RunInfo("a", "dcgan seed 0", tmp_path)])
        raise DataError("no such data any more")

    with pytest.raises(DataError, match="any more"):
        next(Training(play, shown))


def test_it_has_no_result_before_its_end(tmp_path, shown):
    training = Training(Played(tmp_path, rows=10_000), shown)
    for ask in (lambda: training.result, lambda: training.model):
        with pytest.raises(GanzooError, match=r"has not ended.*finish\(\)"):
            ask()
    training.close()
    training.close()


def test_one_that_nobody_holds_is_stopped(tmp_path, shown):
    played = Played(tmp_path, rows=10_000)
    training = Training(played, shown)
    del training
    gc.collect()
    assert not played.threads[0].is_alive()
    assert played.written < 10_000


def test_an_interrupt_stops_it_in_order(tmp_path, shown, monkeypatch):
    played = Played(tmp_path, rows=10_000)
    training = Training(played, shown)

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_hear", interrupted)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(10_000):
            next(training)
    assert not played.threads[0].is_alive()


def test_a_training_goes_on_in_the_working_directory_that_it_began_in(tmp_path, monkeypatch):
    """Its data, its recipe and its folder may be relative to that; elsewhere they would be others."""
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    stand_in, places = Played(tmp_path / "out", rows=50), []

    def played(settings, zoo, display, *, heard):
        places.append(settings.out)
        return stand_in(display)

    monkeypatch.setattr("ganzoo.api.runs.training.played", played)
    training = ganzoo.train("dcgan", "digits", out="out")
    assert next(training).step == 0
    training.close()
    monkeypatch.chdir(tmp_path / "other")
    with pytest.raises(GanzooError, match=r"began in .*, and the working directory is .*other now: os\.chdir\("):
        training.finish()
    monkeypatch.chdir(tmp_path)
    assert training.finish().ended
    assert places == [tmp_path / "out"] * 2
