"""The values that a recipe's paper, or its authors' configuration, gives, each with its source. Does not import torch.

A file ends with them::

    published:
      data: cifar10
      shape: [3, 32, 32]
      budget: 64000kimg
      values:
        g_optimizer.lr: {value: 1.0e-4, source: "alg. 1"}
      metrics:
        - {name: is, value: 6.68, spread: 0.06, n: 50000, source: "arXiv:1802.05957, table 2"}

``NAME@published`` is the recipe with these values in place. They are no part of what the recipe itself is.
"""

import copy
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from ...errors import RecipeError
from ..overrides import set_value
from .fields import Frozen, Name, Number, Text, Whole, wrong
from .search_space import APART, meet
from .validation import Source, validation_errors

_APART = tuple(key for key in APART if key != "conditional")
_KIMG = re.compile(r"\d+(\.\d+)?kimg")


def _plain(value: Any) -> Any:
    """Return a value as a file may hold it: what the key itself takes is found out when it is put in place."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong(f"must be a finite number, not {value}")
    return value


class PublishedValue(Frozen):
    """A value of one key.

    Attributes:
        value: as a file writes it at this key.
        source: section, table or algorithm of the paper, or repository, commit and file.
    """

    value: Annotated[Any, BeforeValidator(_plain)]
    source: Name


class PublishedParameters(Frozen):
    """Numbers of parameters of the networks, at the published width and shape.

    Attributes:
        generator: of all that it is trained by; left out where no source gives it.
        discriminator: likewise.
        source: as of a published value.
    """

    generator: Annotated[Whole, Field(ge=1)] | None = None
    discriminator: Annotated[Whole, Field(ge=1)] | None = None
    source: Name

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.generator is None and self.discriminator is None:
            raise wrong("must give generator, discriminator or both, as in {generator: 3811971, source: table 2}")
        return self


class PublishedMetric(Frozen):
    """A number that the method was published with.

    Attributes:
        name: of the metric as registered, or as the paper calls one that the zoo has not.
        value: the number.
        spread: what the source gives behind the ±; left out where it gives none.
        n: generated images that it was taken of; left out where no source says.
        source: as of a published value.
    """

    name: Name
    value: Number
    spread: Annotated[Number, Field(ge=0)] | None = None
    n: Annotated[Whole, Field(ge=1)] | None = None
    source: Name


def _budget(budget: str) -> str:
    if not _KIMG.fullmatch(budget) or not float(budget.removesuffix("kimg")):
        raise wrong(f"must be real images shown to D, in thousands, as in 64000kimg, not {budget!r}")
    return budget


def _values(values: dict[str, PublishedValue]) -> dict[str, PublishedValue]:
    seen: list[str] = []
    if not values:
        raise wrong("must hold a value, as in {schedule.batch: {value: 64, source: alg. 1}}")
    for name in values:
        if not all(name.split(".")) or name.split(".")[0] in _APART:
            raise wrong(f"{name}: is no key that a paper gives a value of; take one such as g_optimizer.lr")
        if undone := [other for other in seen if meet(name, other) and len(name) <= len(other)]:
            raise wrong(f"{name}: would undo {undone[0]}, which it holds; write {name} before it")
        seen.append(name)
    return values


class Published(Frozen):
    """The values of a paper, or of its authors' configuration.

    Attributes:
        data: name of the data set, registered or not.
        modality: that the data are taken for, such as ``pairs``; images by default.
        shape: of its images as the networks see them: channels, height and width, in pixels.
        classes: how many labels it has; only a conditional recipe needs it.
        budget: real images shown to the discriminator in thousands, such as ``64000kimg``.
        budget_source: where the budget is from, and how it was counted.
        values: by dotted key, such as ``regularizers.r1.weight``, put in place in this order.
        parameters: of the networks; left out where no source gives their number.
        metrics: what came of it.
    """

    data: Name
    modality: Text = ""
    shape: Annotated[
        tuple[Annotated[Whole, Field(ge=1)], Annotated[Whole, Field(ge=1)], Annotated[Whole, Field(ge=1)]],
        Field(examples=[[3, 32, 32]]),
    ]
    classes: Annotated[Whole, Field(ge=0)] = 0
    budget: Annotated[Text, AfterValidator(_budget)]
    budget_source: Text = ""
    values: Annotated[dict[str, PublishedValue], AfterValidator(_values)]
    parameters: PublishedParameters | None = None
    metrics: tuple[PublishedMetric, ...] = ()

    @property
    def kimg(self) -> float:
        """The budget as a number."""
        return float(self.budget.removesuffix("kimg"))

    def written(self) -> dict[str, Any]:
        """As a file writes it."""
        return self.model_dump(mode="json", exclude_unset=True)


class _Block(Frozen):
    published: Published


def put_in_place(data: dict[str, Any], source: Source) -> list[str]:
    """Put the published values into a recipe's plain data, in place, and note in ``source`` where each is from.

    Returns:
        Sentences on what is wrong with the block, or could not be put in place.

    Raises:
        RecipeError: there is no block.
    """
    if data.get("published") is None:
        raise RecipeError(
            f"{source.file}: has no block 'published', so there is no @published of it; leave @published out"
        )
    try:
        published = _Block.model_validate({"published": data["published"]}).published
    except ValidationError as error:
        return validation_errors(error, _Block, source)
    problems = []
    for name, given in published.values.items():
        what = f"{source.file}: published.values.{name}"
        try:
            source.changed(set_value(data, name.split("."), copy.deepcopy(given.value), what), what)
        except RecipeError as error:
            problems.append(str(error))
    return problems
