"""A budget as files have it: a mapping with one of three keys. Does not import torch."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ....recipes.schema.fields import wrong
from ..written import Number, shaped


class StoredBudget(BaseModel):
    """The length of a run as ``Budget.to_json`` gives it: images, turns or minutes."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    kimg: Annotated[int | float, Field(gt=0)] | None = None
    steps: Annotated[int, Field(gt=0)] | None = None
    minutes: Annotated[int | float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.kimg, self.steps, self.minutes)) != 1:
            raise wrong("must have one of kimg, steps and minutes")
        return self


BudgetData = Annotated[dict[str, Number], shaped(StoredBudget)]
