"""ganzoo: a plugin-based GAN zoo with a registry, recipes and a fair benchmark.

Importing it imports neither torch nor numpy; each public name is imported when it is first used.
"""

import importlib
import logging
from typing import TYPE_CHECKING, Any

from .api.names import API_VERSION, PACKAGES, PUBLIC, public
from .registry.hooks.hookspecs import hookimpl

if TYPE_CHECKING:
    from .api.building import build as build
    from .api.building import recipe as recipe
    from .api.catalogue import PartInfo as PartInfo
    from .api.catalogue import RecipeInfo as RecipeInfo
    from .api.catalogue import parts as parts
    from .api.catalogue import recipes as recipes
    from .api.runs.benches import Results as Results
    from .api.runs.benches import bench as bench
    from .api.runs.run import Training as Training
    from .api.runs.settings import BenchSettings as BenchSettings
    from .api.runs.settings import TrainSettings as TrainSettings
    from .api.runs.training import train as train
    from .api.writing.registering import register as register
    from .evaluation import Evaluation as Evaluation
    from .evaluation import evaluate as evaluate
    from .models import Model as Model
    from .models import Samples as Samples
    from .models import load as load
    from .recipes.building.build import Parts as Parts
    from .recipes.recipe import Recipe as Recipe

__version__ = "0.2.0"

__all__ = [
    "API_VERSION",
    "BenchSettings",
    "Evaluation",
    "Model",
    "PartInfo",
    "Parts",
    "Recipe",
    "RecipeInfo",
    "Results",
    "Samples",
    "TrainSettings",
    "Training",
    "__version__",
    "bench",
    "build",
    "evaluate",
    "hookimpl",
    "load",
    "parts",
    "recipe",
    "recipes",
    "register",
    "train",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())  # a library prints nothing that nobody asked for


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used.

    Raises:
        AttributeError: there is no such name.
    """
    if name in PACKAGES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = public(name)
    return found


def __dir__() -> list[str]:
    """Give the names that are there, and those that are imported when they are first used."""
    return sorted({*globals(), *PUBLIC})
