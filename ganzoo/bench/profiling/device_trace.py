"""Traces of torch's profiler, and how long a GPU works for each phase of a step.

Nothing on the host waits for the device, so a clock on the host knows nothing of it. The profiler notes when each
kernel was launched and how long it ran; labels in the same trace say which phase the step had come to at its launch.
"""

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from .step_phases import StepPhases

_LAUNCHES = ("cuda_runtime", "cuda_driver")
_WORK = ("kernel", "gpu_memcpy", "gpu_memset")


def device_seconds(events: Iterable[Mapping[str, Any]], phases: StepPhases) -> dict[str, float]:
    """By phase, the time in which the device was at work for it.

    Work that overlaps is counted once, for what began first. Images that are sent to the device are data, whoever
    sends them; what no phase launched is of the other terms.

    Args:
        events: ``traceEvents`` of a trace in Chrome's format, times in microseconds.
        phases: of the same trace.
    """
    launched: dict[int, float] = {}
    work: list[tuple[float, float, Mapping[str, Any]]] = []
    for event in events:
        kind = event.get("cat")
        if kind in _LAUNCHES and "correlation" in event.get("args", {}):
            launched[event["args"]["correlation"]] = event["ts"]
        elif kind in _WORK:
            work.append((event["ts"], event["ts"] + event["dur"], event))
    phase_at = phases.at({launched[c] for _, _, e in work if (c := _correlation(e)) in launched})
    seconds: dict[str, float] = defaultdict(float)
    until = float("-inf")
    for begin, end, event in sorted(work, key=lambda piece: piece[:2]):
        phase = phase_at.get(launched.get(_correlation(event), float("nan"))) or "host"
        if event["cat"] == "gpu_memcpy" and "HtoD" in event["name"]:
            phase = "data"
        seconds["other_terms" if phase == "host" else phase] += max(0.0, end - max(begin, until)) / 1e6
        until = max(until, end)
    return dict(seconds)


def _correlation(event: Mapping[str, Any]) -> int:
    return int(event.get("args", {}).get("correlation", -1))


def trace(play: Callable[[], None], device: torch.device) -> list[dict[str, Any]]:
    """Return the events of the profiler's trace of ``play``."""
    cuda = device.type == "cuda"
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or it tells standard error of its stages, and of a missing GPU
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda
    # Of one cycle all events are kept in any case; some versions of torch warn of it unless it is asked for.
    with profile(activities=activities, acc_events=True) as profiler:
        play()
        if cuda:
            torch.cuda.synchronize(device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(path))
        events: list[dict[str, Any]] = json.loads(path.read_text())["traceEvents"]
        return events
