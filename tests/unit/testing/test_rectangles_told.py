"""What the conformance checks say of a network's sizes; none of it is a failure."""

import pytest
from tiny_recipes import REGISTRY

from ganzoo.recipes.building.old_shapes import modality_of_shape
from ganzoo.registry.registry import Entry, Registry
from ganzoo.testing.findings import Findings
from ganzoo.testing.fixtures.data import Case
from ganzoo.testing.kinds.players import Builder, constructed


@pytest.mark.parametrize(
    ("kind", "cls", "told"),
    [
        ("generator", "TakesAll", "rectangles"),
        ("generator", "FailsAtOnce", "no rectangles"),
        ("generator", "FailsLater", "no rectangles"),
        ("generator", "MakesSquares", "no rectangles"),
    ],
)
def test_networks_of_a_third_party(kind, cls, told):
    registry = Registry()
    registry.add([Entry(kind, "theirs", f"square_players:{cls}", "strange")])
    findings = Findings(kind, "theirs")
    constructed(findings, registry)
    (found,) = findings.found
    assert found.ok and found.detail == f"size 8, size 28, size 32, {told}, labels"


@pytest.mark.parametrize(("kind", "name"), [("generator", "dcgan"), ("discriminator", "sngan"), ("generator", "mlp")])
def test_bundled_networks(kind, name):
    findings = Findings(kind, name)
    constructed(findings, REGISTRY)
    assert [(found.ok, found.detail) for found in findings.found] == [
        (True, "size 8, size 28, size 32, rectangles, labels")
    ]


def test_a_network_may_read_what_the_build_sets():
    """One that makes images by ``self.image_size``, which its constructor does not keep."""
    registry = Registry()
    registry.add([Entry("generator", "theirs", "square_players:TakesAll", "strange")])
    G = Builder(registry, "generator", "theirs").build(Case(modality_of_shape(8, 3, 0)))
    assert G(G.sample_z(2, device="cpu")).shape == (2, 3, 8, 8)
