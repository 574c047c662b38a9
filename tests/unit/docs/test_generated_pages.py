"""The committed pages are those that are generated, and they have what the code has."""

import importlib
import inspect
import json
import re
from dataclasses import replace

import click
import pytest
from markdown_it import MarkdownIt
from repository import ROOT

from docs.generate.models import heading
from docs.generate.page import MARK, OWNED
from docs.generate.pages import every_page
from docs.generate.reference import MODULES
from docs.generate.write import problems
from docs.generate.zoo import require_whole
from ganzoo.bench.suites.suite import Suite
from ganzoo.cli import cli
from ganzoo.recipes.headings.played_on import PlayedOn
from ganzoo.recipes.recipe import Optimizer, Recipe, Schedule, load_recipe
from ganzoo.recipes.schema.published import Published, PublishedMetric, PublishedParameters, PublishedValue
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.registry.hooks import hookspecs
from ganzoo.registry.registry import KINDS, PLURALS, Registry


@pytest.fixture(scope="module")
def pages():
    return every_page(ROOT)


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def cells(text):
    """The cells of every table of a page, as a Markdown parser reads them, row by row."""
    found, row = [], []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append("".join(child.content for child in token.children))
        elif token.type == "tr_close":
            found.append(row)
    return found


def test_the_committed_pages_are_current(pages):
    """If this fails, run `python -m docs.generate` in the root of the repository, and commit what it writes."""
    assert list(problems(pages, ROOT)) == []


@pytest.mark.slow
def test_generating_again_gives_the_same(pages):
    assert every_page(ROOT) == pages


def test_every_registered_name_has_a_page_and_nothing_else_has(registry):
    registered = {(kind, entry.name) for kind in KINDS for entry in registry.all(kind)}
    kinds = {plural: kind for kind, plural in PLURALS.items()}
    committed = {(kinds[path.parent.name], path.stem) for path in (ROOT / "docs" / "zoo").glob("*/*.md")}
    assert committed == registered
    assert len(registered) > 150


def test_every_page_is_marked_and_reached_from_an_index(pages):
    reached, new = set(), [f"{folder}/index.md" for folder in OWNED]
    while new:
        page = new.pop()
        reached.add(page)
        for target in re.findall(r"\]\(([^)#\s]+\.md)", pages[page]):
            found = (ROOT / page).parent.joinpath(target).resolve().relative_to(ROOT.resolve()).as_posix()
            if found in pages and found not in reached:
                new.append(found)
    assert reached == set(pages)
    assert all(text.startswith(f"{MARK}\n\n# ") and text.endswith("\n") for text in pages.values())


def test_pages_are_not_removed_where_a_plugin_is_missing():
    with pytest.raises(SystemExit, match="no bundled plugin is installed here; run pip install"):
        require_whole(Zoo(Registry(), ()))
    whole = load_zoo(third_party=False)
    broken = replace(whole.plugins[0], status="failed", reason="it is broken")
    with pytest.raises(SystemExit, match=f"the plugin {broken.name} failed, .* it is broken"):
        require_whole(replace(whole, plugins=(broken, *whole.plugins[1:])))
    assert require_whole(whole) is whole.registry


def test_a_recipes_page_has_its_file_its_parts_and_its_numbers(registry):
    measured = json.loads(read("configs/measured.json"))["recipes"]
    for entry in registry.all("recipe"):
        text, recipe = read(f"docs/zoo/recipes/{entry.name}.md"), load_recipe(entry.target)
        assert f"```yaml\n{entry.target.read_text(encoding='utf-8').rstrip()}\n```" in text
        for part in (recipe.generator, recipe.discriminator, recipe.loss, *recipe.regularizers):
            assert f"/{part.name}.md)" in text
        parts = [("generator", recipe.generator), ("discriminator", recipe.discriminator), ("loss", recipe.loss)]
        parts += [("regularizer", part) for part in recipe.regularizers]
        revisions = {f"{kind} {part.name}": registry.get(kind, part.name).revision for kind, part in parts}
        for row in measured.get(entry.name, ()):
            then = {part: row.get("revisions", {}).get(part, 1) for part in revisions}
            for value in row["values"]:
                stale = row.get("stale") or then != revisions
                shown = f"{value['value']} ‡" if stale else value["value"]
                assert [value["label"], shown] in [line[:2] for line in cells(text)], entry.name
        assert bool(measured.get(entry.name)) == ("| metric | value |" in text)


@pytest.mark.parametrize("kind", ["generator", "discriminator", "loss", "regularizer"])
def test_a_parts_page_has_its_parameters_and_the_recipes_that_name_it(registry, kind):
    recipes = [load_recipe(entry.target) for entry in registry.all("recipe")]
    offered = PlayedOn(registry).offered()
    for entry in registry.all(kind):
        text = read(f"docs/zoo/{PLURALS[kind]}/{entry.name}.md")
        named = {row[0]: row for row in cells(text)}
        for name, parameter in inspect.signature(entry.load()).parameters.items():
            own = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            if own and name not in offered:
                assert named[name][3] not in ("", "—"), f"{kind} {entry.name}: nothing is said of {name}"
        for recipe in recipes:
            parts = recipe.regularizers if kind == "regularizer" else (getattr(recipe, kind),)
            users = text.partition("## Recipes that use it")[2]
            assert (f"[`{recipe.name}`]" in users) == (entry.name in [part.name for part in parts])


def test_every_option_of_every_command_is_told():
    text = read("docs/reference/command-line.md")
    context = click.Context(cli, info_name="ganzoo")
    for name in cli.list_commands(context):
        section = text.partition(f"\n## ganzoo {name}\n")[2].partition("\n## ")[0]
        rows = {row[0]: row for row in cells(section)}
        for option in cli.get_command(context, name).params:
            if isinstance(option, click.Option) and not option.hidden:
                (row,) = (row for first, row in rows.items() if option.opts[-1] in re.split(r",? ", first))
                assert len(row[1]) > 5
                default = option.to_info_dict()["default"]
                if isinstance(default, int | float | str) and not option.is_flag and "[default:" not in option.help:
                    assert f"Default: {default}." in row[1]


@pytest.mark.parametrize(
    "model", [Recipe, Optimizer, Schedule, Published, PublishedValue, PublishedParameters, PublishedMetric, Suite]
)
def test_every_key_is_told(model):
    text = read(f"docs/reference/{'suite' if model is Suite else 'recipe'}.md")
    first, *sections = text.split("\n## ")
    told = first if model in (Recipe, Suite) else next(one for one in sections if one.startswith(f"{heading(model)}\n"))
    rows = {row[0]: row for row in cells(told)}
    for key, field in model.model_fields.items():
        assert (rows[key][2] == "required") == field.is_required()
        assert rows[key][3] not in ("", "—"), key


def test_every_hook_is_told():
    hooks = [name for name in vars(hookspecs) if name.startswith("register_")]
    assert re.findall(r"^## (\w+)$", read("docs/reference/hooks.md"), re.MULTILINE) == hooks


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_told(name):
    module = importlib.import_module(name)
    text = read(f"docs/reference/{name.replace('.', '-')}.md")
    own = [each for each, thing in vars(module).items() if getattr(thing, "__module__", "") == name]
    for public in getattr(module, "__all__", [each for each in own if not each.startswith("_")]):
        assert f"\n## {public}\n" in text
        thing = getattr(module, public)
        if isinstance(thing, type):
            own = [name for name, value in vars(thing).items() if inspect.isfunction(value) and name[0] != "_"]
            assert all(f"\n### {public}.{method}\n" in text for method in own)


def test_fixed_parameters_are_told(registry):
    fixed = [entry for kind in KINDS for entry in registry.all(kind) if entry.params]
    assert fixed
    for entry in fixed:
        text = read(f"docs/zoo/{PLURALS[entry.kind]}/{entry.name}.md")
        (line,) = re.findall(r"^- fixed parameters: (.*)$", text, re.MULTILINE)
        assert dict(re.findall(r"`(\w+): ([^`]+)`", line)) == entry.params
