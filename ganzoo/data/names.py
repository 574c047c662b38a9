"""Names that come from files and may hold anything."""

import re

_LONGEST = 160


def shown(name: object) -> str:
    """A name as it may be printed: quoted, control characters escaped, the middle of a long one cut."""
    text = str(name)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 2 :]}"
    return repr(text)


def slug(name: str) -> str:
    """Lower-case letters, digits and ``-``, at most 64 of them; never empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-") or "images"
