"""Text from plugins and from errors, made safe to show: one line, no control characters."""


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
