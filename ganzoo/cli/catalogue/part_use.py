"""The choice of a part on the command line. Imports no torch."""

# Words behind `ganzoo bench`, by the kind of part.
_CHOSEN = {
    "generator": "{recipe}:generator={name}",
    "discriminator": "{recipe}:discriminator={name}",
    "loss": "{recipe}:loss={name}",
    "regularizer": "'{recipe}:regularizers=[{name}]'",
    "dataset": "{recipe} --data {name}",
    "extractor": "{recipe} --extractor {name}",
    "metric": "{recipe} --metrics {name}",
    "tracker": "{recipe} --tracker {name}",
    "executor": "{recipe} --executor {name}",
}


def use_of(kind: str, name: str, recipe: str = "RECIPE") -> str | None:
    """Return what follows ``ganzoo bench`` to play a recipe with a part; None for a kind that is not chosen so."""
    form = _CHOSEN.get(kind)
    return None if form is None else form.format(recipe=recipe, name=name)
