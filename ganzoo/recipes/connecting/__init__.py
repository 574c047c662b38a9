"""The connections between a recipe's parts, found by playing one turn of each player and noting who reads what."""

from .game import Connections as Connections
from .game import Player as Player
from .game import Say as Say
from .playing import connections as connections
