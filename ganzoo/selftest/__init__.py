"""Known-answer tests: numbers whose right value is known, taken on the user's machine as the bench takes them."""

from .answer import Answer
from .checks import CHECKS, run

__all__ = ["CHECKS", "Answer", "run"]
