"""Networks that torch.compile has compiled, with a C++ compiler, against plain ones."""

import shutil

import pytest
import torch
from tiny_players import conv_trainer

from ganzoo.training.execution.networks import Networks


@pytest.mark.filterwarnings("ignore")  # torch's own, while it compiles
@pytest.mark.skipif(not shutil.which("c++"), reason="torch.compile needs a C++ compiler")
def test_compiled_networks_have_the_same_gradients():
    parts = conv_trainer({"batch": 4}).parts
    G, D = parts.G, parts.D
    z = torch.randn(4, G.z_dim, generator=torch.Generator().manual_seed(0))

    def gradients():
        for network in (G, D):
            network.zero_grad()
        torch.manual_seed(0)  # D draws
        loss = D(G(z))["logits"].square().mean()
        loss.backward()
        return [loss.detach(), *(w.grad.clone() for network in (G, D) for w in network.parameters())]

    plain = gradients()
    networks = Networks(G, D, precision="fp32", compiled=True, device=torch.device("cpu"))
    networks.play(plainly=False)
    assert "forward" in vars(G) and "forward" in vars(D)
    for a, b in zip(plain, gradients(), strict=True):
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-6)
    networks.play(plainly=True)
    assert "forward" not in vars(G) and "forward" not in vars(D)
