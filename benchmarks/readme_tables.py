"""Rewrite the marked blocks of README.md and SECURITY.md from the registry and from the committed results.

    python benchmarks/readme_tables.py                         # rewrite them
    python benchmarks/readme_tables.py --check                 # change nothing; exit code 1 if they are stale
    python benchmarks/readme_tables.py --take BENCH cpu/digits # first copy what a bench folder holds to results/

A block stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``. No number in it is written by hand:
``recipes`` comes from what is bundled, the others from benchmarks/results/. The other tables are in docs/, see
docs/README.md.
"""

import argparse
import html
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.results.formats import short
from ganzoo.bench.results.run_files.result import Evaluation, RunResult
from ganzoo.bench.tables.aggregate import aggregate, print_table
from ganzoo.bench.tables.joining.compare import read_bench
from ganzoo.bench.tables.joining.compatibility import Bench
from ganzoo.errors import GanzooError
from ganzoo.recipes.recipe import Recipe, load_recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.atomic import write_file

ROOT = Path(__file__).resolve().parents[1]
FIRST = "ganzoo bench dcgan wgan-gp"
SHOWN = (
    "gan",
    "dcgan",
    "wgan-gp",
    "sngan",
    "biggan",
    "stylegan2",
    "diffaugment",
    "r3gan",
)
NOTHING_YET = "No results are committed yet."
_BLOCK = re.compile(r"(<!-- begin ([a-z-]+) -->\n)(.*?)(<!-- end \2 -->)", re.DOTALL)
_SOMEBODYS = re.compile(r"(^|[\s='\"])(/[^/\s]|~|[A-Za-z]:\\)")  # the start of a path of one machine


def recipes_table() -> str:
    """Some of the bundled recipes, oldest first."""
    registry = load_zoo(third_party=False).registry
    found = [load_recipe(registry.get("recipe", name).target) for name in SHOWN]
    found.sort(key=lambda recipe: (recipe.year or 0, recipe.name))
    head = ["| recipe | year | paper | in one line |", "| :--- | :--- | :--- | :--- |"]
    return "\n".join([*head, *map(_recipe_row, found)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _recipe_row(recipe: Recipe) -> str:
    cells = (f"`{recipe.name}`", str(recipe.year or "—"), _paper(recipe.paper), _cell(recipe.summary))
    return f"| {' | '.join(cells)} |"


def _paper(paper: str) -> str:
    if paper.startswith("arXiv:"):
        return f"[{paper}](https://arxiv.org/abs/{paper.removeprefix('arXiv:')})"
    if paper.startswith("https://"):
        return f"[{(urlsplit(paper).hostname or paper).removeprefix('www.')}]({paper})"
    return paper or "—"


def benches(root: Path) -> Iterator[Bench]:
    """Each committed bench, CPUs first."""
    folder = root / "benchmarks" / "results"
    for path in sorted(folder.glob("*/*/results.json"), key=lambda path: (not _device(path).startswith("cpu"), path)):
        try:
            yield read_bench(path)
        except GanzooError as error:
            sys.exit(str(error))


def _device(results: Path) -> str:
    return results.parents[1].name


def first_bench(root: Path) -> str:
    """Return what the README's first command prints on stdout, and what it draws."""
    for bench in benches(root):
        if re.sub(r" --out[ =]\S+", "", bench.results.command or "") == FIRST:
            stream = io.StringIO()
            print_table(aggregate(bench.results), stream, width=100)
            lines = (line.rstrip() for line in stream.getvalue().rstrip().splitlines())
            return "\n".join(["```text", f"$ {FIRST}", *lines, "```", *_pictures(bench, root)])
    return NOTHING_YET


def _pictures(bench: Bench, root: Path) -> list[str]:
    """Return the real images and the last grid of one run of each recipe, side by side, as far as
    they are committed.
    """
    folder = bench.folder
    shown = [("real images", "real.png")] if (folder / "real.png").is_file() else []
    for run, last in _last_evaluations(bench.results):
        grid = f"{run.folder}/{last.grid}"
        if (folder / grid).is_file():
            shown.append((f"{run.recipe}, seed {run.seed}, {short(last.kimg)} kimg", grid))
    if not shown:
        return []
    images = []
    for caption, grid in shown:
        source = html.escape((folder / grid).relative_to(root).as_posix())
        images.append(f'<img src="{source}" alt="{html.escape(caption)}" width="260">')
    captions = [_cell(caption) for caption, _ in shown]
    return ["", f"| {' | '.join(captions)} |", f"|{' :---: |' * len(shown)}", f"| {' | '.join(images)} |"]


def _last_evaluations(results: BenchResults) -> Iterator[tuple[RunResult, Evaluation]]:
    """For each recipe, its first finished run and that run's last evaluation."""
    for name in results.recipe_names:
        for run in results.runs_of(name):
            if run.done and run.evaluations:
                yield run, run.evaluations[-1]
                break


def tests(root: Path) -> str:
    """Return how the README's second command ends."""
    for path in sorted((root / "benchmarks" / "results").glob("*/tests.txt")):
        return "\n".join(["```text", "$ pytest -n auto", "...", path.read_text(encoding="utf-8").strip(), "```"])
    return "It ends with the number of tests that passed."


def counts(root: Path) -> list[dict[str, Any]]:
    """Return the committed records of ``python -m benchmarks.reliability``, by name."""
    paths = sorted((root / "benchmarks" / "results" / "reliability").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def _held(count: Mapping[str, Any]) -> str:
    return f"{count['held']:,} of {count['tried']:,}"


def reliability(root: Path) -> str:
    """Return an item of a list: how many attempts of each count held."""
    counted = ", ".join(f"{count['count']} {_held(count)}" for count in counts(root))
    page = "[What it withstands](docs/results/reliability.md), counted by attempts that held"
    return f"- {page}: {counted or 'none is committed yet'}."


def reliability_table(root: Path) -> str:
    """Return a row for each count: its claim, and how many attempts held."""
    rows = [f"| `{count['count']}` | {_cell(count['claim'])} | {_held(count)} |" for count in counts(root)]
    return "\n".join(["| count | claim | held |", "| :--- | :--- | :--- |", *rows]) if rows else NOTHING_YET


Blocks = Mapping[str, Callable[[Path], str]]
BLOCKS: Mapping[str, Blocks] = {
    "README.md": {
        "recipes": lambda root: recipes_table(),
        "first-bench": first_bench,
        "tests": tests,
        "reliability": reliability,
    },
    "SECURITY.md": {"reliability": reliability_table},
}


def rendered(name: str, text: str, root: Path) -> str:
    """Return a page, which is one of ``BLOCKS``, with its blocks as they should be."""
    blocks = BLOCKS[name]
    found = [match[2] for match in _BLOCK.finditer(text)]
    if sorted(found) != sorted(blocks):
        sys.exit(f"{name} has the blocks {', '.join(found) or 'none'}; it needs each once: {', '.join(blocks)}")
    return _BLOCK.sub(lambda match: f"{match[1]}{blocks[match[2]](root)}\n{match[4]}", text)


def take(bench: Path, name: str, root: Path) -> None:
    """Copy a finished bench's ``results.json``, the real images and the last grids below benchmarks/results/."""
    if not re.fullmatch(r"[a-z0-9.-]+/[a-z0-9.-]+", name):
        sys.exit(f"{name!r} is not of the form DEVICE/BENCH, as in cpu/digits")
    text = (bench / "results.json").read_text(encoding="utf-8")
    results = read_bench(bench).results
    for where in (results.command or "", results.dataset.source or ""):
        if _SOMEBODYS.search(where):
            sys.exit(f"{where!r} names a folder of this machine; run the bench with relative paths")
    target = root / "benchmarks" / "results" / name
    shutil.rmtree(target, ignore_errors=True)
    write_file(target / "results.json", text)
    for part in ("real.png", *(f"{run.folder}/{last.grid}" for run, last in _last_evaluations(results))):
        if PurePosixPath(part).is_absolute() or ".." in PurePosixPath(part).parts:
            sys.exit(f"{part!r} leads out of the bench's folder")
        if (bench / part).is_file():
            write_file(target / part, (bench / part).read_bytes())


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, and exit with 1 if a block is stale")
    parser.add_argument("--take", nargs=2, metavar=("BENCH", "DEVICE/BENCH"), help="copy a bench's results first")
    chosen = parser.parse_args(arguments)
    if chosen.take:
        take(Path(chosen.take[0]), chosen.take[1], root)
    stale = 0
    for name in BLOCKS:
        text = (root / name).read_text(encoding="utf-8")
        fresh = rendered(name, text, root)
        stale += fresh != text
        if chosen.check and fresh != text:
            print(f"{name} is stale; run python benchmarks/readme_tables.py", file=sys.stderr)
        elif not chosen.check:
            write_file(root / name, fresh)
    return int(bool(stale)) if chosen.check else 0


if __name__ == "__main__":
    sys.exit(main())
