"""Data sets of the hub as the real side, from a server on this machine."""

import pytest
import torch
from evaluated_sets import mixed, png


def test_a_set_of_the_hub_is_judged_against(tmp_path, judged, monkeypatch):
    pytest.importorskip("huggingface_hub")
    pytest.importorskip("pyarrow")
    from hub_datasets import parquet, serving

    images = mixed(9, sizes=((8, 8),))
    file = parquet({"image": [{"bytes": png(image), "path": f"{i}.png"} for i, image in enumerate(images)]})
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    with serving({"me/pictures": {"main": {"train.parquet": file}}}) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        whole, fitted = (judged(torch.stack(images), "hf://me/pictures", size=size) for size in (None, 6))
    assert (whole.real.n, whole.real.sizes, whole.real.kind) == (9, "8x8x3", "data set")
    assert whole["fid"].value == pytest.approx(0, abs=1e-6) and whole.pairs.copies == 1
    assert fitted.real.sizes == "6x6x3" and fitted.real.name == f"{whole.real.name}-6"
