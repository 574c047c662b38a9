"""A recipe as the results of a bench keep it: as far as tables look into it, whatever version wrote it."""

from typing import Annotated, Any, ClassVar

from ...results.written import Written, shaped


class _Named(Written):
    name: str


Part = str | Annotated[dict[str, Any], shaped(_Named)]


class KeptRecipe(Written):
    """A recipe's parts by kind, each a name or a mapping with a name."""

    about: ClassVar[str] = "recipe"

    generator: Part | None = None
    discriminator: Part | None = None
    loss: Part | None = None
    regularizers: list[Part] | None = None
    schedule: dict[str, Any] | None = None
