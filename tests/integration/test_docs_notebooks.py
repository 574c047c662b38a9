"""The notebooks of the documentation run: their cells in order, in a process of their own, as a reader runs them."""

import json
import subprocess
import sys

import pytest
from repository import ROOT
from small_benches import environment

NOTEBOOKS = sorted((ROOT / "docs").rglob("*.ipynb"))

# Each cell's last expression is shown, as a notebook shows it.
PLAYER = """
import ast, json, sys
names = {"__name__": "__main__"}
for number, cell in enumerate(json.load(open(sys.argv[1], encoding="utf-8"))["cells"]):
    if cell["cell_type"] != "code":
        continue
    tree, shown = ast.parse("".join(cell["source"])), None
    if isinstance(tree.body[-1], ast.Expr):
        shown = ast.Expression(tree.body.pop().value)
    exec(compile(tree, f"cell {number}", "exec"), names)
    if shown is not None:
        value = eval(compile(shown, f"cell {number}", "eval"), names)
        for form in ("_repr_html_", "_repr_png_"):
            if getattr(value, form, None) is not None:
                assert getattr(value, form)(), (number, form)
        print("shown:", repr(value).splitlines()[0])
print("best:", names["results"].best, [run.status for run in names["results"].runs])
"""


def cells(notebook):
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def test_there_is_one():
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_it_is_kept_without_what_it_printed(notebook):
    for cell in cells(notebook):
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert notebook.stat().st_size < 20_000


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_it_runs(notebook, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PLAYER, str(notebook)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "['done', 'done', 'done', 'done']" in done.stdout.splitlines()[-1]
    assert (tmp_path / "runs").is_dir()
