"""The phases of steps, read from a trace of the profiler in which the trainer left its labels.

Forward: the innermost label has the time; only a term that differentiates a gradient keeps all that it starts, the
networks' passes included.

Backward: all of it happens in one call, within one label. The profiler numbers the operations that made the graph, and
each node of the graph that is evaluated has the number of the operation that made it: the node belongs to the phase
that the operation fell in. A gradient that a term takes itself is second order, and so are the nodes that this makes:
they are what a second derivative goes through.

What is not exact: the profiler takes a microsecond or so for each operation, which counts where it falls; a weight's
gradient is added up in the place of the node before it; a shared pass, such as the verdict on the real images, belongs
to a term that differentiates if that term is the first to ask for it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...training.labels import PREFIX

# In the order in which they are shown.
TITLES = {
    "data": "data",
    "g_forward": "G forward",
    "g_backward": "G backward",
    "d_forward": "D forward",
    "d_backward": "D backward",
    "second_order": "second order",
    "optimizer": "optimizer, EMA",
    "other_terms": "other terms",
    "host": "host",
}
_OF_LABELS = {"step": "host", "backward": "other_terms"}
_BACKWARD = {"g_forward": "g_backward", "d_forward": "d_backward", "second_order": "second_order"}
_NODE = "autograd::engine::evaluate_function"
_NUMBER, _THREAD = "Sequence number", "Fwd thread id"

Event = Mapping[str, Any]


@dataclass
class _Frame:
    """A span that was entered and not yet left: a label, or the evaluation of a node."""

    end: float
    label: str
    phase: str


class StepPhases:
    """The phase that the host had come to, at any time of a trace.

    Args:
        events: ``traceEvents`` of a trace in Chrome's format, times in microseconds.

    Attributes:
        switches: ``(time, phase)`` wherever another phase begins; None after a step.
        passes: forward passes of each player, whoever asked for them.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        events = [event for event in events if event.get("ph", "X") == "X" and _is_read(event)]
        self._threads = _threads(events)
        self._made: dict[tuple[Any, int], str] = {}  # phases of the operations, by thread and number
        self.switches: list[tuple[float, str | None]] = []
        for time, phase in self._sweep(sorted(events, key=lambda event: (event["ts"], -event["dur"]))):
            if not self.switches or self.switches[-1][1] != phase:
                self.switches.append((time, phase))
        names = Counter(event["name"] for event in events if event["cat"] == "user_annotation")
        self.passes = {"G": names[f"{PREFIX}g_forward"], "D": names[f"{PREFIX}d_forward"]}

    def seconds(self) -> dict[str, float]:
        """By phase, the host's time in all steps."""
        found: dict[str, float] = defaultdict(float)
        for (begin, phase), (end, _) in zip(self.switches, self.switches[1:], strict=False):
            if phase is not None:
                found[phase] += (end - begin) / 1e6
        return dict(found)

    def at(self, times: Iterable[float]) -> dict[float, str | None]:
        """Return the phase at each of these times; None outside all steps."""
        found: dict[float, str | None] = {}
        phase, coming = None, 0
        for time in sorted(times):
            while coming < len(self.switches) and self.switches[coming][0] <= time:
                phase = self.switches[coming][1]
                coming += 1
            found[time] = phase
        return found

    def _sweep(self, events: Iterable[Event]) -> Iterator[tuple[float, str | None]]:
        """Yield where another phase may begin, in order; ``events`` are in the order in which they begin."""
        entered: list[_Frame] = []
        for event in events:
            time = event["ts"]
            while entered and entered[-1].end <= time:
                left = entered.pop()
                yield left.end, entered[-1].phase if entered else None
            top = entered[-1] if entered else None
            if event["cat"] == "user_annotation":
                label = event["name"].removeprefix(PREFIX)
                entered.append(_Frame(time + event["dur"], label, _entered(top, label)))
            elif top is None:
                continue
            elif not event["name"].startswith(_NODE):
                self._made[event.get("tid"), event["args"][_NUMBER]] = top.phase
                continue
            elif top.label == "backward":
                top.phase = self._of_node(event) or top.phase
            else:  # a term takes a gradient itself
                entered.append(_Frame(time + event["dur"], "node", "second_order"))
            yield time, entered[-1].phase
        while entered:
            left = entered.pop()
            yield left.end, entered[-1].phase if entered else None

    def _of_node(self, event: Event) -> str | None:
        """Return the phase of a node, None where nobody made it, such as one that adds a weight's gradient up."""
        args = event.get("args", {})
        made = self._made.get((self._threads.get(args.get(_THREAD)), args.get(_NUMBER, -1)))
        return None if made is None else _BACKWARD.get(made, "other_terms")


def _entered(outer: _Frame | None, label: str) -> str:
    if outer is not None and outer.phase == "second_order" and label != "data":
        return "second_order"
    return _OF_LABELS.get(label, label)


def _is_read(event: Event) -> bool:
    """Return whether an event is a label of the trainer, the evaluation of a node, or an operation that may have made
    one.
    """
    kind, name = event.get("cat"), event["name"]
    if kind == "user_annotation":
        return bool(name.startswith(PREFIX))
    return bool(kind == "cpu_op") and bool(name.startswith(_NODE) or event.get("args", {}).get(_THREAD) == 0)


def _threads(events: Iterable[Event]) -> dict[int, Any]:
    """Return the threads of a trace by the numbers that autograd gives them.

    A node names the thread that made it by such a number. The operations of a thread are numbered one after the other,
    and so a number belongs to the thread that has made all of the nodes of that number, or most: some may have been
    made before the trace.
    """
    made: dict[Any, set[int]] = {}
    wanted: dict[int, set[int]] = {}
    for event in events:
        args = event.get("args", {})
        if args.get(_THREAD) == 0:
            made.setdefault(event.get("tid"), set()).add(args[_NUMBER])
        elif args.get(_THREAD):
            wanted.setdefault(args[_THREAD], set()).add(args[_NUMBER])
    return {number: max(made, key=lambda thread: len(made[thread] & nodes)) for number, nodes in wanted.items() if made}
