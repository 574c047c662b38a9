"""``ganzoo completion``: a shell that has read the script completes names."""

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli

# As readline calls the function of `complete`: with the line, and with the part of its last word that it replaces.
ASKED = """
eval "$(ganzoo completion bash)"
answers() {
    COMP_LINE="$1" COMP_POINT=${#1}
    _ganzoo_completion ganzoo "$2" "" 2> /dev/null
    printf '%s ' "${COMPREPLY[@]}"
    printf '\\n'
}
answers "ganzoo train wgan-g" "wgan-g"
answers "ganzoo bench dcgan:loss=hing" "hing"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_a_recipe_and_a_variant_by_the_script(tmp_path):
    program = tmp_path / "ganzoo"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ganzoo "$@"\n')
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", ASKED], capture_output=True, text=True, env=environment, check=True)
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["wgan-gp", "wgan-gp-resnet", "wgan-gp-text"],
        ["hinge"],
    ]


SYNTAX = {
    "bash": ["bash", "-n", "-c"],
    "zsh": ["zsh", "-f", "-n", "-c"],
    "fish": ["fish", "--no-execute", "-c"],
}


@pytest.mark.parametrize("shell", list(SYNTAX))
def test_each_shell_can_read_its_script(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    script = CliRunner().invoke(cli, ["completion", shell]).stdout
    done = subprocess.run([*SYNTAX[shell], script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("shell", "registers"), [("zsh", "compdef"), ("fish", "complete --no-files --command ganzoo")])
def test_the_script_registers_the_program(shell, registers):
    result = CliRunner().invoke(cli, ["completion", shell])
    assert result.exit_code == 0
    assert registers in result.stdout
    assert f"_GANZOO_COMPLETE={shell}_complete" in result.stdout


def test_a_shell_that_there_is_not():
    result = CliRunner().invoke(cli, ["completion", "csh"])
    assert result.exit_code == 2
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in result.stderr
