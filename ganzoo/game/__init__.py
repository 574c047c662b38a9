"""The game: one turn, and the trainer that plays turn after turn. Knows no GAN by name."""

from .trainer import Trainer
from .turn import Turn

__all__ = ["Trainer", "Turn"]
