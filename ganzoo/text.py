"""Text from plugins, files and errors, made safe to show or to use as a name; and numbers in it."""

import re
from collections.abc import Sequence

_LONGEST = 160
_MOST_CLASSES = 12
_COUNTS = re.compile(r"^[\d,]+(?: and [\d,]+)*\s+")
A_SCREEN = 1_500  # characters of a text that somebody else wrote, in a message or a table: less than 80 x 24


def printable(text: str) -> str:
    r"""``text`` in one line, with what a terminal or a page would obey rather than show written out.

    Control characters, terminal escapes, direction marks and lone surrogates appear as ``\x1b``, ``\u202e``
    and so on; any run of white space becomes one blank.
    """
    return written_out(" ".join(text.split()))


def printable_block(text: str) -> str:
    """Like ``printable``, but line by line and with the indentation kept: for YAML and other blocks."""
    return "\n".join(written_out(line.expandtabs(4)) for line in text.splitlines())


def written_out(text: str) -> str:
    """``text`` with every character but line feeds that is not printable written out, as in ``printable``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def shown(name: object) -> str:
    """Return a name as it may be printed: quoted, control characters escaped, the middle of a long one cut."""
    text = str(name)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 2 :]}"
    return repr(text)


def cut(text: str, most: int = A_SCREEN) -> str:
    """Return a text that fits: of a long one the beginning and the end, and how much lies between."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [{len(text) - 2 * half:,} more characters] {text[-half:]}"


def cut_lines(text: str, most: int) -> str:
    """Return a text whose lines fit, each as ``cut`` gives it."""
    return text if len(text) <= most else "\n".join(cut(line, most) for line in text.split("\n"))


def uncounted(described: str) -> str:
    """Return the words for some data without their numbers: of ``1,797 rows of 13 numbers``, ``rows of 13 numbers``."""
    return _COUNTS.sub("", described, count=1)


def word_of(described: str) -> str:
    """Return what the samples of some data are called: of ``1,797 rows of 13 numbers``, ``rows``."""
    return uncounted(described).partition(" of ")[0]


def some_of(texts: Sequence[str], most: int) -> str:
    """Join the first ``most`` texts by commas, and say how many more there are: ``a, b and 3 more``."""
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more:,} more" if more > 0 else "")


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join one or more names as a sentence has them: ``a, b and c``, or with another word before the last."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def slug(name: str) -> str:
    """Lower-case letters, digits and ``-``, at most 64 of them; never empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64].strip("-") or "images"


def short_number(value: float) -> str:
    """Write a number with three significant digits at least, without an exponent where that is readable."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def per_class(classes: Sequence[str], counts: Sequence[int]) -> str:
    """Write how many images each class has, of many classes the range: ``2 classes (cat: 700, dog: 500)``.

    Args:
        classes: their names, by index.
        counts: how many images each has; empty where that is not known.
    """
    number = f"{len(classes):,} class{'es' * (len(classes) != 1)}"
    if not classes or len(counts) != len(classes):
        return number if classes else ""
    if len(set(counts)) == 1 and len(classes) > 1:
        return f"{number} of {counts[0]:,} each ({some_of([_short(name) for name in classes], _MOST_CLASSES)})"
    if len(classes) <= _MOST_CLASSES:
        told = (f"{_short(name)}: {n:,}" for name, n in zip(classes, counts, strict=True))
        return f"{number} ({', '.join(told)})"
    ranked = sorted(range(len(classes)), key=lambda index: (counts[index], index))
    least, most = (f"{_short(classes[index])}: {counts[index]:,}" for index in (ranked[0], ranked[-1]))
    return f"{number} (the smallest {least}, the largest {most})"


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= 40 else f"{text[:18]}...{text[-18:]}"


def type_given(value: object) -> str:
    """Name the type of what a function gave, for a sentence: ``a tuple``."""
    return "nothing (is a `return` missing?)" if value is None else f"a {type(value).__name__}"
