"""The public names of ``ganzoo``, and where each is imported from when it is first used. Imports nothing heavy."""

import importlib
import sys
from types import ModuleType
from typing import Any

API_VERSION = "1"  # raised by what breaks programs that use the API

PUBLIC = {
    "recipes": "ganzoo.api.catalogue:recipes",
    "parts": "ganzoo.api.catalogue:parts",
    "recipe": "ganzoo.api.building:recipe",
    "build": "ganzoo.api.building:build",
    "train": "ganzoo.api.runs.training:train",
    "bench": "ganzoo.api.runs.benches:bench",
    "load": "ganzoo.models:load",
    "evaluate": "ganzoo.evaluation:evaluate",
    "register": "ganzoo.api.writing.registering:register",
    "Model": "ganzoo.models:Model",
    "Samples": "ganzoo.models:Samples",
    "Training": "ganzoo.api.runs.run:Training",
    "TrainSettings": "ganzoo.api.runs.settings:TrainSettings",
    "BenchSettings": "ganzoo.api.runs.settings:BenchSettings",
    "Results": "ganzoo.api.runs.benches:Results",
    "Evaluation": "ganzoo.evaluation:Evaluation",
    "RecipeInfo": "ganzoo.api.catalogue:RecipeInfo",
    "PartInfo": "ganzoo.api.catalogue:PartInfo",
    "Recipe": "ganzoo.recipes.recipe:Recipe",
    "Parts": "ganzoo.recipes.building.build:Parts",
}
PACKAGES = ("recipes", "bench")  # public functions that have the name of a package, which is called in their place


def public(name: str) -> Any:
    """Import the thing of a public name.

    Raises:
        KeyError: it is no public name.
    """
    module, _, attribute = PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


class CallablePackage(ModuleType):
    """A package that may be called: ``ganzoo.recipes()`` and ``ganzoo.bench(...)`` have the names of packages."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the public function of the package's name."""
        return public(self.__name__.rpartition(".")[2])(*args, **options)

    @property
    def __signature__(self) -> Any:
        """The signature of that function."""
        import inspect

        return inspect.signature(public(self.__name__.rpartition(".")[2]))


def make_callable(package: str) -> None:
    """Let a package of ``ganzoo`` that is being imported stand for the public function of its name, too."""
    sys.modules[package].__class__ = CallablePackage
