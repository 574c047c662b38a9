"""Recipes: their fields, files, overrides and search spaces, and the parts that are built from them.

``ganzoo.recipes()`` lists those that are registered: see ``ganzoo.api.catalogue.recipes``.
"""

from ..api.names import make_callable

make_callable(__name__)
