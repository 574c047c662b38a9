"""The count ``disks`` on two disks of its own: one too small, and one that fills while a bench plays there."""

import subprocess

import pytest

from benchmarks.reliability.counts import disks

pytestmark = pytest.mark.slow


def test_a_full_disk_is_told_and_loses_nothing(tmp_path, monkeypatch):
    made = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a user may not mount a disk here")
    tally = disks.count(0.1, tmp_path)
    assert tally.fell == []
    assert tally.tried == tally.held == 4
