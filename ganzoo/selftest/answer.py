"""Outcome of a known-answer test."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Found:
    """Figures that one test found.

    Attributes:
        text: the figures and what they must be, for people.
        figures: the same for programs.
        ok: whether they are right.
    """

    text: str
    figures: dict[str, float]
    ok: bool


@dataclass(frozen=True)
class Answer:
    """One test's outcome.

    Attributes:
        name: the test's.
        ok: it passed.
        text: what was found and what it must be; of a test that could not be made, why.
        seconds: what it took.
        figures: the numbers in ``text``.
    """

    name: str
    ok: bool
    text: str
    seconds: float
    figures: dict[str, float] = field(default_factory=dict)
