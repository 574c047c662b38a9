"""``ganzoo show MODALITY``, and recipes of other modalities where a command builds for images."""

import json

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli


def test_a_modality_is_shown():
    done = CliRunner().invoke(cli, ["show", "table"])
    assert done.exit_code == 0, done.output
    assert "samples:   rows\n" in done.stdout
    assert "offers:    num_classes, spans\n" in done.stdout
    assert "extractor: none\nmetrics:   column-distance, correlation-distance, tstr, nearest-record\n" in done.stdout
    assert "writes:    .csv, .tsv\nfields:    x float32 (N, 2), y int64 (2,)\n" in done.stdout
    assert "\nvalues:\n  columns: tuple[str, ...] = ('number', 'choice')\n" in done.stdout


def run(*args, code=0):
    done = CliRunner().invoke(cli, args)
    assert done.exit_code == code, done.output
    return done


def test_its_json_has_the_same_facts():
    (part,) = json.loads(run("show", "table", "--kind", "modalities", "--json").stdout)["parts"]
    told = part["modality"]
    assert (told["samples"], told["offers"], told["extractor"]) == ("rows", ["num_classes", "spans"], "none")
    assert told["fields"] == {"x": "float32 (N, 2)", "y": "int64 (2,)"}
    assert told["writes"] == [".csv", ".tsv"] and told["metrics"][0] == "column-distance"
    assert told["values"][0] == {"name": "columns", "type": "tuple[str, ...]", "default": "('number', 'choice')"}
    (other,) = json.loads(run("show", "hinge", "--kind", "losses", "--json").stdout)["parts"]
    assert other["modality"] is None


def test_the_graph_of_rows():
    """D's input: 2 x 2 numbers of a value with 2 modes, 3 of a choice, 3 of the condition."""
    told = run("show", "ctgan", "--graph").stdout.splitlines()
    assert "# built for rows of 1 number and 1 choice, an example of the modality table" in told
    assert any(line.startswith("# D is ") and ": rows 6 and a condition ->" in line for line in told)
    assert any("real rows and" in line and "fakes in each" in line for line in told)


def test_the_graph_of_pictures_of_a_named_modality():
    graph = json.loads(run("show", "pix2pix", "--modality", "edges", "--json").stdout)["recipe"]["graph"]
    assert graph["players"]["D"]["takes"] == [1, 8, 8] and graph["players"]["D"]["named"] == {}
    assert graph["players"]["G"]["gives"] == {"samples": [1, 8, 8]}
    (l1,) = [say for say in graph["turns"]["G"] if say["term"] == "regularizer l1"]
    assert {"real", "fake"} <= set(l1["reads"])


def test_the_graph_of_two_domains():
    graph = json.loads(run("show", "cyclegan", "--graph", "--json").stdout)["recipe"]["graph"]
    D = graph["players"]["D"]
    assert D["takes"] == [] and set(D["named"]) == {"a", "b"} == set(graph["players"]["G"]["gives"])
    told = run("show", "cyclegan", "--graph").stdout
    assert "G(its own latents)" in told and "a condition" in told


@pytest.mark.parametrize("args", [["show"], ["explain"]], ids=["graph", "explain"])
def test_a_shape_of_images_is_for_images(args):
    done = run(*args, "pix2pix", "--modality", "edges", "--image-size", "16", code=2)
    assert "--modality takes its own example" in done.stderr
    done = run(*args, "pix2pix", "--image-size", "16", code=2)
    assert "recipe 'pix2pix' is not for images: its generator 'unet' needs 'given_channels'" in done.stderr
    assert "tabel" in run(*args, "ctgan", "--modality", "tabel", code=2).stderr


def test_what_cannot_be_explained_says_why():
    said = run("explain", "cyclegan", code=2).stderr
    assert said.count("\n") == 1 and "cannot be written out as plain PyTorch" in said
