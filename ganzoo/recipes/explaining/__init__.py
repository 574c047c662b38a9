"""A recipe's training step, written out as a short program of plain PyTorch."""

from .program import explained as explained
