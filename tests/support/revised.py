"""A zoo some of whose parts have another revision."""

from dataclasses import replace

from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.registry.registry import KINDS, Registry


def revised_zoo(revisions: dict[tuple[str, str], int]) -> Zoo:
    """The bundled zoo, with these revisions by kind and name."""
    zoo, registry = load_zoo(third_party=False), Registry()
    every = [entry for kind in KINDS for entry in zoo.registry.all(kind)]
    assert revisions.keys() <= {(entry.kind, entry.name) for entry in every}
    registry.add([replace(e, revision=revisions.get((e.kind, e.name), e.revision)) for e in every])
    return Zoo(registry, zoo.plugins)
