"""Threads of a bench: from the machine and the command alone, and the same as long as the bench goes on."""

import json
from dataclasses import replace

import pytest
from small_benches import quiet, request

from ganzoo.bench.bench import run_bench, with_fixed_threads
from ganzoo.bench.execution.machine import sharing
from ganzoo.bench.execution.machine.sharing import share_out
from ganzoo.bench.execution.machine.threads import fixed_threads
from ganzoo.bench.plan import prepare
from ganzoo.bench.play import require_own
from ganzoo.errors import GanzooError
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

ZOO = load_zoo(third_party=False)


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    monkeypatch.setattr(sharing, "usable_cores", lambda: 8)


def shared(processes, **settings):
    return share_out(request(threads=settings.pop("threads", None), **settings), ["cpu"], processes, None)


def test_threads_do_not_depend_on_how_many_runs_there_are():
    assert {shared(n)[1] for n in (1, 2, 3, 8, 100)} == {1}
    assert {shared(n, parallel=2)[1] for n in (1, 2, 3, 8, 100)} == {4}
    assert {shared(n, gpus_per_run=3)[1] for n in (1, 100)} == {1}


@pytest.mark.parametrize("parallel", [None, 1, 2, 3, 8, 20])
@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("threads", [None, 1, 2, 4])
def test_what_was_not_asked_for_fits_the_cores(parallel, ranks, threads):
    slots, each = shared(100, parallel=parallel, gpus_per_run=ranks, threads=threads)
    fits = slots * ranks * each <= 8
    assert slots == parallel if parallel else fits or slots == 1
    assert each == threads if threads else fits or each == 1


def begin(folder, threads):
    folder.mkdir(exist_ok=True)
    content = {
        "schema": 1,
        "dataset": {"name": "digits", "n": 1, "channels": 1, "height": 8, "width": 8},
        "budget": {"kimg": 1},
        "seeds": [0],
        "samples": 64,
        "columns": [],
        "recipes": {},
        "environment": {"threads": threads},
    }
    (folder / "bench.json").write_text(json.dumps(content))


def planned(folder, **changes):
    return with_fixed_threads(prepare(request(out=folder, **changes), ZOO, Cache.open()), folder, None)


def test_a_bench_that_goes_on_keeps_the_threads_that_it_began_with(tmp_path):
    begin(tmp_path, 4)
    for more in ({}, {"seeds": tuple(range(9))}, {"parallel": 1}, {"parallel": 8}, {"threads": 4}):
        plan = planned(tmp_path, **{"threads": None, **more})
        assert plan.threads == 4 and {spec.threads for spec in plan.specs} == {4}
    assert planned(tmp_path, threads=None, seeds=tuple(range(9))).slots == 2  # 8 cores in fours
    assert planned(tmp_path, threads=None, seeds=tuple(range(9)), parallel=5).slots == 5


def test_so_do_its_trials(tmp_path):
    begin(tmp_path, 2)
    plan = planned(tmp_path, threads=None, tune=3, extractor="digits", metrics=("is",))
    assert {spec.threads for specs in plan.tuning.specs.values() for spec in specs} == {2}
    assert plan.tuning.slots == 3


def test_other_threads_are_refused_before_anything_is_played(tmp_path):
    begin(tmp_path, 4)
    with pytest.raises(GanzooError) as caught:
        run_bench(request(out=tmp_path, threads=2), ZOO, Cache.open(), quiet())
    assert str(caught.value) == (
        f"the bench in {tmp_path} began with 4 threads a run, and a run's numbers depend on them: leave --threads 2 "
        "out, or give another --out, or --fresh to begin anew"
    )
    with pytest.raises(GanzooError, match="began with 4 threads"):  # a suite asks before its first bench
        require_own(prepare(request(threads=2), ZOO, Cache.open()), tmp_path)
    assert json.loads((tmp_path / "bench.json").read_text())["environment"]["threads"] == 4


def test_begun_anew_or_on_a_gpu_they_may_be_others(tmp_path):
    begin(tmp_path, 4)
    assert planned(tmp_path, threads=2, fresh=True).threads == 2
    assert fixed_threads(request(threads=2), tmp_path, "cuda:0") is None
    assert fixed_threads(request(threads=None), tmp_path, "cuda:0") == 4


def test_where_no_bench_has_begun_they_are_as_planned(tmp_path):
    plan = prepare(request(threads=None), ZOO, Cache.open())
    assert with_fixed_threads(plan, tmp_path, None) is plan
    (tmp_path / "bench.json").write_text("{}")
    assert with_fixed_threads(replace(plan, threads=3), tmp_path, None).threads == 3
