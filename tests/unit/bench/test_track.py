"""The controlled track: one backbone, and the methods of many recipes on it."""

import json

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from small_benches import SMALL, ganzoo_here, request

from ganzoo.bench.plan import prepare
from ganzoo.bench.results.terms.track import OF_THE_BACKBONE, alike, on_backbone
from ganzoo.bench.tables.notes import track_notes
from ganzoo.cli import cli
from ganzoo.errors import RecipeError
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

METHOD = ("loss", "regularizers", "g_optimizer", "d_optimizer")
EVERY = [entry.name for entry in load_zoo(third_party=False).registry.all("recipe")]


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


@pytest.mark.parametrize("name", EVERY)
def test_a_backbone_gives_the_terms_and_the_recipe_its_method(registry, name):
    recipe, backbone = resolve(registry, name), resolve(registry, "biggan", ["flips=true", "schedule.batch=24"])
    played = on_backbone(recipe, backbone).to_dict()
    own, given = recipe.played().to_dict(), backbone.to_dict()
    assert {key: played[key] for key in METHOD} == {key: own[key] for key in METHOD}
    assert played["name"] == name
    rest = {"generator", "discriminator", "flips", "conditional"}
    assert {key: played[key] for key in rest} == {key: given[key] for key in rest}
    assert played["schedule"] == own["schedule"] | {"batch": 24, "ema": given["schedule"]["ema"]}
    if name != "biggan":
        assert played["departs"].startswith("On the controlled track: networks, batch, average, flips and labels are ")
        assert played["departs"].endswith(own["departs"])
    decided = {key.split(".")[0] for key in OF_THE_BACKBONE}
    assert decided | set(METHOD) == (own.keys() | {"dequantize"}) - {
        "name",
        "title",
        "year",
        "paper",
        "summary",
        "departs",
    }


def test_the_backbone_plays_on_itself_as_it_is(registry):
    dcgan = resolve(registry, "dcgan")
    assert on_backbone(dcgan, dcgan) == dcgan


@pytest.mark.parametrize(
    ("edit", "key"),
    [("generator.width=8", "generator"), ("schedule={batch: 8}", "schedule.batch"), ("flips=true", "flips")],
)
def test_a_variant_that_the_backbone_would_undo_is_refused(registry, edit, key):
    backbone = resolve(registry, "dcgan")
    with pytest.raises(RecipeError, match=f"is undone by --track controlled, where {key} is that of 'dcgan'; leave"):
        on_backbone(resolve(registry, f"wgan-gp:{edit}"), backbone, [edit])


def test_a_variant_of_the_method_is_played(registry):
    edits = ["loss=hinge", "schedule.d_steps=3"]
    played = on_backbone(resolve(registry, "wgan-gp", edits), resolve(registry, "dcgan"), edits)
    assert (played.loss.name, played.schedule.d_steps, played.generator.name) == ("hinge", 3, "dcgan")


def test_recipes_that_differ_in_their_networks_alone_are_one(registry):
    dcgan, pacgan, wgan = (resolve(registry, name) for name in ("dcgan", "pacgan", "wgan"))
    assert alike([dcgan, pacgan, wgan]) == {}
    found = alike(on_backbone(recipe, dcgan) for recipe in (dcgan, pacgan, wgan))
    assert found.keys() == {"pacgan"}
    assert "plays the same as 'dcgan' on the controlled track" in found["pacgan"]


def plan(*recipes, **changes):
    return prepare(request(*recipes, **{"track": "controlled", **changes}), load_zoo(third_party=False), Cache.open())


def test_what_cannot_play_on_the_backbone_is_skipped_with_the_reason():
    made = plan("dcgan", "wgan-gp", "ebgan", "acgan", "pacgan")
    assert made.backbone == "dcgan"
    assert made.skipped.keys() == {"ebgan", "acgan", "pacgan"}
    assert "reads 'energy', which discriminator 'dcgan' does not give" in made.skipped["ebgan"]
    assert "needs labels" in made.skipped["acgan"]
    played = {spec.name: spec.resolved_recipe() for spec in made.specs}
    assert played["wgan-gp"].discriminator == played["dcgan"].discriminator
    assert played["wgan-gp"].schedule.d_steps == 5


def test_another_backbone():
    made = plan("dcgan", "acgan", backbone="biggan", overrides=("generator.width=4", "discriminator.width=4"))
    assert (made.backbone, made.skipped) == ("biggan", {})
    assert {spec.recipe["generator"]["name"] for spec in made.specs} == {"biggan"}
    assert all(spec.recipe["conditional"] for spec in made.specs)
    with pytest.raises(RecipeError, match="reads 'energy'"):
        plan("ebgan", backbone="dcgan")


def test_recipes_as_published_are_left_alone():
    made = plan("dcgan", "wgan-gp", track="as-shipped")
    assert made.backbone is None
    assert [spec.recipe["generator"]["name"] for spec in made.specs] == ["dcgan", "wgan-gp"]


def test_a_bench_on_the_controlled_track(tmp_path):
    words = ["bench", "dcgan", "wgan-gp", "--track", "controlled", "--seeds", "1", "--budget", "20steps"]
    small = [word for key in SMALL for word in ("-o", key)]
    more = [
        "--extractor",
        "none",
        "--examine",
        "none",
        "--device",
        "cpu",
        "--threads",
        "1",
        "--out",
        "b",
        "--quiet",
        "--json",
    ]
    done = ganzoo_here(*words, *small, *more, cwd=tmp_path)
    results = json.loads(done.stdout)
    assert (results["track"], results["backbone"], results["tuning"]) == ("controlled", "dcgan", None)
    assert results["budget"] == {"steps": 20}
    assert [(run["d_steps"], run["parameters"]) for run in results["runs"]] == [
        (20, results["runs"][0]["parameters"])
    ] * 2
    played = json.loads((tmp_path / "b/wgan-gp/seed0/run.json").read_text())["recipe"]
    assert (played["name"], played["generator"]["name"], played["loss"]) == ("wgan-gp", "dcgan", "wasserstein")
    assert "generator: {name: dcgan," in results["recipes"]["wgan-gp"]["text"]


def terms(**more):
    return fabricated.read(fabricated.results([], **more))


def test_what_is_said_of_a_track():
    (said,) = track_notes(terms(track="controlled", backbone="dcgan"))
    assert "networks, batch, average, flips and labels of dcgan" in said
    assert track_notes(terms(track="as-shipped", backbone=None)) == track_notes(terms()) == []


def test_a_backbone_without_its_track():
    done = CliRunner().invoke(cli, ["bench", "dcgan", "--backbone", "dcgan"])
    assert done.exit_code == 2
    assert "--backbone says what --track controlled plays on, and that is not given" in done.stderr
