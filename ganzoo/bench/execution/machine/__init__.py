"""The machine shared out among runs: its cores, GPUs and disk."""
