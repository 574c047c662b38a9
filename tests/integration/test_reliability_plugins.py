"""A smaller count than benchmarks/reliability makes: one kind of bad plugin, and one kind of bad part."""

import pytest

from benchmarks.reliability.counts import plugins


@pytest.mark.slow
def test_bad_plugins_are_contained(tmp_path):
    kinds = ("patches Tensor.mean", "ends the process when it is built")
    tally = plugins.count(1.0, tmp_path, kinds)
    assert (tally.tried, tally.fell) == (len(kinds), [])


def test_the_kinds_are_as_many_as_the_goal_says():
    assert (len(plugins.PLUGINS), len(plugins.PARTS)) == (21, 19)
