"""Evaluation in the midst of training leaves every module in the mode in which it was."""

import pytest
from torch import nn

from ganzoo.layers.terms.evaluation_mode import evaluation_mode


def modes(network):
    return [module.training for module in network.modules()]


@pytest.fixture
def network():
    network = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2)), nn.Dropout())
    network[1].eval()  # as a part does that keeps its statistics
    network[1][0].train()
    return network


def test_every_module_is_evaluated_and_then_as_it_was(network):
    before = modes(network)
    assert True in before and False in before
    with evaluation_mode(network):
        assert not any(modes(network))
    assert modes(network) == before


def test_an_error_in_the_block_leaves_the_modes_as_they_were(network):
    before = modes(network)
    with pytest.raises(RuntimeError, match="no such image"), evaluation_mode(network):
        raise RuntimeError("no such image")
    assert modes(network) == before


def test_what_is_evaluated_already_stays_so(network):
    network.eval()
    with evaluation_mode(network):
        pass
    assert not any(modes(network))
