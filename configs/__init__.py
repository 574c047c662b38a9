"""The bundled recipes, one YAML file each; this folder is a plugin too."""

from collections.abc import Callable
from importlib.resources import files

from ganzoo import hookimpl


@hookimpl
def register_recipes(register: Callable[..., None]) -> None:
    """Every recipe beside this file, called by its stem."""
    here = files(__name__)
    for path in sorted(here.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            register(path.name.removesuffix(".yaml"), path, measured=here / "measured.json")
