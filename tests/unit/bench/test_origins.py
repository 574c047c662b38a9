"""Runs of two versions of a third party's plugin are never pooled: run keys, resumed benches, judges, tables."""

import json
from dataclasses import replace

import fabricated_bench as fabricated
import pytest
from small_benches import quiet, request

from ganzoo.bench.bench import run_bench
from ganzoo.bench.plan import prepare
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.origins import moved_parts, require_origins
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.bench.tables.joining.compare import join, read_bench
from ganzoo.errors import GanzooError, SetupError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.registry.registry import KINDS, Registry
from ganzoo.storage.cache import Cache

PLAIN = load_zoo(third_party=False)
JUDGED = {"extractor": "digits", "metrics": ("is",)}


def foreign(version, *parts):
    """The bundled zoo, with these parts registered by a third party instead: same code, another distribution."""
    registry = Registry()
    every = [entry for kind in KINDS for entry in PLAIN.registry.all(kind)]
    registry.add(
        [replace(e, distribution="evilplug", version=version) if (e.kind, e.name) in parts else e for e in every]
    )
    return Zoo(registry, PLAIN.plugins)


LOSS, METRIC, EXTRACTOR = ("loss", "hinge"), ("metric", "is"), ("extractor", "digits")
OLD, NEW = foreign("1.0", LOSS), foreign("2.0", LOSS)


def spec(zoo, recipe="dcgan:loss=hinge", **changes):
    return prepare(request(recipe, **changes), zoo, Cache.open()).specs[0]


def test_a_run_key_changes_with_the_version_of_a_third_partys_part_that_it_uses():
    keys = {spec(zoo).key for zoo in (PLAIN, OLD, NEW)}
    assert len(keys) == 3
    assert {spec(zoo, "dcgan").key for zoo in (PLAIN, OLD, NEW)} == {spec(PLAIN, "dcgan").key}


def test_a_run_from_before_there_were_origins_keeps_its_key(tmp_path):
    then = spec(PLAIN)
    then.write(tmp_path)
    written = json.loads((tmp_path / "run.json").read_text())
    del written["origins"]
    (tmp_path / "run.json").write_text(json.dumps(written))
    assert then.origins == {} and RunSpec.read(tmp_path).key == then.key == written["key"]


@pytest.mark.parametrize("judge", [METRIC, EXTRACTOR], ids=["metric", "extractor"])
def test_a_run_key_changes_with_the_version_of_a_third_partys_judge(judge):
    old, new = (spec(foreign(version, judge), **JUDGED) for version in ("1.0", "2.0"))
    assert old.key != new.key
    assert spec(PLAIN).key == spec(foreign("1.0", judge)).key
    assert "origin" not in json.dumps(spec(PLAIN, **JUDGED).identity)


@pytest.mark.parametrize(
    ("part", "named", "how"),
    [
        (LOSS, "the loss 'hinge'", {}),
        (METRIC, "the metric 'is'", JUDGED),
        (EXTRACTOR, "the extractor 'digits'", JUDGED),
    ],
    ids=["loss", "metric", "extractor"],
)
def test_a_bench_does_not_go_on_with_runs_of_another_version(tmp_path, part, named, how):
    run = tmp_path / "dcgan+loss=hinge" / "seed0"
    spec(foreign("1.0", part), **how).write(run)
    with pytest.raises(GanzooError) as caught:
        run_bench(request("dcgan:loss=hinge", out=tmp_path, **how), foreign("2.0", part), Cache.open(), quiet())
    told = str(caught.value)
    assert told.startswith(f"{run} holds a run with {named} of evilplug 1.0 (source ")
    assert ", which is evilplug 2.0 (source " in told
    assert told.endswith(" now; give another --out, or --fresh to replace it")


def test_a_process_does_not_play_on_what_another_version_began():
    then = spec(OLD)
    require_origins(TrainingSession(then, OLD, Cache.open()), OLD.registry)
    assert moved_parts(then, OLD.registry) == []
    with pytest.raises(SetupError, match=r"of evilplug 1\.0 \(source .*which is evilplug 2\.0 \(source .* here"):
        require_origins(TrainingSession(then, NEW, Cache.open()), NEW.registry)
    with pytest.raises(SetupError, match="an origin that was not recorded"):
        require_origins(TrainingSession(spec(PLAIN), NEW, Cache.open()), NEW.registry)


def test_a_process_does_not_judge_by_another_version():
    then = spec(foreign("1.0", METRIC), **JUDGED)
    there = foreign("2.0", METRIC)
    with pytest.raises(SetupError, match=r"the metric 'is' of evilplug 1\.0"):
        require_origins(TrainingSession(then, there, Cache.open()), there.registry)


def bench(folder, seeds, origins):
    name = "dcgan"
    runs = [fabricated.run(name, seed, {"fid": 10.0 + seed, "is": 8.0}) for seed in seeds]
    text = safeyaml.dump({**resolve(PLAIN.registry, name).to_dict(), "name": name})
    content = fabricated.results(runs, seeds) | {"recipes": {name: {"text": text, "origins": origins}}}
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(content))
    return read_bench(folder)


def test_tables_do_not_join_two_versions(tmp_path):
    one = bench(tmp_path / "a", (0, 1), {"discriminator dcgan": "evilplug 1.0 (source a)"})
    same = bench(tmp_path / "b", (2, 3), {"discriminator dcgan": "evilplug 1.0 (source a)"})
    other = bench(tmp_path / "c", (4,), {"discriminator dcgan": "evilplug 1.0 (source b)"})
    assert len(join([one, same])[0].runs) == 4
    with pytest.raises(GanzooError) as caught:
        join([one, other])
    assert "the origin of the discriminator 'dcgan' is evilplug 1.0 (source a) in the one" in str(caught.value)
    assert "evilplug 1.0 (source b) in the other" in str(caught.value)
