"""StyleGAN2 at 64x64 to 256x256: the commands of the guide give what its authors' code sets there."""

import pytest
import torch
from documents import blocks
from shell_blocks import commands

from ganzoo.recipes.building.build import build_part, check_recipe
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry
PAGE = "docs/guides/as-published.md"
LAZY = {"G": 4, "D": 16}


def shown():
    """The commands of the page that play StyleGAN2 at a size, as (size, recipe with overrides)."""
    found = {}
    for block in blocks(PAGE, "sh"):
        for words in commands(block):
            if words[:3] == ["ganzoo", "bench", "stylegan2@published"] and "-o" in words:
                changes = [words[i + 1] for i, word in enumerate(words) if word == "-o"]
                name = words[words.index("--out") + 1].rpartition("/")[2]
                found[name] = (int(words[words.index("--size") + 1]), resolve(REGISTRY, words[2], changes))
    return found


SHOWN = shown()

# NVlabs/stylegan2-ada-pytorch@d72cc7d, train.py: cfg_specs, and what `auto` sets on one GPU at a resolution.
PAPER = {"mb": 64, "mbstd": 8, "fmaps": 0.5, "lrate": 0.0025, "gamma": 1.0, "ema": 20.0, "ramp": None, "map": 8}


def auto(resolution):
    batch = min(4096 // resolution, 32)
    return PAPER | {
        "mb": batch,
        "mbstd": min(batch, 4),
        "gamma": 0.0002 * resolution**2 / batch,
        "ema": batch * 10 / 32,
        "ramp": 0.05,
        "map": 2,
    }


WANTED = {"paper256": (256, PAPER), **{f"auto{size}": (size, auto(size)) for size in (64, 128, 256)}}

# Parameters of training/networks_stylegan2.py of NVlabs/stylegan3@c233a91, counted there with channel_base=16384.
COUNTED = {
    "paper256": (24_767_458, 24_001_089),
    "auto64": (22_243_608, 23_407_361),
    "auto128": (22_949_277, 23_882_369),
    "auto256": (23_191_522, 24_001_089),
}


def test_the_guide_shows_each_setting():
    assert SHOWN.keys() == WANTED.keys()


@pytest.mark.parametrize("name", WANTED)
def test_values_are_those_of_the_authors(name):
    (size, recipe), (resolution, spec) = SHOWN[name], WANTED[name]
    assert size == resolution
    check_recipe(recipe, REGISTRY)
    G, D, terms = (
        recipe.generator.params,
        recipe.discriminator.params,
        {it.name: it.params for it in recipe.regularizers},
    )
    assert G["width"] == D["width"] == int(spec["fmaps"] * 32768) // resolution
    assert (G["depth"], G["z_dim"], G["w_dim"], G["mixing"], G["architecture"]) == (spec["map"], 512, 512, 0.9, "skip")
    assert (D["group"], D["architecture"]) == (spec["mbstd"], "resnet")
    assert terms["r1"]["weight"] == pytest.approx(spec["gamma"]) and terms["r1"]["every"] == LAZY["D"]
    path = terms["path-length"]
    assert (path["weight"], path["decay"], path["shrink"], path["every"]) == (2.0, 0.01, 2, LAZY["G"])
    for optimizer, every in ((recipe.g_optimizer, LAZY["G"]), (recipe.d_optimizer, LAZY["D"])):
        ratio = every / (every + 1)
        assert optimizer.lr == pytest.approx(spec["lrate"] * ratio, rel=5e-4)
        assert optimizer.params["betas"] == pytest.approx([0.0, 0.99**ratio], abs=5e-5)
    assert recipe.schedule.batch == spec["mb"]


@pytest.mark.parametrize("name", WANTED)
def test_the_average_forgets_as_theirs(name):
    """ema_kimg, but no more than ema_rampup times the thousand images that were shown."""
    recipe, spec = SHOWN[name][1], WANTED[name][1]
    halflife = recipe.schedule.ema.halflife
    assert recipe.schedule.ema.warmup is False
    if spec["ramp"] is None:
        assert halflife == spec["ema"]
    else:
        points = [(place.amount, value) for place, value in halflife.points]
        assert points == [(0, 0), (spec["ema"] / spec["ramp"], spec["ema"])]
        assert not any(place.relative for place, _ in halflife.points)


@pytest.mark.parametrize("name", WANTED)
def test_networks_have_as_many_parameters_and_channels(name):
    (size, recipe), spec = SHOWN[name], WANTED[name][1]
    with torch.device("meta"):
        shape = {"image_size": size, "channels": 3, "num_classes": 0}
        G, D = (build_part(REGISTRY, kind, getattr(recipe, kind), **shape) for kind in ("generator", "discriminator"))
    assert tuple(sum(p.numel() for p in player.parameters()) for player in (G, D)) == COUNTED[name]
    sizes = [2**i for i in range(2, size.bit_length())]
    channels = [min(int(spec["fmaps"] * 32768) // side, 512) for side in sizes]
    assert [G.first.bias.numel(), *(block.keep.bias.numel() for block in G.blocks)] == channels
    assert [block.keep.bias.numel() for block in D.blocks] == channels[:0:-1]
