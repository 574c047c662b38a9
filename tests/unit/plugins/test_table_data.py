"""Tables as data sets: one that ships, a file of one's own, and what is held out of them."""

import numpy as np
import pytest
import torch
from ganzoo_plugins.tables.modality import Table

from ganzoo import data
from ganzoo.data.hold_out import hold_out
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")


@pytest.fixture
def found(tmp_path):
    registry = load_zoo(third_party=False).registry
    cache = Cache(tmp_path / "cache")
    return lambda name, **given: data.resolve(registry, str(name), cache=cache, **given)


def test_wine(found):
    kept = found("wine")
    assert kept.described == "178 rows of 13 numbers and 1 choice"
    assert kept.classes == ("cultivar=1", "cultivar=2", "cultivar=3")
    fields = data.load(kept)
    assert fields["x"].shape == (178, 14) and fields["y"].tolist() == [0, 1, 2]
    assert torch.bincount(fields["x"][:, 13].long()).tolist() == [59, 71, 48]
    modality = kept.modality(load_zoo(third_party=False).registry)
    assert isinstance(modality, Table) and modality.words[13] == ("1", "2", "3")
    assert (kept.extractor, kept.metrics) == (Table.extractor, Table.metrics)


def test_a_file_of_one_s_own(found, tmp_path):
    random = np.random.default_rng(0)
    lines = [f"{x:.2f},{'ab'[i % 2]}" for i, x in enumerate(random.normal(size=50))]
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["size,kind", *lines]))
    kept = found(path)
    assert kept.described == "50 rows of 1 number and 1 choice"
    assert kept.classes == ("kind=a", "kind=b")


def test_held_out_rows_leave_all_conditions(found, tmp_path):
    registry, cache = load_zoo(third_party=False).registry, Cache(tmp_path / "cache")
    kept = hold_out(found("wine"), 0.25, cache, registry)
    left, out = data.load(kept), data.load(kept.held_out)
    assert (len(left["x"]), len(out["x"])) == (134, 44)
    assert left["y"].tolist() == out["y"].tolist() == [0, 1, 2]
    together = torch.cat([left["x"], out["x"]]).sort(0).values
    assert torch.equal(together, data.load(found("wine"))["x"].sort(0).values)
