"""Runs the tests on a pretended GPU with another Python and its PyTorch, in which ganzoo need not be installed.

    python benchmarks/guard.py /path/to/python3.12            # all tests of the guard
    python benchmarks/guard.py /path/to/python3.12 -k dcgan   # what follows the interpreter is for pytest

Machines with GPUs often have an older PyTorch (2.11 with Python 3.12 when this was written) than the one that the suite
runs with. That Python needs PyTorch for CUDA, what ganzoo depends on, pytest, pytest-timeout and hypothesis. The exit
code is pytest's.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ("test_pretend_cuda.py", "test_captures.py", "test_pretended_games.py", "test_pretended_runs.py")


def installed_in(folder: Path) -> None:
    """Let whoever has the folder on its path find ganzoo, and the bundled plugins' entry points, as if installed."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (folder / "ganzoo").symlink_to(ROOT / "ganzoo")
    for place, package in about["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"].items():
        (folder / package).symlink_to(ROOT / place)
    project = about["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(metadata)
    points = "".join(f"{name} = {target}\n" for name, target in project["entry-points"]["ganzoo"].items())
    (info / "entry_points.txt").write_text(f"[ganzoo]\n{points}")


def main() -> None:
    """Run the tests."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    interpreter, *words = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="ganzoo-guard-") as folder:
        installed_in(Path(folder))
        told = {**os.environ, "PYTHONPATH": folder}
        tests = [str(ROOT / "tests" / "integration" / name) for name in TESTS]
        command = [interpreter, "-m", "pytest", "-q", "-rs", *tests, *words]
        sys.exit(subprocess.run(command, cwd=ROOT, env=told).returncode)


if __name__ == "__main__":
    main()
