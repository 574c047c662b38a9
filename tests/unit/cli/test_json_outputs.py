"""Output of ``--json`` is as the published schema of each command says, and no key is left untold."""

import json

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from printed_json import read_printed

from ganzoo.cli import cli
from ganzoo.doctor.facts import Facts, Imported
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import PLURALS
from ganzoo.selftest.answer import Answer


def told(*args, code=0):
    """The JSON of a command, once it was held against its schema."""
    result = CliRunner().invoke(cli, [*map(str, args), "--json"])
    assert result.exit_code == code, result.output
    return read_printed(f"ganzoo {args[0]} --json", result.stdout)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """The folder of a bench that has ended, one run of which diverged."""
    folder = tmp_path_factory.mktemp("benches") / "first"
    runs = [*fabricated.two_recipes(), fabricated.stopped("late", 0, "diverged", "d_loss became NaN", looks=1)]
    return fabricated.write_bench(folder, fabricated.results(runs))


@pytest.mark.parametrize("plural", PLURALS.values())
def test_a_list_of_each_kind(plural):
    listed = told("list", plural)
    entries = load_zoo(third_party=False).registry.all(listed["kind"])
    assert {entry.name for entry in entries} <= {row["name"] for row in listed["entries"]}
    assert PLURALS[listed["kind"]] == plural


def test_a_recipe_is_shown_with_its_content_and_parts():
    shown = told("show", "wgan-gp")
    assert (shown["recipe"]["name"], shown["parts"][0]["kind"]) == ("wgan-gp", "generator")
    assert shown["recipe"]["content"]["regularizers"][0]["weight"] == 10.0
    named = [row["name"] for row in shown["recipe"]["parts"]]
    assert named == ["wgan-gp", "wgan-gp", "wasserstein", "gradient-penalty"]
    assert any("digits" in line for line in shown["recipe"]["measured"])
    assert not any(line.startswith("#") for line in shown["recipe"]["measured"] + shown["recipe"]["published"])
    assert shown["recipe"]["published"][0].startswith("published on ")


@pytest.mark.parametrize(("name", "width"), [("dcgan@published", 128), ("dcgan:generator.width=32", 32)])
def test_the_keys_are_those_of_the_form_that_is_named(name, width):
    assert told("show", name)["recipe"]["content"]["generator"]["width"] == width


def test_a_part_is_shown_with_what_its_source_says():
    shown = told("show", "gradient-penalty")
    (part,) = shown["parts"]
    assert shown["recipe"] is None and part["kind"] == "regularizer"
    target = {one["name"]: one for one in part["parameters"]}["target"]
    assert target == {"name": "target", "type": "float", "default": "1.0", "meaning": "the slope that is not punished."}
    assert part["source"] == "arXiv:1704.00028, eq. 3 and alg. 1." and part["departs"].startswith("with labels")


def test_a_kind_leaves_the_others_out():
    whole = told("show", "wgan-gp")
    assert whole["recipe"] and [part["kind"] for part in whole["parts"]] == ["generator", "discriminator"]
    alone = told("show", "wgan-gp", "--kind", "generator")
    assert alone["recipe"] is None and alone["parts"] == whole["parts"][:1]


def test_plugins():
    bundled = {row["name"] for row in told("plugins")["plugins"] if row["bundled"]}
    assert {"dcgan", "losses", "recipes"} <= bundled


def test_a_doctor_of_a_plugin_and_of_the_machine(monkeypatch):
    assert told("doctor", "recipes")["plugins"][0]["parts"] == []
    monkeypatch.setattr("ganzoo.cli.installation.doctor.installed", lambda *how: [])
    monkeypatch.setattr("ganzoo.doctor.examine._facts", lambda: Facts({"torch": Imported("2.9", "OSError: gone")}))
    assert "torch" in {row["name"] for row in told("doctor", code=3)["findings"]}


def test_a_report_is_the_table(bench):
    table = told("report", bench)
    assert table == json.loads(CliRunner().invoke(cli, ["report", str(bench), "--format", "json"]).stdout)
    assert [row["seeds"]["done"] for row in table["rows"]] == [3, 3, 0]
    assert table["reasons"] and table["schema"] == 1


def test_a_suite_is_reported_as_one_table_and_watched_bench_by_bench(tmp_path):
    for name in ("one", "two"):
        fabricated.write_bench(tmp_path / name, fabricated.results(fabricated.two_recipes()))
    benches = [{"folder": name, "data": "digits"} for name in ("one", "two", "later")]
    suite = {"schema": 1, "suite": "mine", "benches": benches}
    (tmp_path / "suite.json").write_text(json.dumps(suite))
    table = told("report", tmp_path)
    assert [column["key"] for column in table["columns"]] == ["one", "two"]
    assert [row["seeds"] for row in table["rows"]] == [{"done": 6, "asked": 6}] * 2
    seen = told("watch", tmp_path)
    assert [bench["folder"] for bench in seen["benches"]] == [str(tmp_path / name) for name in ("one", "two")]
    assert seen["to_come"] == ["later"] and not seen["over"]


@pytest.mark.parametrize("more", [["--format", "md"], ["--out", "there"]])
def test_a_report_is_one_thing_at_a_time(bench, more):
    assert CliRunner().invoke(cli, ["report", str(bench), "--json", *more]).exit_code == 2


def test_a_comparison_is_results_with_the_tests(bench):
    compared = told("compare", bench)
    (test, *_) = compared["rankings"]["fid"]["tests"]
    assert {test["a"], test["b"]} == {"dcgan", "wgan-gp"} and len(compared["runs"]) == 7


def test_a_bench_is_watched_once(bench):
    (seen,) = told("watch", bench.parent)["benches"]
    table = told("report", bench)
    del table["schema"]
    assert seen["over"] and not seen["live"] and seen["folder"] == str(bench)
    assert [run["status"] for run in seen["runs"]] == [*["done"] * 6, "diverged"]
    assert {**seen["table"], "reasons": table["reasons"]} == table


def test_nothing_to_watch_is_no_error_and_no_folder_is_one(tmp_path):
    seen = told("watch", tmp_path)
    assert (seen["benches"], seen["over"]) == ([], False)
    assert CliRunner().invoke(cli, ["watch", str(tmp_path / "none"), "--json"]).exit_code == 2


def test_an_audit_of_files_alone(bench):
    audit = told("audit", bench, "--no-eval", code=1)
    assert audit["folder"] == str(bench) and len(audit["runs"]) == 7
    assert {"verdict": "does not hold", "metrics": {}}.items() <= audit["runs"][0].items()
    assert {check["held"] for check in audit["runs"][0]["checks"]} >= {False}


def test_a_selftest(monkeypatch):
    answers = [Answer("a", True, "0 (0)", 0.5, {"zero": 0.0}), Answer("b", False, "7 (6)", 1)]
    monkeypatch.setattr("ganzoo.selftest.run", lambda *machine: iter(answers))
    report = told("selftest", "--device", "cpu", code=1)
    assert (report["ok"], report["seconds"], report["tests"][0]["figures"]) == (False, 1.5, {"zero": 0.0})
