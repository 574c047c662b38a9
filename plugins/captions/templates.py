"""Sentences on images of which the class is known."""

from __future__ import annotations

from collections.abc import Sequence

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OF_DIGITS = (
    "a handwritten {word}",
    "the digit {word}",
    "someone wrote a {word} by hand",
    "this is the number {digit}",
    "{digit}, in white on black",
)
OF_THINGS = (
    "a photo of {a} {name}",
    "{a} {name}",
    "there is {a} {name} in this picture",
    "a small picture that shows {a} {name}",
    "this one is {a} {name}",
)


def sentences_of(classes: Sequence[str]) -> list[list[str]]:
    """Return the sentences on each class: on digits as numbers written by hand, on others as things in a picture.

    Args:
        classes: names by index; ``0`` to ``9`` are digits. Of other names ``_`` and ``-`` are spaces.
    """
    if set(classes) <= set("0123456789"):
        return [[one.format(word=DIGITS[int(name)], digit=name) for one in OF_DIGITS] for name in classes]
    names = [name.replace("_", " ").replace("-", " ") for name in classes]
    return [[one.format(a=article(name), name=name) for one in OF_THINGS] for name in names]


def article(name: str) -> str:
    """Return ``an`` before a vowel's letter, and else ``a``."""
    return "an" if name[:1].lower() in tuple("aeiou") else "a"
