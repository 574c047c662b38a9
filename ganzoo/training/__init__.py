"""The game: the trainer that plays turn after turn, and its checkpoints. Knows no GAN by name."""

from .trainer import Trainer

__all__ = ["Trainer"]
