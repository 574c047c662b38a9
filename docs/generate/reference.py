"""docs/reference: the command line, files, hooks and public modules, and an index of them."""

from pathlib import Path

from . import command_line, files_pages, hooks_page, schemas
from .api import api_page
from .page import Pages, link, page

INDEX = "docs/reference/index.md"
MODULES = {
    "ganzoo": "the Python API",
    "ganzoo.interfaces": "what a part must be",
    "ganzoo.layers": "building blocks of networks and terms",
    "ganzoo.drawing": "pictures: grids, scatters, and the canvas of charts",
    "ganzoo.errors": "errors that are the user's to solve",
    "ganzoo.testing": "checks of a plugin's parts",
}


def reference_pages(root: Path) -> Pages:
    """Give all pages below docs/reference."""
    modules = {f"docs/reference/{name.replace('.', '-')}.md": name for name in MODULES}
    pages = {
        command_line.PATH: command_line.command_line_page(),
        files_pages.RECIPE: files_pages.recipe_page(),
        files_pages.SUITE: files_pages.suite_page(),
        schemas.PATH: schemas.schemas_page(root),
        schemas.PRINTED: schemas.printed_page(root),
        hooks_page.PATH: hooks_page.hooks_page(),
        **{path: api_page(name) for path, name in modules.items()},
    }
    listed = [
        f"- {link('Command line', command_line.PATH, INDEX)}: every command and its options.",
        f"- {link('Keys of a recipe', files_pages.RECIPE, INDEX)}.",
        f"- {link('Keys of a suite', files_pages.SUITE, INDEX)}.",
        f"- {link('Files that a bench writes', schemas.PATH, INDEX)}: keys, and JSON schemas.",
        f"- {link('JSON that commands print', schemas.PRINTED, INDEX)}: keys of `--json`, and JSON schemas.",
        f"- {link('Hooks', hooks_page.PATH, INDEX)}: what a plugin implements.",
        *(f"- {link(f'`{name}`', path, INDEX)}: {MODULES[name]}." for path, name in modules.items()),
    ]
    return {INDEX: page("Reference", ["\n".join(listed)]), **pages}
