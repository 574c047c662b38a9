"""A small share of the count of edits of results."""

import pytest

from benchmarks.reliability.counts.edits import count


@pytest.mark.slow
def test_an_edit_is_noticed_by_every_reader(tmp_path):
    tally = count(0.04, tmp_path)
    assert tally.tried == tally.held == 4, tally.fell
    assert len(tally.kinds) == 4
