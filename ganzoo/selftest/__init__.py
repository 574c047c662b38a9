"""Known-answer tests: numbers whose right value is known, taken on the user's machine as the bench takes them."""

from .checks import CHECKS, Answer, run

__all__ = ["CHECKS", "Answer", "run"]
