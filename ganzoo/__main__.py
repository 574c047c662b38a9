"""``python -m ganzoo``."""

from .cli import main

main()
