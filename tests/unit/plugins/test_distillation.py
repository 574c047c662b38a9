"""The term of a teacher: its value by hand, the teacher's part in the game, and what is refused."""

from types import SimpleNamespace

import pytest
import torch
from ganzoo_plugins.distillation.distillation import Distillation
from torch import nn

from ganzoo.errors import GanzooError, RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

REGISTRY = load_zoo(third_party=False).registry
TEACHER = "ring-ns-gan"  # which ships


def points(**changes):
    return REGISTRY.get("modality", "points").load()(**({"channels": 2} | changes))


def student(*overrides, modality=None):
    small = ["generator.width=8", "discriminator.width=8", "generator.output=linear", "schedule.batch=8", *overrides]
    recipe = resolve(REGISTRY, "distilled-gan", small)
    return recipe, build_parts(recipe, REGISTRY, modality=modality or points(), seed=0)


class Twice(nn.Module):
    """In training once the latent, and as it is judged twice."""

    def forward(self, z, y=None):
        return z

    def sample(self, z, y=None):
        return 2 * z


def test_the_distance_by_hand():
    """Of z = (1, 2), (0, -1) the fake is 3 z: from 2 z it is z apart, and the mean of its squares 6 / 4."""
    z = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    term, fake = Distillation(), (3 * z).requires_grad_()
    turn = SimpleNamespace(z=z, y_fake=None, fake=fake, averaged=lambda z, y: 5 * z)
    assert term.g_penalty(turn).item() == pytest.approx(4 * 6 / 4)  # from the average, 5 z
    term.teacher = Twice()
    penalty = term.g_penalty(turn)
    assert penalty.item() == pytest.approx(6 / 4)
    penalty.backward()
    assert torch.allclose(fake.grad, 2 * z / 4)
    assert term.weight == 2.5  # lambda of the paper
    assert term.d_penalty(turn) is None


class Rows:
    """Sees the sum of each row, two features of images of two rows."""

    def embedded(self, images):
        return images.sum(dim=(1, 3))


def test_the_distance_of_features_by_hand():
    """Of an image (1, 2), (0, -1) three times and five times: rows are 2 * 3 and 2 * 1 apart, 36 + 4."""
    x = torch.tensor([[[[1.0, 2.0], [0.0, -1.0]]]])
    term, fake = Distillation(), (3 * x).requires_grad_()
    term.extractor = Rows()
    turn = SimpleNamespace(z=x, y_fake=None, fake=fake, averaged=lambda z, y: 5 * z)
    penalty = term.g_penalty(turn)
    assert penalty.item() == pytest.approx(36 + 4)
    penalty.backward()
    assert torch.allclose(fake.grad, torch.tensor([[[[-12.0, -12.0], [4.0, 4.0]]]]))


def test_the_average_teaches_by_what_an_extractor_sees_of_images():
    """It is no part of the student's optimizer; at the start the average is the student, and the distance 0."""
    term = "regularizers=[{name: distillation, extractor: digits}]"
    recipe = resolve(REGISTRY, "dcgan", ["generator.width=4", "discriminator.width=4", "schedule.batch=4", term])
    parts = build_parts(recipe, REGISTRY, image_size=8, channels=1, num_classes=0, seed=0)
    [term] = parts.regularizers
    trainer = Trainer(recipe, parts, torch.zeros(8, 1, 8, 8, dtype=torch.uint8), None, seed=0)
    owned = {id(weight) for weights in trainer.moves.values() for weight in weights}
    assert not any(id(weight) in owned or weight.requires_grad for weight in term.parameters())
    parts.G.train(), term.train()
    assert not term.extractor.training
    for _ in range(2):
        assert all(bool(value.isfinite()) for value in trainer.step().values())
    G = parts.G.eval()
    z = G.sample_z(4, device="cpu", rng=torch.Generator().manual_seed(1))
    assert term.g_penalty(SimpleNamespace(z=z, y_fake=None, fake=G(z), averaged=G)).item() == 0


def test_an_extractor_needs_images():
    with pytest.raises(RecipeError, match=r"its extractor sees images, and samples are points: write extractor: null$"):
        student("regularizers.distillation.extractor=digits")


def test_a_teacher_stays_as_it_is():
    """It is asked for its samples, the student learns of it, and no optimizer has it."""
    recipe, parts = student("generator.z_dim=2", f"regularizers.distillation.teacher={TEACHER}")
    [term] = [one for one in parts.regularizers if isinstance(one, Distillation)]
    before = {name: value.clone() for name, value in term.state_dict().items()}
    x = torch.randn(32, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    trainer = Trainer(recipe, parts, {"x": x}, seed=0)
    owned = {id(weight) for weights in trainer.moves.values() for weight in weights}
    assert not any(id(weight) in owned or weight.requires_grad for weight in term.parameters())
    parts.G.train(), term.train()
    assert not term.teacher.training
    assert all(bool(value.isfinite()) for value in trainer.step().values())
    assert before.keys() and all(torch.equal(value, before[name]) for name, value in term.state_dict().items())
    z = parts.G.sample_z(4, device="cpu", rng=torch.Generator().manual_seed(1))
    turn = SimpleNamespace(z=z, y_fake=None, fake=term.teacher.sample(z))
    assert term.g_penalty(turn).item() == 0


@pytest.mark.parametrize(
    ("overrides", "changes", "said"),
    [
        ([], {}, r"takes latents of 2 numbers, and the student of 320: .*generator\.z_dim=2$"),
        (
            ["generator.z_dim=2"],
            {"channels": 3},
            r"makes points \(channels 2, .*, and the student points \(channels 3, ",
        ),
        (["conditional=true"], {"num_classes": 8}, "is told no conditions: write conditional: false"),
    ],
)
def test_teachers_that_do_not_fit(overrides, changes, said):
    with pytest.raises(RecipeError, match=f"the teacher {TEACHER} {said}"):
        student(f"regularizers.distillation.teacher={TEACHER}", *overrides, modality=points(**changes))


def test_no_teacher_there():
    with pytest.raises(GanzooError, match="there is no folder nothing-here"):
        Distillation(teacher="nothing-here")
    with pytest.raises(RecipeError, match="teacher is 3, and must be"):
        Distillation(teacher=3)


def test_an_average_is_needed():
    with pytest.raises(RecipeError, match=r"regularizer 'distillation' learns from the averaged generator"):
        student("schedule.ema=0")
