"""Runs a command with a pretended CUDA: ``python -m ganzoo.testing.pretend_cuda [OPTIONS] COMMAND...``.

Exit codes: the command's; 3 where CUDA cannot be pretended, which a sentence explains.
"""

import argparse
import os
import sys

from ...errors import GanzooError
from .surroundings import MEMORY_MB, environment


def main() -> None:
    """Become the command."""
    about = __doc__.splitlines()[0].partition(":")[0]
    asking = argparse.ArgumentParser(prog="python -m ganzoo.testing.pretend_cuda", description=about)
    asking.add_argument("--devices", type=int, default=1, metavar="N", help="how many GPUs there seem to be")
    asking.add_argument("--memory-mb", type=int, default=MEMORY_MB, metavar="N", help="mebibytes that each of them has")
    asking.add_argument("--finite", action="store_true", help="what the host reads of the device's numbers is finite")
    asking.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND")
    asked = asking.parse_args()
    if not asked.command:
        asking.error("no command is given")
    try:
        variables = environment(devices=asked.devices, finite=asked.finite, memory_mb=asked.memory_mb)
    except GanzooError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    try:
        os.execvpe(asked.command[0], asked.command, {**os.environ, **variables})
    except OSError as error:
        asking.error(f"{asked.command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
