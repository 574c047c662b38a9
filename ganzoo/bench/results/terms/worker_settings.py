"""Settings that the process of a run reads. Does not import torch."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from ....recipes.schema.fields import Number, Switch, Whole
from .fields import Different, Examinations, Goals, Replicates
from .setting import DATA, EVALUATION, MACHINE, OUTPUT, STEPS, Setting


class WorkerSettings(BaseModel):
    """Settings that the process of every run is given as they were asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    evaluations: Annotated[
        Whole,
        Field(ge=1, le=1000),
        Setting(
            flags=("--evaluations",),
            group=EVALUATION,
            metavar="N",
            help="The number of evaluations, evenly spread over the budget; the last one is the result.",
            suite="The number of evaluations, evenly spread over the budget.",
            decides="always",
        ),
    ] = 5
    flips: Annotated[
        Switch | None,
        Setting(
            flags=("--flips/--no-flips",),
            group=DATA,
            commands=STEPS,
            help="Mirror real images at random; without either, as the recipe says.",
            decides="always",
        ),
    ] = None
    replicates: Annotated[
        Replicates,
        Field(ge=0, le=1000),
        Setting(
            flags=("--replicates",),
            group=EVALUATION,
            metavar="N",
            help="Half-samples of the last evaluation that each number's spread is taken from; 0: no spreads.",
            decides="always",
        ),
    ] = 20
    examinations: Annotated[
        Examinations,
        Setting(
            flags=("--examine",),
            group=EVALUATION,
            metavar="NAMES",
            shown="memorisation,discriminator",
            help="Examinations at the end of each run, separated by commas: memorisation, discriminator, "
            "classification; `none`.",
            decides="always",
        ),
    ] = ("memorisation", "discriminator")
    keeps_best: Annotated[
        Switch,
        Setting(
            flags=("--best",),
            group=EVALUATION,
            help="Evaluate the generator of the best evaluation again, with fresh noise; it is shown beside the "
            "result.",
            decides="always",
        ),
    ] = False
    compiled: Annotated[
        Switch,
        Setting(
            flags=("--compile",),
            group=MACHINE,
            commands=STEPS,
            help="Run the networks through torch.compile.",
            decides="always",
        ),
    ] = False
    autotuned: Annotated[
        Switch,
        Setting(
            flags=("--autotune",),
            group=MACHINE,
            commands=STEPS,
            help="On a GPU, let cuDNN time its algorithms and take the fastest; repeats of a seed then differ by "
            "rounding.",
            decides="changed",
        ),
    ] = False
    checkpoint_seconds: Annotated[
        Number,
        Field(ge=0.0),
        Setting(
            flags=("--checkpoint-every",),
            group=OUTPUT,
            metavar="SECONDS",
            help="The time between two checkpoints; there is one at each evaluation, too.",
        ),
    ] = 30.0
    patience: Annotated[
        Number,
        Field(gt=0.0),
        Setting(
            flags=("--patience",),
            group=MACHINE,
            metavar="MINUTES",
            help="Minutes without a step after which a run hangs: its stacks go into its log, and it is tried again "
            "once, from its checkpoint. It is twenty usual steps at the least, and twelve times as long for a start, "
            "an evaluation or a capture.",
        ),
    ] = 10.0
    trackers: Annotated[
        Different,
        Setting(
            flags=("--tracker",),
            group=OUTPUT,
            metavar="NAME",
            completes="tracker",
            repeated=True,
            help="Also send this tracker every row of each run's record (`ganzoo list trackers`): tensorboard, "
            "wandb, mlflow, trackio. May be repeated.",
        ),
    ] = ()
    goals: Annotated[
        Goals,
        Setting(
            group=EVALUATION,
            help="Goals such as `fid <= 5`; a run ends at its first evaluation that meets all: `ganzoo speedrun`.",
            decides="changed",
        ),
    ] = ()
    third_party: Annotated[
        Switch, Setting(group=OUTPUT, help="Plugins of others may be loaded: `ganzoo --no-plugins`, of every command.")
    ] = True

    def changed(self, **changes: Any) -> Self:
        """Give the same with other values of some fields, which are not checked again."""
        return self.model_copy(update=changes)
