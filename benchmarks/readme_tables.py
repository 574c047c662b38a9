"""Rewrite the marked blocks of README.md from the registry and from the committed results.

    python benchmarks/readme_tables.py                         # rewrite them
    python benchmarks/readme_tables.py --check                 # change nothing; exit code 1 if they are stale
    python benchmarks/readme_tables.py --take BENCH cpu/digits # first copy what a bench folder holds to results/

A block stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``. No number in it is written by hand:
``recipes`` and ``parts`` come from what is bundled, ``first-bench``, ``tests``, ``speed``, ``modes`` and ``results``
from benchmarks/results/.
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

from ganzoo.bench.results.formats import short
from ganzoo.bench.tables.aggregate import aggregate, print_table, recipe_names
from ganzoo.bench.tables.leaderboard import Board, gather, listed, title, told
from ganzoo.recipes.recipe import Recipe, load_recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import PLURALS
from ganzoo.storage.atomic import write_file

ROOT = Path(__file__).resolve().parents[1]
FIRST = "ganzoo bench dcgan wgan-gp"
LONG = 10  # recipes of a bench whose table is shown at once
SHEET = "contact-sheet.png"
NOTHING_YET = "No results are committed yet."
A_GPU = "gpu"  # in a column's head, where no GPU was measured
SPEED = {  # by what is measured, the pages that say so
    "a step beside plain loops and other libraries": {
        "peers": "batch 64",
        "peers-batch-16": "larger networks",
        "peers-dcgan": "dcgan",
        "peers-others": "sngan-resnet, wgan-gp",
    },
    "the engine's overhead": {"overhead": "page"},
    "the share of what the device could do": {"limit": "page"},
    "seeds together": {"seeds-together": "page"},
    "judging, beside three other libraries": {"evaluation": "page"},
    "cost as the work grows": {"growth": "page"},
    "time to a quality": {"time-to-quality": "page"},
}
LOOK = {  # columns of the first look at a GPU
    "recipe": "recipe",
    "precision": "precision",
    "ms eager": "ms a step, eager",
    "ms replayed": "replayed",
    "x": "times",
    "kernels": "kernels",
    "agrees": "same losses",
}
_BLOCK = re.compile(r"(<!-- begin ([a-z-]+) -->\n)(.*?)(<!-- end \2 -->)", re.DOTALL)
_SOMEBODYS = re.compile(r"(^|[\s='\"])(/[^/\s]|~|[A-Za-z]:\\)")  # the start of a path of one machine


def recipes_table() -> str:
    """The bundled recipes, oldest first; what else is installed here does not belong into the README."""
    found = [load_recipe(entry.target) for entry in load_zoo(third_party=False).registry.all("recipe")]
    found.sort(key=lambda recipe: (recipe.year or 0, recipe.name))
    head = ["| recipe | year | paper | in one line |", "| :--- | :--- | :--- | :--- |"]
    return "\n".join([*head, *map(_recipe_row, found)])


def parts_tables() -> str:
    """The bundled parts of each kind, folded away: what recipes are made of."""
    registry = load_zoo(third_party=False).registry
    sections = []
    for kind in ("loss", "regularizer", "generator", "discriminator"):
        entries = registry.all(kind)
        lines = [f"<details><summary>{len(entries)} {PLURALS[kind]}</summary>", ""]
        lines += [f"| {kind} | paper | in one line |", "| :--- | :--- | :--- |"]
        lines += [f"| `{e.name}` | {_paper(e.paper)} | {_cell(e.summary)} |" for e in entries]
        sections.append("\n".join([*lines, "", "</details>"]))
    return "\n\n".join(sections)


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


def benches(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each committed bench: its folder and the content of its ``results.json``, CPUs first."""
    folder = root / "benchmarks" / "results"
    for path in sorted(folder.glob("*/*/results.json"), key=lambda path: (not _device(path).startswith("cpu"), path)):
        results = json.loads(path.read_text(encoding="utf-8"))
        if results.get("schema") != 1:
            sys.exit(f"{path} has schema {results.get('schema')}, and this script reads schema 1")
        yield path.parent, results


def _device(results: Path) -> str:
    return results.parents[1].name


def first_bench(root: Path) -> str:
    """What the README's first command prints on stdout, and what it draws."""
    for folder, results in benches(root):
        if re.sub(r" --out[ =]\S+", "", results["command"]) == FIRST:
            stream = io.StringIO()
            print_table(aggregate(results), stream, width=100)
            lines = (line.rstrip() for line in stream.getvalue().rstrip().splitlines())
            return "\n".join(["```text", f"$ {FIRST}", *lines, "```", *_pictures(folder, results, root)])
    return NOTHING_YET


def _pictures(folder: Path, results: Mapping[str, Any], root: Path) -> list[str]:
    """The real images and the last grid of one run of each recipe, as far as they are committed."""
    shown = [("real images", "real.png")] if (folder / "real.png").is_file() else []
    for run, look in _last_looks(results):
        grid = f"{run['folder']}/{look['grid']}"
        if (folder / grid).is_file():
            shown.append((f"{run['recipe']}, seed {run['seed']}, {short(look['kimg'])} kimg", grid))
    if not shown:
        return []
    lines = ["", "<table>", "<tr>"]
    for caption, grid in shown:
        source, caption = (folder / grid).relative_to(root).as_posix(), html.escape(caption)
        lines.append(
            f'<td align="center"><img src="{html.escape(source)}" alt="{caption}" width="260"><br>{caption}</td>'
        )
    return [*lines, "</tr>", "</table>"]


def _last_looks(results: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """For each recipe, its first finished run and that run's last evaluation."""
    for name in recipe_names(results):
        for run in results["runs"]:
            if run["recipe"] == name and run["status"] == "done" and run["evaluations"]:
                yield run, run["evaluations"][-1]
                break


def tests(root: Path) -> str:
    """How the README's second command ends."""
    for path in sorted((root / "benchmarks" / "results").glob("*/tests.txt")):
        return "\n".join(["```text", "$ pytest -n auto", "...", path.read_text(encoding="utf-8").strip(), "```"])
    return "It ends with the number of tests that passed."


def speed_tables(root: Path) -> str:
    """Which speeds were measured on which device; of a GPU, what ``python -m benchmarks.gpu`` saw first."""
    folder = root / "benchmarks" / "results"
    found = sorted({path.parent.name for path in folder.glob("*/*.md")} - {"cpu"})
    devices = ["cpu", *(found or [A_GPU])]
    head = ["measured", *(f"on a {name.upper()}" if name in ("cpu", A_GPU) else f"`{name}`" for name in devices)]
    lines = [f"| {' | '.join(head)} |", f"| :--- |{' :--- |' * len(devices)}"]
    for what, pages in SPEED.items():
        cells = [_pages(folder / device, pages, root) for device in devices]
        lines.append(f"| {' | '.join([what, *cells])} |")
    return "\n".join([*lines, *(line for name in found for line in _first_look(folder / name / "gpu.json", root))])


def _pages(folder: Path, pages: Mapping[str, str], root: Path) -> str:
    there = [(text, folder / f"{name}.md") for name, text in pages.items()]
    links = [f"[{text}]({path.relative_to(root).as_posix()})" for text, path in there if path.is_file()]
    return ", ".join(links) or "not measured yet"


def _first_look(path: Path, root: Path) -> list[str]:
    """The table of recipes in precisions, as far as there is one."""
    if not path.is_file():
        return []
    stages = json.loads(path.read_text(encoding="utf-8"))["stages"]
    rows = next(iter(stages.get("first-look", {}).get("tables", {}).values()), [])
    facts = stages.get("environment", {}).get("data", {}).get("facts", {})
    if not rows or not facts:
        return []
    page = path.with_suffix(".md").relative_to(root).as_posix()
    lines = ["", f"{facts['device']}, torch {facts['torch']}, 32x32: [all that was seen]({page}).", ""]
    lines += [f"| {' | '.join(LOOK.values())} |", f"|{' :--- |' * len(LOOK)}"]
    return lines + [f"| {' | '.join(_shown(row.get(key)) for key in LOOK)} |" for row in rows]


def _shown(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _cell(f"{value:.3g}" if isinstance(value, float) else str(value))


def modes_tables(root: Path) -> str:
    """What was measured of mode coverage, each number with its budget."""
    sections = []
    for path in sorted((root / "benchmarks" / "results").glob("*/modes-*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        (title, rows), ran = next(iter(record["tables"].items())), record["environment"]
        shown = [key for key in rows[0] if key not in ("recipe", "kimg", "values", "not done")]
        lines = [f"| {' | '.join(['recipe', *shown])} |", f"| :--- |{' :--- |' * len(shown)}"]
        cells = [[f"`{row['recipe']}`", *(row.get(key) or "" for key in shown)] for row in rows]
        lines += [f"| {' | '.join(line)} |" for line in cells]
        page = path.with_suffix(".md").relative_to(root).as_posix()
        told = f"{record['protocol']['seeds']} seeds on {ran['device']}, torch {ran['torch']}, from commit "
        told += f"{(ran.get('commit') or 'unknown')[:12]}: [the protocol]({page})."
        sections.append("\n".join([f"**{title}**", "", *lines, "", *_ends(path.with_suffix(""), rows, root), told]))
    return "\n\n".join(sections) or NOTHING_YET


def _ends(folder: Path, rows: list[Mapping[str, Any]], root: Path) -> list[str]:
    """What the first and the last of a table drew, where their pictures are kept."""
    found = [(row["recipe"], folder / f"{row['recipe']}.png") for row in (rows[0], rows[-1])]
    cells = [
        f'<td align="center"><img src="{path.relative_to(root).as_posix()}" alt="{name}, seed 0" width="300"><br>'
        f"{html.escape(name)}, seed 0</td>"
        for name, path in found
        if path.is_file()
    ]
    return ["<table>", "<tr>", *cells, "</tr>", "</table>", ""] if cells else []


def results_tables(root: Path) -> str:
    """The leaderboard of every committed bench, as `ganzoo leaderboard --format md` has it, with pictures.

    The commands and the table of a long one are folded away.
    """
    folder = root / "benchmarks" / "results"
    boards = gather([folder], _say) if folder.is_dir() else []
    return "\n\n".join(_section(board, root) for board in boards) or NOTHING_YET


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _section(board: Board, root: Path) -> str:
    lines = [title(board), ""]
    for bench in board.benches:
        if (bench.folder / SHEET).is_file():
            seen = (bench.folder / SHEET).relative_to(root).as_posix()
            lines += [f"![the last samples of each recipe, the best first]({seen})", ""]
    shown = told(board)
    if len(board.table.rows) > LONG:
        shown = ["<details><summary>the command and the table</summary>", "", *shown, "", "</details>"]
    return "\n".join([*lines, *shown, "", *listed(board)])


BLOCKS: dict[str, Callable[[Path], str]] = {
    "recipes": lambda root: recipes_table(),
    "parts": lambda root: parts_tables(),
    "first-bench": first_bench,
    "tests": tests,
    "speed": speed_tables,
    "modes": modes_tables,
    "results": results_tables,
}


def rendered(text: str, root: Path) -> str:
    """The README with its blocks as they should be."""
    found = [match[2] for match in _BLOCK.finditer(text)]
    if sorted(found) != sorted(BLOCKS):
        sys.exit(f"README.md has the blocks {', '.join(found) or 'none'}; it needs each once: {', '.join(BLOCKS)}")
    return _BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match[2]](root)}\n{match[4]}", text)


def take(bench: Path, name: str, root: Path) -> None:
    """Copy a finished bench's ``results.json``, the real images and the last grids below benchmarks/results/."""
    if not re.fullmatch(r"[a-z0-9.-]+/[a-z0-9.-]+", name):
        sys.exit(f"{name!r} is not of the form DEVICE/BENCH, as in cpu/digits")
    text = (bench / "results.json").read_text(encoding="utf-8")
    results = json.loads(text)
    for where in (results["command"], results["dataset"].get("source") or ""):
        if _SOMEBODYS.search(where):
            sys.exit(f"{where!r} names a folder of this machine; run the bench with relative paths")
    target = root / "benchmarks" / "results" / name
    shutil.rmtree(target, ignore_errors=True)
    write_file(target / "results.json", text)
    for part in ("real.png", *(f"{run['folder']}/{look['grid']}" for run, look in _last_looks(results))):
        if PurePosixPath(part).is_absolute() or ".." in PurePosixPath(part).parts:
            sys.exit(f"{part!r} leads out of the bench's folder")
        if (bench / part).is_file():
            write_file(target / part, (bench / part).read_bytes())


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, and exit with 1 if the README is stale")
    parser.add_argument("--take", nargs=2, metavar=("BENCH", "DEVICE/BENCH"), help="copy a bench's results first")
    chosen = parser.parse_args(arguments)
    if chosen.take:
        take(Path(chosen.take[0]), chosen.take[1], root)
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    fresh = rendered(text, root)
    if chosen.check:
        if fresh != text:
            print("README.md is stale; run python benchmarks/readme_tables.py", file=sys.stderr)
        return int(fresh != text)
    write_file(readme, fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
