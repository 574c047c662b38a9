"""The page of two sets as a browser shows it, on a desk and on a phone."""

import chromium
import pytest
from evaluated_sets import files, mixed
from image_files import fill

from ganzoo.evaluation import evaluate

pytestmark = pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_both_sets_and_all_pairs_are_seen(tmp_path, width):
    fill(tmp_path / "fake", files(mixed(12, seed=1)))
    fill(tmp_path / "real", files(mixed(15, seed=2)))
    sets = tmp_path / "fake", tmp_path / "real"
    found = evaluate(*sets, extractor="digits", metrics=("fid", "kid"), device="cpu", report=tmp_path / "page.html")
    with chromium.opened(tmp_path / "page.html", width, tmp_path / "profile") as page:
        images = "Array.from(document.images)"
        assert page.run(f"{images}.length") == 2 + 2 * (len(found.pairs.nearest) + len(found.pairs.farthest))
        assert page.run(f"{images}.every((one) => one.complete && one.naturalWidth > 0)")
        assert page.run("document.querySelectorAll('tbody tr').length") == 2
        assert page.run("document.documentElement.scrollWidth <= window.innerWidth"), "it does not scroll sideways"
        assert page.errors == []
