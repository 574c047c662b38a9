"""Players that set ``forward`` on the instance: it is the one that is played, in every way of playing."""

import pytest
import torch
from torch import nn

from ganzoo.training.execution.networks import Networks


class Redirected(nn.Linear):
    """A player that sets ``forward`` on the instance."""

    def __init__(self):
        super().__init__(1, 1)
        self.forward = self.other

    def other(self, x):
        return x + 1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_players_own_forward_is_kept_with_and_without_a_profiler(precision):
    G, D = Redirected(), Redirected()
    networks = Networks(G, D, precision=precision, compiled=False, device=torch.device("cpu"))
    x = torch.zeros(1, 1)
    networks.play(plainly=False)
    assert G(x).item() == 1.0
    with torch.profiler.profile(acc_events=True):  # torch 2.11 warns of one cycle without it
        networks.play(plainly=False)
        assert G(x).item() == 1.0
    networks.play(plainly=True)
    assert G(x).item() == 1.0 and G.forward == G.other
