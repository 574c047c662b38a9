"""What an extractor is worth: the damaged sets by hand, the ranks by scipy, and the script on pixels."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from repository import ROOT
from scipy.ndimage import gaussian_filter1d
from scipy.stats import spearmanr

NAMES = ("worth", "worth_sets", "ranks", "measuring", "tables")


@pytest.fixture
def scripts(monkeypatch):
    """Both scripts, and nothing of them left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import worth
    import worth_sets

    yield worth, worth_sets
    for name in NAMES:
        sys.modules.pop(name, None)


def test_images_are_damaged_as_is_said(scripts):
    _, sets = scripts
    images = torch.randint(0, 256, (3, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    by_hand = images.numpy().astype(np.float64)
    for axis in (2, 3):
        by_hand = gaussian_filter1d(by_hand, 1.0, axis=axis, mode="mirror", radius=3)
    assert np.abs(sets.blurred(images, 1.0).numpy() - by_hand).max() <= 0.51

    grey = torch.full((50, 3, 16, 16), 128, dtype=torch.uint8)
    noise = sets.noisy(grey, 8).double() - 128
    assert float(noise.mean()) == pytest.approx(0, abs=0.2) and float(noise.std()) == pytest.approx(8, rel=0.03)

    smooth = torch.from_numpy(np.array(Image.linear_gradient("L").resize((16, 16)))).expand(1, 3, 16, 16)
    errors = [float((sets.compressed(images, q).float() - images).square().mean()) for q in (95, 50, 10)]
    assert errors == sorted(errors) and errors[0] > 0
    assert float((sets.compressed(smooth, 95).float() - smooth).abs().max()) <= 4


def test_sets_without_classes_are_of_equally_many_images(scripts):
    _, sets = scripts
    labels = torch.arange(200) % 10
    kept = sets.classes_kept(labels)
    assert list(kept) == [10, 8, 5, 2]
    for k, places in kept.items():
        assert len(places) == 40 == len(places.unique())
        assert set(labels[places].tolist()) <= set(range(k))
    assert {k: len(places.unique()) for k, places in sets.repeated(200).items()} == {100: 100, 40: 40, 10: 10}
    found, of = sets.crops(6, seed=1)
    assert found.shape == (6, 3, sets.CROP, sets.CROP) and of.tolist() == [0, 1, 0, 1, 0, 1]


def test_ranks_and_orders(scripts):
    worth, _ = scripts
    one, other = (torch.randn(20, generator=torch.Generator().manual_seed(seed)).tolist() for seed in (0, 1))
    assert worth.spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert [worth.ordered(values) for values in ([1, 2, 3], [3, 2, 1], [1, 1, 2], [1, 3, 2])] == [
        "rises",
        "falls",
        "neither",
        "neither",
    ]


def test_the_script_measures_pixels_beside_digits(scripts, tmp_path):
    worth, _ = scripts
    path = tmp_path / "worth.json"
    asked = [
        "--extractor",
        "pixels",
        "--photographs",
        "40",
        "--beside",
        "digits",
        "--device",
        "cpu",
        "--out",
        str(path),
    ]
    assert worth.main(asked) == 0
    record = json.loads(path.read_text())
    rows = record["tables"]["Damage"]
    assert {row["level"] for row in rows if row["damage"].startswith("JPEG")} == {"none", "75", "50", "25", "10"}
    copied = next(row for row in rows if row["damage"].startswith("copies") and row["level"] == "100")
    assert copied["FD[pixels]"] == pytest.approx(0, abs=1e-6) and copied["precision[pixels]"] == 1
    order = {row["damage"]: row for row in record["tables"]["Order"]}
    assert order["different images"]["pixels"] == "rises"
    assert order["copies of real images, per cent"]["digits"] == "falls"
    first, second = record["tables"]["Extractors"]
    assert (first["extractor"], first["agreement"]) == ("pixels", pytest.approx(1)) and second["agreement"] < 1
    number = [row["distance"] for row in record["tables"]["Floor by the number of images"]]
    assert number[0] > number[5] > number[6]
    for ending in ("-0.png", "-0-number.png"):
        Image.open(path.with_name(f"worth{ending}")).verify()


def test_too_few_images_are_refused_in_a_sentence(scripts, capsys):
    worth, _ = scripts
    with pytest.raises(SystemExit):
        worth.main(["--extractor", "pixels", "--photographs", "8", "--device", "cpu"])
    assert "--n and --photographs are 40 or more" in capsys.readouterr().err
