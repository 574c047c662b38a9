"""Settings of ``ganzoo.train`` and ``ganzoo.bench``: those of the commands, by the names of their fields."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

from pydantic import ValidationError

from ...bench.results.terms.setting import Setting, settings_of
from ...bench.results.terms.settings import RunSettings
from ...errors import GanzooError, suggest
from ..arguments import plain


class TrainSettings(TypedDict, total=False):
    """The settings of a run beside those that ``ganzoo.train`` names; see ``ganzoo train --help``.

    Attributes:
        overrides: changes of the recipe, ``key=value``.
        data_dir: the folder of the files of a named dataset.
        modality: the one that reads the path, or that the data are taken for.
        skip_bad: leave broken images out.
        hold_out: the share of the training images that is held out.
        size: crop and resize images to this many pixels, or height and width.
        crop: the part that ``size`` keeps: ``center``, ``random`` or ``none``.
        resize: the filter of ``size``: ``lanczos``, ``bicubic`` or ``area``.
        grey_to_rgb: make grey images RGB.
        flips: mirror real images at random; None as the recipe says.
        samples: the number of images that an evaluation generates.
        evaluations: their number, evenly spread over the budget.
        metrics: names.
        extractor: the network whose features the metrics compare; ``none`` for no numbers.
        weights: the file of its weights.
        replicates: half-samples of the last evaluation that each number's spread is taken from.
        examinations: at the end of the run.
        keeps_best: evaluate the generator of the best evaluation again.
        precision: ``auto``, ``fp32``, ``tf32``, ``bf16`` or ``fp16``.
        threads: on a CPU.
        compiled: run the networks through ``torch.compile``.
        autotuned: let cuDNN time its algorithms.
        checkpoint_seconds: between two checkpoints.
        patience: minutes without a step after which the run hangs.
        trackers: names.
        fresh: throw away what the folder holds.
        third_party: load plugins of others.
    """

    overrides: Sequence[str]
    data_dir: str | Path | None
    modality: str | None
    skip_bad: bool
    hold_out: float | None
    size: int | str | tuple[int, int] | None
    crop: str | None
    resize: str | None
    grey_to_rgb: bool
    flips: bool | None
    samples: int | None
    evaluations: int
    metrics: str | Sequence[str] | None
    extractor: str | None
    weights: str | Path | None
    replicates: int
    examinations: str | Sequence[str]
    keeps_best: bool
    precision: str
    threads: int | None
    compiled: bool
    autotuned: bool
    checkpoint_seconds: float
    patience: float
    trackers: Sequence[str]
    fresh: bool
    third_party: bool


class BenchSettings(TrainSettings, total=False):
    """The settings of a bench beside those of a run and those that ``ganzoo.bench`` names; see ``ganzoo bench --help``.

    Attributes:
        until_decided: add seeds in rounds until one recipe is better than every other (``best``), or every two are
            told apart (``all``).
        most_seeds: of each recipe, at which the rounds stop.
        track: ``as-shipped``, ``published`` or ``controlled``.
        backbone: the recipe whose networks the controlled track plays on.
        tune: trials of each recipe before its runs.
        parallel: processes at once; None for as many as there is room for.
        together: seeds of a recipe that share a process.
        gpus_per_run: GPUs for each run.
        executor: what plays the runs.
        executor_address: at which it finds its machines.
    """

    until_decided: Literal["best", "all"] | None
    most_seeds: int
    track: str
    backbone: str | None
    tune: int | None
    parallel: int | str | None
    together: int
    gpus_per_run: int
    executor: str
    executor_address: str | None


def settings_for(command: str, given: Mapping[str, Any], **fixed: Any) -> RunSettings:
    """Make the settings of a command of values by the names of their fields.

    Args:
        command: ``train`` or ``bench``, which has the settings.
        given: values; a list goes for a tuple, and a text for a path.
        fixed: values of settings that the command has not.

    Raises:
        GanzooError: there is no such setting, or it does not take the value.
    """
    declared = settings_of(RunSettings)
    known = [name for name, one in declared.items() if (one.flags and command in one.commands) or name == "third_party"]
    if unknown := [name for name in given if name not in known]:
        raise GanzooError(f"ganzoo.{command} takes no setting {unknown[0]!r}; {suggest(unknown[0], known)}")
    known_values = {name: plain(value) for name, value in given.items()}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in known_values.items()}
    try:
        settings = RunSettings(**{**values, **fixed})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where, said = ".".join(map(str, first["loc"])), first["msg"]
        said += f", not {first.get('input')!r:.80}" * (first["type"] != "recipe")  # whose sentences name the value
        raise GanzooError(f"ganzoo.{command}: {said if said.startswith(where) else f'{where}: {said}'}") from error
    if settings.backbone is not None and settings.track != "controlled":
        raise GanzooError(f"ganzoo.{command}: backbone says what track='controlled' plays on, and that is not given")
    return settings.changed(command=_as_command(command, settings, {**values, **fixed}, declared))


def _as_command(command: str, settings: RunSettings, given: Mapping[str, Any], declared: Mapping[str, Setting]) -> str:
    """Write settings as the command line that asks for the same, for the report."""
    words = ["ganzoo", command, *settings.recipes]
    if command == "train":
        words += ["--seed", str(settings.seeds[0])]
    for name, value in given.items():
        setting = declared.get(name)
        if setting is None or not setting.flags or command not in setting.commands or value is None:
            continue
        flag = setting.flags[0]
        if isinstance(value, bool):
            on, _, off = flag.partition("/")
            words += [on] if value else [off] if off else []
        elif setting.repeated:
            words += [word for one in value for word in (flag, str(one))]
        else:
            words += [flag, _as_word(name, value)]
    return shlex.join(words)


def _as_word(name: str, value: Any) -> str:
    if name == "seeds" and isinstance(value, list | tuple):
        return ",".join(map(str, value)) + "," * (len(value) == 1)
    if name == "size" and isinstance(value, list | tuple):
        return "x".join(map(str, value))
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
