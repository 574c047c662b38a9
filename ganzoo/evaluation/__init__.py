"""Evaluation of any images against any images."""

from ..bench.results.bench_files.evaluation import Evaluation
from .comparing import evaluate, export_statistics

__all__ = ["Evaluation", "evaluate", "export_statistics"]
