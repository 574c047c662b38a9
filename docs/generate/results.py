"""docs/results: a page for each table of the leaderboard, and for what else was measured or counted; and an index."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ganzoo.bench.results.terms.track import AS_SHIPPED, CONTROLLED
from ganzoo.bench.tables.forms.markdown_table import escaped
from ganzoo.bench.tables.joining.leaderboard import Board, commands_and_table, fact_list, facts, gather
from ganzoo.messages import logged_to, to_stderr
from ganzoo.registry.discovery import load_zoo

from .certificates import CERTIFICATES, certificates_page
from .markdown import table
from .mode_results import mode_pages
from .page import Pages, link, page, picture
from .parts import path_of
from .reliability import RELIABILITY, reliability_page
from .speed_results import SPEED, speed_page
from .speedrun import SPEEDRUN, speedrun_page
from .speedrun_recipes import speedrun_recipe_pages
from .worth_results import worth_pages

INDEX = "docs/results/index.md"
SHEET = "contact-sheet.png"
_NAME = re.compile(r"^\| ([a-z0-9-]+) \|", re.MULTILINE)


def results_pages(root: Path) -> Pages:
    """Give all pages below docs/results, from what is committed below benchmarks/results."""
    boards = boards_of(root)
    modes, worth, tried = mode_pages(root), worth_pages(root), speedrun_recipe_pages(root)
    pages = {name: _board(board, name, root) for name, board in boards.items()}
    return {
        INDEX: _index(boards, modes, worth, tried),
        **pages,
        **modes,
        **worth,
        SPEED: speed_page(root),
        SPEEDRUN: speedrun_page(root),
        **tried,
        CERTIFICATES: certificates_page(root),
        RELIABILITY: reliability_page(root),
    }


def boards_of(root: Path) -> dict[str, Board]:
    """Gather the boards of the leaderboard, the newest first, by the paths of their pages."""
    folder = root / "benchmarks" / "results"
    with logged_to(to_stderr):
        boards = gather([folder], load_zoo(third_party=False).registry) if folder.is_dir() else []
    return dict(zip(_names(boards), boards, strict=True))


def _names(boards: Sequence[Board]) -> list[str]:
    """Give the path of each board's page; where two would share it, the later one has a number."""
    found: dict[str, str] = {}
    for board in sorted(boards, key=lambda board: facts(board)["made"]):
        stem, count = _stem(board), 1
        while (name := f"docs/results/{stem}{f'-{count}' if count > 1 else ''}.md") in found.values():
            count += 1
        found[str(id(board))] = name
    return [found[str(id(board))] for board in boards]


def _stem(board: Board) -> str:
    """Name a board by its data and budget, and by anything unusual: ``digits-200``."""
    results = board.results
    ((unit, amount),) = results.budget.items()
    track = [f"on-{results.backbone}" if results.played_track == CONTROLLED else results.played_track]
    words = [results.dataset.name, f"{amount:g}{'' if unit == 'kimg' else unit}"]
    words += track if results.played_track != AS_SHIPPED else []
    words += ["tuned"] if results.tuning else []
    return "-".join("".join(c if c.isalnum() else " " for c in " ".join(map(str, words)).lower()).split())


def _board(board: Board, here: str, root: Path) -> str:
    """Give the page of a board: the newest samples, the command, the table with links to the recipes, the facts."""
    sheets = [bench.folder / SHEET for bench in board.benches if (bench.folder / SHEET).is_file()]
    shown = [picture("the last samples of each recipe, the best first", sheet, root, here) for sheet in sheets]
    text = "\n".join(commands_and_table(board))
    return page(
        escaped(board.heading),
        [
            *shown,
            _NAME.sub(lambda match: _linked(match[1], here, root), text),
            "\n".join(fact_list(board)),
            _made(board, here, root),
        ],
    )


def _linked(recipe: str, here: str, root: Path) -> str:
    """Give a recipe's cell, with a link where the recipe is a bundled one."""
    bundled = (root / "configs" / f"{recipe}.yaml").is_file()
    return f"| {link(recipe, path_of('recipe', recipe), here) if bundled else recipe} |"


def _made(board: Board, here: str, root: Path) -> str:
    files = [(bench.folder / "results.json").relative_to(root).as_posix() for bench in board.benches]
    return f"From {', '.join(link(f'`{file}`', file, here) for file in files)}."


def _index(boards: Mapping[str, Board], modes: Pages, worth: Pages, tried: Pages) -> str:
    rows = [
        (
            link(escaped(board.heading), name, INDEX),
            board.table.rows[0].recipe if len(board.table.rows) == 1 else str(len(board.table.rows)),
            *(escaped(facts(board)[key]) for key in ("seeds", "device", "made")),
        )
        for name, board in boards.items()
    ]
    found = [f"- {link(_heading(text), name, INDEX)}" for name, text in modes.items()]
    return page(
        "Results",
        [
            "Measured by the benches whose results are committed below `benchmarks/results`. How they are made, and by "
            f"which rules, is in {link('benchmarks/README.md', 'benchmarks/README.md', INDEX)}; `ganzoo leaderboard` "
            f"prints the same tables. {link('The numbers explained', 'docs/numbers.md', INDEX)} says how to read them.",
            "## Quality of samples",
            table(("terms", "recipes", "seeds", "device", "made"), rows) if rows else "No results are committed yet.",
            "## Mode coverage",
            "\n".join(found) or "No results are committed yet.",
            *(["## Extractors"] if worth else []),
            *(f"- {link(_heading(text), name, INDEX)}" for name, text in worth.items()),
            "## Speed",
            f"- {link('What was measured of speed', SPEED, INDEX)}\n"
            f"- {link('Speedrun: the fastest recipes to fixed goals', SPEEDRUN, INDEX)}",
            *(f"- {link(_heading(text), name, INDEX)}" for name, text in tried.items()),
            "## Authors' code",
            f"- {link('Certificates: parts that were compared with their authors’ code', CERTIFICATES, INDEX)}",
            "## Damage and attacks",
            f"- {link('Reliability: kills, damage, bad plugins and hostile input, counted', RELIABILITY, INDEX)}",
        ],
    )


def _heading(text: str) -> str:
    return text.partition("\n# ")[2].partition("\n")[0]
