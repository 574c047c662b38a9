"""How long a GPU works for each place of a step: from torch's profiler.

Nothing on the host waits for the device, so a clock on the host knows nothing of it. The profiler notes when each
kernel was launched and how long it ran; marks in the same trace say which place the step had come to at its launch.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function

_MARK = "ganzoo:"
_LAUNCHES = ("cuda_runtime", "cuda_driver")
_WORK = ("kernel", "gpu_memcpy", "gpu_memset")


class Marks:
    """A watch that leaves a mark in the profiler's trace wherever the step comes to another place."""

    def __init__(self) -> None:
        self._place: str | None = None

    def switch(self, place: str | None) -> None:
        """See ``places.Watch``."""
        if place is not None and place != self._place:
            self._place = place
            with record_function(_MARK + place):
                pass


def device_seconds(events: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """By place, the time in which the device was at work for it.

    Work that overlaps is counted once, for what began first. Images that are sent to the device are data, whoever
    sends them; what no place launched is of the other terms.

    Args:
        events: ``traceEvents`` of a trace in Chrome's format, times in microseconds.
    """
    marks: list[tuple[float, int, str]] = []
    launched: dict[int, float] = {}
    work: list[tuple[float, float, Mapping[str, Any]]] = []
    for index, event in enumerate(events):
        kind = event.get("cat")
        if kind == "user_annotation" and event["name"].startswith(_MARK):
            marks.append((event["ts"], index, event["name"].removeprefix(_MARK)))
        elif kind in _LAUNCHES and "correlation" in event.get("args", {}):
            launched[event["args"]["correlation"]] = event["ts"]
        elif kind in _WORK:
            work.append((event["ts"], event["ts"] + event["dur"], event))
    places = _places_at(sorted(marks), sorted({launched[c] for _, _, e in work if (c := _correlation(e)) in launched}))
    seconds: Counter[str] = Counter()
    until = float("-inf")
    for begin, end, event in sorted(work, key=lambda piece: piece[:2]):
        place = places.get(launched.get(_correlation(event), float("nan")), "host")
        if event["cat"] == "gpu_memcpy" and "HtoD" in event["name"]:
            place = "data"
        seconds["other_terms" if place == "host" else place] += max(0.0, end - max(begin, until)) / 1e6
        until = max(until, end)
    return dict(seconds)


def _correlation(event: Mapping[str, Any]) -> int:
    return event.get("args", {}).get("correlation", -1)


def _places_at(marks: list[tuple[float, int, str]], times: list[float]) -> dict[float, str]:
    """The place that was marked last before each of ``times``; both are sorted."""
    found: dict[float, str] = {}
    place, coming = "host", 0
    for time in times:
        while coming < len(marks) and marks[coming][0] <= time:
            place = marks[coming][2]
            coming += 1
        found[time] = place
    return found


def trace(play: Callable[[], None], device: torch.device) -> list[dict[str, Any]]:
    """The events of the profiler's trace of ``play``."""
    cuda = device.type == "cuda"
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda
    # Of one cycle all events are kept in any case; some versions of torch warn of it unless it is asked for.
    with profile(activities=activities, acc_events=True) as profiler:
        play()
        if cuda:
            torch.cuda.synchronize(device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        return json.loads(path.read_text())["traceEvents"]
