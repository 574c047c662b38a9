"""Multi-level noise-perturbed guidance of arXiv:2509.24935: shares, moments of the noise, and who sees what."""

import pytest
import torch
from ganzoo_plugins.gat.discriminator import GATDiscriminator
from ganzoo_plugins.gat.generator import GATGenerator
from ganzoo_plugins.gat.multi_level_noise import MultiLevelNoise, shares_of_noise
from stand_in_turn import Constant, Formula, dealt

from ganzoo.errors import RecipeError

SIZES = {"image_size": 4, "channels": 2, "num_classes": 0, "width": 8, "depth": 4}


def players(**more):
    torch.manual_seed(0)
    return GATGenerator(**SIZES, **more), GATDiscriminator(**SIZES)


def term():
    made = MultiLevelNoise()
    made.prepare(*players())
    return made


def test_the_shares_of_four_levels():
    """1 - 0.125^(1 - i/3) + 0.01: 0.125, 0.25, 0.5 and 1 of the image are left, but for 0.01."""
    assert shares_of_noise(4, 0.125, 0.01) == pytest.approx([0.885, 0.76, 0.51, 0.01])
    assert shares_of_noise(1, 0.125, 0.01) == pytest.approx([0.01])
    assert shares_of_noise(3, 0.25, 0.0) == pytest.approx([0.75, 0.5, 0.0])


def test_each_level_has_its_share_and_the_noises_are_of_one_diffusion():
    """Level i is (1 - t_i) x + n_i, n_i of std t_i; a noisier n_i keeps (1 - t_i) / (1 - t_j) of the cleaner n_j."""
    torch.manual_seed(0)
    n, t = 50_000, [0.885, 0.76, 0.51, 0.01]
    x = torch.tensor([1.0, -2.0, 0.5, 3.0]).repeat_interleave(2).view(1, 8, 1, 1).expand(n, -1, -1, -1)
    seen = term().view(x)[..., 0, 0]
    for level, share in enumerate(t):
        for channel in (2 * level, 2 * level + 1):
            noise = seen[:, channel] - (1 - share) * x[:, channel, 0, 0]
            assert noise.mean().item() == pytest.approx(0, abs=5 * share / n**0.5)
            assert noise.std().item() == pytest.approx(share, rel=5 / (2 * n) ** 0.5)
    covariance = torch.cov(seen[:, ::2].T.double())
    for i in range(4):
        for j in range(i + 1, 4):
            expected = (1 - t[i]) / (1 - t[j]) * t[j] ** 2
            assert covariance[i, j].item() == pytest.approx(expected, abs=5 * t[i] * t[j] / n**0.5)
    assert torch.corrcoef(seen[:, :2].T)[0, 1].abs() < 5 / n**0.5  # channels have noises of their own


def test_real_samples_stand_in_all_levels_and_fakes_are_those_of_each():
    made, (G, D) = term(), players()
    real = torch.rand(3, 2, 4, 4)
    turn = made.recast(dealt("D", G, D, real))
    assert torch.equal(turn.real, torch.cat([real] * 4, dim=1))
    assert torch.equal(turn.fake, G.stacked(turn.z)) and not turn.fake.requires_grad
    assert torch.equal(turn.fake[:, -2:], G(turn.z))


def test_every_level_moves_the_generator():
    """The verdict on the first level alone: the blocks before it are moved, and those after it are not."""
    made, (G, D) = term(), players()
    with torch.no_grad():
        D.patches.weight[:, 2:] = 0  # of all levels but the first
    turn = made.recast(dealt("G", G, D, torch.rand(3, 2, 4, 4), view=made.view))
    turn.on_fake["logits"].sum().backward()
    assert G.blocks[0].attention.asked.weight.grad.any() and G.images[0].dense.weight.grad.any()
    assert all(not p.grad.any() for block in G.blocks[1:] for p in block.parameters() if p.grad is not None)


def test_one_look_of_both_players_is_recast_once():
    made, (G, D) = term(), players()
    turn = made.recast(dealt("D", G, D, torch.rand(3, 2, 4, 4), live=True))
    assert turn.fake.requires_grad and made.recast(turn) is turn


def test_an_image_without_levels_is_in_the_noise_of_the_last():
    x = torch.zeros(2000, 2, 4, 4)
    assert term().view(x).std().item() == pytest.approx(0.01, rel=0.02)


def test_other_players_are_refused():
    sentence = r"^regularizer 'multi-level-noise' needs players that have levels: take generator=gat and discriminator="
    with pytest.raises(RecipeError, match=sentence):
        MultiLevelNoise().prepare(Constant(), Formula(lambda rows: rows.sum(1)))
    with pytest.raises(RecipeError, match=r"^generator gat has 2 levels and discriminator gat 4: give both as many"):
        MultiLevelNoise().prepare(*players(levels=2))


@pytest.mark.parametrize("more", [{"least": 0.0}, {"least": 1.1}, {"floor": 0.2}, {"least": True}, {"floor": -0.1}])
def test_every_level_keeps_some_image(more):
    with pytest.raises(RecipeError, match=r"^(least|floor) is "):
        MultiLevelNoise(**more)
