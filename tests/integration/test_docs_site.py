"""The documentation site is built without a warning, every page is in it, and its links lead somewhere."""

import importlib.util
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from documents import pages
from repository import ROOT

needs_sphinx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("sphinx", "myst_parser", "furo")),
    reason="needs Sphinx, MyST and Furo: pip install '.[docs]'",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    command = [
        "-W",
        "--keep-going",
        "-n",
        "-q",
        "-E",
        "-c",
        "docs",
        "-d",
        str(out / "doctrees"),
        ".",
        str(out / "html"),
    ]
    done = subprocess.run([sys.executable, "-m", "sphinx", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out / "html"


class Page(HTMLParser):
    """What a page of the site links to and can be linked to by."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.anchors = [], {""}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.anchors.add(given.get("id") or "")
        if target := given.get("href") or given.get("src"):
            self.targets.append(target)


@pytest.mark.slow
@needs_sphinx
def test_every_page_is_in_the_site(site):
    missing = [
        page for page in pages() if page.startswith("docs/") and not (site / page).with_suffix(".html").is_file()
    ]
    assert missing == ["docs/README.md"]
    assert "docs/index.html" in (site / "index.html").read_text()


@pytest.mark.slow
@needs_sphinx
def test_every_link_of_the_site_leads_somewhere(site):
    read = {path: Page(path) for path in site.rglob("*.html")}
    for path, page in read.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = Path(path.parent, unquote(parts.path)).resolve() if parts.path else path
            assert file.is_file(), f"{path.relative_to(site)}: {target}"
            if file in read and path.name not in ("genindex.html", "search.html"):
                assert parts.fragment in read[file].anchors, f"{path.relative_to(site)}: {target}"
