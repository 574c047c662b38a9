import math

import pytest
import torch
from ganzoo_plugins.mlp.discriminator import MLPDiscriminator
from ganzoo_plugins.mlp.fourier import FourierFeatures
from ganzoo_plugins.mlp.generator import MLPGenerator
from ganzoo_plugins.mlp.hidden import Maxout
from stand_in_turn import NoHostSync
from torch import nn

from ganzoo.errors import RecipeError

PLAYERS = [MLPGenerator, MLPDiscriminator]


def shape(image_size=8, channels=1, num_classes=0):
    return {"image_size": image_size, "channels": channels, "num_classes": num_classes}


def kinds(net):
    return [type(m).__name__ for m in net if type(m) not in (nn.Flatten, nn.Unflatten)]


# -- shapes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5, 8, 28, 30, 32])
@pytest.mark.parametrize(("channels", "num_classes"), [(1, 0), (2, 5), (3, 0)])
def test_any_size(size, channels, num_classes):
    torch.manual_seed(0)
    y = torch.tensor([0, 4, 2]) if num_classes else None
    output = "linear" if size == 1 else "sigmoid"
    G = MLPGenerator(**shape(size, channels, num_classes), width=6, output=output)
    x = G(G.sample_z(3, device="cpu"), y)
    assert x.shape == (3, channels, size, size)
    D = MLPDiscriminator(**shape(size, channels, num_classes), width=6)
    out = D.eval()(x, y)
    assert out.keys() == D.outputs == {"logits", "features"}
    assert out["logits"].shape == (3,)
    assert out["features"].shape == (3, 6)
    assert torch.equal(out["logits"], D.head(out["features"]).squeeze(1))


@pytest.mark.parametrize("output", ["tanh", "sigmoid"])
def test_the_last_activation(output):
    torch.manual_seed(0)
    G = MLPGenerator(**shape(8, 2), width=6, output=output)
    z = 30 * G.sample_z(200, device="cpu")
    x, before = G(z), G.net(z)
    assert torch.allclose(x, before.tanh() if output == "tanh" else 2 / (1 + (-before).exp()) - 1, atol=1e-6)
    assert -1 <= x.min() < -0.9
    assert 0.9 < x.max() <= 1


@pytest.mark.parametrize("player", PLAYERS)
def test_hidden_layers_with_tanh(player):
    """Two of them, as the networks of the mixture of Gaussians in the notebook of arXiv:1611.02163."""
    torch.manual_seed(0)
    net = player(
        **shape(1, 2),
        width=6,
        norm="none",
        activation="tanh",
        **({"output": "linear", "z_dim": 2} if player is MLPGenerator else {"dropout": 0.0}),
    )
    first, second, last = (m for m in net.modules() if isinstance(m, nn.Linear))
    x = torch.randn(5, 2)
    hand = last((second((first(x)).tanh())).tanh())
    out = net(x).flatten(1) if player is MLPGenerator else net(x[:, :, None, None])["logits"][:, None]
    assert torch.allclose(out, hand, atol=1e-6)


def test_a_linear_output_has_no_bounds():
    torch.manual_seed(0)
    G = MLPGenerator(**shape(1, 2), width=6, output="linear")
    z = 100 * G.sample_z(200, device="cpu")
    x = G(z)
    assert torch.equal(x, G.net(z))
    assert x.min() < -2 and x.max() > 2


def test_squashed_verdicts_are_probabilities():
    torch.manual_seed(0)
    D = MLPDiscriminator(**shape(), width=6, squash="sigmoid", dropout=0.0)
    out = D(5 * torch.randn(50, 1, 8, 8))
    assert torch.equal(out["logits"], torch.sigmoid(D.head(out["features"]).squeeze(1)))
    assert 0 < out["logits"].min() < out["logits"].max() < 1


def test_pixels_are_read_in_their_order_whatever_the_memory_format():
    torch.manual_seed(0)
    G, D = MLPGenerator(**shape(4, 3), width=6), MLPDiscriminator(**shape(4, 3), width=6).eval()
    x = G(G.sample_z(2, device="cpu"))
    with NoHostSync():
        plain, last = D(x)["logits"], D(x.contiguous(memory_format=torch.channels_last))["logits"]
    assert torch.allclose(plain, last, atol=1e-6)
    first = D.body[1]
    assert torch.allclose(D.body[:2](x)[0], first.weight @ x[0].reshape(-1) + first.bias, atol=1e-6)
    assert G.net[-2].out_features == 3 * 4 * 4


# -- layers ----------------------------------------------------------------------------------------------------


def test_maxout_takes_the_largest_of_five():
    x = torch.tensor([[0.0, 3.0, -1.0, 2.0, 1.0, -5.0, -4.0, -3.0, -2.0, -9.0]])
    assert Maxout()(x).tolist() == [[3.0, -2.0]]


def test_the_first_papers_players_are_the_defaults():
    """The authors' code for digits: 100-1200-1200-784, and 240 maxout units of 5 pieces twice, with dropout."""
    G, D = MLPGenerator(**shape(28)), MLPDiscriminator(**shape(28))
    assert kinds(G.net) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]
    assert [m.weight.shape[::-1] for m in G.net if isinstance(m, nn.Linear)] == [(100, 1200), (1200, 1200), (1200, 784)]
    assert kinds(D.body) == ["Linear", "Maxout", "Dropout", "Linear", "Maxout", "Dropout"]
    assert [m.weight.shape[::-1] for m in D.body if isinstance(m, nn.Linear)] == [(784, 1200), (240, 1200)]
    assert {m.p for m in D.body if isinstance(m, nn.Dropout)} == {0.5}
    assert (G.output, G.prior, D.squash, D.head.in_features) == ("sigmoid", "normal", "none", 240)


def test_widths_are_in_proportion_to_the_image():
    assert MLPGenerator(**shape(8)).net[0].out_features == 343
    assert MLPGenerator(**shape(32)).net[0].out_features == 1371
    assert MLPDiscriminator(**shape(8)).head.in_features == 69
    assert MLPDiscriminator(**shape(2)).head.in_features == 32  # at the least


def test_the_least_squares_pair():
    """Dense 128, 128 with ReLU and batch normalisation, sigmoid outputs of both players."""
    layers = {"width": 128, "depth": 2, "norm": "batch", "activation": "relu"}
    G = MLPGenerator(**shape(28), **layers, output="sigmoid")
    D = MLPDiscriminator(**shape(28), **layers, dropout=0.0, squash="sigmoid")
    assert kinds(G.net) == [*["Linear", "BatchNorm1d", "ReLU"] * 2, "Linear"]
    assert kinds(D.body) == ["Linear", "ReLU", "Linear", "BatchNorm1d", "ReLU"]
    assert [m.weight.shape[::-1] for m in D.body if isinstance(m, nn.Linear)] == [(784, 128), (128, 128)]


@pytest.mark.parametrize("cls", PLAYERS)
def test_depth_norm_and_activation(cls):
    for depth in (1, 3):
        net = cls(**shape(), width=6, depth=depth)
        body = net.net if cls is MLPGenerator else net.body
        assert kinds(body).count("Linear") == depth + (cls is MLPGenerator)
    net = cls(**shape(), width=6, depth=2, norm="batch", activation="maxout")
    body = list(net.net if cls is MLPGenerator else net.body)
    i = next(i for i, m in enumerate(body) if isinstance(m, nn.BatchNorm1d))
    linear, norm, maxout = body[i - 1 : i + 2]
    assert (linear.out_features, norm.num_features, type(maxout)) == (30, 30, Maxout)
    assert linear.bias is None
    leaky = cls(**shape(), width=6, activation="leaky-relu")
    assert {m.negative_slope for m in leaky.modules() if isinstance(m, nn.LeakyReLU)} == {0.2}


def test_elu_is_that_of_its_paper():
    """x above 0, exp(x) - 1 below (arXiv:1511.07289, eq. 15 with an alpha of 1)."""
    D = MLPDiscriminator(**shape(1, 2), width=4, depth=1, activation="elu", dropout=0.0).double()
    x = torch.randn(50, 2, 1, 1, dtype=torch.double)
    dense = next(m for m in D.modules() if isinstance(m, nn.Linear))
    before = x.flatten(1) @ dense.weight.T + dense.bias
    assert torch.allclose(D(x)["features"], torch.where(before > 0, before, before.exp() - 1))
    assert before.min() < 0 < before.max()


def test_without_norm_and_dropout_each_image_is_judged_alone():
    torch.manual_seed(0)
    D, x = MLPDiscriminator(**shape(), width=6, dropout=0.0), torch.randn(5, 1, 8, 8)
    alone = torch.cat([D(x[i : i + 1])["logits"] for i in range(5)])
    assert torch.allclose(alone, D(x)["logits"], atol=1e-6)
    tied = MLPDiscriminator(**shape(), width=6, dropout=0.0, norm="batch")
    assert not torch.allclose(tied(x[:3])["logits"], tied(x)["logits"][:3], atol=1e-3)


def test_dropout_only_while_training():
    torch.manual_seed(0)
    D, x = MLPDiscriminator(**shape(), width=64, dropout=0.5), torch.randn(40, 1, 8, 8)
    share = (D(x)["features"] == 0).double().mean().item()
    assert share == pytest.approx(0.5, abs=0.05)  # maxout itself gives no zeros
    assert (D.eval()(x)["features"] != 0).all()


def test_the_discriminator_sees_the_mean_image_of_a_batch():
    """Batch normalisation on the layer that reads the pixels would take it out."""
    torch.manual_seed(0)
    x, shift = torch.randn(16, 1, 8, 8, dtype=torch.float64), torch.randn(1, 8, 8, dtype=torch.float64)
    D = MLPDiscriminator(**shape(), width=16, norm="batch", activation="relu", dropout=0.0).double()
    assert not torch.allclose(D(x)["logits"], D(x + shift)["logits"], rtol=1e-3)
    D.body.insert(2, nn.BatchNorm1d(16).double())
    assert torch.allclose(D(x)["logits"], D(x + shift)["logits"], rtol=1e-9)


# -- packs -----------------------------------------------------------------------------------------------------


def judge(packing, *, num_classes=0, dropout=0.0, **more):
    torch.manual_seed(0)
    return MLPDiscriminator(**shape(2, 3, num_classes), width=6, dropout=dropout, packing=packing, **more)


@pytest.mark.parametrize("num_classes", [0, 3])
def test_a_pack_of_one_is_no_pack(num_classes):
    one = judge(1, num_classes=num_classes)
    torch.manual_seed(0)
    plain = MLPDiscriminator(**shape(2, 3, num_classes), width=6, dropout=0.0)
    x, y = torch.randn(5, 3, 2, 2), torch.tensor([0, 2, 1, 0, 1]) if num_classes else None
    for (name, mine), (other, theirs) in zip(one.state_dict().items(), plain.state_dict().items(), strict=True):
        assert name == other and torch.equal(mine, theirs)
    for name, output in plain(x, y).items():
        assert torch.equal(one(x, y)[name], output)


@pytest.mark.parametrize("n", [6, 5])
def test_a_packs_verdict_depends_on_all_its_members_and_on_no_other(n):
    """Where the packs do not fill the batch, its first image counts in the last one, too."""
    D, x = judge(3), torch.randn(n, 3, 2, 2, requires_grad=True)
    out = D(x)
    assert {name: tuple(output.shape) for name, output in out.items()} == {"logits": (n,), "features": (n, 6)}
    for i in range(n):
        (slope,) = torch.autograd.grad(out["logits"][i], x, retain_graph=True)
        seen = [j for j in range(n) if slope[j].abs().min() > 0]
        assert seen == ([0, 1, 2] if i < 3 else [0, 3, 4] if n == 5 else [3, 4, 5])
        assert (slope[[j for j in range(n) if j not in seen]] == 0).all()
        for output in out.values():
            assert torch.equal(output[i], output[0 if i < 3 else 3])


def test_the_first_layer_reads_a_pack_along_its_channels():
    D, x = judge(2), torch.randn(4, 3, 2, 2)
    read = D.body[1].weight @ torch.cat([x[2].flatten(), x[3].flatten()]) + D.body[1].bias
    assert torch.allclose(D.body[2:](read[None]), D(x)["features"][2], atol=1e-6)


def test_only_the_first_layer_grows_with_the_pack():
    one, four = ([tuple(p.shape) for p in judge(m).parameters()] for m in (1, 4))
    assert (one[0], four[0]) == ((30, 12), (30, 48))
    assert one[1:] == four[1:]


def test_labels_are_packed_with_their_images():
    D, x = judge(2, num_classes=3), torch.randn(4, 3, 2, 2)
    logits, other = (D(x, torch.tensor(y))["logits"] for y in ([0, 1, 2, 0], [0, 2, 2, 0]))
    assert (logits[:2] != other[:2]).all()
    assert torch.equal(logits[2:], other[2:])


def test_a_batch_that_fills_no_pack_is_refused_in_training():
    D, x = judge(3), torch.randn(2, 3, 2, 2)
    with pytest.raises(RecipeError, match="packing is 3, and a batch of 2 fills no pack"):
        D(x)
    assert D.eval()(x)["logits"].shape == (2,)


# -- how weights start -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", PLAYERS)
def test_weights_from_a_normal_distribution(cls):
    torch.manual_seed(0)
    net = cls(**shape(28), width=300, depth=2, init_std=0.02)
    dense = [m for m in net.modules() if isinstance(m, nn.Linear)]
    assert len(dense) == 3
    for layer in dense[:2]:
        bound = 0.02 * 4 / (2 * layer.weight.numel()) ** 0.5  # four standard errors
        assert layer.weight.std().item() == pytest.approx(0.02, abs=bound)
        assert (layer.weight.abs() > 0.04).double().mean().item() == pytest.approx(0.0455, abs=0.005)  # a normal's
    assert all((layer.bias == 0).all() for layer in dense)


@pytest.mark.parametrize("cls", PLAYERS)
def test_by_default_weights_start_as_those_of_torch(cls):
    torch.manual_seed(0)
    net = cls(**shape(), width=6)
    torch.manual_seed(0)
    first = nn.Linear(100 if cls is MLPGenerator else 64, 6 if cls is MLPGenerator else 30)
    mine = next(m for m in net.modules() if isinstance(m, nn.Linear))
    assert torch.equal(mine.weight, first.weight) and torch.equal(mine.bias, first.bias)


def test_the_networks_of_the_mixtures():
    """Those of PacGAN's experiments with points: the sums are done by hand."""

    def size(net):
        return sum(p.numel() for p in net.parameters())

    G = MLPGenerator(
        **shape(1, 2), z_dim=2, width=400, depth=4, norm="batch", output="linear", prior="normal", init_std=0.02
    )
    assert size(G) == 2 * 400 + 3 * 400 * 400 + 4 * 2 * 400 + 400 * 2 + 2 == 484_802
    assert kinds(G.net) == [*["Linear", "BatchNorm1d", "ReLU"] * 4, "Linear"]
    for m, wanted in ((1, 405_201), (2, 407_201), (4, 411_201)):
        D = MLPDiscriminator(**shape(1, 2), width=200, depth=3, dropout=0.0, packing=m, init_std=0.02)
        assert size(D) == (2 * m * 1000 + 1000) + 2 * (200 * 1000 + 1000) + 201 == wanted
        assert kinds(D.body) == ["Linear", "Maxout"] * 3


# -- latents and labels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("prior", "std", "bounded"), [("normal", 1, False), ("uniform", 3**-0.5, True)])
def test_priors(prior, std, bounded):
    G = MLPGenerator(**shape(), width=2, prior=prior)
    state = torch.get_rng_state()
    z, again = (G.sample_z(500, device="cpu", rng=torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(z, again)
    assert torch.equal(state, torch.get_rng_state())
    assert z.shape == (500, 100)
    assert z.std().item() == pytest.approx(std, rel=0.02)
    assert z.mean().item() == pytest.approx(0, abs=0.02)
    assert (z.abs().max() <= 1).item() is bounded


def test_half_of_a_latent_of_signs_is_normal():
    net = MLPGenerator(**shape(1, 2), output="linear", z_dim=5, prior="signs")
    z = net.sample_z(20_000, device="cpu", rng=torch.Generator().manual_seed(0))
    signs, rest = z[:, :2], z[:, 2:]
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert signs.mean(0).abs().max() < 0.03  # four standard errors
    assert abs((signs[:, 0] * signs[:, 1]).mean()) < 0.03
    assert rest.std(0).tolist() == pytest.approx([1, 1, 1], abs=0.03)
    assert (rest.abs() > 1.96).float().mean().item() == pytest.approx(0.05, abs=0.005)


def test_a_linear_output_is_scaled():
    torch.manual_seed(3)
    plain = MLPGenerator(**shape(1, 2), output="linear", z_dim=4)
    torch.manual_seed(3)
    wide = MLPGenerator(**shape(1, 2), output="linear", z_dim=4, scale=4.0)
    z = torch.randn(6, 4)
    torch.testing.assert_close(wide(z), 4 * plain(z))


def test_a_scale_is_for_points():
    MLPGenerator(**shape(8, 1), output="linear", scale=1.0)
    for size in (8, (8, 4)):
        with pytest.raises(
            RecipeError, match=r"^scale is 4.0, for points, and images have values from -1 to 1: play po"
        ):
            MLPGenerator(**shape(size, 1), output="linear", scale=4.0)


def test_fourier_features_by_their_formula():
    """Rows of numbers, then the sines, then the cosines of their products with the frequencies; by hand."""
    waves = FourierFeatures(2, 2, [1.0])
    waves.frequencies.copy_(torch.tensor([[math.pi, 0.0], [0.0, math.pi / 2]]))
    out = waves(torch.tensor([[0.5, 1.0], [1.0, 3.0]]))
    expected = torch.tensor([[0.5, 1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 3.0, 0.0, -1.0, -1.0, 0.0]])
    torch.testing.assert_close(out, expected, atol=1e-6, rtol=0)


def test_frequencies_are_normal_and_share_the_bandwidths():
    torch.manual_seed(0)
    drawn = FourierFeatures(4, 6000, [0.5, 1.0, 4.0]).frequencies
    stds = drawn.unflatten(1, (3, 2000)).std((0, 2))
    assert stds.tolist() == pytest.approx([0.5, 1.0, 4.0], rel=0.04)
    with pytest.raises(RecipeError, match="fourier is 5, and must be a multiple of the 2 bandwidths"):
        FourierFeatures(4, 5, [0.5, 1.0])
    for wrong in (0.0, -1.0, math.inf, math.nan, True):
        with pytest.raises(RecipeError, match=r"bandwidth is .*, and must be a number above 0"):
            FourierFeatures(4, 2, [wrong])


def test_the_kernel_of_fourier_features_is_gaussian():
    """Inner products of cosines and sines are near exp(-bandwidth^2 |x - x'|^2 / 2): Rahimi and Recht (2007)."""
    torch.manual_seed(0)
    x = torch.randn(50, 2)
    waves = FourierFeatures(2, 20_000, [1.5])(x)[:, 2:]
    expected = (-(1.5**2) * torch.cdist(x, x).square() / 2).exp()
    torch.testing.assert_close(waves @ waves.T / 20_000, expected, atol=0.04, rtol=0)


def test_the_discriminator_reads_points_and_their_waves():
    torch.manual_seed(0)
    net = MLPDiscriminator(**shape(1, 2), fourier=6, bandwidth=[0.5, 1.0, 2.0], activation="silu", dropout=0.0)
    first = next(m for m in net.modules() if isinstance(m, nn.Linear))
    assert first.in_features == 2 + 2 * 6
    assert "body.1.frequencies" in net.state_dict()  # a generator of weights alone would draw others
    assert not any("frequencies" in name for name, _ in net.named_parameters())
    x = torch.randn(3, 2, 1, 1)
    assert net(x)["logits"].shape == (3,)
    assert MLPDiscriminator(**shape(1, 2), fourier=2, bandwidth=3.0)(x)["logits"].shape == (3,)


def test_a_label_changes_the_image_and_the_verdict():
    torch.manual_seed(0)
    y = torch.tensor([0, 1, 0])
    G = MLPGenerator(**shape(num_classes=3), width=8)
    x = G(G.sample_z(1, device="cpu").expand(3, -1), y)
    assert torch.allclose(x[0], x[2], atol=1e-6)
    assert (x[0] - x[1]).abs().max() > 1e-3
    for conditioning in ("concat", "projection"):
        D = MLPDiscriminator(**shape(num_classes=3), width=8, conditioning=conditioning).eval()
        out = D(x[:1].expand(3, -1, -1, -1), y)
        assert torch.allclose(out["logits"][0], out["logits"][2], atol=1e-6)
        assert (out["logits"][0] - out["logits"][1]).abs() > 1e-3
        blind = torch.allclose(out["features"][0], out["features"][1], atol=1e-6)
        assert blind == (conditioning == "projection")


def test_the_projection_is_added_to_the_logits():
    torch.manual_seed(0)
    D = MLPDiscriminator(**shape(num_classes=3), width=8, conditioning="projection").eval()
    x, y = torch.randn(2, 1, 8, 8), torch.tensor([2, 0])
    out = D(x, y)
    wanted = D.head(out["features"]).squeeze(1) + (D.projection.embed.weight[y] * out["features"]).sum(1)
    assert torch.allclose(out["logits"], wanted, atol=1e-6)
    assert (out["logits"] - D.head(out["features"]).squeeze(1)).abs().min() > 1e-3


def test_left_to_others_the_label_does_nothing():
    torch.manual_seed(0)
    D = MLPDiscriminator(**shape(num_classes=3), width=8, conditioning="none").eval()
    x = torch.randn(1, 1, 8, 8).expand(2, -1, -1, -1)
    logits = D(x, torch.tensor([0, 1]))["logits"]
    assert torch.allclose(logits[0], logits[1], atol=1e-6)


# -- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", PLAYERS)
@pytest.mark.parametrize(
    ("parameter", "value", "problem"),
    [
        ("width", 0, "width is 0, and must be a whole number of at least 1"),
        ("depth", 0, "depth is 0, and must be a whole number of at least 1"),
        ("depth", 2.5, "depth is 2.5, and must be a whole number"),
        ("init_std", 0, "init_std is 0, and must be a number above 0"),
        ("init_std", True, "init_std is True, and must be a number above 0"),
        ("norm", "layer", "norm is 'layer', and must be one of batch, none"),
        ("activation", "gelu", "activation is 'gelu', and must be one of relu, leaky-relu, elu, silu, tanh, maxout"),
    ],
)
def test_refusals_of_both(cls, parameter, value, problem):
    with pytest.raises(RecipeError, match=problem):
        cls(**shape(), **{parameter: value})


@pytest.mark.parametrize(
    ("cls", "parameter", "value", "problem"),
    [
        (MLPGenerator, "z_dim", 0, "z_dim is 0, and must be a whole number of at least 1"),
        (MLPGenerator, "output", "relu", "output is 'relu', and must be one of tanh, sigmoid, linear"),
        (MLPGenerator, "prior", "cauchy", "prior is 'cauchy', and must be one of uniform, normal, signs"),
        (MLPGenerator, "scale", 4.0, "scale is 4.0, and output 'sigmoid' has bounds of its own: take output=linear"),
        (MLPGenerator, "scale", 0, "scale is 0, and must be a number above 0"),
        (MLPDiscriminator, "fourier", -1, "fourier is -1, and must be a number of at least 0"),
        (MLPDiscriminator, "dropout", 1.0, "dropout is 1.0, and must be at least 0 and below 1"),
        (MLPDiscriminator, "squash", "tanh", "squash is 'tanh', and must be one of none, sigmoid"),
        (MLPDiscriminator, "packing", 0, "packing is 0, and must be a whole number of at least 1"),
        (MLPDiscriminator, "conditioning", "film", "conditioning is 'film', and must be one of concat"),
    ],
)
def test_refusals_of_one(cls, parameter, value, problem):
    with pytest.raises(RecipeError, match=problem):
        cls(**shape(), **{parameter: value})


@pytest.mark.parametrize("output", ["tanh", "sigmoid"])
def test_points_are_not_drawn_within_bounds(output):
    with pytest.raises(RecipeError, match=f"output is '{output}', which is bounded, and points are not.*output=linear"):
        MLPGenerator(**shape(1, 2), output=output)


def test_a_pack_has_no_projection():
    with pytest.raises(RecipeError, match="packing is 2, and conditioning 'projection' judges each image by its own"):
        judge(2, num_classes=3, conditioning="projection")
    assert judge(2, conditioning="projection").projection is None  # without labels there is none
