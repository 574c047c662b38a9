"""Features of the real samples are taken once, for the metrics and for the search for copies."""

import pytest
import torch
from small_benches import request

from ganzoo import data
from ganzoo.bench.plan import prepare
from ganzoo.bench.runs.examine.features import Space
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

ZOO = load_zoo(third_party=False)


def planned(cache, *examinations):
    """Prepare a bench of the digits; gives the space of its examinations, its evaluator and the real samples."""
    plan = prepare(request(extractor="digits", metrics=("fid",), examinations=examinations), ZOO, cache)
    modality = plan.images.modality(ZOO.registry)
    return Space(plan.evaluator, modality), plan.evaluator, modality.target(data.load(plan.images))


def blinded(monkeypatch, evaluator):
    def see(images):
        raise AssertionError("the extractor sees them again")

    monkeypatch.setattr(evaluator.extractor, "forward", see)


def test_what_the_metrics_saw_serves_the_search_for_copies(tmp_path, monkeypatch):
    space, evaluator, real = planned(Cache(tmp_path / "one"), "memorisation")
    with monkeypatch.context() as patch:
        blinded(patch, evaluator)
        kept = space.of_data(real)
    other, _, _ = planned(Cache(tmp_path / "two"))
    assert torch.equal(kept, other.of_data(real)) and kept.shape[0] == len(real) == 1797


def test_where_no_copies_are_searched_nothing_is_kept(tmp_path, monkeypatch):
    space, evaluator, real = planned(Cache(tmp_path))
    blinded(monkeypatch, evaluator)
    with pytest.raises(AssertionError, match="again"):
        space.of_data(real)


def test_a_reference_from_the_cache_leaves_the_features_to_the_search(tmp_path):
    cache = Cache(tmp_path)
    planned(cache)
    space, _, real = planned(cache, "memorisation")  # nothing is seen, so nothing is kept
    assert space.keeping(real) is not None and space.of_data(real).shape[0] == 1797
    assert space.keeping(real) is None
