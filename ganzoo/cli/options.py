"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .completion import listed_names_of, names_of

F = TypeVar("F", bound=Callable[..., Any])


def _all(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


EXAMINATIONS = ("memorisation", "discriminator", "classification")


def _examinations(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in EXAMINATIONS]
    if unknown or not names:
        wrong = f"{unknown[0]!r} is no examination" if unknown else "no examination is named"
        raise click.BadParameter(f"{wrong}; there are {', '.join(EXAMINATIONS)}, and none", context, parameter)
    return names


def _replicates(context: click.Context, parameter: click.Parameter, value: int) -> int:
    if value == 1:
        raise click.BadParameter("a spread takes two half-samples at the least; 0 is for none", context, parameter)
    return value


training = _all(
    click.option(
        "--data",
        "dataset",
        default="digits",
        show_default=True,
        metavar="NAME|PATH",
        shell_complete=names_of("dataset"),
        help="A dataset's name (`ganzoo list datasets`), or a folder, .zip, .tar(.gz/.xz) or .npz of images.",
    ),
    click.option(
        "--data-dir",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Where the files of a named dataset lie; without it they are downloaded.",
    ),
    click.option("--skip-bad", is_flag=True, help="Leave broken images out, and record which."),
    click.option(
        "--hold-out",
        type=click.FloatRange(0, 1, min_open=True, max_open=True),
        metavar="SHARE",
        help="Hold this share of the training images out, e.g. 0.1, to judge by what nothing was trained on.  "
        "[default: the dataset's own test images, if it has some]",
    ),
    click.option(
        "--budget",
        default="200kimg",
        show_default=True,
        metavar="BUDGET",
        help="For each run: 100kimg (thousand real images shown to D), 5000steps (turns of D), or 5min, 90s, 1.5h of "
        "training.",
    ),
    click.option(
        "-o",
        "--override",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change a key of every recipe, e.g. schedule.batch=128. May be repeated.",
    ),
    click.option(
        "--flips/--no-flips", default=None, help="Mirror real images at random; without either, as the recipe says."
    ),
    click.option(
        "--samples",
        type=click.IntRange(min=2),
        metavar="N",
        help="Images that an evaluation generates.  [default: the data's own number, or as many as there are real "
        "ones, 50,000 at most]",
    ),
    click.option(
        "--evaluations",
        type=click.IntRange(min=1, max=1000),
        default=5,
        show_default=True,
        metavar="N",
        help="How many, evenly spread over the budget; the last one is the result.",
    ),
    click.option(
        "--metrics",
        metavar="NAMES",
        shell_complete=listed_names_of("metric"),
        help="Separated by commas (`ganzoo list metrics`).  [default: the data's own, of most fid,is]",
    ),
    click.option(
        "--extractor",
        metavar="NAME",
        shell_complete=names_of("extractor"),
        help="What sees the images (`ganzoo list extractors`); `none`: no numbers.  [default: the data's own]",
    ),
    click.option("--extractor-weights", type=click.Path(path_type=Path), metavar="FILE", help="Its weights."),
    click.option(
        "--replicates",
        type=click.IntRange(min=0, max=1000),
        default=20,
        show_default=True,
        metavar="N",
        callback=_replicates,
        help="Half-samples of the last evaluation that each number's spread is taken from; 0: no spreads.",
    ),
    click.option(
        "--examine",
        "examinations",
        default=",".join(("memorisation", "discriminator")),
        show_default=True,
        metavar="NAMES",
        callback=_examinations,
        help="At the end of each run, separated by commas: memorisation, discriminator, classification; `none`.",
    ),
    click.option(
        "--best",
        "keeps_best",
        is_flag=True,
        help="Judge the generator of the best evaluation again, with fresh noise; it is shown beside the result.",
    ),
    click.option(
        "--device",
        default="auto",
        show_default=True,
        metavar="DEVICE",
        help="auto, cpu, cuda or cuda:N. cuda never falls back to the CPU.",
    ),
    click.option(
        "--precision",
        default="auto",
        show_default=True,
        type=click.Choice(["auto", "fp32", "tf32", "bf16", "fp16"]),
        help="Of the training; auto: tf32 on CUDA, else fp32. Numbers are always taken in fp32.",
    ),
    click.option("--compile", "compiled", is_flag=True, help="Run the networks through torch.compile."),
    click.option(
        "--autotune",
        "autotuned",
        is_flag=True,
        help="On a GPU, let cuDNN time its algorithms and take the fastest; repeats of a seed then differ by rounding.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="Of each run on a CPU.  [default: the cores shared out]",
    ),
    click.option(
        "--checkpoint-every",
        type=click.FloatRange(min=0.0),
        default=30.0,
        show_default=True,
        metavar="SECONDS",
        help="Between two checkpoints; there is one at each evaluation, too.",
    ),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Where the results go.  [default: a folder below runs/ that the same command finds again]",
    ),
    click.option("--fresh", is_flag=True, help="Throw away what the folder holds of these runs, and start anew."),
    click.option(
        "--tracker",
        "trackers",
        multiple=True,
        metavar="NAME",
        shell_complete=names_of("tracker"),
        callback=lambda context, parameter, names: tuple(dict.fromkeys(names)),
        help="Also tell this one how each run goes, row by row (`ganzoo list trackers`): tensorboard, into the run's "
        "folder. May be repeated.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the results as JSON on stdout, and no table."),
    click.option("--quiet", is_flag=True, help="No progress."),
)
