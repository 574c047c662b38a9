"""Text from plugins, files and errors, made safe to show or to use as a name; and numbers in it."""

import re

_LONGEST = 160


def printable(text: str) -> str:
    r"""``text`` in one line, with what a terminal or a page would obey rather than show written out.

    Control characters, terminal escapes, direction marks and lone surrogates appear as ``\x1b``, ``\u202e``
    and so on; any run of white space becomes one blank.
    """
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def printable_block(text: str) -> str:
    """Like ``printable``, but line by line and with the indentation kept: for YAML and other blocks."""
    lines = (line.expandtabs(4) for line in text.splitlines())
    return "\n".join("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in s) for s in lines)


def shown(name: object) -> str:
    """Return a name as it may be printed: quoted, control characters escaped, the middle of a long one cut."""
    text = str(name)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 2 :]}"
    return repr(text)


def slug(name: str) -> str:
    """Lower-case letters, digits and ``-``, at most 64 of them; never empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-") or "images"


def short_number(value: float) -> str:
    """Write a number with three significant digits at least, without an exponent where that is readable."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
