"""Writes every bundled recipe's step by ``ganzoo explain``, and says which cannot be written and why."""

import ast
import sys

from ganzoo.errors import GanzooError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.building.example_data import on_an_example
from ganzoo.recipes.explaining import explained
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo


def main() -> None:
    """Print a line for each recipe; the names on the command line are those to try, else all are."""
    registry = load_zoo().registry
    names = sys.argv[1:] or [entry.name for entry in registry.all("recipe")]
    written = 0
    for name in names:
        recipe = resolve(registry, name)
        classes = 10 if recipe.conditional else 0
        try:
            if (example := on_an_example(recipe, registry)) is not None:
                text = explained(recipe, example[0], name, modality=example[1])
            else:
                parts = build_parts(recipe, registry, image_size=32, channels=3, num_classes=classes, seed=0)
                text = explained(recipe, parts, name, image_size=32, channels=3, num_classes=classes)
            ast.parse(text)
        except GanzooError as error:
            print(f"{name:<22} {error}")
        else:
            written += 1
            print(f"{name:<22} {len(text.splitlines())} lines")
    print(f"{written} of {len(names)} are written")


if __name__ == "__main__":
    main()
