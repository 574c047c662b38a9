"""Where a step's time goes: what is counted and to whom it is put down. No test looks at how long anything takes."""

import json
import math
from itertools import groupby
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from printed_json import read_printed
from small_benches import SMALL, ganzoo_here, request
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ganzoo.bench.profiling import profile
from ganzoo.bench.profiling.device_trace import device_seconds, trace
from ganzoo.bench.profiling.flops import FlopCounter
from ganzoo.bench.profiling.matrix_rate import matrix_rate
from ganzoo.bench.profiling.measurements import Row, count_flops, find_shares, period_of, shares_of, time_steps
from ganzoo.bench.profiling.memory import forget_peak, peak_memory, resident_memory
from ganzoo.bench.profiling.profile import exit_code, run_profile
from ganzoo.bench.profiling.profile_table import print_profile, reasons
from ganzoo.bench.profiling.step_phases import TITLES, StepPhases
from ganzoo.cli import cli
from ganzoo.errors import RecipeError
from ganzoo.messages import logged_to
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.testing.playing.tape import Tape
from ganzoo.training import Trainer
from ganzoo.training.execution.replay import Replays

ZOO = load_zoo(third_party=False)
CPU = torch.device("cpu")
PLAIN = "dcgan:regularizers=[]:schedule.share_fakes=false"
PENALISED = "dcgan:regularizers=[{name: gradient-penalty}]:schedule.share_fakes=false"


def trainer(name, *overrides, device="cpu", batch=4, n=40, precision="fp32"):
    """Of a recipe on small images of noise; the small networks of the bench, where a recipe has those."""
    small = ("generator.width=4", "discriminator.width=4") if name.partition(":")[0] in ("dcgan", "wgan-gp") else ()
    recipe = resolve(ZOO.registry, name, (f"schedule.batch={batch}", *small, *overrides))
    parts = build_parts(recipe, ZOO.registry, image_size=8, channels=1, num_classes=10, seed=0)
    images = torch.randint(0, 256, (n, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Trainer(recipe, parts, images, torch.arange(n) % 10, seed=0, device=device, precision=precision)


def play(player, steps):
    for _ in range(steps):
        losses = player.step()
    return losses


def measured(name, steps=1, **given):
    """A row of everything but the times."""
    player = trainer(name, **given)
    row = Row(name, 4, steps=steps * period_of(player), period=period_of(player), eager_ms_per_step=1.0)
    count_flops(row, player)
    find_shares(row, player)
    return row


def route(name, steps=1, before=1):
    """The phases of a step, as they follow each other."""
    player = trainer(name)
    play(player, before)
    found = StepPhases(trace(lambda: play(player, steps), CPU))
    return [phase for _, phase in found.switches if phase is not None]


# -- arithmetic --------------------------------------------------------------------------------------------


def test_flops_of_a_linear_layer_by_hand():
    layer, x = nn.Linear(3, 5), torch.randn(7, 3, requires_grad=True)
    with FlopCounter() as counter:
        y = layer(x)
    assert counter.total == 2 * 7 * 3 * 5
    with FlopCounter() as counter:
        y.sum().backward()
    assert counter.total == 2 * (2 * 7 * 3 * 5)  # the gradients of the input and of the weight


@pytest.mark.parametrize(("groups", "stride"), [(1, 1), (2, 1), (1, 2)])
def test_flops_of_a_convolution_by_hand(groups, stride):
    layer = nn.Conv2d(4, 6, 3, stride=stride, padding=1, groups=groups)
    x = torch.randn(5, 4, 8, 8, requires_grad=True)
    side = 8 // stride
    once = 2 * 5 * 6 * side * side * (4 // groups) * 9
    with FlopCounter() as counter:
        y = layer(x)
    assert counter.total == once
    with FlopCounter() as counter:
        y.square().sum().backward()
    assert counter.total == 2 * once


def test_flops_of_a_second_derivative_by_hand():
    layer, x = nn.Linear(3, 5, bias=False), torch.randn(7, 3, requires_grad=True)
    once = 2 * 7 * 3 * 5
    with FlopCounter() as counter:
        y = layer(x)  # once
        (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)  # once, w.r.t. the input
        slope.square().sum().backward()
    # the slope is 2 y W: its derivatives go to y and to W; that of y goes on through the layer, to x and to W
    assert counter.total == 6 * once


def test_flops_agree_with_torch_where_it_can_count():
    net = nn.Sequential(nn.ConvTranspose2d(3, 4, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 64, 2))
    x = torch.randn(2, 3, 4, 4)
    with FlopCounter() as counter:
        net(x).sum().backward()
    with FlopCounterMode(display=False) as theirs:
        net(x).sum().backward()
    assert counter.total == theirs.get_total_flops() > 0
    assert {f"aten.{name}" for name in counter.counts} == {str(op) for op in theirs.get_flop_counts()["Global"]}


def test_lazy_terms_weigh_as_often_as_they_are_due():
    never, always, lazily = (
        measured(f"dcgan:regularizers={terms}").flops_per_image
        for terms in ("[]", "[{name: r1, every: 1}]", "[{name: r1, every: 4}]")
    )
    assert never < always
    assert lazily == (3 * never + always) / 4


def test_flops_of_an_image_do_not_depend_on_the_batch():
    rows = [measured("dcgan:regularizers=[]", batch=batch) for batch in (2, 8)]
    assert rows[0].flops_per_image == rows[1].flops_per_image > 0


def test_flops_are_those_of_real_images():
    """Five turns of D show five batches; their fakes and the turn of G are part of their price."""
    one, five = (trainer(f"{PLAIN}:schedule.d_steps={k}") for k in (1, 5))
    rows = [Row("dcgan", 4), Row("dcgan", 4)]
    for row, player in zip(rows, (one, five), strict=True):
        count_flops(row, player)
    with FlopCounter() as turn:
        one.take_turn("G")
    assert 4 * rows[0].flops_per_image - turn.total == 4 * rows[1].flops_per_image - turn.total / 5


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", "float32"), ("bf16", "bfloat16"), ("fp16", "float16")])
def test_matrix_rate_is_of_the_run_s_precision(precision, dtype, monkeypatch):
    ticks = iter(range(100))
    monkeypatch.setattr("ganzoo.bench.profiling.matrix_rate.time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    assert matrix_rate("cpu", precision, seconds=0.0, side=8) == {"flops": 1024.0, "side": 8, "dtype": dtype}


# -- whose time it is --------------------------------------------------------------------------------------


def test_the_route_of_a_plain_step():
    found = route(f"{PLAIN}:schedule.ema=0.9")
    assert found[0] == "host" and found[-1] == "host"
    assert found.count("optimizer") == 3  # D's, G's, and the average
    named = [place for place, _ in groupby(place for place in found if place not in ("host", "other_terms"))]
    d_turn = ["data", "d_forward", "data", "g_forward", "d_forward", "d_backward", "optimizer"]
    g_turn = ["data", "g_forward", "d_forward", "d_backward", "g_backward", "optimizer"]
    assert named == d_turn + g_turn


def test_a_gradient_penalty_is_second_order_forward_and_backward():
    found = route(PENALISED)
    d_turn, g_turn = found[: found.index("optimizer")], found[found.index("optimizer") :]
    penalty = d_turn[d_turn.index("second_order") :]
    assert "d_forward" not in penalty  # the verdict on what lies between is the penalty's own
    assert (
        "d_backward" in penalty and penalty.count("second_order") >= 2
    )  # and so is what the gradients go back through
    assert "second_order" not in g_turn


@pytest.mark.parametrize(
    ("name", "second_order"),
    [
        ("dcgan", False),
        ("sngan", False),
        ("wgan-gp", True),
        ("r1-gan", True),
        ("cramer-gan", True),  # the loss takes the gradient
        ("unrolled-gan", True),  # differentiates the loss
        ("consensus-gan", True),  # both move at once
        ("stylegan2", True),  # lazily, in either turn
    ],
)
def test_the_shares_are_the_whole(name, second_order):
    row = measured(name)
    assert list(row.shares) == list(TITLES)
    assert math.isclose(sum(row.shares.values()), 1.0)
    assert (row.shares["second_order"] > 0) == second_order
    own = {place for place in TITLES if place != "second_order"}
    assert all(row.shares[place] > 0 for place in own)


def test_many_turns_of_d():
    one, five = (measured(f"{PLAIN}:schedule.d_steps={k}") for k in (1, 5))
    assert (one.turns, five.turns) == ({"D": 1, "G": 1}, {"D": 5, "G": 1})
    assert one.passes == {"G": 2.0, "D": 3.0} and five.passes == {"G": 6.0, "D": 11.0}


def test_passes_count_those_of_penalties():
    assert measured(f"{PENALISED}:schedule.d_steps=5").passes == {"G": 6.0, "D": 16.0}


def test_shared_fakes_are_drawn_once_and_g_s_backward_is_found():
    found = route("dcgan:regularizers=[]:schedule.share_fakes=true")
    assert found.count("g_forward") == 1
    assert found.index("g_backward") > found.index("optimizer")  # in G's turn alone


def test_both_at_once_go_backward_through_either():
    found = route("consensus-gan:regularizers=[]")
    assert found.count("g_forward") == 1 and {"d_backward", "g_backward"} <= set(found)
    assert found.index("optimizer") > max(i for i, place in enumerate(found) if place.endswith("_backward"))


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "unrolled-gan", "consensus-gan"])
def test_labels_change_nothing(name):
    """The same numbers, and no trace of it after the next step."""
    plain, traced = trainer(name), trainer(name)
    owners = [traced, traced.feed, traced.average, *traced.parts.modules().values()]
    names = [set(vars(owner)) for owner in owners]
    losses = play(plain, 4)
    trace(lambda: play(traced, 3), CPU)
    theirs = play(traced, 1)
    assert all(torch.equal(losses[key], theirs[key]) for key in losses)
    found = traced.state()[0]
    assert all(torch.equal(value, found[key]) for key, value in plain.state()[0].items())
    assert names == [set(vars(owner)) for owner in owners]


def test_without_a_profiler_there_are_no_labels(monkeypatch):
    monkeypatch.setattr("ganzoo.training.labels.record_function", lambda name: 1 / 0)
    play(trainer("wgan-gp"), 2)


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_whoever_runs_torchs_profiler_finds_the_phases(precision):
    player = trainer("wgan-gp", precision=precision)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], acc_events=True) as profiler:
        play(player, 2)
    counts = {event.key: event.count for event in profiler.key_averages() if event.key.startswith("ganzoo:")}
    assert counts["ganzoo:step"] == 2 and counts["ganzoo:g_forward"] == 12 and counts["ganzoo:d_forward"] == 32


def test_steps_that_are_recorded_have_labels_too():
    player = trainer("dcgan", n=40)
    player.norms.every = 0
    player.replays = Replays(Tape())
    seen = [StepPhases(trace(lambda: play(player, 1), CPU)).passes for _ in range(2)]
    assert player.replays.recorded == 1
    assert seen == [{"G": 1, "D": 3}, {"G": 1, "D": 3}]  # watched, recorded


# -- a trace by hand ---------------------------------------------------------------------------------------


def mark(phase, ts, dur):
    return {"cat": "user_annotation", "name": f"ganzoo:{phase}", "ts": ts, "dur": dur}


def operation(number, ts, thread=7):
    args = {"Sequence number": number, "Fwd thread id": 0}
    return {"cat": "cpu_op", "name": "aten::mm", "ts": ts, "dur": 0.5, "tid": thread, "args": args}


def node(number, ts, dur, made_by=1, thread=7):
    args = {"Sequence number": number, "Fwd thread id": made_by} if number else {}
    name = "autograd::engine::evaluate_function: MmBackward0"
    return {"cat": "cpu_op", "name": name, "ts": ts, "dur": dur, "tid": thread, "args": args}


def test_the_phases_of_a_trace_by_hand():
    events = [
        mark("step", 0, 100),
        mark("data", 1, 9),
        mark("other_terms", 20, 30),  # a loss, which asks both networks, and takes a gradient itself
        mark("g_forward", 22, 3),
        operation(1, 23),
        mark("d_forward", 26, 3),
        operation(2, 27),
        operation(3, 30),
        node(2, 40, 5, thread=8),
        operation(1, 42, thread=8),  # another thread counts for itself
        mark("backward", 60, 20),
        node(None, 61, 1),  # made by nobody
        node(1, 62, 3, made_by=2, thread=8),
        node(3, 66, 1, thread=8),
        node(2, 68, 1, thread=8),
        node(None, 70, 1, thread=8),  # adds a weight's gradient up
        node(1, 75, 2, thread=8),
        mark("optimizer", 85, 5),
        mark("step", 200, 10),
    ]
    found = StepPhases(events[::-1])
    assert found.switches == [
        (0, "host"), (1, "data"), (10, "host"), (20, "other_terms"), (22, "g_forward"), (25, "other_terms"),
        (26, "d_forward"), (29, "other_terms"), (40, "second_order"), (45, "other_terms"), (50, "host"),
        (60, "other_terms"), (62, "second_order"), (66, "other_terms"), (68, "d_backward"), (75, "g_backward"),
        (80, "host"), (85, "optimizer"), (90, "host"), (100, None), (200, "host"), (210, None),
    ]  # fmt: skip
    assert found.passes == {"G": 1, "D": 1}
    seconds = found.seconds()
    assert sum(seconds.values()) == pytest.approx(110e-6) and seconds["d_backward"] == pytest.approx(7e-6)
    assert found.at([-1, 0, 68.5, 150]) == {-1: None, 0: "host", 68.5: "d_backward", 150: None}


def test_a_term_that_differentiates_keeps_all_but_data():
    events = [mark("step", 0, 50), mark("second_order", 10, 30), mark("d_forward", 12, 4), mark("data", 20, 5)]
    found = StepPhases(events).switches
    assert found == [
        (0, "host"), (10, "second_order"), (20, "data"), (25, "second_order"), (40, "host"), (50, None)
    ]  # fmt: skip


# -- a GPU's time ------------------------------------------------------------------------------------------


def kernel(number, launch, ts, dur, cat="kernel", name="gemm"):
    runtime = {
        "cat": "cuda_runtime",
        "name": "cudaLaunchKernel",
        "ts": launch,
        "dur": 2,
        "args": {"correlation": number},
    }
    return [runtime, {"cat": cat, "name": name, "ts": ts, "dur": dur, "args": {"correlation": number}}]


def test_the_device_s_time_is_put_down_to_where_it_was_launched():
    events = [
        {"ph": "M", "name": "process_name"},
        {"cat": "cpu_op", "name": "aten::mm", "ts": 0, "dur": 5},
        mark("step", 1, 999),
        mark("d_forward", 10, 9),
        operation(5, 12),
        mark("backward", 20, 10),
        node(5, 20, 9),
        *kernel(1, launch=11, ts=100, dur=50),  # runs long after the host went on
        *kernel(2, launch=21, ts=140, dur=30),  # 10 of it beside the first
        *kernel(3, launch=18, ts=200, dur=5, cat="gpu_memset", name="Memset"),
        *kernel(4, launch=25, ts=300, dur=7, cat="gpu_memcpy", name="Memcpy HtoD (Pinned -> Device)"),
        *kernel(5, launch=31, ts=400, dur=2),
        {"cat": "kernel", "name": "orphan", "ts": 500, "dur": 1, "args": {"correlation": 99}},
        {"cat": "gpu_user_annotation", "name": "ganzoo:host", "ts": 100, "dur": 900},
    ]
    found = device_seconds(events, StepPhases(events))
    assert found == pytest.approx({"d_forward": 55e-6, "d_backward": 20e-6, "data": 7e-6, "other_terms": 3e-6})
    shares = shares_of(found, whole=200e-6)
    assert shares["host"] == pytest.approx(115 / 200) and sum(shares.values()) == pytest.approx(1.0)
    busy = shares_of(found, whole=50e-6)  # the GPU was at work longer than a step takes if nobody watches
    assert busy["host"] == 0.0 and sum(busy.values()) == pytest.approx(1.0)


def test_labels_of_whole_steps_put_kernels_where_they_belong():
    """As on a GPU, with one made-up kernel for each phase that a real trace holds."""
    player = trainer("wgan-gp")
    play(player, 1)
    events = trace(lambda: play(player, 2), CPU)
    found = StepPhases(events)
    assert found.passes == {"G": 12, "D": 32}
    begun = [(time, phase) for time, phase in found.switches if phase is not None]
    for number, (time, _) in enumerate(begun):
        events += kernel(number, launch=time, ts=100.0 * number, dur=10.0)
    phases = [phase for _, phase in begun]
    seconds = device_seconds(events, found)
    assert sum(shares_of(seconds, 1.0).values()) == pytest.approx(1.0)
    for phase in set(TITLES) - {"host", "other_terms"}:
        assert seconds[phase] == pytest.approx(phases.count(phase) * 10e-6), phase
    assert phases.count("second_order") >= 20 and phases.count("optimizer") >= 12


# -- rows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "d_steps", "period"),
    [
        ("[]", 1, 1),
        ("[{name: r1, every: 16}]", 1, 16),
        ("[{name: r1, every: 16}]", 4, 4),
        ("[{name: r1, every: 5}]", 5, 1),
        ("[{name: r1, every: 4}, {name: r2, every: 6}]", 1, 12),
        ("[{name: orthogonal, every: 3}]", 3, 3),  # in G's turn, too
    ],
)
def test_period(terms, d_steps, period):
    assert period_of(trainer(f"dcgan:regularizers={terms}:schedule.d_steps={d_steps}")) == period


def test_a_replayed_step_is_timed_as_such_and_looked_into_eagerly():
    player = trainer("dcgan")
    player.replays = replays = Replays(Tape())
    row = Row("dcgan", 4)
    count_flops(row, player)
    assert replays.recorded == 0
    time_steps(row, player, steps=3)
    assert row.captured and replays.recorded == 1 and row.steps == 3
    assert row.ms_per_step_range[0] <= row.ms_per_step <= row.ms_per_step_range[1]
    assert row.eager_ms_per_step != row.ms_per_step
    find_shares(row, player)
    assert player.replays is replays and row.passes == {"G": 1.0, "D": 3.0}  # it shares its fakes


def test_steps_are_rounded_up_to_whole_periods():
    player = trainer("dcgan:regularizers=[{name: r1, every: 4}]")
    row = Row("dcgan", 4, period=period_of(player))
    count_flops(row, player)
    time_steps(row, player, steps=5)
    assert row.steps == 8 and not row.captured
    assert row.eager_ms_per_step == row.ms_per_step
    assert row.images_per_second == pytest.approx(4000 / row.ms_per_step)


def run(*recipes, steps=1, **changes):
    said = []
    with logged_to(said.append):
        found = run_profile(request(*recipes, **changes), ZOO, Cache.open(), steps=steps)
    return found, said


def test_batches_grow_as_far_as_there_are_images(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found, said = run("dcgan", "wgan-gp", overrides=(*SMALL[:2], "schedule.batch=130"), seeds=(3, 4))
    assert [(r["recipe"], r["batch"], r["status"]) for r in found["rows"]] == [
        (name, batch, status)
        for name in ("dcgan", "wgan-gp")
        for batch, status in ((130, "done"), (520, "done"), (2080, "skipped"))
    ]
    assert reasons(found)[0] == "dcgan, batch 2,080: skipped: there are only 1,797 images"
    assert "dcgan: batch 520" in said
    assert exit_code(found) == 0 and list(tmp_path.iterdir()) == []
    for row in found["rows"]:
        if row["status"] == "done":
            rate = row["flops_per_image"] * row["images_per_second"]
            assert row["flops_per_second"] == pytest.approx(rate)
            assert row["matrix_share"] == pytest.approx(rate / found["matrix_rate"]["flops"])
            assert set(row["parameters"]) == {"G", "D"}
    json.dumps(found, allow_nan=False)


def test_it_is_built_as_the_first_run_would_be(monkeypatch):
    specs = []
    monkeypatch.setattr(profile, "TrainingSession", lambda spec, *rest: specs.append(spec) or 1 / 0)
    found, _ = run("dcgan", seeds=(7, 8), flips=True, threads=1, precision="bf16")
    (spec,) = specs
    assert (spec.seed, spec.flips, spec.threads, spec.precision, spec.extractor) == (7, True, 1, "bf16", None)
    assert found["environment"]["precision"] == "bf16"
    assert [row["status"] for row in found["rows"]] == ["failed"] and exit_code(found) == 1
    assert found["rows"][0]["reason"] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_a_lack_of_memory_is_a_row(monkeypatch, error):
    measure = profile.count_flops

    def fails(row, player):
        if row.batch > 16:
            raise error
        measure(row, player)

    monkeypatch.setattr(profile, "count_flops", fails)
    found, _ = run("dcgan")
    assert [(row["batch"], row["status"]) for row in found["rows"]] == [(16, "done"), (64, "out of memory")]
    assert str(error) in found["rows"][1]["reason"] and exit_code(found) == 0


def test_what_would_exhaust_the_machine_is_not_tried(monkeypatch):
    monkeypatch.setattr(profile, "resident_memory", lambda: 500.0)
    monkeypatch.setattr(profile, "peak_memory", lambda device: 1500.0)
    monkeypatch.setattr(profile, "free_memory", lambda: 3999.0)
    found, _ = run("dcgan")
    assert [(row["batch"], row["status"]) for row in found["rows"]] == [(16, "done"), (64, "out of memory")]
    assert found["rows"][1]["reason"] == "it would take about 4.0 GB, and 4.0 GB are free"
    monkeypatch.setattr(profile, "free_memory", lambda: None)  # not every system tells
    assert [row["status"] for row in run("dcgan")[0]["rows"]] == ["done"] * 3


def test_one_recipe_that_does_not_fit_is_a_row(monkeypatch):
    def misfit(recipes, *given):
        return {"wgan-gp": "no such images"}, {}, {}

    monkeypatch.setattr("ganzoo.bench.plan.misfits", misfit)
    found, _ = run("wgan-gp", "dcgan", overrides=(*SMALL[:2], "schedule.batch=500"))
    assert [(row["recipe"], row["status"]) for row in found["rows"]] == [
        ("wgan-gp", "skipped"), ("dcgan", "done"), ("dcgan", "skipped"),
    ]  # fmt: skip
    assert "wgan-gp, batch 500: skipped: no such images" in reasons(found)


def test_all_that_cannot_be_built_is_an_error(tmp_path):
    np.savez(tmp_path / "plain.npz", images=np.zeros((40, 8, 8), dtype=np.uint8))
    with pytest.raises(RecipeError, match="have no labels"):
        run("dcgan:conditional=true", dataset=str(tmp_path / "plain.npz"))


def test_peak_memory_is_of_what_was_done_since():
    if peak_memory(CPU) is None:
        assert resident_memory() is None
        return
    held = np.ones(16_000_000)  # 128 MB, which are given back at once
    before = peak_memory(CPU)
    assert before >= resident_memory() > 128
    del held
    forget_peak(CPU)
    assert resident_memory() <= peak_memory(CPU) <= before


# -- what is shown -----------------------------------------------------------------------------------------


def a_profile(*rows, kind="cpu"):
    return {
        "environment": {"device": "A thing", "kind": kind, "precision": "fp32", "threads": 2},
        "matrix_rate": {"flops": 5e10, "side": 1536, "dtype": "float32"},
        "rows": [vars(row) for row in rows],
    }


def a_row(name="dcgan", batch=64, **changes):
    settings = {
        "parameters": {"G": 123745, "D": 20417}, "steps": 10, "ms_per_step": 35.25, "eager_ms_per_step": 70.5,
        "ms_per_step_range": (35.0, 36.0), "images_per_second": 1829.0, "turns": {"D": 5, "G": 1},
        "shares": {**dict.fromkeys(TITLES, 0.125), "host": 0.0}, "flops_per_image": 7.144e6,
        "flops_per_second": 1.31e10, "matrix_share": 0.262, "peak_memory_mb": 769.0,
    }  # fmt: skip
    return Row(name, batch, **{**settings, **changes})


def shown(found, capsys, width=80):
    print_profile(found, width=width)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if not set(line) <= set("─ ")]


def test_the_table(capsys):
    lines = shown(a_profile(a_row(), a_row(batch=256, status="out of memory", reason="CUDA out of memory.")), capsys)
    assert lines[:4] == ["recipe dcgan dcgan", "batch 64 256", "ms/step 35.2 out of", "memory"]
    for line in (
        "images/s 1,829 -", "second order 12.5% -", "host 0.0% -", "turns of D 5 -", "MFLOP/image 7.14 -",
        "TFLOP/s 0.0131 -", "of the matrix rate 26.2% -", "parameters of G 123,745 -", "peak memory 769 MB -",
    ):  # fmt: skip
        assert line in lines
    assert "ms/step, eager 70.5 -" not in lines
    text = " ".join(lines)
    assert "dcgan, batch 256: out of memory: CUDA out of memory." in text
    assert "A thing, fp32, 2 threads: matrix rate 0.05 TFLOP/s" in text and "of this process's time" in text


def test_the_table_of_replayed_steps(capsys):
    given = a_profile(a_row(captured=True), a_row("wgan", why_eager="a step waits: item()"), kind="cuda")
    lines = shown(given, capsys)
    assert "ms/step, eager 70.5 70.5" in lines
    text = " ".join(lines)
    assert "wgan, batch 64: every step is played eagerly: a step waits: item()" in text
    assert "of the time of an eager step" in text and "threads" not in text


def test_a_table_that_is_too_wide_is_parted(capsys):
    names = [f"recipe-number-{i}:loss=hinge" for i in range(6)]
    lines = shown(a_profile(*(a_row(name) for name in names)), capsys)
    assert [line.split()[0] for line in lines].count("images/s") == 2
    assert " ".join(lines).count("1,829") == 6
    print_profile(a_profile(*(a_row(name) for name in names)), width=80)
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


COMMAND = ["bench", "dcgan", "--profile", "--profile-steps", "1", "--device", "cpu", "--threads", "1"]
COMMAND += ["-o", "schedule.batch=500", "-o", "generator.width=4", "-o", "discriminator.width=4"]


def test_the_command(tmp_path):
    done = ganzoo_here(*COMMAND, cwd=tmp_path)
    assert "recipe" in done.stdout and "second order" in done.stdout
    assert "dcgan, batch 2,000: skipped: there are only 1,797 images" in done.stdout
    assert "digits: 1,797 images of 8x8x1; steps are measured on cpu" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_as_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, [*COMMAND, "--json", "--quiet"])
    assert (done.exit_code, done.stderr) == (0, "")
    found = read_printed("ganzoo profile --json", done.stdout)
    assert [row["status"] for row in found["rows"]] == ["done", "skipped"]
    assert found["schema"] == 1 and found["environment"]["threads"] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dcgn", "--profile"], "no recipe named 'dcgn'; did you mean 'dcgan'?"),
        (["dcgan", "--profile", "--data", "nowhere"], "nowhere"),
        (["dcgan", "--profile", "--profile-steps", "0"], "'0' is not a whole number of at least 1"),
        (["dcgan", "--profile-steps", "3"], "--profile is not given"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["bench", *words])
    assert done.exit_code == 2 and message in done.stderr and "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.gpu
@pytest.mark.parametrize("name", ["dcgan", "wgan-gp"])
def test_a_profile_on_a_gpu(name):
    player = trainer(name, device="cuda", batch=16)
    row = Row(name, 16)
    count_flops(row, player)
    time_steps(row, player, steps=5)
    find_shares(row, player)
    assert row.captured and row.steps == 5
    assert sum(row.shares.values()) == pytest.approx(1.0)
    named = set(TITLES) - {"second_order", "host"}
    assert all(row.shares[place] > 0 for place in named)
    assert (row.shares["second_order"] > 0) == (name == "wgan-gp")
    assert matrix_rate("cuda", "tf32", seconds=0.05)["flops"] > row.flops_per_second > 0
