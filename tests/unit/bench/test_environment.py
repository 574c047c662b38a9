"""Where a result says it was made."""

import shutil
import subprocess

import pytest
from repository import ROOT

import ganzoo
from ganzoo.bench.runs.environment import environment


def test_a_result_names_the_commit_of_the_checkout_that_made_it(monkeypatch):
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the tests run on a copy without history, or there is no git")
    monkeypatch.setattr(ganzoo, "__file__", str(ROOT / "ganzoo" / "__init__.py"))  # tested may be an installed wheel
    head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert environment("cpu", 1, [])["commit"].removesuffix("-dirty") == head.stdout.strip()


def test_a_copy_without_history_names_the_commit_that_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(ganzoo, "__file__", str(tmp_path / "ganzoo" / "__init__.py"))
    monkeypatch.delenv("GANZOO_COMMIT", raising=False)
    assert environment("cpu", 1, [])["commit"] is None
    monkeypatch.setenv("GANZOO_COMMIT", "abc")
    assert environment("cpu", 1, [])["commit"] == "abc"
