"""Plays runs for ``host_time.py``, which starts it from one checkout or another: it uses what both have.

    python host_time_player.py PATH RECIPE FEED TOGETHER DEVICE STEPS

A line on standard input asks for a round, and the answer is a line of JSON. It ends when there is no more line.
"""

import gc
import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

import ganzoo
from ganzoo.bench.execution.interleaved import InterleavedRuns
from ganzoo.bench.plan import prepare
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.runs.run import Run
from ganzoo.data.feeds import feeding as feeds
from ganzoo.messages import logged_to, to_stderr
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training import trainer

WARMUP = 80  # steps: each kind has come twice; gradients are measured in one of eight


class Timing:
    """Asked between two steps of all runs whether to stop, it times them."""

    def __init__(self, steps: int) -> None:
        self.steps, self.asked, self.began = steps, 0, 0.0

    def __call__(self) -> bool:
        """Wait for the next round at the end of one; never stop."""
        self.asked += 1
        at = self.asked - 1 - WARMUP
        if at >= 0 and at % self.steps == 0:
            seconds = (time.process_time() - self.began) / self.steps
            torch.cuda.synchronize()
            print(json.dumps({"seconds": seconds}), flush=True)
            if not sys.stdin.readline():
                os._exit(0)
            self.began = time.process_time()
        return False


def play(words: list[str]) -> None:
    """Play one combination until nobody asks for another round."""
    path, name, feed, together, device, steps = words
    if not Path(ganzoo.__file__).is_relative_to(path):
        raise SystemExit(f"ganzoo was imported from {ganzoo.__file__}, not from {path}")
    torch.cuda.init()
    with suppress(ImportError):  # of another checkout, which may have none
        from ganzoo.bench.runs.keeping import pace

        pace.FIRST_SECONDS = 1e9  # no checkpoint in the steps that are timed
    trainer.make_feed = lambda *given, **how: feeds.make_feed(*given, **how | {"streamed": feed == "streamed"})
    zoo = load_zoo(third_party=False)
    settings = RunSettings(
        recipes=(name,),
        budget=Budget(steps=10**9),  # nothing is due in the steps that are timed
        seeds=tuple(range(int(together))),
        extractor="none",
        examinations=(),
        device=device,
        threads=1,
        third_party=False,
        checkpoint_seconds=1e9,
        command="host_time",
    )
    plan = prepare(settings, zoo, Cache.open())
    with tempfile.TemporaryDirectory() as folder:

        def maker(number: int) -> Any:
            own = Path(folder) / str(number)
            own.mkdir()
            return lambda: Run(own, plan.specs[number], zoo, tell=lambda event: None, together=int(together))

        makers = [maker(number) for number in range(int(together))]
        gc.collect()
        gc.freeze()
        with logged_to(to_stderr):
            InterleavedRuns(makers, torch.device(device), stop=Timing(int(steps)), tell=_tell, fail=_fail).play()


def _tell(number: int, event: dict[str, Any]) -> None:
    raise SystemExit(f"run {number} has ended: {event}")


def _fail(number: int, reason: str, *more: Any, **measured: Any) -> dict[str, Any]:
    raise SystemExit(f"run {number} has failed: {reason}")


if __name__ == "__main__":
    play(sys.argv[1:])
