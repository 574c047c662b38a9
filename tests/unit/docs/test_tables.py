"""Tables and lists of the documentation say what the code says."""

import ast
import functools
import inspect
import json
import operator
import re
import tomllib
import types
from typing import Annotated, Literal, Union, get_args, get_origin

from documents import blocks, files, inline_code, links, read, table
from ganzoo_plugins.fidelity.inception import InceptionExtractor
from pydantic_core import PydanticUndefined
from repository import ROOT

import ganzoo
from ganzoo.cli import cli
from ganzoo.interfaces import Regularizer, Turn
from ganzoo.recipes.building.build import INTERFACES
from ganzoo.recipes.recipe import Optimizer, Part, Recipe, Schedule
from ganzoo.recipes.schedules.averaging import Averaging
from ganzoo.recipes.schedules.value_schedule import ValueSchedule
from ganzoo.recipes.schema.published import Published
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.hooks import hookspecs
from ganzoo.seeds import AXES

KEYS, PLUGINS = "docs/concepts/recipe.md", "docs/plugins/index.md"


def plain(annotation):
    """A field's type without ``None`` and without the constraints; of several, they all."""
    if get_origin(annotation) in (Union, types.UnionType):
        several = [one for one in get_args(annotation) if one is not type(None)]
        if len(several) > 1:
            return functools.reduce(operator.or_, map(plain, several))
        (annotation,) = several
    return plain(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def type_in_words(annotation):
    kind = plain(annotation)
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(type_in_words(one) for one in get_args(kind))
    if get_origin(kind) is Literal:
        return " or ".join(f"`{value}`" for value in get_args(kind))
    origin = get_origin(kind) or kind
    words = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        str: "text",
        Part: "part",
        ValueSchedule: "value schedule",
        Averaging: "mapping",
        Published: "mapping",
    }
    if kind == dict[str, float]:
        return "mapping of numbers"
    return {**words, tuple: "list of parts", dict: "parameters"}[origin]


def default_in_words(field):
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value is None or value == "":
        return "none" if value is None else "empty"
    return f"`{json.dumps(list(value) if isinstance(value, tuple) else value)}`".replace('"', "")


def expected_keys():
    found = {}
    for name, field in Recipe.model_fields.items():
        kind = plain(field.annotation)
        if kind in (Optimizer, Schedule):
            for below, inner in kind.model_fields.items():
                key = f"{name}.{'*' if below == 'params' else below}"
                found[key] = (type_in_words(inner.annotation), default_in_words(inner))
        else:
            default = "the file's name" if name == "name" else default_in_words(field)
            found[name] = (type_in_words(kind), default)
    return found


def test_every_key_of_a_recipe_is_in_the_table():
    shown = {}
    for keys, kind, default, meaning in table(KEYS, "## Keys"):
        assert len(meaning) > 5
        for key in re.findall(r"`([^`]+)`", keys):
            assert key not in shown
            shown[key] = (kind, default)
    assert shown == expected_keys()


def functions(text):
    """Signatures as written, and what else is assigned at the top."""
    tree = ast.parse(text)
    found = {
        node.name: (ast.unparse(node.args), ast.unparse(node.returns))
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return found, [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]


def test_the_hooks_are_all_there_with_their_signatures():
    (shown,) = (block.text for block in blocks(PLUGINS, "python") if "Register =" in block.text)
    hooks, assigned = functions(shown)
    real, known = functions(inspect.getsource(hookspecs))
    assert hooks == real
    assert set(assigned) <= set(known)


def test_what_a_hook_calls_is_what_its_specification_says():
    text = " ".join(read(PLUGINS).split())
    for name in functions(inspect.getsource(hookspecs))[0]:
        (call,) = re.findall(r"``(register\(.*?\))``", getattr(hookspecs, name).__doc__)
        assert f"`{call}`" in text, name


def bare(name, function):
    """A method as one calls it: ``forward(z, y=None)``."""
    taken = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "cls")]
    return f"{name}({', '.join(p.name if p.default is p.empty else f'{p.name}={p.default!r}' for p in taken)})"


def methods_of(kind):
    cls = INTERFACES[kind]
    if kind == "regularizer":
        return {name for name in vars(cls) if name[0] != "_" and callable(getattr(cls, name))}
    return cls.__abstractmethods__


def test_the_interfaces_are_all_there_with_their_methods():
    rows = table(PLUGINS, "## Hooks")
    assert sorted(re.match(r"\[(\w+)\]\((\w+)\.md\)", kind)[1] for kind, _, _ in rows) == sorted(INTERFACES)
    for kind, cls, methods in rows:
        interface = INTERFACES[re.match(r"\[(\w+)\]", kind)[1]]
        assert cls.strip("`") == interface.__name__
        wanted = methods_of(re.match(r"\[(\w+)\]", kind)[1])
        assert sorted(re.findall(r"`([^`]+)`", methods)) == sorted(bare(m, getattr(interface, m)) for m in wanted)


def test_every_kind_of_part_has_a_page_that_names_what_is_written():
    pages = {target.removesuffix(".md") for target in links(PLUGINS) if re.fullmatch(r"\w+\.md", target)}
    others = {"files", "new"}  # of one file, and of templates
    assert pages | {"recipe"} == {*INTERFACES, "recipe", *others}
    for kind in INTERFACES:
        named = " ".join(inline_code(f"docs/plugins/{kind}.md"))
        for method in methods_of(kind):
            assert f"{method}(" in named, f"docs/plugins/{kind}.md does not explain {method}"


def test_the_methods_of_a_regularizer_are_counted_right():
    rows = table("docs/plugins/regularizer.md", "## The eleven methods")
    assert sorted(row[0].strip("`") for row in rows) == sorted(
        bare(name, getattr(Regularizer, name)) for name in methods_of("regularizer")
    )
    assert len(rows) == 11


def test_a_turn_has_what_the_table_says():
    made = {name for name in vars(Turn) if name[0] != "_"}
    stored = set(inspect.signature(Turn).parameters)
    for row in table("docs/concepts/turn.md", "## What a turn holds"):
        for name in re.findall(r"`(\w+)", row[0]):
            assert name in made | stored, name


def test_every_metric_and_extractor_is_explained():
    registry = load_zoo(third_party=False).registry
    metrics = re.findall(r"`([^`]+)`", " ".join(row[0] for row in table("docs/numbers.md", "## Metrics")))
    assert sorted(metrics) == sorted(entry.name for entry in registry.all("metric"))
    named = set(re.findall(r"`([^`]+)`", " ".join(row[0] for row in table("docs/numbers.md", "## Extractors"))))
    there = {entry.name for entry in registry.all("extractor")}
    assert named - {"--extractor"} <= there
    assert {name for name in there - named if not name.startswith("clip-")} == set()
    assert sum(name.startswith("clip-") for name in there - named) == 8  # "eight more of CLIP"


def test_every_extra_is_listed_once():
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    listed = re.findall(r"`([^`]+)`", " ".join(row[0] for row in table("docs/guides/offline.md", "## Extras")))
    assert sorted(listed) == sorted(extras)


def test_known_modes_are_told_right():
    registry = load_zoo(third_party=False).registry
    for names, _, modes, samples in table("docs/guides/mode-coverage.md", "# Mode coverage"):
        for name in re.findall(r"`([^`]+)`", names):
            dataset = registry.get("dataset", name).load()
            extractor = registry.get("extractor", dataset.extractor).load()
            assert (extractor.modes, dataset.samples) == (int(modes.replace(",", "")), int(samples.replace(",", "")))


def test_the_exit_codes_are_those_of_the_command():
    rows = table("docs/guides/results-folder.md", "## Exit codes")
    said = set(re.findall(r"\d+", " ".join(row[0] for row in rows)))
    documented = set(re.findall(r"\b\d+\b", inspect.getdoc(cli.callback)))
    assert said == documented == {"0", "1", "2", "3", "129", "130", "143"}


def test_the_inception_weights_are_named_as_they_are():
    file, text = InceptionExtractor.weights, read("docs/guides/offline.md")
    assert f"`{file.name}`" in text
    assert f"<{file.url}>" in text
    assert f"begins with `{file.sha256}`" in text


def test_the_file_that_is_shown_is_one_of_a_bundled_dataset():
    (block,) = (block for block in blocks("docs/plugins/dataset.md", "python") if not block.files())
    names = {}
    exec(block.text, names)
    cifar = load_zoo(third_party=False).registry.get("dataset", "cifar10").load()
    assert (names["FILE"].name, names["FILE"].url, names["FILE"].sha256) in {
        (file.name, file.url, file.sha256) for file in cifar.files
    }


def test_the_first_plugin_is_the_readmes():
    shown, first = files("README.md"), files(PLUGINS)
    assert set(first) == {"pyproject.toml", *shown}
    for name, content in shown.items():
        assert ast.dump(ast.parse(content)) == ast.dump(ast.parse(first[name]))


def test_the_readmes_plugin_has_fifteen_lines():
    assert sum(bool(line.strip()) for content in files("README.md").values() for line in content.splitlines()) <= 15


def test_every_script_of_the_benchmarks_is_told():
    told = re.findall(r"^\| `(\w+\.py)`", read("benchmarks/README.md"), re.MULTILINE)
    assert sorted(told) == sorted(path.name for path in (ROOT / "benchmarks").glob("[!_]*.py"))


def test_the_changelog_knows_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[?{re.escape(ganzoo.__version__)}\b", text, re.MULTILINE)


def test_the_random_streams_are_those_of_a_run():
    rows = table("docs/concepts/reproducibility.md", "## Random streams")
    assert [row[0].strip("`") for row in rows] == list(AXES)
