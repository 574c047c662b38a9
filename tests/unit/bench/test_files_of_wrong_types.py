"""Every value of every file that is written, replaced by one of another kind: read, or refused in one sentence."""

import json
from dataclasses import fields
from random import Random

import fabricated_bench as fabricated
import numpy as np
import pytest
import torch
from small_benches import request, specs

from ganzoo import data
from ganzoo.bench.plan import prepare
from ganzoo.bench.play import require_own
from ganzoo.bench.references import references_of
from ganzoo.bench.results.bench_files.bench_results import BenchTerms
from ganzoo.bench.results.bench_files.suite_file import SuiteFile
from ganzoo.bench.results.run_files.result import RunResult
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.results.run_files.spec_parts import HeldRun, StoredImages, StoredRows
from ganzoo.bench.results.stored import read_object, read_stored
from ganzoo.bench.tables.aggregate import aggregate
from ganzoo.bench.tables.joining.compare import join, read_bench
from ganzoo.cli.catalogue.measured import measured_lines
from ganzoo.data import DataSet
from ganzoo.errors import DataError, GanzooError
from ganzoo.metrics import reference
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

OTHERS = (None, True, -1, 0, 2**63, 1.5, 1e300, "", "x", "\x1b[31m\ud800\x00", "a" * 3000)
OTHERS += ([], [None], {}, {"": None}, {"name": 3})
TEXTS = ("[" * 200 + "]" * 200, "NaN", "9" * 400, '{"schema": 1, "schema": 1}', "", "\x00", '"\\ud800"', "[1]", "3")


def places(value, path=()):
    """The place of everything that is in it."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(inner, (*path, key))


def broken(content, seed, at_most):
    """Texts of JSON: the content with one value replaced or left out, by chance, and texts that are none of it."""
    rng = Random(seed)
    yield from TEXTS
    whole = json.dumps(content)
    every = [(path, other) for path in places(content) for other in (*OTHERS, "missing")]
    for path, other in rng.sample(every, min(at_most, len(every))):
        copy = json.loads(whole)
        *above, last = path
        place = copy
        for step in above:
            place = place[step]
        if other == "missing":
            del place[last]
        else:
            place[last] = other
        yield json.dumps(copy)


def read_or_refused(reader, texts, path, lines=1):
    """Count the texts that are read and those that are refused; each refusal is of few lines."""
    counts = [0, 0]
    for text in texts:
        path.write_text(text)
        try:
            reader()
        except GanzooError as error:
            assert 0 < len(str(error).splitlines()) <= lines, str(error)
            counts[1] += 1
        else:
            counts[0] += 1
    return counts


@pytest.fixture(scope="module")
def spec():
    (found,) = specs(extractor="digits", hold_out=0.2)
    return found


def test_run_json(spec, tmp_path):
    spec.write(tmp_path)
    content = json.loads((tmp_path / "run.json").read_text())
    assert RunSpec.read(tmp_path) == spec

    def reader():
        found = RunSpec.read(tmp_path)
        DataSet.from_json(found.images)
        assert found.key and found.name and str(found.resolved_budget())
        assert isinstance(found.plays_locally, bool)
        read_object(HeldRun, tmp_path / "run.json")

    read, refused = read_or_refused(reader, broken(content, 1, 500), tmp_path / "run.json", lines=4)
    assert read > 20 and refused > 200


@pytest.mark.parametrize("key", ["channels", "height", "width"])
def test_images_of_run_json_that_no_network_is_built_for(spec, tmp_path, key):
    """A million channels are gigabytes of weights, which ganzoo sample would draw before it looks at the checkpoint."""
    spec.write(tmp_path)
    content = json.loads((tmp_path / "run.json").read_text())
    content["images"][key] = 1_000_000
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(GanzooError, match=rf"images.*{key}"):
        RunSpec.read(tmp_path)


def test_the_images_of_run_json_are_those_of_the_data():
    images = {"name": "a", "folder": "f", "hash": "h", "n": 2, "channels": 1, "height": 4, "width": 4, "classes": []}
    version_1 = DataSet.from_json(images | {"extractor": "e", "source": "s"}).to_json()
    assert version_1.keys() == StoredImages.model_fields.keys()
    other = {"modality": {"name": "m", "values": {}}, "fields": {"x": {"shape": [2, 3], "dtype": "uint8"}}}
    shared = version_1.keys() - {"channels", "height", "width", "points"}
    rows = DataSet.from_json({key: version_1[key] for key in shared} | other | {"described": "2 of them"})
    assert rows.to_json().keys() == StoredRows.model_fields.keys()


def test_results_json_and_its_tables(tmp_path):
    content = fabricated.results(fabricated.two_recipes())
    path = tmp_path / "results.json"

    def reader():
        bench = read_bench(tmp_path)
        aggregate(bench.results)
        aggregate(join([bench])[0])

    read, refused = read_or_refused(reader, broken(content, 2, 400), path)
    assert read > 30 and refused > 100
    for model in (BenchTerms, RunResult):
        terms = {key: value for key, value in content.items() if key != "runs"}
        given = terms if model is BenchTerms else content["runs"][0]
        _, refused = read_or_refused(lambda model=model: read_stored(model, path), broken(given, 3, 300), path)
        assert refused > 100


def test_suite_json(tmp_path):
    content = {"schema": 1, "suite": "s", "left_out": {"a": "b"}, "grid": {"loss": ["hinge"]}, "benches": []}
    content["benches"] = [{"folder": "digits", "data": "digits"}]
    path = tmp_path / "suite.json"
    _, refused = read_or_refused(lambda: read_stored(SuiteFile, path), broken(content, 4, 400), path)
    assert refused > 50


@pytest.mark.parametrize("folder", ["../other", "/etc", "", "a\0b", "a" * 300, "x/" * 600])
def test_a_suite_names_folders_below_its_own(folder):
    with pytest.raises(DataError, match=r"benches\[0\]\.folder: must be "):
        SuiteFile.parse({"schema": 1, "benches": [{"folder": folder}]}, "suite.json")


def test_the_numbers_that_ship_with_a_recipe(tmp_path):
    registry = load_zoo(third_party=False).registry
    entry = registry.get("recipe", "dcgan")
    shipped = json.loads(entry.measured.read_text())
    content = {"schema": 1, "recipes": {"dcgan": shipped["recipes"]["dcgan"]}}
    path = tmp_path / "measured.json"
    broken_entry = type(entry)(**{**{f.name: getattr(entry, f.name) for f in fields(entry)}, "measured": path})
    recipe = resolve(registry, "dcgan")

    def reader():
        for found in references_of(broken_entry, registry):
            assert str(found)
            assert found.budget.minutes is None or found.budget.minutes > 0

    path.write_text(json.dumps(content))
    assert all(found.runs for found in references_of(broken_entry, registry))
    whole = measured_lines(broken_entry, recipe, registry)
    assert len(whole) > 1
    told = set()
    for text in broken(content, 5, 300):
        path.write_text(text)
        lines = measured_lines(broken_entry, recipe, registry)
        assert lines and all(line.startswith("#") and "\n" not in line for line in lines)
        told.add(tuple(lines))
    assert len(told) > 20
    _, refused = read_or_refused(reader, broken(content, 6, 300), path)
    assert refused > 100


def test_the_folder_of_another_run(tmp_path):
    plan = prepare(request(extractor="digits"), load_zoo(third_party=False), Cache.open())
    place = tmp_path / "dcgan" / "seed0"
    place.mkdir(parents=True)
    plan.specs[0].write(place)
    require_own(plan, tmp_path)
    content = json.loads((place / "run.json").read_text()) | {"revisions": {"metric fid": 2}}
    _, refused = read_or_refused(lambda: require_own(plan, tmp_path), broken(content, 7, 300), place / "run.json")
    assert refused > 10


def test_a_summary_in_the_cache_is_read_as_it_was_or_not_at_all(tmp_path):
    cache, identity = Cache(tmp_path), {"metric": "fid", "n": 3}
    reference.write(cache, identity, reference.Measured({"mean": torch.arange(3.0)}, 0.5, None))
    (path,) = tmp_path.rglob("reference.json")
    assert reference.read(cache, identity).floor == 0.5
    kept = []
    for text in broken(json.loads(path.read_text()), 8, 300):
        path.write_text(text)
        found = reference.read(cache, identity)
        kept.append(found is not None)
        assert found is None or (found.floor, found.real, list(found.summary)) == (0.5, None, ["mean"])
        assert isinstance(reference.folders(cache, identity), list)
    assert 0 < sum(kept) < len(kept)


def test_images_in_the_cache_are_as_they_were_or_read_anew(tmp_path):
    np.savez(tmp_path / "grey.npz", images=np.random.default_rng(0).integers(0, 256, (9, 8, 8), dtype=np.uint8))
    registry, cache = load_zoo(third_party=False).registry, Cache(tmp_path / "cache")

    def resolved():
        return data.resolve(registry, str(tmp_path / "grey.npz"), data_dir=None, cache=cache)

    images = resolved()
    (path,) = tmp_path.rglob("source.json")
    whole = path.read_text()
    for text in broken(json.loads(whole), 9, 100):
        path.write_text(text)
        found = resolved()
        assert (found.hash, found.n, found.height, found.points) == (images.hash, 9, 8, False)
        assert data.load_images(found)[0].shape == (9, 1, 8, 8)
