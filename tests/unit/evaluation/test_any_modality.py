"""Samples of other modalities compared with real data: a table, and pictures made of a half."""

import dataclasses
import math

import pytest
import torch
from click.testing import CliRunner

from ganzoo import data
from ganzoo.cli import cli
from ganzoo.errors import DataError, MetricError, SetupError, UnknownName
from ganzoo.evaluation import evaluate, export_statistics
from ganzoo.interfaces import Generator
from ganzoo.models import Model, Samples
from ganzoo.models.trained import Trained
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

ZOO = load_zoo(third_party=False)
COLUMNS = {"metrics": "column-distance", "replicates": 0, "zoo": ZOO}
HALVES = {"modality": "left-half", "replicates": 0, "zoo": ZOO}


@pytest.fixture(scope="module")
def wine():
    """The data set of wines, its modality and its rows."""
    kept = data.resolve(ZOO.registry, "wine", cache=Cache.open())
    return kept, kept.modality(ZOO.registry), data.load(kept)["x"].clone()


@pytest.fixture(scope="module")
def halves():
    """Digits as pictures made of their left half: the modality, and the fields."""
    kept = data.resolve(ZOO.registry, "digits", cache=Cache.open(), modality="left-half")
    return kept.modality(ZOO.registry), data.load(kept)


def samples(wine, rows):
    return Samples(rows, modality=wine[1])


def value(given, **more):
    return evaluate(given, "wine", **COLUMNS | more)["column-distance"].value


def test_a_set_against_itself(wine):
    found = evaluate("wine", "wine", **COLUMNS)
    assert found["column-distance"].value == 0
    assert found.generated.hash == found.real.hash == wine[0].hash
    assert found.real.told == "wine, which ships with the plugin tables, 178 rows of 13 numbers and 1 choice"
    assert "floor: two halves of the real set, 89 rows each" in found.facts
    assert found.identity["modality"]["name"] == "table" and found.pairs is None


def test_the_metrics_are_the_modalitys_own(wine):
    found = evaluate(samples(wine, wine[2][:60]), "wine", replicates=3, zoo=ZOO)
    assert list(found.metrics) == ["column-distance", "correlation-distance", "tstr", "nearest-record"]
    assert found["column-distance"].spread > 0 and found["column-distance"].floor > 0
    assert found["nearest-record"].real is not None


def test_samples_are_the_same_wherever_they_are(tmp_path, wine):
    """In memory, as a tensor, in an .npz, in a file of the modality's, whose numbers are written to some places."""
    rows = wine[2][:50] * 1.25
    rows[:, -1] = wine[2][:50, -1]
    drawn = samples(wine, rows)
    expected = value(drawn)
    assert value(rows) == value({"x": rows}) == expected
    assert value(drawn.save(tmp_path / "s.npz")) == expected
    places = wine[1].decimals
    written = [[float(f"{x:.{n}f}") for x, n in zip(row, places, strict=True)] for row in rows.tolist()]
    assert value(drawn.save(tmp_path / "s.csv")) == pytest.approx(value(torch.tensor(written)), rel=1e-6)


def test_columns_of_a_file_stand_in_any_order(tmp_path, wine):
    path = samples(wine, wine[2]).save(tmp_path / "s.csv")
    lines = [line.split(",")[::-1] for line in path.read_text().splitlines()]
    (tmp_path / "turned.csv").write_text("\n".join(",".join(line) for line in lines))
    assert value(tmp_path / "turned.csv") == 0


def test_a_file_is_real_data_too(tmp_path, wine):
    """What else is read is read by the columns and the values of the real file."""
    pytest.importorskip("sklearn")
    path = samples(wine, wine[2]).save(tmp_path / "real.csv")
    few = samples(wine, wine[2][100:]).save(tmp_path / "few.csv")  # of two cultivars alone
    found = evaluate(few, path, **COLUMNS)
    assert found["column-distance"].value == pytest.approx(value(samples(wine, wine[2][100:])), rel=1e-6)
    assert found.real.kind == "file" and found.real.source == f"{path}, read as table"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("alcohol,", "spirit,", 1), r"lacks the column alcohol: give it the columns"),
        (lambda text: text.replace("\n", ",more\n") + ",more", r"has besides the column more"),
        (lambda text: text.rpartition(",")[0] + ",beer\n", r"has beer in row 179, which is none of the values of"),
        (lambda text: text.rpartition("\n1")[0] + "\nx" + text.rpartition("\n1")[2], r"holds numbers, and row 179 has"),
    ],
)
def test_other_tables_are_refused(tmp_path, wine, change, said):
    path = samples(wine, wine[2]).save(tmp_path / "s.csv")
    path.write_text(change(path.read_text().rstrip("\n")))
    with pytest.raises((DataError, SetupError), match=said):
        value(path)


def model(name, modality, classes=(), G=None):
    """A recipe's generator that nobody trained, or another one in its place."""
    recipe = resolve(ZOO.registry, name)
    G = build_parts(recipe, ZOO.registry, modality=modality, seed=0).G if G is None else G
    return Model(Trained(G.eval().requires_grad_(False), recipe, name, "nowhere", modality, classes))


def test_a_generator_is_told_labels_as_frequent_as_the_real_ones(wine):
    """Each label is drawn by its share, 59, 71 and 48 of 178."""
    told = []

    class Noting(Generator):
        z_dim = 2

        def __init__(self, inner):
            super().__init__()
            self.inner, self.z_dim = inner, inner.z_dim

        def forward(self, z, y=None):
            told.append(y)
            return self.inner(z, y)

    kept, modality, _ = wine
    inner = build_parts(resolve(ZOO.registry, "ctgan"), ZOO.registry, modality=modality, seed=0).G
    found = evaluate(model("ctgan", modality, kept.classes, Noting(inner)), "wine", samples=4000, **COLUMNS)
    shares = torch.cat(told).bincount(minlength=3) / 4000
    assert shares.tolist() == pytest.approx([59 / 178, 71 / 178, 48 / 178], abs=0.03)
    assert found.generated.n == 4000 and found.generated.described == "4,000 rows of 13 numbers and 1 choice"
    assert found.generated.source == "nowhere (ctgan, seed 0 of the noise)"


class Echo(Generator):
    """What was given, as it is."""

    z_dim = 1

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def forward(self, z, y=None):
        return y


def decibels(made, real):
    apart = (made.double() - real.double()).square().flatten(1)
    return float((10 * (255**2 / apart.mean(1).clamp(min=1 / apart.shape[1])).log10()).mean())


def given(halves):
    modality, fields = halves
    return modality.condition(fields)


def test_a_generator_of_pictures_is_judged_row_by_row(halves):
    modality, fields = halves
    found = evaluate(model("pix2pix", modality, G=Echo()), "digits", metrics="psnr", **HALVES)
    assert found["psnr"].value == pytest.approx(decibels(modality.rest(given(halves)), fields["x"]), rel=1e-6)
    assert found.generated.n == found.real.n == 1797


def test_an_npz_that_holds_the_conditions_is_judged_row_by_row(tmp_path, halves):
    modality, fields = halves
    made, y = modality.rest(given(halves)), given(halves)
    path = Samples(made, y=y, modality=modality).save(tmp_path / "s.npz")
    found = evaluate(path, "digits", **HALVES)
    assert list(found.metrics) == ["psnr", "fid"] and math.isfinite(found["fid"].value)
    assert found["psnr"].value == pytest.approx(decibels(made, fields["x"]), rel=1e-6)


def test_samples_of_other_conditions_are_no_pairs(halves):
    modality, fields = halves
    turned = Samples(fields["x"], y=given(halves).flip(0), modality=modality)
    assert list(evaluate(turned, "digits", **HALVES).metrics) == ["fid"]
    with pytest.raises(
        MetricError, match="were asked for with other conditions than the rows of digits-left-half have"
    ):
        evaluate(turned, "digits", metrics="psnr", **HALVES)
    with pytest.raises(
        MetricError, match=r"psnr takes each sample beside the real one of its row, .* are 5, and the re"
    ):
        evaluate(turned[:5], "digits", metrics="psnr", **HALVES)


def test_data_that_are_not_known_for_pairs_are_taken_for_such_when_that_is_asked_for(halves):
    _, fields = halves
    assert list(evaluate("digits", "digits", **HALVES).metrics) == ["fid"]
    found = evaluate(fields["x"].flip(0), "digits", metrics="psnr", **HALVES)
    assert found["psnr"].value == pytest.approx(decibels(fields["x"].flip(0), fields["x"]), rel=1e-6)


@pytest.mark.parametrize(
    ("generated", "real", "more", "error", "said"),
    [
        ("digits", "wine", {}, DataError, "digits is of images, which modality 'table' does not take"),
        ("wine", "digits", {}, DataError, "wine is of table, where a set of images or of points is wanted"),
        ("wine", "wine", {"modality": "tabel"}, UnknownName, "table"),
        ("wine", "wine", {"program": "clean-fid"}, DataError, "--as clean-fid is for images, and wine is of table"),
        ("wine", "wine", {"samples": 5}, DataError, "samples is of what a generator draws"),
        ("wine", "wine", {"metrics": "psnr"}, MetricError, "PSNR .dB. compares uint8 images"),
        (
            torch.zeros(3, 5),
            "wine",
            {},
            DataError,
            r"the array x has the shape \(3, 5\), where these rows have \(N, 14\)",
        ),
        ({"z": torch.zeros(3, 14)}, "wine", {}, DataError, "holds z, which are no samples of table: they are called x"),
        (torch.zeros(1, 14), "wine", {}, MetricError, "holds 1 sample, and metrics compare two or more"),
    ],
)
def test_refusals(generated, real, more, error, said):
    with pytest.raises(error, match=said):
        evaluate(generated, real, **{"zoo": ZOO, **more})


def test_data_of_other_values_are_refused(wine):
    other = dataclasses.replace(wine[1], columns=("spirit", *wine[1].columns[1:]))
    with pytest.raises(DataError, match=r"samples and wine are both of table, and not alike \(columns .*spirit"):
        evaluate(Samples(wine[2], modality=other), "wine", zoo=ZOO)
    with pytest.raises(
        DataError, match=r"wine and ctgan are both of table, and not alike .*: compare data of the same"
    ):
        evaluate(model("ctgan", other, wine[0].classes), "wine", zoo=ZOO)


def test_samples_of_another_modality_are_refused(wine, halves):
    with pytest.raises(DataError, match="the samples is of left-half, and wine of table: name data of left-half"):
        evaluate(Samples(halves[1]["x"], modality=halves[0]), "wine", zoo=ZOO)
    with pytest.raises(DataError, match="pix2pix is of left-half, and wine of table"):
        evaluate(model("pix2pix", halves[0], G=Echo()), "wine", zoo=ZOO)
    with pytest.raises(DataError, match="wine is of table, where a set of images"):
        export_statistics("wine", "x.npz", zoo=ZOO)


def test_the_command_and_its_page(tmp_path, wine):
    path = samples(wine, wine[2][:40]).save(tmp_path / "s.csv")
    page = tmp_path / "page.html"
    ran = CliRunner().invoke(cli, ["eval", str(path), "wine", "--replicates", "2", "--report", str(page)])
    assert ran.exit_code == 0, ran.output
    assert "columns@40" in ran.output and "178 rows of 13 numbers and 1 choice" in ran.output
    text = page.read_text()
    assert "generated: s, 40 shown" in text and "real: wine, 178 shown" in text and text.count("data:image/png") == 2
    ran = CliRunner().invoke(cli, ["eval", str(path), "--modality", "table"])
    assert "--modality says how two sets are compared" in ran.output
    ran = CliRunner().invoke(cli, ["eval", "wine", "--modality", "table", "--export", str(tmp_path / "x.npz")])
    assert "leave --modality out" in ran.output
