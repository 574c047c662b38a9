"""How labels reach the players: the layers that several networks take them in by, and what asks for them."""

import pytest
import torch
from ganzoo_plugins.dcgan.discriminator import DCGANDiscriminator
from torch import nn
from torch.autograd import gradcheck
from torch.nn.functional import batch_norm, instance_norm

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator
from ganzoo.layers import (
    AdaptiveInstanceNorm2d,
    ConditionalBatchNorm2d,
    LabelledImage,
    LabelledLatent,
    Projection,
    output_shape,
    require_blind,
    require_labels,
)


def noise(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def drawn(layer):
    """The layer in double precision, with every weight drawn anew."""
    rng = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for p in layer.double().parameters():
            p.copy_(torch.randn(p.shape, dtype=p.dtype, generator=rng))
    return layer


# -- class-conditional batch normalisation ---------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["classes", "features"])
def test_conditional_batch_norm_with_equal_gains_is_batch_norm(kind, training):
    layer, plain = ConditionalBatchNorm2d(5, **{kind: 3}).double(), nn.BatchNorm2d(5).double()
    with torch.no_grad():
        plain.weight.copy_(noise(5))
        plain.bias.copy_(noise(5) + 2)
        if kind == "classes":
            layer.gain.weight.copy_((plain.weight - 1).expand(3, 5))
            layer.shift.weight.copy_(plain.bias.expand(3, 5))
            condition = torch.tensor([0, 2, 1, 1])
        else:  # a vector whose entries sum to 1, so that equal columns give the column
            layer.gain.weight.copy_((plain.weight - 1)[:, None].expand(5, 3))
            layer.shift.weight.copy_(plain.bias[:, None].expand(5, 3))
            condition = torch.softmax(noise(4, 3), dim=1)
    for x in (noise(4, 5, 3, 3), 2 * noise(4, 5, 3, 3) + 1):  # the running statistics have to move alike
        layer.train(), plain.train()
        layer(x, condition), plain(x)
    layer.train(training), plain.train(training)
    x = 3 * noise(4, 5, 3, 3) - 1
    assert torch.allclose(layer(x, condition), plain(x), atol=1e-12)
    assert torch.allclose(layer.norm.running_mean, plain.running_mean)
    assert torch.allclose(layer.norm.running_var, plain.running_var)


def test_conditional_batch_norm_starts_as_batch_norm_for_every_label():
    layer = ConditionalBatchNorm2d(4, classes=3).double()
    x = noise(6, 4, 2, 2)
    assert torch.equal(layer(x, torch.tensor([0, 1, 2, 0, 1, 2])), nn.BatchNorm2d(4, affine=False).double()(x))


def test_each_label_has_gains_and_shifts_of_its_own():
    layer = drawn(ConditionalBatchNorm2d(4, classes=3))
    x, y = noise(5, 4, 2, 2), torch.tensor([2, 0, 1, 2, 2])
    normal = batch_norm(x, None, None, training=True)
    for out, row, label in zip(layer(x, y), normal, y, strict=True):
        wanted = row * (1 + layer.gain.weight[label])[:, None, None] + layer.shift.weight[label][:, None, None]
        assert torch.allclose(out, wanted, atol=1e-12)


def test_a_vector_is_projected_to_gains_and_shifts():
    layer = drawn(ConditionalBatchNorm2d(4, features=3))
    assert layer.gain.bias is layer.shift.bias is None
    x, vector = noise(5, 4, 2, 2), noise(5, 3)
    gain, shift = 1 + vector @ layer.gain.weight.T, vector @ layer.shift.weight.T
    wanted = batch_norm(x, None, None, training=True) * gain[:, :, None, None] + shift[:, :, None, None]
    assert torch.allclose(layer(x, vector), wanted, atol=1e-12)


@pytest.mark.parametrize("kinds", [{}, {"classes": 2, "features": 3}])
def test_a_condition_is_a_label_or_a_vector(kinds):
    with pytest.raises(ValueError, match="either a label or a vector"):
        ConditionalBatchNorm2d(4, **kinds)


def test_gradients_of_the_conditional_norms():
    x, vector = noise(3, 2, 2, 2).requires_grad_(), noise(3, 4).requires_grad_()
    by_class = drawn(ConditionalBatchNorm2d(2, classes=3))
    assert gradcheck(lambda x: by_class(x, torch.tensor([0, 2, 1])), (x,))
    for layer in (drawn(ConditionalBatchNorm2d(2, features=4)), drawn(AdaptiveInstanceNorm2d(2, 4))):
        assert gradcheck(layer, (x, vector))


# -- adaptive instance normalisation ---------------------------------------------------------------------------


def test_adaptive_instance_norm_gives_each_image_the_statistics_asked_for():
    layer = drawn(AdaptiveInstanceNorm2d(4, 3))
    x, vector = 5 * noise(2, 4, 16, 16) + 7, noise(2, 3)
    gain = 1 + vector @ layer.gain.weight.T + layer.gain.bias
    shift = vector @ layer.shift.weight.T + layer.shift.bias
    out = layer(x, vector)
    assert torch.allclose(out.mean(dim=(2, 3)), shift, atol=1e-9)
    assert torch.allclose(out.std(dim=(2, 3), correction=0), gain.abs(), rtol=1e-4)
    assert torch.allclose(out, instance_norm(x) * gain[:, :, None, None] + shift[:, :, None, None], atol=1e-9)


def test_adaptive_instance_norm_looks_at_each_image_alone_in_both_modes():
    layer = drawn(AdaptiveInstanceNorm2d(4, 3))
    x, vector = noise(3, 4, 5, 5), noise(3, 3)
    alone = torch.cat([layer(x[i : i + 1], vector[i : i + 1]) for i in range(3)])
    assert torch.allclose(layer(x, vector), alone, atol=1e-12)
    assert torch.allclose(layer.eval()(x, vector), alone, atol=1e-12)


# -- joining and projecting ------------------------------------------------------------------------------------


def test_the_projection_is_an_inner_product():
    layer = Projection(2, 3)
    with torch.no_grad():
        layer.embed.weight.copy_(torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.0, 0.5]]))
    features = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 2.0], [4.0, 0.0, -1.0]], requires_grad=True)
    out = layer(features, torch.tensor([0, 1, 0]))
    assert out.tolist() == [6.0, 0.0, 1.0]
    (gradient,) = torch.autograd.grad(out.sum(), features)
    assert gradient.tolist() == [[1.0, 2.0, 3.0], [-1.0, 0.0, 0.5], [1.0, 2.0, 3.0]]


def test_a_label_joins_a_latent_or_an_image():
    z, latent = torch.randn(3, 4), LabelledLatent(5, 4)
    y = torch.tensor([4, 0, 4])
    assert torch.equal(latent(z, y), torch.cat([z, latent.embed.weight[y]], dim=1))
    x, image = torch.randn(3, 2, 6, 6), LabelledImage(5, 6)
    out = image(x, y)
    assert out.shape == (3, 3, 6, 6)
    assert torch.equal(out[:, :2], x)
    assert torch.equal(out[:, 2].flatten(1), image.embed.weight[y])


# -- what a discriminator gives --------------------------------------------------------------------------------


class Probed(Discriminator):
    """Batch norm, dropout and a part that stays in evaluation mode; it fails on request."""

    outputs = frozenset({"logits", "maps"})

    def __init__(self, num_classes=0, sees=False):
        super().__init__()
        self.image_size, self.channels, self.num_classes = 6, 2, num_classes
        self.norm, self.drop = nn.BatchNorm2d(2), nn.Dropout(0.5)
        self.frozen = nn.BatchNorm2d(2).eval()
        self.sees, self.fails, self.shown = sees, False, []

    def forward(self, x, y=None):
        self.shown.append((tuple(x.shape), None if y is None else y.tolist(), self.training))
        if self.fails:
            raise RuntimeError("no verdict")
        maps = self.frozen(self.drop(self.norm(x)))
        if self.sees:
            maps = maps + y[:, None, None, None]
        return {"logits": maps.mean((1, 2, 3)), "maps": maps[:, :, :3]}


def test_a_probe_tells_the_shape_of_one_image_and_leaves_no_trace():
    D = Probed(num_classes=4)
    before, state = {key: value.clone() for key, value in D.state_dict().items()}, torch.get_rng_state()
    assert output_shape(D, "maps") == (2, 3, 6)
    assert output_shape(D, "logits") == ()
    assert D.shown == [((2, 2, 6, 6), [0, 0], False)] * 2
    assert (D.training, D.norm.training, D.drop.training, D.frozen.training) == (True, True, True, False)
    assert all(torch.equal(value, before[key]) for key, value in D.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def test_a_probe_that_fails_puts_the_modes_back():
    D = Probed()
    D.fails = True
    with pytest.raises(RuntimeError, match="no verdict"):
        output_shape(D, "logits")
    assert (D.training, D.norm.training, D.frozen.training) == (True, True, False)
    assert D.shown == [((2, 2, 6, 6), None, False)]


def test_labels_are_asked_for_in_one_sentence():
    assert require_labels(Probed(num_classes=7), "loss 'x'") == 7
    with pytest.raises(RecipeError, match=r"^loss 'x' needs labels, .* write conditional: true$") as caught:
        require_labels(Probed(), "loss 'x'")
    assert "\n" not in str(caught.value)


def test_only_an_output_that_changes_with_the_label_is_refused():
    for D in (Probed(), Probed(num_classes=1, sees=True), Probed(num_classes=4)):
        require_blind(D, "maps", "regularizer 'x'")
    with pytest.raises(RecipeError, match=r"^regularizer 'x' asks the discriminator's maps for the label, and Probed "):
        require_blind(Probed(num_classes=4, sees=True), "maps", "regularizer 'x'")


@pytest.mark.parametrize("conditioning", ["projection", "none", "concat"])
def test_features_are_blind_unless_the_label_joins_the_image(conditioning):
    torch.manual_seed(0)
    D = DCGANDiscriminator(image_size=8, channels=1, num_classes=3, width=2, conditioning=conditioning)
    D.image_size, D.channels, D.num_classes = 8, 1, 3
    if conditioning == "concat":
        with pytest.raises(RecipeError, match="take one that does not"):
            require_blind(D, "features", "loss 'x'")
    else:
        require_blind(D, "features", "loss 'x'")
    if conditioning == "projection":
        with pytest.raises(RecipeError, match="logits for the label"):
            require_blind(D, "logits", "loss 'x'")
