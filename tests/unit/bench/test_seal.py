"""Sealed results: what was changed after the run wrote it is told, and counts in no mean and in no rank."""

import hashlib
import json
import logging

import fabricated_bench as fabricated
import pytest
from small_benches import ganzoo_here

from ganzoo.bench.results.run_files.record import Record
from ganzoo.bench.results.run_files.result import RunResult
from ganzoo.bench.results.run_files.result_file import read_result, write_result
from ganzoo.bench.results.run_files.seal import digest_of, record_digest
from ganzoo.bench.tables.aggregate import aggregate
from ganzoo.bench.tables.joining.compare import join, read_bench

LOOK = {"kind": "look", "step": 8, "kimg": 0.5}


def sealed_run(folder, recipe="dcgan", seed=0, fid=10.0, **more):
    """A result as a run writes it, read back from its file as plain data."""
    folder.mkdir(parents=True, exist_ok=True)
    given = fabricated.run(recipe, seed, {"fid": fid, "is": 8.0}, **more)
    del given["folder"]
    write_result(folder, given)
    return json.loads((folder / "result.json").read_text())


def leaves(value, path=()):
    """The place of every plain value in it."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def changed(value, path):
    """The same with another value at one place."""
    copy = json.loads(json.dumps(value))
    *above, last = path
    place = copy
    for step in above:
        place = place[step]
    old = place[last]
    place[last] = old + 1 if isinstance(old, int | float) and not isinstance(old, bool) else "other"
    return copy


def test_the_digest_is_of_sorted_json_without_the_digests(tmp_path):
    written = sealed_run(tmp_path)
    bare = {key: value for key, value in written.items() if key != "digests"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"))
    assert written["digests"]["result"] == hashlib.sha256(text.encode()).hexdigest()
    assert written["digests"]["record"] is None is written["digests"]["state"]
    record = Record(tmp_path / "metrics.jsonl")
    record.add(LOOK)
    again = sealed_run(tmp_path)
    assert again["digests"]["record"] == hashlib.sha256(record.path.read_bytes()).hexdigest()
    assert again["digests"]["result"] == written["digests"]["result"]


def test_every_value_is_sealed(tmp_path):
    written = sealed_run(tmp_path)
    assert not RunResult.parse(written, "result.json").altered
    places = [path for path in leaves(written) if path[0] not in ("digests", "schema")]
    assert len(places) > 50
    for path in places:
        edited = changed(written, path)
        assert digest_of(edited) != written["digests"]["result"], path
    for key in (key for key in written if key != "digests"):
        assert digest_of({k: v for k, v in written.items() if k != key}) != written["digests"]["result"]
    assert digest_of({**written, "later": 1}) != written["digests"]["result"]
    assert RunResult.parse(changed(written, ("metrics", "fid")), "result.json").altered


def test_results_from_before_there_were_digests_are_read_as_they_are():
    found = RunResult.parse(fabricated.run("dcgan", 0, {"fid": 3.0}), "result.json")
    assert found.done and not found.altered and found.outcome == "done"


@pytest.fixture
def bench(tmp_path):
    """Three seeds of two recipes, sealed; gives the folder, and the content of its ``results.json``."""
    runs = []
    for recipe, values in (("dcgan", (10.0, 10.4, 9.8)), ("wgan-gp", (14.2, 13.1, 15.0))):
        for seed, fid in enumerate(values):
            place = tmp_path / "bench" / recipe / f"seed{seed}"
            runs.append(sealed_run(place, recipe, seed, fid) | {"folder": f"{recipe}/seed{seed}"})
    content = fabricated.results(runs)
    return fabricated.write_bench(tmp_path / "bench", content), content


def edit(bench, content, **change):
    content["runs"][0] |= change
    (bench / "results.json").write_text(json.dumps(content))


def test_an_altered_run_is_in_no_mean_and_no_rank(bench):
    folder, content = bench
    whole = aggregate(read_bench(folder).results)
    edit(folder, content, metrics={"fid": 1.0, "is": 8.0})
    table = aggregate(read_bench(folder).results)
    row = table.rows[0]
    assert (whole.rows[0].done, row.done, row.asked) == (3, 2, 3)
    assert row.metrics["fid"].mean == pytest.approx((10.4 + 9.8) / 2)
    assert table.rankings["fid"].failures == 0, "it is no failure of the recipe"
    assert table.reasons == (
        "dcgan, seed 0: altered: it was changed after the run wrote it, as its digest shows, and does not count; "
        "see `ganzoo audit`",
    )


def test_of_two_copies_the_intact_one_counts(bench, tmp_path):
    folder, content = bench
    other = fabricated.write_bench(tmp_path / "other", content)
    edit(folder, json.loads(json.dumps(content)), metrics={"fid": 1.0, "is": 8.0})
    for order in ((folder, other), (other, folder)):
        joined, places = join([read_bench(one) for one in order])
        assert joined.runs_of("dcgan")[0].metric("fid") == 10.0
        assert places["dcgan", 0] == other / "dcgan" / "seed0"


@pytest.mark.parametrize(
    ("command", "stream"),
    [
        (("compare",), "stdout"),
        (("compare", "--json"), "stderr"),
        (("report",), "stderr"),
        (("report", "--format", "csv"), "stderr"),
        (("report", "--format", "md"), "stdout"),
        (("leaderboard",), "stdout"),
        (("watch",), "stdout"),
    ],
    ids=" ".join,
)
def test_every_reader_says_so(bench, tmp_path, command, stream):
    folder, content = bench
    edit(folder, content, status="skipped", metrics=None)
    where = folder.parent if command[0] == "leaderboard" else folder
    name, *options = command
    done = ganzoo_here(name, str(where), *options, cwd=tmp_path, COLUMNS="300")
    assert "dcgan, seed 0: altered: it was changed after the run wrote it" in getattr(done, stream), done
    if command == ("report",):
        assert "altered" in (folder / "report.html").read_text()


def test_a_run_without_a_record_has_no_digest_of_one(tmp_path):
    assert record_digest(tmp_path) is None
    sealed_run(tmp_path)
    assert read_result(tmp_path).digests.record is None


def test_what_is_sealed_twice_keeps_its_digest(tmp_path):
    written = sealed_run(tmp_path)
    assert write_result(tmp_path, written) == written


def test_nothing_is_said_of_runs_as_they_were_written(bench, tmp_path, caplog):
    folder, _ = bench
    with caplog.at_level(logging.WARNING):
        done = ganzoo_here("report", str(folder), cwd=tmp_path)
    assert "altered" not in done.stderr + (folder / "report.html").read_text() and not caplog.records
