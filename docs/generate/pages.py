"""All generated pages."""

from pathlib import Path

from .page import Pages
from .reference import reference_pages
from .results import results_pages
from .zoo import zoo_pages


def every_page(root: Path) -> Pages:
    """Give the text of each generated page by its path, from what is installed and what is committed below ``root``."""
    return {**reference_pages(root), **zoo_pages(root), **results_pages(root)}
