"""Generators that run in a browser: a graph of few operations, its weights, and one HTML file around both."""

from .writing import write_html

__all__ = ["write_html"]
