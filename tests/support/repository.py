"""Paths of the repository and its folders."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
