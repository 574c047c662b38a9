"""Sentences of a small grammar."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ganzoo.interfaces import Dataset, Rows

from .reading import rows_of

COUNT = 8192
STRIDE = 91_133  # has no divisor in common with how many sentences there are
ONE, SEVERAL = ("the", "a", "one", "my"), ("the", "two", "some", "my")
ADJECTIVES = ("", "red", "old", "odd", "tiny", "wild")
NOUNS = ("cat", "dog", "owl", "fox", "ant", "hen", "frog", "goat")
VERBS = ("see", "hear", "like", "find", "meet", "help")
DETERMINERS = len(ONE) + len(SEVERAL)
SENTENCES = DETERMINERS * len(ADJECTIVES) * len(NOUNS) * len(VERBS) * DETERMINERS * len(NOUNS)


def sentence(number: int) -> str:
    """Return a sentence of the grammar by its number, from 0 to ``SENTENCES`` - 1.

    It is ``SUBJECT VERB OBJECT.``; the subject has an article, an adjective or none, and a noun, the object an article
    and a noun. Nouns agree with their articles, the verb with the subject, and ``a`` is ``an`` before a vowel.
    """
    number, noun = divmod(number, len(NOUNS))
    number, article = divmod(number, DETERMINERS)
    there = phrase(article, "", NOUNS[noun])
    number, verb = divmod(number, len(VERBS))
    number, noun = divmod(number, len(NOUNS))
    article, adjective = divmod(number, len(ADJECTIVES))
    who = phrase(article, ADJECTIVES[adjective], NOUNS[noun])
    return f"{who} {VERBS[verb]}{'s' if article < len(ONE) else ''} {there}."


def phrase(article: int, adjective: str, noun: str) -> str:
    """Return an article, an adjective where there is one, and a noun, in agreement.

    Args:
        article: its number; those of one thing come first.
        adjective: may be empty.
        noun: in the singular.
    """
    words = [adjective] * bool(adjective)
    if article < len(ONE):
        words += [noun]
        first = ONE[article]
        return " ".join(["an" if first == "a" and words[0][0] in "aeiou" else first, *words])
    plural = noun + ("es" if noun.endswith("x") else "s")
    return " ".join([SEVERAL[article - len(ONE)], *words, plural])


class SmallGrammar(Dataset):
    """8,192 of the 147,456 sentences of a small grammar.

    One is ``the tiny frog hears two goats.`` They are made by formula, the same on every machine, and none comes twice.
    What is learned is seen by eye: words, agreement of articles, nouns and verbs, and ``an`` before a vowel.
    """

    def read(self, paths: Mapping[str, Path]) -> Rows:
        """Make the sentences; ``paths`` is empty."""
        from .modality import Text

        return rows_of(Text, [sentence(k * STRIDE % SENTENCES) for k in range(COUNT)], "small-grammar")
