"""Types that a program's checker sees: ``mypy`` reads this file, and nothing runs it."""

import inspect
from typing import assert_type

import numpy as np
import torch

import ganzoo
from ganzoo.bench.results.run_files.record import EvaluationRow, LookRow, TrainRow
from ganzoo.bench.results.run_files.result import RunResult
from ganzoo.interfaces import Discriminator, Generator, Modality, Rows


def catalogue() -> None:
    """Lists hold typed values."""
    assert_type(ganzoo.recipes(year=range(2017, 2019), conditional=True)[0], ganzoo.RecipeInfo)
    assert_type(ganzoo.parts("losses")[0], ganzoo.PartInfo)
    assert_type(ganzoo.parts("losses")[0].parameters, dict[str, inspect.Parameter])


def building() -> None:
    """Recipes and parts."""
    recipe = ganzoo.recipe("wgan-gp", loss="hinge", **{"schedule.batch": 32})
    assert_type(recipe, ganzoo.Recipe)
    parts = ganzoo.build(recipe, image_size=16, channels=1)
    assert_type(parts.G, Generator)
    assert_type(parts.D, Discriminator)
    assert_type(ganzoo.build("pix2pix", modality={"name": "left-half", "image_size": 8, "channels": 1}), ganzoo.Parts)
    ganzoo.build("ctgan", modality=3)  # type: ignore[arg-type]


def other_data(rows: Rows) -> None:
    """Rows of any modality are data, and their modality is what parts are built for."""
    assert_type(ganzoo.build("ctgan", modality=rows.modality).G.modality, Modality)
    assert_type(ganzoo.train("ctgan", data=rows, budget="20kimg"), ganzoo.Training)


def training(images: torch.Tensor, labels: torch.Tensor) -> None:
    """Records are told apart by their kind."""
    run = ganzoo.train("dcgan", data=(images, labels), budget="20kimg", seed=1, evaluations=2)
    for record in run:
        assert_type(record, TrainRow | LookRow | EvaluationRow)
        if record.kind == "train":
            assert_type(record.d_loss, int | float | None)
        elif record.kind == "evaluation":
            assert_type(record.metrics, dict[str, int | float | None])
    assert_type(run, ganzoo.Training)
    assert_type(run.result, RunResult)
    assert_type(run.model, ganzoo.Model)
    assert_type(run.model.sample(4), ganzoo.Samples)


def benches(images: np.ndarray) -> None:
    """Settings are typed, one that there is not is an error, and results are values."""
    results = ganzoo.bench(["dcgan", "wgan-gp"], data=images, seeds=[0, 5], budget="1kimg", hold_out=0.1)
    assert_type(results, ganzoo.Results)
    assert_type(results.runs, list[RunResult])
    assert_type(results.best, str | None)
    ganzoo.bench(["dcgan"], bugdet="1kimg")  # type: ignore[call-arg]
    ganzoo.train("dcgan", samples="many")  # type: ignore[arg-type]
