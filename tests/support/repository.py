"""Where the repository and its folders lie."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
