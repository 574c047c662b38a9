"""Generators to export that nobody trained, with the origin that an export tells."""

import dataclasses

from tiny_recipes import REGISTRY
from untrained import model_of

from ganzoo.models import Model
from ganzoo.models.numbers import Numbers
from ganzoo.models.provenance import Provenance
from ganzoo.recipes.provenance.revisions import revisions_of

NUMBERS = Numbers(metrics={"fid": 12.5}, spreads={"fid": 0.25}, samples=500, extractor="digits", seed=3, kimg=7)


def exportable(name, *overrides, registry=REGISTRY, origin=(), facts=(), **shape):
    """A model that can be exported; ``origin`` and ``facts`` are fields of its provenance and of itself."""
    trained = model_of(name, *overrides, **shape).trained
    revisions = revisions_of(trained.recipe, REGISTRY)
    known = {
        "revisions": revisions,
        "data_hash": "ab" * 32,
        "data_asked": "digits",
        "budget": {"kimg": 7},
        **dict(origin),
    }
    provenance = Provenance(registry, **known)
    told = {"data": "digits", "numbers": NUMBERS, **dict(facts)}
    return Model(dataclasses.replace(trained, provenance=provenance, **told))
