"""The sections of a recipe: its parts, its optimizers, and the rhythm of the game. Does not import torch."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ..schedules.value_schedule import ValueSchedule
from .fields import (
    Ema,
    Frozen,
    Name,
    OptimizerParameters,
    Parameters,
    Rate,
    Scale,
    Switch,
    Whole,
    plain,
    scheduled,
    wrong,
)


class Part(Frozen):
    """A registered part by name, with the parameters that differ from its defaults.

    A file writes it as ``name``, or as ``{name: ..., parameter: ...}``.

    Attributes:
        name: as registered.
        params: scalars or lists of scalars, bound to the part's signature when it is built; a regularizer's ``weight``
            may be a value schedule.
    """

    name: Name
    params: Parameters = Field(default_factory=dict)

    def written(self) -> str | dict[str, Any]:
        """As a file writes it."""
        return {"name": self.name, **plain(self.params)} if self.params else self.name


def _steady(part: Part) -> Part:
    if changing := scheduled(part.params):
        raise wrong(f"{changing[0]} cannot change over a run; of parts, a regularizer's weight can")
    return part


def _only_weight_changes(part: Part) -> Part:
    _steady(Part(name=part.name, params={key: v for key, v in part.params.items() if key != "weight"}))
    if isinstance(part.params.get("weight"), list):
        _steady(part)
    return part


Steady = Annotated[Part, AfterValidator(_steady)]
Term = Annotated[Part, AfterValidator(_only_weight_changes)]


class Optimizer(Frozen):
    """The optimizer of one player. A file writes the parameters beside the name.

    Attributes:
        name: of a class in ``torch.optim``, in any case.
        lr: learning rate, above 0; or a value schedule.
        params: everything else that the class takes; ``betas`` are floats from 0 to below 1, and each may be a value
            schedule with Adam and AdamW.
        scale: by the beginning of weights' names, such as ``mapping`` or ``blocks.0``, the multiple of ``lr`` at which
            they learn; the longest beginning decides. Weights that terms learn are called by ``loss`` and
            ``regularizers.NAME``, and are of ``d_optimizer``.
    """

    name: Name = "adam"
    lr: Rate
    params: OptimizerParameters = Field(default_factory=dict)
    scale: Scale = Field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """As a file writes it; no scale is left out."""
        scale = {"scale": dict(self.scale)} if self.scale else {}
        return {"name": self.name, "lr": plain(self.lr), **plain(self.params), **scale}

    def scaled_by(self, name: str) -> str:
        """Return the key of ``scale`` that decides for a weight of this name; nothing where none does."""
        return max((key for key in self.scale if f"{name}.".startswith(f"{key}.")), key=len, default="")

    def factor(self, name: str) -> float:
        """Return the multiple of ``lr`` at which a weight of this name learns."""
        return self.scale.get(self.scaled_by(name), 1.0)

    @model_validator(mode="after")
    def _schedules(self) -> Self:
        if isinstance(self.lr, ValueSchedule) and self.name.lower() == "rprop":
            raise wrong("lr of rprop is only where its steps begin, and cannot change over a run")
        for name in scheduled(self.params):
            if name != "betas":
                raise wrong(f"{name} cannot change over a run; lr can, and so can betas with adam and adamw")
            if self.name.lower() not in ("adam", "adamw"):
                raise wrong(f"betas can change over a run with adam and adamw, not with {self.name}")
        return self


class Schedule(Frozen):
    """The rhythm of the game.

    Attributes:
        batch: real images in a turn, and as many fakes.
        d_steps: turns of the discriminator for each turn of the generator (n_critic).
        ema: decay of the averaged generator, the one that is evaluated; 0 evaluates the live one. Or a mapping with
            ``decay`` or ``halflife`` (kimg), either a number or a value schedule, and ``warmup`` (true by default), by
            which the decay is at most ``(1 + t) / (10 + t)`` in step ``t``.
        order: ``alternating``: the discriminator moves, then the generator looks at the moved one; or
            ``simultaneous``: both gradients come from one look at both batches.
        share_fakes: the generator's turn plays on with the fakes of the discriminator's last turn.
        batch_stats: where several processes play a run (``--gpus-per-run``), batch normalisation is by the whole batch
            (``synced``), as in a run of one, or by the share that each plays (``local``), which is faster and another
            game. A run of one process is the same with either.
        joint: in its own turn the discriminator sees real images and fakes in one forward pass; what counts passes,
            such as the power iterations of spectral normalisation, then counts one for both.
        labels: of the fakes in a conditional game: ``independent`` of those of the turn's real images, or ``paired``:
            each fake has the label of the real image beside it.
    """

    batch: Annotated[Whole, Field(ge=1, le=1_000_000)] = 64
    d_steps: Annotated[Whole, Field(ge=1, le=1000)] = 1
    ema: Ema = 0.0
    order: Literal["alternating", "simultaneous"] = "alternating"
    share_fakes: Switch = False
    batch_stats: Literal["synced", "local"] = "synced"
    joint: Switch = False
    labels: Literal["independent", "paired"] = "independent"

    def written(self) -> dict[str, Any]:
        """As a file writes it; a key that came later than the others is left out where it has its default."""
        later = {"batch_stats": "synced", "joint": False, "labels": "independent"}
        told = {name: getattr(self, name) for name in type(self).model_fields}
        told["ema"] = plain(self.ema)
        return {name: value for name, value in told.items() if name not in later or value != later[name]}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.order == "simultaneous" and self.d_steps != 1:
            raise wrong(f"d_steps must be 1 where order is 'simultaneous', not {self.d_steps}")
        if self.order == "simultaneous" and self.share_fakes:
            raise wrong("share_fakes must be false where order is 'simultaneous', which shares the fakes already")
        return self
