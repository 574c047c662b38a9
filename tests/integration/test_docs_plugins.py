"""Each plugin that the documentation shows is found, passes ``ganzoo check``, and is used as the page says."""

import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from documents import blocks, files
from pretend_gpu import for_checks
from shell_blocks import ganzoo_commands, parsed
from shown_plugin import installed, registered, with_plugins

from ganzoo.bench.plan import prepare
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.cli import cli
from ganzoo.cli.catalogue.listing import rows_of
from ganzoo.errors import RecipeError
from ganzoo.interfaces import Extractor, Metric
from ganzoo.recipes.building.build import build_parts, check_recipe
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.hooks import hookspecs
from ganzoo.storage.cache import Cache
from ganzoo.training import Trainer

WANDB = "docs/plugins/tracker.md"  # has a test file of its own, for its package is not installed here
README = "README.md"  # shows the plugin of docs/plugins/index.md, to which tests/unit/docs/test_tables.py compares it
FILES = "docs/plugins/files.md"  # shows no package, and is tried by test_plugin_files.py
MODALITY = "docs/plugins/modality.md"  # whose players play no images
PAGES = [page for page in with_plugins() if page not in (WANDB, README, FILES)]


def test_there_is_a_plugin_for_each_kind_of_part():
    kinds = {kind for page in with_plugins() for kind, _ in registered(page)}
    assert {f"register_{kind}" for kind in kinds} == {name for name in vars(hookspecs) if name.startswith("register_")}


@pytest.fixture(params=PAGES)
def page(request):
    return request.param


@pytest.fixture
def plugin(page, tmp_path):
    with installed(page, tmp_path) as name:
        yield name


def test_it_is_checked(page, plugin, monkeypatch):
    for_checks(monkeypatch)
    zoo = load_zoo()
    assert not zoo.failed
    result = CliRunner().invoke(cli, ["check", plugin])
    failed = [line for line in result.output.splitlines() if "FAILED" in line]
    if page == MODALITY:  # players are tried on images
        failed = [line for line in failed if "told by channels, image_size, num_classes" not in line]
    else:
        assert result.exit_code == 0, result.output
    assert not failed
    for _, name in registered(page):
        assert name in result.output


def test_it_is_used_as_the_page_says(page, plugin):
    registry = load_zoo().registry
    for block in blocks(page, "sh"):
        for words in ganzoo_commands(block):
            context = parsed(words)
            for spec in context.params.get("recipes") or ():
                if not spec.endswith(".yaml"):
                    check_recipe(resolve(registry, spec, context.params.get("overrides") or ()), registry)
    mentioned = " ".join(block.text for block in blocks(page, "sh"))
    for kind, name in registered(page):
        assert name in mentioned, f"{page} does not show how the {kind} {name} is used"


def trains(spec):
    registry = load_zoo().registry
    recipe = resolve(registry, spec, ["schedule.batch=4"])
    parts = build_parts(recipe, registry, image_size=8, channels=1, num_classes=0, seed=0)
    images = torch.randint(0, 256, (16, 1, 8, 8), dtype=torch.uint8)
    trainer = Trainer(recipe, parts, images, None, seed=0)
    before = [weight.detach().clone() for weight in parts.G.parameters()]
    losses = [trainer.step() for _ in range(2)]
    assert all(value.isfinite() for step in losses for value in step.values())
    assert any(not torch.equal(old, new) for old, new in zip(before, parts.G.parameters(), strict=True))


def test_it_trains(page, plugin):
    if page == MODALITY:
        return
    for kind, name in registered(page):
        if kind == "recipes":
            trains(name)
        elif kind in ("losses", "generators", "discriminators"):
            key = {"losses": "loss"}.get(kind, kind.removesuffix("s"))
            trains(f"ns-gan:{key}={name}")
        elif kind == "regularizers":
            trains(f"ns-gan:regularizers=[{name}]")


def test_data_of_the_modality_are_benched(tmp_path, monkeypatch):
    """From a file of one's own through the cache to a run with a number and a picture."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    phase, time = rng.uniform(0, 6, (80, 1)), np.linspace(0, 12, 32)
    series = np.stack([np.sin(time + phase), np.cos(time + phase)], axis=1) * 3
    np.savez("waves.npz", series=series)
    with installed(MODALITY, tmp_path):
        shown = CliRunner().invoke(cli, ["data", "show", "waves.npz", "--out", "first.png"])
        assert shown.exit_code == 0, shown.output
        assert "waves.npz: 80 series of 2 x 32 numbers\nmodality: series\n" in shown.output
        assert "field x: 80x2x32 float32, -3" in shown.output and "next: ganzoo bench series-gan --data" in shown.output
        assert (tmp_path / "first.png").is_file()
        zoo, cache = load_zoo(), Cache(tmp_path / "cache")
        row = next(row for row in rows_of(zoo.registry.all("recipe"), zoo.registry) if row["name"] == "series-gan")
        assert row["modalities"] == ["series"]
        refused = RunSettings(recipes=("dcgan",), dataset="waves.npz", seeds=(0,), device="cpu")
        with pytest.raises(RecipeError, match=r"'dcgan' is not for series: .* choose data of images or points"):
            prepare(refused, zoo, cache)
        few = {"budget": Budget(steps=3), "samples": 20, "evaluations": 1, "replicates": 0, "hold_out": 0.25}
        plan = prepare(refused.changed(recipes=("series-gan",), **few), zoo, cache)
        assert plan.images.n == 60 and plan.images.held_out.n == 20 and plan.held_out_floor["spectrum"] > 0
        (spec,) = plan.specs
        assert spec.metrics == ("spectrum",) and spec.images["modality"]["values"]["lines"] == 2
        assert spec.plugins == ("two-channels",)
        session = TrainingSession(spec, zoo, cache)
        losses = session.trainer.step()
        assert all(value.isfinite() for value in losses.values())


def test_the_penalty_is_the_papers(tmp_path):
    """R1 of a linear discriminator is half the squared norm of its weights, whatever the images are."""
    with installed("docs/plugins/regularizer.md", tmp_path):
        penalty = load_zoo().registry.get("regularizer", "flat-at-real").load()()
    weight = torch.tensor([3.0, 4.0]).view(1, 2, 1, 1)
    turn = ModuleType("turn")
    turn.real = torch.randn(5, 2, 1, 1, requires_grad=True)
    turn.on_real = {"logits": (turn.real * weight).sum(dim=(1, 2, 3))}
    assert penalty.d_penalty(turn).item() == pytest.approx(12.5)


def test_the_losses_are_the_papers(tmp_path):
    """Least squares by hand: targets -1 and 1 for D, 0 for G, on two verdicts of each kind."""
    with installed("docs/plugins/loss.md", tmp_path):
        loss = load_zoo().registry.get("loss", "a-b-c").load()()
    turn = ModuleType("turn")
    turn.on_real, turn.on_fake = {"logits": torch.tensor([1.0, 3.0])}, {"logits": torch.tensor([-1.0, 1.0])}
    assert loss.d_loss(turn).item() == pytest.approx(0.5 * ((0 + 4) / 2 + (0 + 4) / 2))
    assert loss.g_loss(turn).item() == pytest.approx(0.5 * (1 + 1) / 2)


def test_the_metric_and_the_extractor_compute_what_they_say(tmp_path):
    with installed("docs/plugins/metric.md", tmp_path / "m"):
        metric: Metric = load_zoo().registry.get("metric", "mean-distance").load()()
    fake, real = torch.tensor([[0.0, 0.0], [2.0, 0.0]]), torch.tensor([[4.0, 4.0]])
    summaries = [metric.summarise({"features": features}) for features in (fake, real)]
    assert metric.compare(*summaries) == 5.0
    with installed("docs/plugins/extractor.md", tmp_path / "e"):
        extractor: Extractor = load_zoo().registry.get("extractor", "grey-pixels").load()()
    images = torch.arange(64, dtype=torch.uint8).view(1, 1, 8, 8)
    assert torch.equal(extractor(images)["features"], torch.arange(64.0)[None] / 255)
    twice = images.repeat_interleave(2, 2).repeat_interleave(2, 3).expand(1, 3, 16, 16)
    assert torch.allclose(extractor(twice)["features"], torch.arange(64.0)[None] / 255)


def test_nothing_is_left_behind():
    packages = {name.partition("/")[0] for page in PAGES for name in files(page)}
    assert packages & set(sys.modules) == set()
