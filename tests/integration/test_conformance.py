"""Everything that is bundled, under the suite that outsiders have."""

import pytest

from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import KINDS
from ganzoo.testing import assert_conforms

ZOO = load_zoo(third_party=False)
ENTRIES = [entry for plugin in ZOO.plugins for entry in plugin.provides]


def test_all_bundled_plugins_load():
    assert {plugin.name: plugin.reason for plugin in ZOO.failed} == {}


def test_the_zoo_has_parts_of_every_kind():
    assert {entry.kind for entry in ENTRIES} == set(KINDS)
    assert sum(len(ZOO.registry.all(kind)) for kind in KINDS) == len(ENTRIES)


# One by one but for the executor that needs a cluster: test_ray_cluster has one for it.
HERE = [entry for entry in ENTRIES if (entry.kind, entry.name) != ("executor", "ray")]

# Networks whose defaults are as wide as their papers', which a check on a CPU takes minutes for.
NARROWER = {
    ("discriminator", "multi-period"): {"width": 16},
    ("discriminator", "multi-period-scale"): {"width": 16},
    ("discriminator", "multi-scale"): {"width": 16},
    ("discriminator", "projected"): {"width": 16},
    ("discriminator", "text"): {"width": 64, "blocks": 3},
    ("generator", "gumbel-text"): {"width": 64, "blocks": 3},
    ("generator", "hifi-gan"): {"width": 64},
    ("generator", "rrdb"): {"width": 16, "blocks": 2, "growth": 8},
    ("generator", "stylegan3"): {"width": 16},
    ("generator", "text"): {"width": 64, "blocks": 3},
    ("generator", "two-ways"): {"width": 16},
}


@pytest.mark.parametrize("entry", HERE, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_conforms(entry):
    assert_conforms(ZOO.registry, entry.kind, entry.name, **NARROWER.get((entry.kind, entry.name), {}))
