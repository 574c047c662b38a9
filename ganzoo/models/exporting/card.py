"""Card of an exported generator: the README of its folder, which the hub shows."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence

import yaml

from ...bench.results.terms.budget import Budget
from ...bench.tables.forms.markdown_table import escaped
from ...text import printable, short_number, slug
from .config import CONFIG, PICTURE, WEIGHTS, Config

RECIPE = "recipe.yaml"  # of a recipe that the card cannot name
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")


def card(config: Config, address: str, overrides: Sequence[str] | None = (), *, picture: bool = True) -> str:
    """Write the card; texts of strangers in it show as they stand, and neither as Markdown nor as HTML.

    Args:
        config: of the generator.
        address: by which it is opened.
        overrides: by which the recipe of its name was played; None where no recipe of its name leads there.
        picture: there is one of samples.
    """
    title = f"{config.name} on {config.data.name or 'unknown data'}"
    parts = [
        _front_matter(config),
        f"# {escaped(title)}\n",
        _about(config),
        f"![samples]({PICTURE})\n" if picture else "",
        "## Numbers\n",
        _numbers(config),
        "## Use\n",
        _use(config, address, "png" if picture else "npz"),
        "## Training\n",
        _training(config, overrides),
        _plugins(config),
    ]
    return "\n".join(part for part in parts if part)


def _front_matter(config: Config) -> str:
    recipe = config.generator.name
    tags = ["ganzoo", "gan", slug(config.name), slug(recipe)]
    facts: dict[str, object] = {"library_name": "ganzoo", "tags": list(dict.fromkeys(tags))}
    if config.kind == "images" and not _conditional(config):
        facts["pipeline_tag"] = "unconditional-image-generation"
    if _LICENSE.fullmatch(config.license):
        facts["license"] = config.license
    return f"---\n{yaml.safe_dump(facts, sort_keys=False)}---\n"


def _about(config: Config) -> str:
    what = _samples(config)
    recipe = config.recipe
    paper = f" ({recipe['paper']})" if recipe.get("paper") else ""
    source = f"latents of {config.z_dim} numbers" if config.z_dim else "what it is told alone"
    told = f"A generator that draws {what} from {source}, trained by ganzoo {config.ganzoo}."
    named = f"{recipe.get('title') or config.name}{paper}: {recipe.get('summary') or 'no summary'}."
    lines = [escaped(told), escaped(named)]
    if _conditional(config) and not config.classes:
        lines.append("It is told conditions of the data that it was trained on: give them as y.")
    elif _conditional(config):
        lines.append(escaped(f"It is told one of {len(config.classes)} classes: {_listed(config.classes)}."))
    return "\n".join(lines) + "\n"


def _samples(config: Config) -> str:
    shape = config.shape
    if shape is None:
        return config.described or config.kind
    if config.kind == "points":
        return f"points of {shape.channels} numbers"
    return f"images of {shape.height}x{shape.width}x{shape.channels}"


def _listed(names: list[str], most: int = 20) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def _numbers(config: Config) -> str:
    numbers = config.numbers
    if numbers is None or not numbers.metrics:
        return "None were measured of it.\n"
    rows = ["| metric | value | standard error |", "|:--|--:|--:|"]
    for name, value in numbers.metrics.items():
        spread = (numbers.spreads or {}).get(name)
        shown = ["none" if number is None else short_number(number) for number in (value, spread)]
        rows.append(f"| {escaped(name)} | {shown[0]} | {shown[1]} |")
    identity = ", ".join(f"{key} {_cut(value)}" for key, value in (numbers.identity or {}).items())
    facts = [
        f"n: {numbers.samples:,} generated samples" if numbers.samples else "",
        f"extractor: {numbers.extractor or 'none'}",
        f"real samples: {config.data.name}, hash {config.data.hash[:16] or 'not known'}",
        f"seed of the run: {config.seed}; one run, so that the standard error is of the generated samples alone and "
        "tells nothing of other seeds",
        f"taken at {numbers.kimg:g} kimg" if numbers.kimg is not None else "",
        f"depends on: {identity}" if identity else "",
    ]
    return "\n".join(rows) + "\n\n" + "\n".join(f"- {escaped(fact)}" for fact in facts if fact) + "\n"


def _cut(value: object, most: int = 60) -> str:
    text = str(value)
    return text if len(text) <= most else f"{text[:most]}..."


def _use(config: Config, address: str, ending: str) -> str:
    asked = "64, y=0" if _conditional(config) else "64"
    shell = f"pip install ganzoo-core\nganzoo sample {shlex.quote(printable(address))} --out samples.{ending}"
    if _conditional(config) and not config.classes:
        asked, shell = "len(y), y=y", "pip install ganzoo-core"
    opened = f"model = ganzoo.load({json.dumps(printable(address))})"
    program = f'import ganzoo\n\n{opened}\nmodel.sample({asked}).save("samples.{ending}")'
    note = f"`{WEIGHTS}` is read only if its SHA-256 is the one in `{CONFIG}`.\n"
    return f"{_block('sh', shell)}\n{_block('python', program)}\n{note}"


def _training(config: Config, overrides: Sequence[str] | None) -> str:
    name = RECIPE if overrides is None else config.name
    words = ["ganzoo", "train", name, "--data", config.data.asked or config.data.name or "DATA", *config.data.options]
    words += [word for override in overrides or () for word in ("-o", override)]
    words += ["--seed", str(config.seed)]
    if config.budget:
        words += ["--budget", _budget(Budget.from_json(config.budget))]
    played = [
        f"{config.step:,} steps" if config.step is not None else "",
        f"{config.kimg:,.6g} kimg" if config.kimg is not None else "",
        f"on {config.device}",
    ]
    part = config.generator
    facts = [
        f"played: {', '.join(filter(None, played))}",
        f"data: {config.data.name or 'not known'}, hash {config.data.hash or 'not known'}",
        f"generator: {part.name} of plugin {part.plugin} "
        f"({' '.join(filter(None, [part.distribution, part.version])) or 'no package'}, revision {part.revision})",
        f"the recipe as it was played: under recipe in {CONFIG}"
        + (f"; write it to {RECIPE}, since no installed recipe is it" if overrides is None else ""),
    ]
    command = shlex.join([printable(word) for word in words])
    return f"{_block('sh', command)}\n" + "\n".join(f"- {escaped(fact)}" for fact in facts) + "\n"


def _budget(budget: Budget) -> str:
    if budget.steps is not None:
        return f"{budget.steps}steps"
    return f"{budget.kimg:g}kimg" if budget.kimg is not None else f"{budget.minutes:g}min"


def _plugins(config: Config) -> str:
    if not config.files and not config.origins:
        return ""
    told = [f"{part}: {origin}" for part, origin in config.origins.items()]
    if config.files:
        told.append(
            "the files in plugins/ are code that came with the run, for you to read; ganzoo does not run one before it "
            "is given as --plugin"
        )
    return "## Parts of third parties\n\n" + "\n".join(f"- {escaped(line)}" for line in told) + "\n"


def _conditional(config: Config) -> bool:
    return bool(config.recipe.get("conditional"))


def _block(language: str, text: str) -> str:
    """Fence a block so that no text in it ends it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"
