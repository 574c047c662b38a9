"""What the page says of the ends of the runs, and how its pictures fit into it."""

import base64
import csv
import io
import json

import fabricated_bench as fabricated
import numpy as np
import pytest
from PIL import Image

from ganzoo.bench.report.report import render_report, write_report
from ganzoo.bench.report.sections.figures import csv_link, file_name
from ganzoo.bench.report.sections.pictures import Pictures, wanted
from ganzoo.bench.report.sections.run_details import alarms, best_rows, examinations, interpolations


def examined():
    """Two recipes, three seeds, with all that the end of a run has."""
    runs = fabricated.two_recipes()
    for run in runs:
        k = run["seed"]
        run["examinations"] = {
            "memorisation": {"nearest_training": 1.0 + k, "yardstick": "held-out", "warnings": ["too near"]},
            "classification": {"skipped": "the recipe is not conditional", "warnings": []},
        }
        run["pictures"] = {"memorisation": "samples/memorisation.png", "interpolation": "samples/interpolation.png"}
        run["best"] = {
            "metric": "fid",
            "kimg": 80.0,
            "optimistic": {"fid": 9.0 + k, "is": 8.0},
            "metrics": {"fid": 9.5 + k, "is": 7.9},
        }
    runs[4]["alarms"] = [
        {
            "kind": "vanishing-gradient",
            "step": 1200,
            "kimg": 76.8,
            "until": None,
            "value": 0.001,
            "text": "G stops",
        },
        {"kind": "collapse", "step": 100, "kimg": 6.4, "until": 200, "value": 0.05, "text": "samples are alike"},
    ]
    return runs


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = fabricated.write_bench(tmp_path_factory.mktemp("bench"), fabricated.results(examined()))
    for run in examined():
        for seed, name in enumerate(("memorisation", "interpolation")):
            path = folder / run["folder"] / "samples" / f"{name}.png"
            fabricated.write_grid(path, fabricated.digits(16, 0.1, seed))
    return folder


def seen(bench, limit=10**7):
    return Pictures(bench, limit, wanted(fabricated.read(fabricated.results(examined())).runs))


def test_an_examination_is_a_row_a_recipe_with_the_interval_of_its_seeds(bench):
    results = fabricated.results(examined())
    found = {
        one.title.split(":")[0]: one
        for one in examinations(fabricated.read(results), ["dcgan", "wgan-gp"], seen(bench))
    }
    memorisation, classification = found["Memorisation"], found["Classification"]
    assert memorisation.shared == [("yardstick", "held-out")]
    assert memorisation.heads == ["nearest training"]
    # 1, 2 and 3: a mean of 2, and 4.303 standard errors of 1 / sqrt(3).
    assert memorisation.rows == [("dcgan", ["2.00 ± 2.48"]), ("wgan-gp", ["2.00 ± 2.48"])]
    assert [name for name, _ in memorisation.pictures] == ["dcgan", "wgan-gp"]
    assert classification.rows == [] and classification.pictures == []
    assert classification.skipped == [
        "dcgan: the recipe is not conditional",
        "wgan-gp: the recipe is not conditional",
    ]
    rows = list(csv.reader(io.StringIO(base64.b64decode(memorisation.csv.split(",")[1]).decode())))
    assert rows[0] == ["recipe", "seed", "nearest_training", "yardstick"]
    assert rows[1:3] == [["dcgan", "0", "1", "held-out"], ["dcgan", "1", "2", "held-out"]]
    assert len(rows) == 7


def test_alarms_say_where_they_began_and_ended():
    assert alarms(fabricated.read(fabricated.results(examined()))) == [
        ["wgan-gp", "1", "vanishing gradient", "1,200", "to the end", "G stops"],
        ["wgan-gp", "1", "collapse", "100", "200", "samples are alike"],
    ]


def test_the_best_is_shown_beside_its_fresh_number_and_the_result():
    results = fabricated.results(examined())
    rows = best_rows(fabricated.read(results), fabricated.table_of(results))
    assert rows[0] == ["dcgan", "0", "80 kimg", "9.00", "9.50", "10.00"]
    assert len(rows) == 6


def test_interpolations_are_those_of_the_seed_that_stands_for_its_recipe(bench):
    found = interpolations(fabricated.read(fabricated.results(examined())), ["dcgan", "wgan-gp"], seen(bench))
    assert [(name, picture.caption) for name, picture in found] == [("dcgan", "seed 0"), ("wgan-gp", "seed 0")]
    data = (bench / "dcgan/seed0/samples/interpolation.png").read_bytes()
    assert found[0][1].source == f"data:image/png;base64,{base64.b64encode(data).decode()}"


def test_all_of_it_is_on_the_page(bench):
    page = write_report(bench).read_text(encoding="utf-8")
    for said in (
        "Memorisation: are samples copies of training images?",
        "From latent to latent",
        "How training went",
        "samples are alike",
        "The best evaluation of each run",
        "(optimistic)",
        'download="memorisation.csv"',
    ):
        assert said in page
    plain = render_report(fabricated.read(fabricated.results(fabricated.two_recipes())), bench)
    for title in ("A closer look at the end", "From latent to latent", "How training went"):
        assert title not in plain


def test_a_run_that_failed_at_the_end_has_no_closer_look(bench):
    runs = examined()
    runs[0] |= {"status": "failed", "metrics": None, "examinations": None, "pictures": None, "best": None}
    runs[0]["alarms"] = None
    page = render_report(fabricated.read(fabricated.results(runs)), bench)
    assert "seed 1: the samples nearest to a training image" in page


@pytest.mark.parametrize(
    ("cell", "written"), [("=cmd()", "'=cmd()"), ("+1", "'+1"), ("@x", "'@x"), ("-x", "'-x"), ("a,b", '"a,b"')]
)
def test_text_in_a_csv_is_no_formula(cell, written):
    text = base64.b64decode(csv_link([("recipe", "value"), (cell, -1.5)]).split(",")[1]).decode()
    assert text == f"recipe,value\n{written},-1.5\n"


def test_a_file_is_named_plainly():
    assert file_name("reverse-kl", "d_steps") == "reverse-kl-d-steps.csv"
    assert file_name("../évil name") == "vil-name.csv"


def noisy(path, size=64):
    """A PNG that does not compress."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)
    Image.fromarray(pixels).resize((4 * size, 4 * size)).save(path)
    return path.stat().st_size


def test_large_pictures_are_compressed_where_there_are_too_many_and_else_as_they_are(tmp_path):
    large = noisy(tmp_path / "run/large.png")
    small = noisy(tmp_path / "run/small.png", 4)
    places = [("run", "large.png"), ("run", "small.png")]
    kept = Pictures(tmp_path, large + small, places)
    assert not kept.lossy and kept.omitted == 0
    assert all(kept.source(*place).startswith("data:image/png") for place in places)
    pressed = Pictures(tmp_path, large + small - 1, places)
    assert pressed.lossy and pressed.omitted == 0
    assert pressed.source("run", "large.png").startswith("data:image/webp;base64,")
    assert pressed.source("run", "small.png") == kept.source("run", "small.png")
    with Image.open(io.BytesIO(base64.b64decode(pressed.source("run", "large.png").split(",")[1]))) as picture:
        assert picture.size == (256, 256)
    few = Pictures(tmp_path, small, places)
    assert few.omitted == 1 and few.source("run", "large.png") == ""
    assert few.source("run", "small.png") == kept.source("run", "small.png")


def test_a_page_of_ten_recipes_of_large_grids_stays_below_five_megabytes(tmp_path):
    runs = [fabricated.run(f"recipe-{k}", seed, {"fid": 9.0, "is": 8.0}) for k in range(10) for seed in range(3)]
    folder = fabricated.write_bench(tmp_path, fabricated.results(runs))
    for path in folder.rglob("samples/*.png"):
        noisy(path)
    rng = np.random.default_rng(0)
    for run in runs:  # as many rows as a run writes, of numbers with all their digits
        names = ("d_loss", "g_loss", "d_gradient", "g_gradient")
        rows = [
            {"kind": "train", "step": 8 * k, "kimg": 0.5 * k, **dict(zip(names, rng.random(4).tolist(), strict=True))}
            for k in range(1, 201)
        ]
        names = ("logits_real", "logits_fake", "logits_held_out", "diversity")
        rows += [
            {"kind": "look", "step": 32 * k, "kimg": 2.0 * k, **dict(zip(names, rng.random(4).tolist(), strict=True))}
            for k in range(1, 51)
        ]
        (folder / run["folder"] / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = write_report(folder)
    assert 3_000_000 < page.stat().st_size < 5_000_000
    text = page.read_text(encoding="utf-8")
    assert "Large pictures are shown compressed" in text and "Gradient norm of G" in text
    assert json.loads((folder / "results.json").read_text())["runs"]
