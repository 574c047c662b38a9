"""The settings of a bench, each declared once. Does not import torch.

The options of the commands, the keys of a suite's file, a run's ``run.json`` and its key are made from these fields
and from those of ``WorkerSettings``. A new setting is a field, and the code that acts on it: where the process of a
run reads it, the field stands in ``WorkerSettings`` and reaches it by itself, and else it stands here.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ....recipes.schema.fields import Name, Number, Switch, Whole
from .budget import Budget
from .fields import BudgetText, Names, Parallel, Seeds, Sides, Track
from .setting import (
    BENCHES,
    CHECKED,
    DATA,
    EVALUATION,
    EVERY,
    MACHINE,
    OUTPUT,
    OVERRIDE,
    PLAYED,
    SEVERAL,
    STEPS,
    Setting,
)
from .worker_settings import WorkerSettings


class RunSettings(WorkerSettings):
    """All that a bench is asked for; ``plan.prepare`` makes the runs of it."""

    recipes: Annotated[
        tuple[str, ...], Setting(group=PLAYED, help="Names, variants or files, as written: the command's arguments.")
    ]
    overrides: Annotated[
        tuple[str, ...],
        Setting(
            flags=("-o", "--override"),
            group=PLAYED,
            commands=STEPS,
            metavar="KEY=VALUE",
            completes=OVERRIDE,
            repeated=True,
            help="Change a key of every recipe, e.g. schedule.batch=128. May be repeated.",
        ),
    ] = ()
    seeds: Annotated[
        Seeds,
        Setting(
            flags=("--seeds",),
            group=PLAYED,
            commands=BENCHES,
            metavar="N|LIST",
            shown="3",
            help="A count (3 is 0,1,2), or a list such as 0,1,5.",
            suite="A count, or a list of the seeds of every run.",
        ),
    ] = (0, 1, 2)
    until_decided: Annotated[
        Literal["best", "all"] | None,
        Setting(
            flags=("--until-decided",),
            group=PLAYED,
            commands=BENCHES,
            help="Add seeds in rounds, each time as many as there are, until by the first metric one recipe is better "
            "than every other (best), or every two are told apart (all). The tests of all rounds together err as "
            "often as those of one.",
            suite="Seeds are added until one recipe is better than all others (best), or all are told apart (all).",
        ),
    ] = None
    most_seeds: Annotated[
        Whole,
        Field(ge=2, le=1000),
        Setting(
            flags=("--most-seeds",),
            group=PLAYED,
            commands=BENCHES,
            metavar="N",
            help="The seeds of each recipe at which --until-decided stops, decided or not.",
        ),
    ] = 20
    track: Annotated[
        Track,
        Setting(
            flags=("--track",),
            group=PLAYED,
            commands=BENCHES | {"profile"},
            help="as-shipped: each recipe as it is; published: as its paper has it, NAME@published, on the paper's "
            "data and budget unless they are given; controlled: all on one backbone, with its networks, batch, "
            "average, flips and labels, so that only loss, regularizers, optimizers and D's turns a step differ.",
            suite="Each recipe as it is, each as its paper has it, or all on the networks of one backbone.",
        ),
    ] = "as-shipped"
    backbone: Annotated[
        Name | None,
        Setting(
            flags=("--backbone",),
            group=PLAYED,
            commands=BENCHES | {"profile"},
            metavar="RECIPE",
            completes="recipe",
            help="The recipe whose networks the controlled track plays on.",
            otherwise="the first recipe",
            suite="The recipe whose networks the controlled track plays on.",
        ),
    ] = None
    tune: Annotated[
        Annotated[Whole, Field(ge=2, le=1000)] | None,
        Setting(
            flags=("--tune",),
            group=PLAYED,
            commands=BENCHES,
            metavar="N",
            help="Before its runs, play N trials of each recipe on a seed of their own, from the space that it "
            "declares, and take the best by the first metric.",
            suite="The number of trials of each recipe before its runs.",
        ),
    ] = None
    dataset: Annotated[
        str,
        Setting(
            flags=("--data",),
            group=DATA,
            commands=STEPS,
            metavar="NAME|PATH",
            completes="dataset",
            help="A dataset's name (`ganzoo list datasets`), or a folder, .zip, .tar(.gz/.xz) or .npz of images; "
            "also a folder in an archive, such as photos.zip/train, or a set of the hub, hf://owner/name.",
        ),
    ] = "digits"
    data_dir: Annotated[
        Path | None,
        Setting(
            flags=("--data-dir",),
            group=DATA,
            commands=EVERY,
            metavar="DIR",
            help="The folder of the files of a named dataset; without it they are downloaded.",
        ),
    ] = None
    modality: Annotated[
        Name | None,
        Setting(
            flags=("--modality",),
            group=DATA,
            commands=STEPS,
            metavar="NAME",
            completes="modality",
            help="The modality (`ganzoo list modalities`) that reads the path, or that the data are taken for, such as "
            "images for pairs of theirs.",
            otherwise="that of the data",
            suite="The modality that reads the path, or that the data are taken for.",
        ),
    ] = None
    skip_bad: Annotated[
        Switch,
        Setting(flags=("--skip-bad",), group=DATA, commands=STEPS, help="Leave broken images out, and record which."),
    ] = False
    size: Annotated[
        Sides | None,
        Setting(
            flags=("--size",),
            group=DATA,
            commands=STEPS,
            metavar="SIDE|HxW",
            help="Crop and resize all images to this many pixels: 64, or height and width, 64x32.",
            otherwise="as they are",
            suite="The side that all images are cropped and resized to, or height and width, such as 64x32.",
        ),
    ] = None
    crop: Annotated[
        Literal["center", "random", "none"] | None,
        Setting(
            flags=("--crop",),
            group=DATA,
            commands=STEPS,
            help="The part of an image that --size keeps: of the same proportions, at the center or at random; none: "
            "all of it, squeezed.",
            otherwise="center",
            suite="The part of an image that is resized: center, random, or none for all of it.",
        ),
    ] = None
    resize: Annotated[
        Literal["lanczos", "bicubic", "area"] | None,
        Setting(
            flags=("--resize",),
            group=DATA,
            commands=STEPS,
            help="The filter of --size, antialiased.",
            otherwise="lanczos",
            suite="The filter that images are resized by: lanczos, bicubic or area.",
        ),
    ] = None
    grey_to_rgb: Annotated[
        Switch,
        Setting(
            flags=("--grey-to-rgb",),
            group=DATA,
            commands=STEPS,
            help="Make grey images RGB, so that they go with others in colour.",
            suite="Grey images become RGB.",
        ),
    ] = False
    hold_out: Annotated[
        Annotated[Number, Field(gt=0, lt=1)] | None,
        Setting(
            flags=("--hold-out",),
            group=DATA,
            commands=STEPS,
            metavar="SHARE",
            help="Hold this share of the training images out, e.g. 0.1, to judge by what nothing was trained on.",
            otherwise="the dataset's own test images, if it has some",
        ),
    ] = None
    budget: Annotated[
        BudgetText,
        Setting(
            flags=("--budget",),
            group=EVALUATION,
            metavar="BUDGET",
            shown="200kimg",
            help="The training of each run: 100kimg (thousand real images shown to D), 5000steps (turns of D), or "
            "5min, 90s, 1.5h of training.",
            suite="The training of each run, such as 200kimg, 5000steps or 5min.",
        ),
    ] = Budget(kimg=200.0)
    samples: Annotated[
        Annotated[Whole, Field(ge=2, le=10_000_000)] | None,
        Setting(
            flags=("--samples",),
            group=EVALUATION,
            metavar="N",
            help="The number of images that an evaluation generates.",
            otherwise="the data's own number, or as many as there are real ones, 50,000 at most",
            suite="The number of images that an evaluation generates.",
        ),
    ] = None
    metrics: Annotated[
        Names | None,
        Setting(
            flags=("--metrics",),
            group=EVALUATION,
            metavar="NAMES",
            completes="metric",
            help="The metrics, separated by commas (`ganzoo list metrics`).",
            otherwise="the data's own, of most fid,is",
            suite="The names of the metrics.",
        ),
    ] = None
    extractor: Annotated[
        Name | None,
        Setting(
            flags=("--extractor",),
            group=EVALUATION,
            metavar="NAME",
            completes="extractor",
            help="The network whose features the metrics compare (`ganzoo list extractors`); `none`: no numbers.",
            otherwise="the data's own",
            suite="The network whose features the metrics compare; `none` for no numbers.",
        ),
    ] = None
    weights: Annotated[
        Path | None,
        Setting(
            flags=("--extractor-weights",),
            group=EVALUATION,
            commands=CHECKED,
            metavar="FILE",
            help="The file of the extractor's weights.",
        ),
    ] = None
    device: Annotated[
        str,
        Setting(
            flags=("--device",),
            group=MACHINE,
            commands=EVERY,
            metavar="DEVICE",
            help="auto, cpu, mps, cuda or cuda:N. cuda never falls back to the CPU.",
        ),
    ] = "auto"
    precision: Annotated[
        Literal["auto", "fp32", "tf32", "bf16", "fp16"],
        Setting(
            flags=("--precision",),
            group=MACHINE,
            commands=STEPS,
            help="The precision of the training; auto: tf32 on CUDA, else fp32. Numbers are always taken in fp32.",
        ),
    ] = "auto"
    threads: Annotated[
        Annotated[Whole, Field(ge=1, le=4096)] | None,
        Setting(
            flags=("--threads",),
            group=MACHINE,
            commands=EVERY,
            metavar="N",
            help="Threads of each run on a CPU, on which its numbers depend: a bench that goes on keeps those that it "
            "began with.",
            otherwise="1",
            otherwise_in={
                "train": "as many as the machine has cores",
                **dict.fromkeys(SEVERAL, "1, or with --parallel N the cores divided by N"),
            },
        ),
    ] = None
    parallel: Annotated[
        Parallel,
        Setting(
            flags=("--parallel",),
            group=MACHINE,
            commands=SEVERAL,
            metavar="N|auto",
            shown="auto",
            help="Processes at once; auto: as many as the cores of a CPU have room for, one to a GPU.",
        ),
    ] = None
    together: Annotated[
        Whole,
        Field(ge=1, le=64),
        Setting(
            flags=("--together",),
            group=MACHINE,
            commands=BENCHES,
            metavar="N",
            help="Seeds of a recipe that share a process and, on a GPU, one CUDA graph.",
        ),
    ] = 1
    gpus_per_run: Annotated[
        Whole,
        Field(ge=1, le=64),
        Setting(
            flags=("--gpus-per-run",),
            group=MACHINE,
            commands=BENCHES,
            metavar="N",
            help="GPUs for each run, each with its share of every batch; on a CPU, as many processes. The results are "
            "those of one process, up to rounding.",
        ),
    ] = 1
    executor: Annotated[
        str,
        Setting(
            flags=("--executor",),
            group=MACHINE,
            commands=BENCHES,
            metavar="NAME",
            completes="executor",
            help="The executor that plays the runs (`ganzoo list executors`): local, on this machine; ray, on those "
            "of a cluster; slurm, as jobs.",
        ),
    ] = "local"
    executor_address: Annotated[
        str | None,
        Setting(
            flags=("--executor-address", "--ray-address"),
            group=MACHINE,
            commands=BENCHES,
            metavar="ADDRESS",
            help="The address at which the executor finds its machines, e.g. HOST:6379 or `auto`; of "
            "slurm what a job asks for, e.g. partition=gpu,time=4:00:00.",
            otherwise="the executor's own way",
        ),
    ] = None
    out: Annotated[
        Path | None,
        Setting(
            flags=("--out",),
            group=OUTPUT,
            commands=CHECKED,
            metavar="DIR",
            help="The folder of the results.",
            otherwise="a folder below runs/ that the same command finds again",
        ),
    ] = None
    fresh: Annotated[
        Switch,
        Setting(
            flags=("--fresh",),
            group=OUTPUT,
            commands=CHECKED,
            help="Throw away what the folder holds of these runs, and start anew.",
        ),
    ] = False
    command: Annotated[
        str, Setting(group=OUTPUT, help="The command as written, for the report: the command line itself.")
    ] = ""
