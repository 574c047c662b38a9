"""What the conformance checks say of a network's sizes; none of it is a failure."""

import pytest
from tiny_recipes import REGISTRY

from ganzoo.registry.registry import Entry, Registry
from ganzoo.testing.findings import Findings
from ganzoo.testing.players import Builder, Case, constructed


@pytest.mark.parametrize(
    ("kind", "cls", "told"),
    [
        ("generator", "TakesAll", "rectangles"),
        ("generator", "FailsAtOnce", "squares only"),
        ("generator", "FailsLater", "squares only"),
        ("generator", "MakesSquares", "squares only"),
    ],
)
def test_networks_of_a_third_party(kind, cls, told):
    registry = Registry()
    registry.add([Entry(kind, "theirs", f"square_players:{cls}", "strange")])
    findings = Findings(kind, "theirs")
    constructed(findings, registry)
    (found,) = findings.found
    assert found.ok and found.detail == f"sizes 8, 28, 32, {told}, labels"


@pytest.mark.parametrize(("kind", "name"), [("generator", "dcgan"), ("discriminator", "sngan"), ("generator", "mlp")])
def test_bundled_networks(kind, name):
    findings = Findings(kind, name)
    constructed(findings, REGISTRY)
    assert [(found.ok, found.detail) for found in findings.found] == [(True, "sizes 8, 28, 32, rectangles, labels")]


def test_a_network_may_read_what_the_build_sets():
    """One that makes images by ``self.image_size``, which its constructor does not keep."""
    registry = Registry()
    registry.add([Entry("generator", "theirs", "square_players:TakesAll", "strange")])
    G = Builder(registry, "generator", "theirs").build(Case(8, 3, 0))
    assert G(G.sample_z(2, device="cpu")).shape == (2, 3, 8, 8)
