"""Numbers of two revisions of a part are never joined: run keys, resumed benches, checkpoints, tables, references."""

import json

import fabricated_bench as fabricated
import pytest
from click.testing import CliRunner
from revised import revised_zoo
from small_benches import quiet, request

from ganzoo.bench.bench import run_bench
from ganzoo.bench.plan import prepare
from ganzoo.bench.references import references_of
from ganzoo.bench.results.identity import identity_of
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.bench.tables.joining.compare import join, read_bench
from ganzoo.bench.tables.joining.leaderboard import board_markdown, gather
from ganzoo.cli import cli
from ganzoo.errors import GanzooError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

PLAIN = load_zoo(third_party=False)
LOSS = revised_zoo({("loss", "hinge"): 2})
METRIC = revised_zoo({("metric", "is"): 2})
JUDGED = {"extractor": "digits", "metrics": ("is",)}


def spec(zoo, recipe="dcgan:loss=hinge", **changes):
    return prepare(request(recipe, **changes), zoo, Cache.open()).specs[0]


@pytest.fixture(scope="module")
def judged():
    return {name: spec(zoo, **JUDGED) for name, zoo in (("plain", PLAIN), ("metric", METRIC), ("loss", LOSS))}


def test_a_run_key_changes_with_the_revision_of_a_part_it_uses():
    assert spec(PLAIN).key != spec(LOSS).key
    assert spec(PLAIN, "dcgan").key == spec(LOSS, "dcgan").key
    assert spec(PLAIN).revisions == {}


def test_a_run_key_changes_with_the_revision_of_what_judges_it(judged):
    assert judged["plain"].key != judged["metric"].key
    assert spec(PLAIN).key == spec(METRIC).key
    assert "revision" not in json.dumps(judged["plain"].identity)
    assert judged["metric"].identity["metrics"]["is"]["revision"] == 2


@pytest.mark.parametrize(
    ("zoo", "part", "how"),
    [(LOSS, "the loss 'hinge'", {}), (METRIC, "the metric 'is'", JUDGED)],
    ids=["part", "judge"],
)
def test_a_bench_does_not_go_on_with_runs_of_before(tmp_path, zoo, part, how, monkeypatch):
    spec(PLAIN, **how).write(tmp_path / "dcgan+loss=hinge" / "seed0")
    with pytest.raises(GanzooError) as caught:
        run_bench(request("dcgan:loss=hinge", out=tmp_path, **how), zoo, Cache.open(), quiet())
    assert str(caught.value) == (
        f"{tmp_path / 'dcgan+loss=hinge' / 'seed0'} holds a run with revision 1 of {part}, which has revision 2 now; "
        "give another --out, or --fresh to replace it"
    )


def test_a_run_of_before_is_not_taken_up():
    then = spec(PLAIN)
    TrainingSession(then, PLAIN, Cache.open())
    with pytest.raises(GanzooError, match="is one with revision 1 of the loss 'hinge', which has revision 2 here"):
        TrainingSession(then, LOSS, Cache.open())
    with pytest.raises(GanzooError, match="is one with revision 2 of the loss 'hinge', which has revision 1 here"):
        TrainingSession(spec(LOSS), PLAIN, Cache.open())


def test_a_revision_is_part_of_the_identity(judged):
    held = TrainingSession(judged["loss"], LOSS, Cache.open()).identity()
    assert held["the revision of the loss 'hinge'"] == 2
    assert not any("revision" in field for field in TrainingSession(judged["plain"], PLAIN, Cache.open()).identity())


def content(name, revisions=None, metrics=None):
    written = {**resolve(PLAIN.registry, name).to_dict(), "name": name}
    runs = [fabricated.run(name, seed, {"fid": 10.0 + seed, "is": 8.0}) for seed in range(5)]
    extractor = {"extractor": "digits", "weights": "ab", "version": "1", "metrics": metrics or {"fid": {}, "is": {}}}
    recipes = {name: {"text": safeyaml.dump(written), **({"revisions": revisions} if revisions else {})}}
    return fabricated.results(runs, range(5), extractor=extractor) | {"recipes": recipes}


def bench(folder, results):
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(results))
    return read_bench(folder)


def test_tables_do_not_join_two_revisions_of_a_part_whatever_recipe_has_it(tmp_path):
    a = bench(tmp_path / "a", content("dcgan"))
    b = bench(tmp_path / "b", content("dragan", {"discriminator dcgan": 2}))
    c = bench(tmp_path / "c", content("dragan", {"regularizer dragan": 2}))
    with pytest.raises(
        GanzooError, match="the revision of the discriminator 'dcgan' is 1 in the one and 2 in the other"
    ):
        join([a, b])
    assert len(join([a, c])[0].runs) == 10  # nobody else has it


def test_tables_do_not_join_two_revisions_of_a_metric_but_may_leave_it_out(tmp_path):
    a = bench(tmp_path / "a", content("dcgan"))
    b = bench(tmp_path / "b", content("dragan", metrics={"fid": {"revision": 2}, "is": {}}))
    with pytest.raises(GanzooError, match="the revision of the metric 'fid' is 1 in the one and 2 in the other"):
        join([a, b])
    assert identity_of(b.results.runs[0], b.results)["metric fid: revision"] == 2
    without = content("dragan", metrics={"kid": {"revision": 2}, "is": {}})
    without["columns"] = [{"key": "kid", "label": "KID", "better": "lower"}, *without["columns"][1:]]
    assert join([a, bench(tmp_path / "c", without)])[0].left_out == ["FD[digits]", "KID"]


def test_a_leaderboard_marks_what_the_recipe_no_longer_plays(tmp_path):
    old = content("dragan")
    old["recipes"]["dragan"]["text"] = old["recipes"]["dragan"]["text"].replace("batch: 64", "batch: 32")
    bench(tmp_path / "a", content("dcgan"))
    bench(tmp_path / "b", old)
    (board,) = gather([tmp_path], PLAIN.registry)
    assert {row.recipe: row.mark for row in board.table.rows} == {"dcgan": "", "dragan": "‡"}
    assert "‡: stale, the recipe plays otherwise now: dragan (schedule.batch 32, now 64)." in board.table.notes
    (board,) = gather([tmp_path], revised_zoo({("discriminator", "dcgan"): 2}).registry)
    assert {row.recipe: row.mark for row in board.table.rows} == {"dcgan": "‡", "dragan": "‡"}
    assert "revision 1 of the discriminator 'dcgan', which has revision 2 now" in board_markdown(board)


def test_what_a_bench_has_tuned_is_no_change(tmp_path):
    tuned = content("dragan")
    played = safeyaml.load(tuned["recipes"]["dragan"]["text"])
    for player in ("g_optimizer", "d_optimizer"):
        played[player]["lr"] = 3e-4
    tuned["recipes"]["dragan"]["text"] = safeyaml.dump({**played, "schedule": {**played["schedule"], "batch": 32}})
    changes = {"g_optimizer.lr": 3e-4, "d_optimizer.lr": 3e-4}
    trials = {"dragan": {"chosen": 1, "changes": changes, "trials": [], "seconds": 1.0}}
    tuned["tuning"] = {"trials": 2, "seed": 1_000_000, "metric": "fid", "recipes": trials}
    bench(tmp_path / "b", tuned)
    (board,) = gather([tmp_path], PLAIN.registry)
    assert "‡: stale, the recipe plays otherwise now: dragan (schedule.batch 32, now 64)." in board.table.notes


def test_stale_reference_numbers_are_no_reference():
    changed = revised_zoo({("discriminator", "dcgan"): 2}).registry
    entry = PLAIN.registry.get("recipe", "dcgan")
    assert not any(found.stale for found in references_of(entry, PLAIN.registry))
    assert all(found.stale for found in references_of(entry, changed))


def test_a_command_says_so(monkeypatch):
    monkeypatch.setattr("ganzoo.cli.zoo.load_zoo", lambda **_: revised_zoo({("discriminator", "dcgan"): 2}))
    shown = CliRunner().invoke(cli, ["show", "dcgan", "--kind", "discriminator"]).stdout
    assert "revision: 2" in shown
    shown = CliRunner().invoke(cli, ["show", "dcgan"]).stdout
    said = "revision 1 of the discriminator 'dcgan', which has revision 2 now"
    assert f"# ‡: stale, the recipe plays otherwise now: {said}" in shown.splitlines()
    refused = CliRunner().invoke(cli, ["verify", "dcgan"])
    assert refused.exit_code == 2
    assert "are stale, as the recipe plays otherwise now: revision 1 of the discriminator 'dcgan'" in refused.stderr
