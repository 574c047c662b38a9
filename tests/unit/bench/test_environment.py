"""Where a result says it was made."""

import shutil
import subprocess

import pytest
from repository import ROOT

from ganzoo.bench.runs.environment import environment


def test_a_result_names_the_commit_of_the_checkout_that_made_it():
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the tests run on a copy without history, or there is no git")
    head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert environment("cpu", 1, [])["commit"].removesuffix("-dirty") == head.stdout.strip()
