"""The types of the keys that only a suite's file has, and what they refuse. Does not import torch."""

import json
from typing import Annotated, Any

from pydantic import BeforeValidator

from ...errors import GanzooError
from ...recipes import safeyaml
from ...recipes.overrides import split_spec
from ...recipes.schema.fields import wrong
from ..results.terms.fields import listed, texts

_EDIT = "is not of the form key=value, as in loss=hinge"


def _recipes(value: Any) -> tuple[str, ...]:
    specs = texts("[dcgan, wgan-gp], or all", value)
    for spec in specs:
        try:
            split_spec(spec)
        except GanzooError as error:
            raise wrong(str(error)) from error
    return specs


def _edits(value: Any) -> tuple[str, ...]:
    """Give changes as the command line has them: one that is written with colons is several."""
    found = []
    for text in texts("[loss=hinge, schedule.batch=32]", value):
        for edit in split_spec(f"recipe:{text}").edits:
            key, equals, _ = edit.partition("=")
            if not equals or not _is_key(key.strip()):
                raise wrong(f"{edit!r} {_EDIT}")
            found.append(edit)
    return tuple(found)


def _is_key(key: str) -> bool:
    return all(key.split(".")) and key != "name"


def _variants(value: Any) -> tuple[tuple[str, ...], ...]:
    example = "[loss=hinge, [loss=hinge, schedule.batch=32]]"
    found = tuple(_edits(changes) for changes in listed(example, value))
    if len(set(found)) < len(found):
        raise wrong(f"hold a change twice, and each must be another, as in {example}")
    return found


def _grid(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict) or not value:
        raise wrong(
            f"must be a mapping of keys to lists of values, as in {{loss: [hinge, wasserstein]}}, not {value!r}"
        )
    return {key: _values(key, values) for key, values in value.items()}


def _values(key: str, values: Any) -> tuple[str, ...]:
    """Give the values of a key of a grid, as texts that can stand behind ``key=`` in the name of a variant."""
    if not _is_key(key):
        raise wrong(f"{key!r} is no key of a recipe that a grid can change; take one such as loss or schedule.batch")
    if not isinstance(values, list) or not values:
        raise wrong(f"{key} must be a list of values, as in [hinge, wasserstein], not {values!r}")
    if key == "regularizers":
        values = [one if isinstance(one, list) else [one] for one in values]
    if len({json.dumps(one) for one in values}) < len(values):
        raise wrong(f"{key} has a value twice")
    texts = tuple(safeyaml.inline(one) for one in values)
    for text in texts:
        edit = f"{key}={text}"
        if "\n" in text or split_spec(f"recipe:{edit}").edits != (edit,):
            raise wrong(f"{key} has the value {text!r}, which the name of a variant cannot hold")
    return texts


Recipes = Annotated[tuple[str, ...], BeforeValidator(_recipes)]
Files = Annotated[tuple[str, ...], BeforeValidator(lambda value: texts("[digits, mnist]", value))]
Edits = Annotated[tuple[str, ...], BeforeValidator(_edits)]
Variants = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_variants)]
Grid = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_grid)]
