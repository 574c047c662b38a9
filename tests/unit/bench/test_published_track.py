"""The published track: the forms, the data and the budget that papers give; and the old name of the other track."""

import json

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from repository import ROOT

from ganzoo.bench.results.bench_files.bench_results import BenchResults
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.published_track import on_published, played_otherwise
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.bench.suites.suite import load_suite
from ganzoo.bench.suites.table import suite_table
from ganzoo.bench.tables.joining.leaderboard import gather
from ganzoo.cli import cli
from ganzoo.errors import GanzooError
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.registry import Entry, Registry

TEXT = """
generator: g
discriminator: d
loss: l
g_optimizer: {{lr: 1e-3}}
d_optimizer: {{lr: 1e-3}}
published:
  data: {data}
  shape: [3, 64, 64]
  budget: {budget}
  values: {{schedule.batch: {{value: 128, source: alg. 1}}}}
"""
BLOCKS = {
    "one": {"data": "photos", "budget": "2000kimg"},
    "two": {"data": "photos", "budget": "2000kimg"},
    "long": {"data": "photos", "budget": "3000kimg"},
    "far": {"data": "elsewhere", "budget": "2000kimg"},
}


@pytest.fixture
def registry(tmp_path):
    made = Registry()
    made.add([Entry(kind, kind[0], "m:C", "a") for kind in ("generator", "discriminator", "loss")])
    made.add([Entry("dataset", "photos", "m:C", "a")])
    for name, block in BLOCKS.items():
        (tmp_path / f"{name}.yaml").write_text(TEXT.format(**block))
    made.add([Entry("recipe", name, tmp_path / f"{name}.yaml", "a") for name in BLOCKS])
    return made


def settings(*recipes, **more):
    return RunSettings(recipes=recipes, track="published", **more)


def test_forms_data_and_budget_are_the_published_ones(registry, tmp_path):
    asked = settings("one", "two@published:loss=l", f"{tmp_path}/one.yaml:schedule.batch=2")
    found = on_published(asked, registry)
    assert found.recipes == (
        "one@published",
        "two@published:loss=l",
        f"{tmp_path}/one.yaml@published:schedule.batch=2",
    )
    assert (found.dataset, found.budget) == ("photos", Budget(kimg=2000.0))
    assert on_published(found, registry) == found


def test_what_is_given_stays(registry):
    found = on_published(settings("one", "far", "long", dataset="digits", budget=Budget(steps=5)), registry)
    assert (found.dataset, found.budget) == ("digits", Budget(steps=5))
    given = settings("one", dataset="digits", budget=Budget(kimg=200.0))  # as the defaults are, and given none the less
    assert on_published(given, registry).budget == Budget(kimg=200.0)


def test_other_tracks_are_left_alone(registry):
    asked = RunSettings(recipes=("one", "nothing"))
    assert asked.track == "as-shipped" and on_published(asked, registry) is asked


@pytest.mark.parametrize(
    ("recipes", "said"),
    [
        (("one", "far"), r"published with different data \(one photos, far elsewhere\); give one with --data$"),
        (
            ("one", "two", "long"),
            r"published with different budgets \(one 2000kimg, long 3000kimg\); give one wi",
        ),
        (
            ("far",),
            r"^'elsewhere', .*, is no data set that ganzoo has; give a folder of its images of 64x64 pixels",
        ),
    ],
)
def test_what_the_recipes_do_not_agree_on_has_to_be_given(registry, recipes, said):
    with pytest.raises(GanzooError, match=said):
        on_published(settings(*recipes), registry)


def test_a_bench_of_the_published_form(tmp_path):
    """From the command line, with what would take days given."""
    words = ["bench", "wgan-gp", "--track", "published", "--data", "digits", "--budget", "10steps", "--seeds", "1"]
    small = ["-o", "generator.width=4", "-o", "discriminator.width=4", "--device", "cpu", "--threads", "1"]
    out = ["--extractor", "none", "--examine", "none", "--out", str(tmp_path / "b"), "--quiet", "--json"]
    done = CliRunner().invoke(cli, [*words, *small, *out])
    assert done.exit_code == 0, done.output
    results = json.loads(done.stdout)
    assert results["track"] == "published" and list(results["recipes"]) == ["wgan-gp@published"]
    played = json.loads((tmp_path / "b/wgan-gp@published/seed0/run.json").read_text())["recipe"]
    assert (played["g_optimizer"]["lr"], played["schedule"]["ema"], played["generator"]["width"]) == (1e-4, 0.0, 4)
    assert "published" not in played
    (board,) = gather([tmp_path])
    assert board.heading.endswith("published track")


def test_the_old_name_of_the_track(tmp_path):
    done = CliRunner().invoke(cli, ["bench", "dcgan", "--track", "as-published"])
    assert done.exit_code == 2
    assert "the track 'as-published' is called 'as-shipped' now; 'published' plays" in done.stderr
    (tmp_path / "s.yaml").write_text("recipes: dcgan\ntrack: as-published\n")
    with pytest.raises(GanzooError, match=r"^s.yaml: track: the track 'as-published' is called 'as-shipped' now"):
        load_suite(tmp_path / "s.yaml")
    old = fabricated.read(fabricated.results([], track="as-published"))
    assert old.played_track == "as-shipped"
    committed = json.loads((ROOT / "benchmarks/results/cpu/digits/results.json").read_text())
    assert BenchResults.model_validate(committed).played_track == "as-shipped"


SHAPE = (3, 64, 64)


@pytest.mark.parametrize(
    ("data", "budget", "shape", "said"),
    [
        ("photos", "2000kimg", SHAPE, None),
        ("photos", "1999kimg", SHAPE, None),  # the last step is cut
        ("photos", "2kimg", SHAPE, "2 of the published 2,000 kimg"),
        ("photos", "10steps", SHAPE, "1.28 of the published 2,000 kimg"),  # 10 turns of 128 images
        ("photos", "15625steps", SHAPE, None),  # 2,000,000 images
        ("photos", "4000kimg", SHAPE, "4,000 kimg in place of the published 2,000"),
        ("photos", "5min", SHAPE, "5 min in place of the published 2,000 kimg"),
        ("mine", "2000kimg", SHAPE, "on mine in place of photos"),
        ("mine", "2kimg", (1, 8, 8), "2 of the published 2,000 kimg, on mine in place of photos"),
        ("photos", "2000kimg", (1, 8, 8), "on images of 8x8x1 in place of 64x64x3"),
    ],
)
def test_what_is_shorter_or_on_other_data_says_so(registry, data, budget, shape, said):
    asked = RunSettings(recipes=("one", "one@published:loss=l"), dataset=data, budget=budget)
    recipes = [resolve(registry, text) for text in asked.recipes]
    assert played_otherwise(asked, recipes, data, shape, registry) == (
        {"one@published:loss=l": [said]} if said is not None else {}
    )


def test_a_folder_may_hold_the_published_data_whatever_it_is_called(registry):
    asked = RunSettings(recipes=("far@published",), dataset="pictures/", budget="2000kimg")
    recipes = [resolve(registry, "far@published")]
    assert played_otherwise(asked, recipes, "pictures", SHAPE, registry) == {}
    on_photos = asked.changed(dataset="photos")
    assert played_otherwise(on_photos, recipes, "photos", SHAPE, registry) == {
        "far@published": ["on photos in place of elsewhere"]
    }


def test_it_stands_below_the_table():
    content = fabricated.results([fabricated.run("dcgan", 0, {"fid": 3.0, "is": 2.0})])
    content["recipes"]["dcgan"]["otherwise"] = ["2 of the published 64,000 kimg, on digits in place of cifar10"]
    notes = fabricated.table_of(content).notes
    assert "dcgan: 2 of the published 64,000 kimg, on digits in place of cifar10." in notes
    of_suite = suite_table({"one": fabricated.read(content)}).notes
    assert "dcgan (digits): 2 of the published 64,000 kimg, on digits in place of cifar10." in of_suite
