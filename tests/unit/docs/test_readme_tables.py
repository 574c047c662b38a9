"""The blocks of the README that a script writes: from the registry and from the committed results."""

import importlib.util
import json
import re

import fabricated_bench
import pytest
from documents import read
from repository import ROOT

from ganzoo.recipes.recipe import load_recipe
from ganzoo.registry.discovery import load_zoo

README = read("README.md")
PAGES = ("README.md", "SECURITY.md")


@pytest.fixture(scope="module")
def tables():
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("readme_tables", ROOT / "benchmarks" / "readme_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path):
    """A repository with both pages and nothing committed."""
    for name in PAGES:
        (tmp_path / name).write_text(read(name))
    return tmp_path


def a_bench(folder, **more):
    content = fabricated_bench.results(fabricated_bench.two_recipes(), **more)
    return fabricated_bench.write_bench(folder, content)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(tables, name):
    assert tables.rendered(name, read(name), ROOT) == read(name), "run python benchmarks/readme_tables.py"


def test_what_was_counted_is_told(tables, root):
    folder = root / "benchmarks" / "results" / "reliability"
    folder.mkdir(parents=True)
    record = {"count": "kills", "claim": "a kill loses nothing", "tried": 1200, "held": 1199}
    (folder / "kills.json").write_text(json.dumps(record))
    assert tables.main([], root) == 0
    assert "counted by attempts that held: kills 1,199 of 1,200.\n" in (root / "README.md").read_text()
    assert "\n| `kills` | a kill loses nothing | 1,199 of 1,200 |\n" in (root / "SECURITY.md").read_text()


def test_recipes_stand_as_their_files_have_them(tables):
    registry = load_zoo(third_party=False).registry
    rows = [line for line in tables.recipes_table().splitlines() if line.startswith("| `")]
    assert len(rows) == 8
    years = []
    for row in rows:
        name, year, paper, summary = row.strip("| ").split(" | ")
        recipe = load_recipe(registry.get("recipe", name.strip("`")).target)
        assert (year, summary) == (str(recipe.year), recipe.summary)
        assert paper == f"[{recipe.paper}](https://arxiv.org/abs/{recipe.paper.removeprefix('arXiv:')})"
        years.append(recipe.year)
    assert years == sorted(years)


def test_without_results_it_says_so(tables, root):
    assert tables.main([], root) == 0
    assert (root / "README.md").read_text().count("No results are committed yet.") == 1


def test_a_bench_is_taken_and_told(tables, root):
    tables.main([], root)
    bench = a_bench(root / "runs" / "b")
    assert tables.main(["--take", str(bench), "cpu/digits"], root) == 0
    text = (root / "README.md").read_text()
    assert "$ ganzoo bench dcgan wgan-gp\n" in text
    assert text.count("10.07") == 1
    assert text.count("No results") == 0
    pictures = re.findall(r'src="([^"]+)"', text)
    assert len(pictures) == 3
    assert all((root / picture).is_file() for picture in pictures)
    assert len(list((root / "benchmarks").rglob("*.png"))) == 3  # and not those of every seed and moment
    assert tables.main(["--check"], root) == 0
    path = root / "benchmarks" / "results" / "cpu" / "digits" / "results.json"
    path.write_text(path.read_text().replace('"fid": 1', '"fid": 9'))
    assert tables.main(["--check"], root) == 1
    assert (root / "README.md").read_text() == text


def test_the_tests_last_line_is_told(tables, root):
    (root / "benchmarks" / "results" / "cpu").mkdir(parents=True)
    (root / "benchmarks" / "results" / "cpu" / "tests.txt").write_text("== 7 passed in 3.00s ==\n")
    tables.main([], root)
    assert "```text\n$ pytest -n auto\n...\n== 7 passed in 3.00s ==\n```" in (root / "README.md").read_text()


@pytest.mark.parametrize(
    "more",
    [
        {"command": "ganzoo bench dcgan --data-dir /home/somebody/mnist"},
        {"command": "ganzoo bench dcgan --out=/data/b"},
        {"command": "ganzoo bench dcgan --data '~/photos'"},
        {"dataset": {"source": "mnist, from files in /data/mnist"}},
    ],
)
def test_a_bench_that_names_a_folder_of_a_machine_is_refused(tables, root, more):
    bench = a_bench(root / "b")
    content = json.loads((bench / "results.json").read_text())
    content["dataset"] |= more.pop("dataset", {})
    (bench / "results.json").write_text(json.dumps(content | more))
    with pytest.raises(SystemExit, match="relative paths"):
        tables.main(["--take", str(bench), "cpu/digits"], root)
    assert not (root / "benchmarks").exists()


def test_a_readme_without_a_block_is_refused(tables, root):
    (root / "README.md").write_text(README.replace("<!-- begin recipes -->", ""))
    with pytest.raises(SystemExit, match="recipes"):
        tables.main([], root)
