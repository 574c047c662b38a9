"""Data of any modality as ``ganzoo data show`` tells of them, and refusals of what is for images."""

import json

import pytest
from click.testing import CliRunner

from ganzoo.bench.results.printed.data_shown import RowsShown
from ganzoo.cli import cli

TABLE = "size,colour\n1.5,red\n2.5,blue\n4.0,red\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text(TABLE)
    return path


def run(*args, code=0):
    result = CliRunner().invoke(cli, [*map(str, args)])
    assert result.exit_code == code if code is not None else result.exit_code, result.output
    return result.output


def test_fields_of_a_table(table, tmp_path):
    told = run("data", "show", table, "--out", tmp_path / "first.png").splitlines()
    assert told[0].startswith(f"{table}: 3 rows") and told[1] == "modality: table"
    assert "field x: 3x2 float32, 0 to 4" in told and "field y: 2 int64, 0 to 1" in told
    assert (tmp_path / "first.png").read_bytes().startswith(b"\x89PNG")


def test_the_json_of_a_table(table):
    told = RowsShown.parse(json.loads(run("data", "show", table, "--json")), "the test")
    assert (told.n, told.modality.name) == (3, "table") and told.modality.values["columns"] == ["size", "colour"]
    assert [(one.name, one.shape, one.dtype, one.low, one.high) for one in told.fields] == [
        ("x", [3, 2], "float32", 0.0, 4.0),
        ("y", [2], "int64", 0, 1),
    ]


def test_points_have_fields_as_well():
    told = run("data", "show", "ring")
    assert "modality: points" in told and "field x: 100000x2x1x1 float32, -1" in told
    assert "held out: 10,000 points of 2 numbers" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("data", "prepare", "wine", "some.zip"), "is of table, and images alone are written"),
        (("bench", "dcgan", "--data", "wine", "--size", "32"), "--crop, --resize and --grey-to-rgb are for images"),
        (("data", "show", "digits", "--modality", "sounds"), "no modality named 'sounds'"),
        (
            ("data", "show", "digits", "--modality", "table"),
            "digits is of images, which modality 'table' does not",
        ),
    ],
)
def test_what_is_for_images_is_refused(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in " ".join(run(*words, code=None).split())
