"""Every template of ``ganzoo new``: built, installed, tested, checked and benched in new environments.

    python -m benchmarks.new_plugins [KIND...] [--folder DIR]

Each kind gets an environment of its own, which sees the packages of this one, and so downloads nothing; building needs
setuptools there. Prints a line for each step with its seconds, and exits with 1 if one failed.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from ganzoo.cli.authoring.rendering import used
from ganzoo.registry.registry import KINDS

INSTALL = ("-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-build-isolation")


def steps(kind: str, name: str, python: str) -> list[list[str]]:
    """Give the commands of one kind in their order; each runs in the package's folder but the first."""
    ganzoo = [python, "-m", "ganzoo"]
    short = [word.replace("20kimg", "2kimg") for word in shlex.split(used(kind, name))[1:]]
    return [
        [*ganzoo, "new", kind, name],
        [python, *INSTALL, "."],
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        [*ganzoo, "check", name],
        [*ganzoo, *short, "--seeds", "1", "--samples", "128", "--out", "runs"],
    ]


def tried(kind: str, below: Path) -> bool:
    """Try one kind; gives whether all went well."""
    name, home = f"fresh-{kind}", below / kind
    home.mkdir(parents=True)
    venv.create(home / "env", with_pip=False, system_site_packages=True)
    python = str(home / "env" / "bin" / "python")
    lib = next((home / "env" / "lib").glob("python*/site-packages"))
    ours = [place for place in sys.path if place and Path(place).is_dir()]
    (lib / "outer.pth").write_text("\n".join(ours) + "\n")  # where this environment is one itself
    environment = {**os.environ, "GANZOO_CACHE": str(home / "cache"), "PYTHONPATH": ""}
    for number, command in enumerate(steps(kind, name, python)):
        began = time.monotonic()
        folder = home if number == 0 else home / name
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        state = "ok" if done.returncode == 0 else "FAILED"
        print(f"{kind:<14} {state:<7} {time.monotonic() - began:6.1f} s  {' '.join(command[1:])}", flush=True)
        if done.returncode:
            print(done.stdout + done.stderr)
            return False
    return True


def main() -> None:
    """Try the kinds that are named, or all."""
    asking = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asking.add_argument("kinds", nargs="*", metavar="KIND", help="all of them if none is named")
    asking.add_argument("--folder", type=Path, help="kept afterwards; a temporary one by default")
    asked = asking.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        below = asked.folder or Path(temporary)
        went = [tried(kind, below) for kind in asked.kinds or KINDS]
    sys.exit(0 if all(went) else 1)


if __name__ == "__main__":
    main()
