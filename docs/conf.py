"""Sphinx's configuration of the documentation site: ``sphinx-build -c docs . OUT``, see ``docs/README.md``.

The source folder is the repository, so that pages of ``docs/`` and those beside the code (``benchmarks/README.md``)
link to each other in the site as they do in the repository. The pages are plain Markdown: navigation is added here,
from the folders, so that no page holds a directive of Sphinx.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "site"))

project = "ganzoo"
copyright = "The ganzoo authors, Apache-2.0"
extensions = ["myst_parser", "navigation"]
source_suffix = {".md": "markdown"}
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "benchmarks/README.md",
    "benchmarks/results/**.md",
    "tests/example_plugin/README.md",
    "ganzoo/testing/pretend_cuda/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
exclude_patterns = ["docs/README.md", "**/.*", "build", "dist", "runs", "**/node_modules"]
nitpicky = True

myst_heading_anchors = 4  # as the repository's web page has them
myst_enable_extensions = ["dollarmath", "html_image"]

html_theme = "furo"
html_title = "ganzoo"
html_extra_path = ["site/root"]  # index.html of the site's top, which leads to docs/index.html
html_copy_source = False
html_show_sphinx = False
