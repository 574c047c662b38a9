"""``ganzoo list`` with a pattern and filters, on a terminal and elsewhere."""

import json
import os
import pty
import subprocess
import sys

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.cli.catalogue.picking import is_match
from ganzoo.recipes import safeyaml
from ganzoo.registry.discovery import load_zoo


def listed(*words):
    result = CliRunner().invoke(cli, ["list", *words, "--json"])
    assert result.exit_code == 0, result.output
    return [row["name"] for row in json.loads(result.stdout)["entries"]]


def files():
    return {entry.name: safeyaml.read(entry.file) for entry in load_zoo().registry.all("recipe")}


@pytest.mark.parametrize(
    ("name", "pattern", "right"),
    [
        ("wgan-gp", "gan", True),
        ("wgan-gp", "*-gp", True),
        ("wgan-gp", "gp*", False),
        ("wgan-gp", "WGAN-?p", True),
        ("wgan-gp", "[xw]gan-gp", True),
        ("wgan-gp", "gp-", False),
    ],
)
def test_a_pattern_is_a_stretch_or_has_wildcards_for_the_whole(name, pattern, right):
    assert is_match(name, pattern) is right


def test_recipes_of_a_pattern():
    names = [name for name in files() if name.startswith("wgan")]
    assert listed("wgan*") == listed("recipes", "wgan*") == names
    assert "wgan-gp" in names


def test_parts_of_a_pattern_and_a_family():
    assert "hinge" in listed("losses", "hing")
    assert listed("losses", "hinge") == [name for name in listed("losses") if "hinge" in name]
    entries = load_zoo().registry.all("regularizer")
    family = entries[0].plugin
    assert listed("regularizers", "--family", family) == [one.name for one in entries if one.plugin == family]


def test_recipes_by_year_and_by_labels():
    known = files()
    assert listed("--year", "2018") == [name for name, data in known.items() if data["year"] == 2018] != []
    both = listed("--year", "2016-2018")
    assert both == [name for name, data in known.items() if data["year"] in (2016, 2017, 2018)]
    seeing = [name for name, data in known.items() if data.get("conditional")]
    assert listed("--conditional") == seeing != []
    assert sorted([*listed("--conditional"), *listed("--unconditional")]) == sorted(known)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["losses", "--year", "2018"], "choose among recipes"),
        (["--year", "18"], "'18' is neither a year"),
        (["--year", "2019-2016"], "did you mean 2016-2019?"),
        (["--family", "dcgn"], "did you mean 'dcgan'?"),
        (["nothing*"], "Invalid value for 'PATTERN': no recipe's name matches 'nothing*'"),
        (["lossses", "hinge"], "no kind named 'lossses'; did you mean 'losses'?"),
    ],
)
def test_what_cannot_be_listed_is_told(words, said):
    result = CliRunner().invoke(cli, ["list", *words])
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_none_that_matches_is_told_and_is_no_error():
    result = CliRunner().invoke(cli, ["list", "wgan", "--year", "1999"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.strip().endswith("There are no recipes: none matches.")


def test_on_a_terminal_an_entry_takes_one_line():
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80"}
    command = [sys.executable, "-m", "ganzoo", "list", "losses", "hinge"]
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment, check=True)
        lines = screen.read(100_000).decode().splitlines()
        os.close(theirs)
    assert [line.split()[0] for line in lines] == ["name", *listed("losses", "hinge")]
    assert all(len(line) <= 80 for line in lines)
