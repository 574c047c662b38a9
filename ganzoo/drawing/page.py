"""Pages of HTML that need nothing else: their files in a package, and their templates filled in."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import Any


def asset(package: str, folder: str, name: str) -> str:
    """Read a file of a page.

    Args:
        package: that has it, such as ``ganzoo.evaluation``.
        folder: of it there.
        name: of the file.
    """
    return resources.files(package).joinpath(folder, name).read_text("utf-8")


def filled(template: str, /, **values: Any) -> str:
    """Fill in a template of Jinja: what is text is escaped, and a name that has no value is an error."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(values)


def digest(text: str) -> str:
    """Return the SHA-256 of a script or a style in base64, as a page's policy names it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
