"""Fused optimizers read a weight, its gradient and their state by places in memory: all must be laid out alike.

The reference is torch's own update in its other form (``foreach``, or one weight after the other), which reads entries
by their indices, whatever the strides.
"""

import copy
import math

import pytest
import torch
from tiny_recipes import CLASSES, OF_IMAGES, REGISTRY, tiny
from torch import nn

from ganzoo.backend.strides import align_gradients, dense, laid_out_alike
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.building.optimizer import build_optimizer
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.schema.sections import Optimizer
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer


def transposed():
    """A weight of zeros with a gradient whose entries lie in another order, as the issue of torch 2.14.1 has it."""
    weight = nn.Parameter(torch.zeros(1, 3, 2))
    weight.grad = torch.tensor([[1.0, -1.0, 1.0], [1.0, -1.0, -1.0]]).t()[None]
    return weight


def test_a_first_step_of_adam_is_against_the_sign_of_each_gradient():
    """Adam's first step is ``-lr * g / (|g| + eps)``: by hand, the sign of each entry's own gradient."""
    weight = transposed()
    before = weight.grad
    align_gradients([weight])
    assert weight.grad.stride() == weight.stride()
    assert torch.equal(weight.grad, before)
    torch.optim.Adam([weight], lr=1.0, fused=True).step()
    assert torch.equal(weight.detach().sign(), -before.sign())


@pytest.mark.parametrize("shape", [(4,), (4, 1, 3, 3), (1, 1), ()])
def test_what_lies_alike_is_left_as_it_is(shape):
    """No kernel for the usual case: the very tensor stays; strides of dimensions of size 1 say nothing."""
    weight = nn.Parameter(torch.randn(shape))
    weight.grad = torch.randn(shape)
    if weight.dim() == 4:
        weight.grad = weight.grad.to(memory_format=torch.channels_last)
        assert weight.grad.stride() != weight.stride()
    before = weight.grad
    align_gradients([weight, nn.Parameter(torch.zeros(2))])  # the other has none
    assert weight.grad is before


def test_strides_that_say_the_same():
    """Alike is: the same place for each index, found by listing the places."""

    def places(tensor):
        steps = [torch.arange(n) * stride for n, stride in zip(tensor.shape, tensor.stride(), strict=True)]
        return [sum(at).item() for at in torch.cartesian_prod(*steps)] if len(steps) > 1 else steps[0].tolist()

    shape = (2, 1, 3, 1)
    forms = [torch.empty_strided(shape, s) for s in ((3, 3, 1, 1), (3, 7, 1, 9), (1, 1, 2, 1), (1, 6, 2, 1))]
    for one in forms:
        assert dense(one) == (sorted(places(one)) == list(range(6)))
        for other in forms:
            assert laid_out_alike(one, other) == (places(one) == places(other))
    assert not dense(torch.zeros(4, 8)[:, ::2])
    assert not dense(torch.zeros(3, 1).expand(3, 4))


def test_a_weight_with_gaps_is_moved_by_its_own_gradient():
    """A part may hold a slice as a weight: its entries are no stretch of memory, which a fused step takes for one."""
    weight = nn.Parameter(torch.zeros(3, 4)[:, ::2])
    optimizer = build_optimizer(Optimizer(name="adam", lr=1.0), [weight])
    signs = torch.tensor([[1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]])
    (weight * signs).sum().backward()
    align_gradients([weight])
    optimizer.step()
    assert torch.equal(weight.detach().sign(), -signs)


def beside(optimizer, steps):
    """Play each step of an optimizer with a twin in torch's other form, and note the largest relative difference."""
    pairs = []

    def before(_optimizer, *_):
        pairs[:] = [(w, nn.Parameter(w.detach().clone())) for group in optimizer.param_groups for w in group["params"]]
        for weight, other in pairs:
            other.grad = None if weight.grad is None else weight.grad.clone(memory_format=torch.contiguous_format)
        twin = type(optimizer)([other for _, other in pairs], lr=1.0)
        twin.load_state_dict(copy.deepcopy(optimizer.state_dict()))  # with the options of its group
        for group in twin.param_groups:
            group |= {"fused": None, "foreach": True, "lr": float(group["lr"])}  # which takes no tensor for a rate
        twin.step()

    def after(_optimizer, *_):
        for weight, other in pairs:
            scale = max(weight.detach().abs().max().item(), 1e-3)
            steps.append((weight.detach() - other.detach()).abs().max().item() / scale)

    optimizer.register_step_pre_hook(before)
    optimizer.register_step_post_hook(after)


@pytest.mark.parametrize("name", OF_IMAGES)
def test_a_step_of_every_recipe_is_that_of_the_unfused_form(name):
    """With its own optimizer or, where torch has no fused form of that, with Adam; strides are also compared."""
    recipe = tiny(name)
    for key in ("g_optimizer", "d_optimizer"):
        if getattr(recipe, key).name.lower() not in ("adam", "adamw", "sgd", "adagrad"):
            recipe = recipe.model_copy(update={key: Optimizer(name="adam", lr=1e-3)})
    parts = build_parts(recipe, REGISTRY, image_size=16, channels=3, num_classes=CLASSES, seed=0)
    trainer = Trainer(
        recipe, parts, noise_images(8, 3, 16), torch.arange(8) % CLASSES, seed=0, budget=some_budget(recipe)
    )
    differences = []
    for optimizer in trainer.optimizers.values():
        if "fused" in optimizer.defaults:
            assert all(group["fused"] for group in optimizer.param_groups)
            beside(optimizer, differences)
        optimizer.register_step_pre_hook(
            lambda it, *_: differences.extend(
                math.inf
                for group in it.param_groups
                for w in group["params"]
                if w.grad is not None and not laid_out_alike(w, w.grad)
            )
        )
    trainer.step()
    trainer.step()
    assert differences
    assert max(differences) < 1e-4, name
