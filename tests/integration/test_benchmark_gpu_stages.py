"""The tests that the command that measures a GPU gives to pytest."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from repository import ROOT

from benchmarks.gpu import stages
from benchmarks.gpu.stages import Setting

ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("hypothesis", "scipy", "sklearn", "ray", "tensorboard"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


def test_every_file_with_a_gpu_test_is_given_and_no_other():
    """All that pytest would otherwise import takes most of a minute, of the few that a GPU is lent for."""
    given = [word for word in stages.gpu_tests(Setting(cores=2)) if word.endswith(".py")]
    mark = re.compile(r"^\s*@pytest\.mark\.gpu\b|^pytestmark = .*\bpytest\.mark\.gpu\b", re.MULTILINE)
    marked = {path for path in (ROOT / "tests").rglob("test_*.py") if mark.search(path.read_text(encoding="utf-8"))}
    assert {Path(path) for path in given} == marked and len(given) >= 6
    (rehearsed,) = (word for word in stages.gpu_tests(Setting(rehearsal=True)) if word.endswith(".py"))
    assert rehearsed in given


def test_the_gpu_tests_are_found_without_what_only_other_tests_need(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(ABSENT)
    words = [*stages.gpu_tests(Setting(cores=2)), "--collect-only", "-qq", "-p", "no:hypothesispytest"]
    paths = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    where = {**os.environ, "PYTHONPATH": paths}
    ran = subprocess.run([sys.executable, *words], cwd=ROOT, env=where, capture_output=True, text=True, timeout=120)
    found = Counter(re.findall(r"^tests/(?:\w+/)*(\w+)\.py::", ran.stdout, re.MULTILINE))
    assert found["test_gpu"] > 100 and len(found) >= 4, ran.stdout + ran.stderr
    assert "test_frechet" not in found and "No module named 'scipy" in ran.stdout  # which takes SciPy's for granted
