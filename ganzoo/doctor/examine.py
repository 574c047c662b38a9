"""The examination of a machine."""

from collections.abc import Iterator

from ..messages import logged_to
from ..registry.probing.apart import run_apart
from ..registry.registry import Registry
from ..storage.cache import Cache
from .cache import cache_state
from .devices import devices
from .facts import Facts
from .finding import Finding
from .software import modules, requirements

_COMMAND = ("-P", "-c", "from ganzoo.doctor.facts import main; main()")
_SECONDS = 120.0  # that torch, and the driver below it, may take; a cold disk takes 30


def examine(registry: Registry) -> Iterator[Finding]:
    """Look at all that a bench needs of a machine, without a download.

    Args:
        registry: knows the extractors and the data sets.
    """
    yield from requirements()
    facts = _facts()
    if isinstance(facts, Finding):
        yield facts
    else:
        yield from modules(facts)
        yield from devices(facts)
    yield from cache_state()
    if isinstance(facts, Finding) or facts.modules["torch"].problem:
        remedy = "mend torch first"
        yield Finding("weights", "files", "note", "files of weights and data sets were not looked at", remedy)
        return
    from .files import data_of, weights_of  # which load torch

    with logged_to(lambda line: None):  # of a cache that cannot be written, which is told already
        cache = Cache.open()
    yield from weights_of(registry.all("extractor"), cache)
    yield from data_of(registry.all("dataset"), cache)


def _facts() -> Facts | Finding:
    """Gather the facts in a process of its own; where that ends without them, the finding."""
    [ended] = run_apart(_COMMAND, [{}], _SECONDS)
    if ended.answer is not None:
        return Facts.from_json(ended.answer)
    told = f"importing torch, or looking for GPUs, {ended.why}"
    if said := ended.printed.strip().splitlines():
        told = f"{told} ({said[-1]})"
    return Finding("software", "torch", "problem", told, "install torch anew, and look at what nvidia-smi says")
