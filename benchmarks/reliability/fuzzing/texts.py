"""Texts that a user writes: recipes and suites in YAML, variants and settings on the command line."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import click

from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.suites.expansion import expand
from ganzoo.bench.suites.suite import load_suite
from ganzoo.cli.options import asked
from ganzoo.cli.playing.bench import command as bench_command
from ganzoo.errors import GanzooError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.building.build import check_recipe
from ganzoo.recipes.changing import curves_of
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.registry import Registry

from .format import Format
from .mutations import TEXT, WORDS, mutated

SUITES = Path(__file__).parents[2] / "suites"
SETTINGS: dict[str, tuple[str, ...]] = {
    "--budget": ("200kimg", "5000steps", "5min", "90s", "1.5h"),
    "--seeds": ("3", "0,1,5", "5,"),
    "--hold-out": ("0.1",),
    "--samples": ("1000",),
    "--evaluations": ("5",),
    "--tune": ("8",),
    "--threads": ("2",),
    "--parallel": ("auto", "2"),
    "--together": ("2",),
    "--replicates": ("10",),
    "--examine": ("memorisation,discriminator",),
    "--metrics": ("fid,kid",),
    "--data": ("digits", "photos.zip", "photos"),
    "--data-dir": ("files",),
    "--out": ("runs/a",),
    "--device": ("cpu",),
    "--track": ("controlled",),
    "--backbone": ("dcgan",),
    "--override": ("schedule.batch=32",),
}


def formats(registry: Registry) -> Iterator[Format]:
    """Give the formats of texts."""
    recipes = [entry.target.read_bytes() for entry in registry.all("recipe")]
    yield Format("recipe", lambda rng: mutated(rng.choice(recipes), rng, recipes, TEXT), _recipe_reader(registry))
    variants = [text.encode() for text in _variants(registry)]
    yield Format("variant", lambda rng: mutated(rng.choice(variants), rng, variants, TEXT), _variant_reader(registry))
    suites = [path.read_bytes() for path in sorted(SUITES.glob("*.yaml"))]
    yield Format("suite", lambda rng: mutated(rng.choice(suites), rng, suites, TEXT), _suite_reader(registry))
    yield Format("settings", _settings, _read_settings)


def _recipe_reader(registry: Registry) -> Any:
    def read(data: bytes, folder: Path) -> None:
        path = folder / "mine.yaml"
        path.write_bytes(data)
        with suppress(GanzooError):
            load_recipe(path)
        recipe = resolve(registry, "mine.yaml")
        check_recipe(recipe, registry)
        curves_of(recipe, 200.0)
        again = safeyaml.load(safeyaml.dump(recipe.to_dict()))
        assert type(recipe).from_dict(again).to_dict() == recipe.to_dict()

    return read


def _variants(registry: Registry) -> Iterator[str]:
    """Give variants of every recipe: forms, single values of its own, and values in brackets and quotes."""
    for entry in registry.all("recipe"):
        data = load_recipe(entry.target).to_dict()
        yield f"{entry.name}@published"
        yield f"{entry.name}:schedule.batch=32:d_optimizer.lr=1e-4"
        yield f"{entry.name}:loss={safeyaml.inline(data['loss'])}"
        yield f"{entry.name}:regularizers={safeyaml.inline(data['regularizers'])}"
        yield f"{entry.name}:g_optimizer={safeyaml.inline(data['g_optimizer'])}:schedule.ema=0.99"
    yield "dcgan:loss='hinge':schedule={batch: 16, d_steps: 2}"
    yield "dcgan:g_optimizer.lr={shape: linear, start: 2e-4, end: 0}"


def _variant_reader(registry: Registry) -> Any:
    def read(data: bytes, folder: Path) -> None:
        recipe = resolve(registry, data.decode("utf-8", "surrogateescape"))
        check_recipe(recipe, registry)

    return read


def _suite_reader(registry: Registry) -> Any:
    def read(data: bytes, folder: Path) -> None:
        path = folder / "suite.yaml"
        path.write_bytes(data)
        suite = load_suite(path)
        if len(suite.recipes) * (1 + len(suite.variants)) * max(1, len(suite.grid)) < 20:
            expand(suite.recipes[:2], registry, variants=suite.variants[:2], overrides=suite.override)
        RunSettings(**{"recipes": ("dcgan",), **suite.settings()})

    return read


def _settings(rng: Random) -> list[str]:
    """Give a command line of which one value or two are other words or numbers."""
    words = ["dcgan"]
    for flag in rng.sample(sorted(SETTINGS), 2):
        value = rng.choice(SETTINGS[flag])
        number = re.search(r"[0-9.]+", value)
        if number and rng.random() < 0.5:
            value = value[: number.start()] + rng.choice(WORDS) + value[number.end() :]
        elif rng.random() < 0.8:
            value = mutated(value.encode(), rng, (), TEXT).decode("utf-8", "surrogateescape")
        words += [flag, value]
    return words


def _read_settings(words: list[str], folder: Path) -> None:
    try:
        context = bench_command.make_context("bench", list(words))
    except click.ClickException as error:
        raise GanzooError(error.format_message()) from error
    settings = RunSettings(**{**asked(context.params), "recipes": ("dcgan",)})
    budget = settings.budget
    str(budget), budget.to_json(), budget.turns(64), budget.shown(64), budget.used(kimg=1.0, d_steps=1, seconds=1.0)
