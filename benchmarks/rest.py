"""The time of a step that is in no convolution and in no matrix product: what it goes to, from a trace.

It is no script of its own. An operator's time is that of the outermost one, with all that it calls; the products within
it are taken out. Time in no operator is the interpreter's and that of autograd's engine. The profiler takes a
microsecond or so for each operator, which counts where it falls: networks of many small layers look a little worse
than they are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ganzoo.bench.profiling.step_phases import StepPhases
from ganzoo.training.labels import PREFIX

PRODUCTS = "convolutions and products"
OPTIMIZER = "optimizer, average"
TERMS = "losses, regularizers"
DATA = "batches, latents"
HOST = "Python, autograd's engine"
NORMS = "normalisation"
NETWORKS = "activations and the rest of the networks"
PARTS = (NORMS, NETWORKS, TERMS, OPTIMIZER, DATA, HOST)  # but for the products
AIM = 0.95
_OF_PHASES = {
    "data": DATA,
    "optimizer": OPTIMIZER,
    "second_order": TERMS,
    "other_terms": TERMS,
    "host": TERMS,  # the trainer adds the losses up there
}
Event = Mapping[str, Any]


def _operators(events: Iterable[Event], family: Callable[[str], str]) -> Iterator[tuple[float, str | None]]:
    """Yield when the host came to an operator of another family, in order; None for no operator."""
    entered: list[tuple[float, str | None]] = []
    for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
        time = event["ts"]
        while entered and entered[-1][0] <= time:
            end, _ = entered.pop()
            yield end, entered[-1][1] if entered else None
        outer = entered[-1][1] if entered else None
        name = event["name"]
        own = family(name) if name.startswith("aten::") else None
        entered.append((time + event["dur"], own if own == PRODUCTS or outer is None else outer))
        yield time, entered[-1][1]
    while entered:
        end, _ = entered.pop()
        yield end, entered[-1][1] if entered else None


def part(phase: str, kind: str | None, normalisation: str) -> str:
    """Return what a moment of a step belongs to.

    Args:
        phase: of the step, as ``StepPhases`` names it.
        kind: the family of the operator that runs; None for none.
        normalisation: how that family is called.
    """
    if kind == PRODUCTS:
        return PRODUCTS
    if kind is None:
        return HOST
    if phase in _OF_PHASES:
        return _OF_PHASES[phase]
    return NORMS if kind == normalisation else NETWORKS


def shares(events: Iterable[Event], family: Callable[[str], str], normalisation: str = NORMS) -> dict[str, float]:
    """Return the share of the steps' time of each part, the products among them; their sum is 1.

    Args:
        events: ``traceEvents`` of a trace of steps on a CPU, in Chrome's format, times in microseconds.
        family: gives the family of an operator by its name; that of convolutions and products is ``PRODUCTS``.
        normalisation: what the family of batch norms and others is called.
    """
    events = [event for event in events if event.get("ph", "X") == "X" and "dur" in event]
    threads = {event.get("tid") for event in events if event["name"] == f"{PREFIX}step"}
    ours = [event for event in events if event.get("cat") == "cpu_op" and event.get("tid") in threads]
    seconds: dict[str, float] = defaultdict(float)
    changes = [(time, 0, phase) for time, phase in StepPhases(events).switches]
    changes += [(time, 1, kind) for time, kind in _operators(ours, family)]
    now: list[str | None] = [None, None]  # the phase, and the family of the operator
    before = 0.0
    for time, which, value in sorted(changes, key=lambda change: change[0]):  # stable: those of one moment keep order
        if now[0] is not None:
            seconds[part(now[0], now[1], normalisation)] += time - before
        now[which], before = value, time
    whole = sum(seconds.values()) or 1.0
    return {name: seconds.get(name, 0.0) / whole for name in (PRODUCTS, *PARTS)}


def told(alone: float, found: Mapping[str, float], aim: float = AIM) -> str | None:
    """Say in a sentence what takes the rest of a step; None where its products alone take at least ``aim`` of it.

    Args:
        alone: time of the convolutions and products of a step when they are played alone, over that of the step.
        found: of ``shares``.
        aim: the share from which nothing is said.
    """
    if alone >= aim:
        return None
    slower = max(0.0, found[PRODUCTS] - alone)
    rest = {"the same convolutions and products, slower within the step": slower}
    rest |= {name: found[name] for name in PARTS}
    listed = [f"{name} {share:.1%}" for name, share in sorted(rest.items(), key=lambda one: -one[1]) if share >= 0.0005]
    return f"alone its convolutions and products take {alone:.1%} of the step; the rest: {'; '.join(listed)}"
