"""Every code block of the documentation has a language whose blocks are run or checked by some test."""

import json
import re
import tomllib

import pytest
from documents import Block, blocks, blocks_of, files, pages, read

import ganzoo
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.speedrun.track import load_track
from ganzoo.bench.suites.suite import load_suite
from ganzoo.recipes import safeyaml
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import Recipe
from ganzoo.recipes.schema.published import Published
from ganzoo.registry.discovery import load_zoo

ELSEWHERE = {  # languages whose blocks other files check
    "sh": "test_commands.py",
    "python": "test_docs_python.py, test_docs_plugins.py",
    "text": "test_docs_transcripts.py",
}


def check_yaml(block: Block, tmp_path) -> None:
    """A recipe can be built, and a suite can be read; whatever else it is, it must be a file of a plugin."""
    if block.files():
        return  # its plugin is checked
    data = safeyaml.load(block.text)
    if "generator" in data:
        recipe = Recipe.from_dict({"name": "shown", **data})
        classes = 10 if recipe.conditional else 0
        registry = load_zoo(third_party=False).registry
        build_parts(recipe, registry, image_size=32, channels=3, num_classes=classes, seed=0)
    elif "recipes" in data:
        (tmp_path / "shown.yaml").write_text(block.text)
        load_suite(tmp_path / "shown.yaml")
    elif "goals" in data:
        (tmp_path / "shown.yaml").write_text(block.text)
        load_track(str(tmp_path / "shown.yaml"))
    elif "published" in data:
        Published.model_validate(data["published"])
    else:
        pytest.fail(f"{block} is neither a recipe nor a suite nor a track nor a file of a plugin")


def check_toml(block: Block, tmp_path) -> None:
    about = tomllib.loads(block.text)
    assert about["project"]["dependencies"] == ["ganzoo-core"]
    ((name, module),) = about["project"]["entry-points"]["ganzoo"].items()
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert f"{module}/__init__.py" in files(block.page)


def check_bibtex(block: Block, tmp_path) -> None:
    fields = dict(re.findall(r"(\w+) = \{+([^{}]*)\}+", block.text))
    assert block.text.count("{") == block.text.count("}")
    assert fields["version"] == ganzoo.__version__


def check_json(block: Block, tmp_path) -> None:
    json.loads(block.text)


CHECKS = {"yaml": check_yaml, "toml": check_toml, "bibtex": check_bibtex, "json": check_json}
ALL = [block for page in pages(generated=False) for block in blocks(page)]


@pytest.mark.parametrize("block", ALL, ids=str)
def test_every_block_is_checked(block, tmp_path):
    if block.language in ELSEWHERE:
        return
    assert block.language in CHECKS, f"no test knows the language {block.language!r} of {block}"
    CHECKS[block.language](block, tmp_path)


def test_generated_pages_have_known_languages():
    """Their contents are checked by their generator."""
    known = {*ELSEWHERE, *CHECKS, "math"}
    found = {block.language for page in pages() if page not in pages(generated=False) for block in blocks(page)}
    assert found <= known


def test_the_suite_that_is_shown_says_what_the_text_says(tmp_path):
    (block,) = blocks("docs/guides/suites.md", "yaml")
    (tmp_path / "shown.yaml").write_text(block.text)
    suite = load_suite(tmp_path / "shown.yaml")
    assert (suite.data, suite.budget) == (("digits", "mnist"), Budget(kimg=200))
    assert {key: len(values) for key, values in suite.grid.items()} == {"loss": 2, "regularizers": 3}


def test_the_readme_is_one_page():
    assert len(read("README.md").splitlines()) <= 150


def test_blocks_are_found_with_their_line_and_files():
    text = "# t\n\n```python\n# a/b.py\nx = 1\n\n# a/c.py\ny = 2\n```\n\n- in a list\n\n  ```\n  no language\n  ```\n"
    first, second = blocks_of("page.md", text)
    assert (first.line, first.language) == (3, "python")
    assert first.files() == {"a/b.py": "x = 1\n", "a/c.py": "y = 2\n"}
    assert (second.line, second.language, second.text, second.files()) == (13, "", "no language\n", {})
