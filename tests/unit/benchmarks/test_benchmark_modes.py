"""The benchmark of mode coverage: its arithmetic, its table, and the recipes that it plays."""

import json
import sys
from pathlib import Path

import pytest
import torch
from repository import ROOT

from ganzoo.bench.results.terms.budget import Budget
from ganzoo.recipes import safeyaml
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer

FILES = sorted((ROOT / "benchmarks" / "mixtures").glob("*.yaml"))
MODULES = ("modes", "measuring")
TINY = ("generator.width=8", "discriminator.width=8")


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import modes

    yield modes
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def run(seed, modes=8.0, quality=90.0, divergence=0.1, recipe="ns-gan", status="done"):
    metrics = {"modes": modes, "high-quality": quality, "reverse-kl": divergence} if status == "done" else None
    return {"recipe": recipe, "seed": seed, "status": status, "metrics": metrics}


# -- arithmetic -------------------------------------------------------------------------------------------------


def test_the_standard_error_of_a_mean(script):
    assert script.standard_error([7.0, 8.0, 8.0]) == pytest.approx(1 / 3)  # sqrt(2/3 / 2 / 3)
    assert script.standard_error([7.0]) is None


def test_a_row_beside_what_was_published(script):
    runs = [run(0, 7.0, 90.0, 0.1), run(1, 8.0, 96.0, 0.2), run(2, 8.0, 93.0, 0.3)]
    row = script.row_of("ns-gan", runs, "ring", 800.0)
    assert row["values"]["modes"] == {
        "mean": pytest.approx(23 / 3),
        "standard error": pytest.approx(1 / 3),
        "seeds": [7.0, 8.0, 8.0],
    }
    assert row["modes"] == "7.7±0.3 (800 kimg)"
    assert row["high quality %"] == "93.0±1.7 (800 kimg)"  # 3 / sqrt(3)
    assert row["reverse KL"] == "0.20±0.06 (800 kimg)"
    assert row["published modes"] == "6.3±0.5 (40,000 kimg, PacGAN, table 1)"
    assert row["published reverse KL"] == "0.45±0.09 (40,000 kimg, PacGAN, table 1)"
    assert row["all 8"] == "2 of 3 seeds" and row["not done"] is None
    assert script.row_of("ns-gan", runs, "grid", 800.0)["published modes"].startswith("17.3±0.8 (40,000 kimg")
    assert script.row_of("ns-gan", runs, "grid", 800.0)["all 25"] == "0 of 3 seeds"


def test_no_number_is_without_its_budget(script):
    """A number from a shortened run never stands beside a published one as if they were of one length."""
    rows = [script.row_of(name, [run(0), run(1)], data, 800.0) for name in script.PUBLISHED for data in script.MODES]
    rows += [script.published_cells(row, data) for row in script.NOT_PLAYED.values() for data in script.MODES]
    cells = [
        row[f"{kind}{label}"]
        for row in rows
        for label in script.LABELS.values()
        for kind in ("", "published ")
        if row.get(f"{kind}{label}")
    ]
    assert len(cells) > 100
    assert all("kimg" in cell or "budget not known" in cell for cell in cells)


def test_a_run_that_ended_early_counts_for_no_mean_and_captures_no_mode(script):
    row = script.row_of("new", [run(0, 8.0), run(1, status="diverged"), run(2, 6.0)], "ring", 800.0)
    assert row["modes"] == "7.0±1.0 of 2 seeds (800 kimg)"
    assert row["all 8"] == "1 of 3 seeds" and row["not done"] == ["seed 1 diverged"]
    assert row["published modes"] is None
    alone = script.row_of("new", [run(0), run(1, status="failed")], "ring", 800.0)
    assert alone["modes"] == "8.0 of 1 seeds (800 kimg)"
    nothing = script.row_of("new", [run(0, status="failed")], "ring", 800.0)
    assert "modes" not in nothing and nothing["all 8"] == "0 of 1 seeds"


def test_the_best_comes_first(script):
    found = {
        "a": [run(0, 7.0, 99.0)],
        "b": [run(0, 8.0, 50.0)],
        "c": [run(0, status="failed")],
        "d": [run(0, 8.0, 60.0)],
    }
    rows = script.best_first(script.row_of(name, runs, "ring", 1.0) for name, runs in found.items())
    assert [row["recipe"] for row in rows] == ["d", "b", "a", "c"]


def test_runs_are_of_equal_turns(script, registry):
    recipes = script.resolved([str(path) for path in FILES], script.POINTS["paper"], registry)
    budgets = script.by_budget(recipes, script.POINTS["paper"])
    assert list(budgets) == [40_000, 80_000, 120_000, 160_000]
    assert {kimg: [Path(spec).stem for spec in specs] for kimg, specs in list(budgets.items())[1:]} == {
        80_000: ["pacgan2"],
        120_000: ["pacgan3"],
        160_000: ["pacgan4"],
    }
    for name in ("ns-gan", "pacgan2", "pacgan3", "pacgan4"):  # and the published numbers say the same
        (kimg,) = (kimg for kimg, specs in budgets.items() if any(Path(spec).stem == name for spec in specs))
        assert script.PUBLISHED[name].kimg == kimg


def test_the_stacked_digits_have_rows_of_their_own(script, registry):
    protocol = script.PROTOCOLS["stacked-mnist"]["paper"]
    budgets = script.by_budget(script.resolved(script.recipes_of("stacked-mnist"), protocol, registry), protocol)
    assert budgets[12_800] == ["pacgan:schedule.batch=128"] and "dcgan" in budgets[6_400]
    row = script.row_of("dcgan", [run(0, 1000.0, 90.0, 0.02)], "stacked-mnist", 6_400)
    assert (
        row["published modes"] == "78.9±6.5 (6,400 kimg, PacGAN, table 2)" and row["published high quality %"] is None
    )
    assert row["all 1000"] == "1 of 1 seeds"
    assert script.row_of("ns-gan", [run(0)], "stacked-mnist", 1.0)["published modes"] is None
    words = script.bench_command(["dcgan"], "stacked-mnist", 6_400.0, protocol, Path("b"))
    assert words[words.index("--samples") + 1] == "26000"


# -- the recipes ------------------------------------------------------------------------------------------------


def test_there_are_the_methods_of_the_table():
    names = {path.stem for path in FILES}
    assert names >= {"gan", "ns-gan", "pacgan2", "pacgan3", "pacgan4", "unrolled-gan", "wgan-gp", "dragan", "r1-gan"}
    assert "rpgan-r1r2" in names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_recipes_have_one_pair_of_networks(path):
    recipe, base = load_recipe(path), load_recipe(FILES[0].with_name("ns-gan.yaml"))
    assert recipe.generator == base.generator
    packing = recipe.discriminator.params["packing"]
    assert {**recipe.discriminator.params, "packing": 1} == base.discriminator.params
    assert recipe.schedule.batch == 100 * packing
    assert recipe.title and recipe.paper and recipe.summary and recipe.departs


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_recipe_plays_with_points(registry, path):
    recipe = resolve(registry, str(path), (*TINY, "schedule.batch=8"))
    parts = build_parts(recipe, registry, image_size=1, channels=2, num_classes=0, seed=0)
    points = torch.randn(32, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    trainer = Trainer(recipe, parts, points, None, seed=0)
    before = [weight.clone() for weight in parts.G.parameters()]
    for _ in range(2):
        losses = trainer.step()
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert any(not torch.equal(old, new) for old, new in zip(before, parts.G.parameters(), strict=True))


# -- the script -------------------------------------------------------------------------------------------------


def bench_of(script, registry, specs, protocol, kimg, data="ring", **changes):
    recipes = script.resolved(specs, protocol, registry).values()
    return {
        "started": "then",
        "finished": "later",
        "dataset": {"name": data},
        "budget": {"kimg": kimg},
        "seeds": list(range(protocol.seeds)),
        "samples": 2500,
        "extractor": {"extractor": data},
        "environment": {"device": "some CPU", "folder": "/x"},
        "recipes": {recipe.name: {"text": safeyaml.dump(recipe.to_dict())} for recipe in recipes},
        "runs": [run(seed, recipe=recipe.name) for recipe in recipes for seed in range(protocol.seeds)],
        **changes,
    }


def test_benches_that_were_played_before_are_read(script, registry, tmp_path, capsys):
    protocol = script.POINTS["short"]
    specs = [str(path) for path in FILES if path.stem in ("ns-gan", "pacgan2")]
    for spec, batch in zip(specs, (100, 200), strict=True):
        kimg = protocol.turns * batch / 1000
        folder = tmp_path / "b" / f"{kimg:g}kimg"
        folder.mkdir(parents=True)
        content = bench_of(script, registry, [spec], protocol, kimg)
        (folder / "results.json").write_text(json.dumps(content))
    out = tmp_path / "out.json"
    assert script.main(["ring", *specs, "--bench", str(tmp_path / "b"), "--device", "cpu", "--out", str(out)]) == 0
    record = json.loads(out.read_text())
    rows, alone = record["tables"].values()
    assert [row["recipe"] for row in rows] == ["ns-gan", "pacgan2"]
    assert [row["kimg"] for row in rows] == [protocol.turns / 10, protocol.turns / 5]
    assert rows[0]["all 8"] == f"{protocol.seeds} of {protocol.seeds} seeds"
    assert [row["recipe"] for row in alone] == ["ALI", "VEEGAN"]
    assert "/x" not in out.read_text() and str(tmp_path) not in record["command"]
    assert "8 (budget not known, VEEGAN's table)" in out.with_suffix(".md").read_text()
    assert "8.0±0.0 (" in capsys.readouterr().out


def test_a_bench_of_another_protocol_is_refused(script, registry):
    protocol, specs = script.POINTS["short"], [str(FILES[0])]
    (recipe,) = script.resolved(specs, protocol, registry).values()

    def read(kimg=800.0, **changes):
        return script.runs_of(
            bench_of(script, registry, specs, protocol, 800.0, **changes), [recipe], "ring", kimg, protocol
        )

    assert [run["seed"] for run in read()[recipe.name]] == list(range(protocol.seeds))
    with pytest.raises(SystemExit, match=r"its seeds are \[0, 1\] and not"):
        read(seeds=[0, 1])
    with pytest.raises(SystemExit, match=r"its budget are \{'kimg': 800.0\} and not \{'kimg': 900.0\}"):
        read(kimg=900.0)
    with pytest.raises(SystemExit, match="its data are 'grid' and not 'ring'"):
        read(dataset={"name": "grid"})
    with pytest.raises(SystemExit, match=f"has no recipe '{recipe.name}'"):
        read(recipes={})
    other = recipe.to_dict() | {"flips": True}
    with pytest.raises(SystemExit, match=f"played another recipe '{recipe.name}' than this one"):
        read(recipes={recipe.name: {"text": safeyaml.dump(other)}})
    same = recipe.to_dict() | {"departs": "In nothing."}
    assert read(recipes={recipe.name: {"text": safeyaml.dump(same)}})


def test_the_bench_is_one_that_the_command_line_takes(script, tmp_path, monkeypatch):
    from ganzoo.cli import cli

    seen, protocol = [], script.POINTS["short"]
    words = script.bench_command([str(FILES[0])], "grid", 800.0, protocol, tmp_path / "b", "--together", "1")
    monkeypatch.setattr("ganzoo.cli.playing.bench.play", lambda settings, **shown: seen.append(settings) or 0)
    with pytest.raises(SystemExit) as ended:
        cli(words, standalone_mode=False)
    assert ended.value.code == 0
    (asked,) = seen
    assert (asked.seeds, asked.budget, asked.samples) == (tuple(range(protocol.seeds)), Budget(kimg=800), 2500)
    assert (asked.dataset, asked.extractor) == ("grid", "grid")
    assert asked.metrics == ("modes", "high-quality", "reverse-kl")
    assert asked.overrides == protocol.overrides
