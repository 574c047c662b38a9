"""A generator that draws while it is evaluated: with fresh noise, and the same numbers each time."""

import pytest
import torch
from ganzoo_plugins.stylegan2.modulated import StyledLayer
from small_benches import specs

from ganzoo.bench.runs.evaluation.pictures import interpolations_of
from ganzoo.bench.runs.generating.session import generated
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.layers import PixelNoise
from ganzoo.registry.discovery import load_zoo
from ganzoo.seeds import stream
from ganzoo.storage.cache import Cache

SMALL = "stylegan2:generator.width=4:generator.z_dim=8:generator.w_dim=8:discriminator.width=4"


@pytest.fixture
def session():
    (spec,) = specs(SMALL, extractor="digits")
    made = TrainingSession(spec, load_zoo(third_party=False), Cache.open())
    with torch.no_grad():
        for module in made.trainer.average.model.modules():
            if isinstance(module, StyledLayer):
                module.strength.fill_(0.5)
    return made


def drawn_by(session):
    """All noise that the evaluated generator draws from now on."""
    drawn = []
    for module in session.trainer.average.model.modules():
        if isinstance(module, PixelNoise):
            module.register_forward_hook(lambda _, __, out: drawn.append(out.clone()))
    return drawn


def test_scores_repeat_whatever_was_drawn_before_and_leave_torchs_stream_alone(session):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = session.score(48)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert session.score(48) == first
    assert session.score(48, noise=2) != first


def test_each_image_is_evaluated_with_noise_of_its_own(session):
    drawn = drawn_by(session)
    session.score(48)
    for noise in drawn:
        assert noise.shape[:2] == (48, 1)
        assert len(noise.flatten(1).unique(dim=0)) == 48


def test_noise_of_layers_is_independent_of_the_latents(session):
    drawn = drawn_by(session)
    session.score(48)
    rng = torch.Generator().manual_seed(stream(session.spec.seed, "evaluation"))
    latents = session.trainer.parts.G.sample_z(48, device="cpu", rng=rng)
    assert not set(latents.flatten().tolist()) & {value for noise in drawn for value in noise.flatten().tolist()}


def test_one_latent_gives_many_images_in_evaluation_and_one_in_pictures(session):
    z = session.trainer.parts.G.sample_z(1, device="cpu").expand(6, -1)
    images = session.trainer.generate(z, None)
    assert len(images.flatten(1).unique(dim=0)) == 6
    pictures = session.samples_of(z, None)
    assert len(pictures.flatten(1).unique(dim=0)) == 1
    assert not any(module.held for module in session.trainer.average.model.modules() if isinstance(module, PixelNoise))


def test_pictures_are_functions_of_their_latents(session):
    many = session.pictures(20)
    torch.manual_seed(3)
    assert torch.equal(session.pictures(8), many[:8]), "whatever their number"
    assert interpolations_of(session) == interpolations_of(session)


def test_examinations_draw_noise_that_is_not_the_latents(session):
    """Both streams come of the examination's one seed."""
    from ganzoo.bench.runs.examine import EXAMINATIONS, examine

    seen = {}

    def look(session, rng):
        drawn, state = drawn_by(session), rng.get_state()
        images = generated(session, 16, rng).sample
        rng.set_state(state)
        latents = session.trainer.parts.G.sample_z(16, device="cpu", rng=rng)
        seen["shared"] = set(latents.flatten().tolist()) & {v for noise in drawn for v in noise.flatten().tolist()}
        return {"sum": images.double().sum().item()}, {}

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EXAMINATIONS, "memorisation", look)
        first, _ = examine(session, ["memorisation"], 0)
        torch.manual_seed(5)
        again, _ = examine(session, ["memorisation"], 0)
    assert first == again
    assert not seen["shared"]
