import importlib
import json
import sys

import pytest
import torch
from repository import ROOT

from ganzoo.bench.profiling.flops import FlopCounter
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

RESULTS = ROOT / "benchmarks" / "results"
SCRIPTS = (
    "calls",
    "growth",
    "limit",
    "loops",
    "many_plugins",
    "measuring",
    "outsiders",
    "overhead",
    "peers",
    "rest",
    "startup",
    "time_to_quality",
)
TINY = ("generator.width=8", "discriminator.width=8", "schedule.batch=16")


@pytest.fixture(autouse=True)
def _among_the_scripts(monkeypatch):
    """The scripts import one another as they do when one of them is run; nothing of them stays behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield
    for name in SCRIPTS:
        sys.modules.pop(name, None)


def script(name):
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def weights_of(*modules):
    return torch.cat([value.flatten().double() for m in modules for value in m.state_dict().values()])


# -- measuring ------------------------------------------------------------------------------------------------------


class Clock:
    """Tells the time that the contestants say they took."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time


def test_contestants_play_by_turns_and_warm_up_untimed():
    clock, played = Clock(), []

    def contestant(name, cost):
        def step():
            played.append(name)
            clock.time += cost * len(played)

        return step

    found = script("measuring").interleaved(
        {"a": contestant("a", 1.0), "b": contestant("b", 10.0)}, clock, rounds=2, steps=2, warmup=1
    )
    assert "".join(played) == "ab" + "aabb" * 2
    assert found == {"a": [3.5, 7.5], "b": [55.0, 95.0]}


def test_a_ratio_is_taken_within_each_round():
    measuring = script("measuring")
    assert measuring.ratios([2.0, 40.0, 6.0], [1.0, 10.0, 4.0]) == {"median": 2.0, "min": 1.5, "max": 4.0, "n": 3}
    with pytest.raises(ValueError):
        measuring.ratios([1.0], [1.0, 2.0])


def test_the_interval_of_a_median():
    interval = script("measuring").median_interval
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0]) is None  # all five on one side: 2/32, more than 5 %
    assert interval([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]) == (1.0, 6.0)  # 2/64
    assert interval(range(20)) == (5, 14)  # the known ranks 6 and 15 of 20


def test_the_clock_of_one_thread_is_its_own():
    measuring = script("measuring")
    assert measuring.Stopwatch("cpu", 1).kind == "process CPU time"
    assert measuring.Stopwatch("cpu", 2).kind == "wall time"
    watch = measuring.Stopwatch("cpu", 1)
    assert watch.now() <= watch.now()


def test_fits():
    measuring = script("measuring")
    xs = [1.0, 2.0, 4.0, 8.0]
    assert measuring.exponent(xs, [3 * x**2 for x in xs]) == pytest.approx(2)
    assert measuring.line(xs, [5 + 2 * x for x in xs]) == pytest.approx((2, 5))
    assert measuring.bend(xs, [5 + 2 * x for x in xs]) == pytest.approx(0)
    assert measuring.bend([0.0, 1.0, 2.0], [0.0, 0.0, 3.0]) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="no line through 2 points"):
        measuring.line([1.0, 1.0], [1.0, 2.0])
    with pytest.raises(ValueError):
        measuring.exponent(xs, [0.0, 1.0, 2.0, 3.0])


def test_a_table_for_people():
    rows = [{"a": 1.23456, "b": {"median": 2.0, "min": 1.0, "max": 3.0, "n": 5}, "c": True}, {"a": "x", "c": 123456.7}]
    assert script("measuring").table(rows, ("a", "b", "c")).splitlines() == [
        "| a     | b          | c       |",
        "| :---- | :--------- | :------ |",
        "| 1.235 | 2 (1 to 3) | yes     |",
        "| x     | -          | 123,457 |",
    ]


def test_the_record_says_how_it_was_made(tmp_path, capsys):
    measuring = script("measuring")
    out = tmp_path / "x.json"
    made = measuring.parser("Measures.", rounds=3)
    chosen = measuring.parsed(made, ["--device", "cpu", "--out", str(out)])
    tables = {"Title": [{"n": 1, "time": measuring.spread([1.0, 2.0, 3.0])}]}
    record = measuring.report(
        "x", chosen, protocol={"batch": 4}, tables=tables, columns={"Title": ("n", "time")}, versions={"other": "1.0"}
    )
    assert json.loads(out.read_text()) == json.loads(json.dumps(record))
    assert record["command"] == "python benchmarks/x.py --device cpu --out x.json"  # and no folder of this machine
    assert record["environment"]["torch"] == torch.__version__ and record["environment"]["other"] == "1.0"
    assert record["environment"]["threads"] == 1 and record["protocol"] == {"batch": 4}
    assert "2 (1 to 3)" in capsys.readouterr().out
    page = out.with_suffix(".md").read_text()
    assert record["command"] in page and "2 (1 to 3)" in page and "1 thread\n" in page and "batch 4" in page


def test_without_out_nothing_is_written(tmp_path, monkeypatch):
    measuring = script("measuring")
    monkeypatch.setattr(measuring, "ROOT", tmp_path)
    rows = {"tables": {"T": [{"n": 1}]}, "columns": {"T": ("n",)}}
    for words, written in (
        (["--device", "cpu"], []),
        (["--device", "cpu", "--out"], ["benchmarks/results/cpu/a-b.json"]),
    ):
        measuring.report("a_b", measuring.parsed(measuring.parser("", rounds=1), words), protocol={}, **rows)
        assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.json")] == written


def test_a_record_that_is_written_row_by_row_names_the_commit_that_it_began_from(tmp_path, monkeypatch):
    measuring = script("measuring")
    measuring._asked_once.cache_clear()
    commits = iter(["abc", "abc-dirty"])  # the first row's record is a change of the working tree
    real = measuring.environment
    monkeypatch.setattr(measuring, "environment", lambda *of: {**real(*of), "commit": next(commits)})
    out = tmp_path / "x.json"
    chosen = measuring.parsed(measuring.parser("Measures.", rounds=1), ["--device", "cpu", "--out", str(out)])
    for whole in (False, True):
        measuring.report("x", chosen, protocol={}, tables={"T": [{"n": 1}]}, columns={"T": ("n",)}, whole=whole)
        assert json.loads(out.read_text())["environment"]["commit"] == "abc"
    measuring._asked_once.cache_clear()


# -- peers: equal mathematics -----------------------------------------------------------------------------------------


def played(registry, loop, name, *changes, steps=2, memory_format=torch.contiguous_format, sgd=True):
    """Weights after some steps of a loop and of ganzoo's trainer, and how far the loop's came from where they began.

    Without Adam, whose steps are as long for a gradient of rounding errors as for any other.
    """
    loops, peers = script("loops"), script("peers")
    recipe, images = resolve(registry, name, [*TINY, *changes]), peers.synthetic(8, n=64)
    game = loops.Game.begin(recipe, registry, images, memory_format=memory_format)
    ours = peers.trainer(recipe, registry, images, "cpu", "fp32")
    if sgd:
        lr = 1e-3 if name == "wgan-gp" else 0.1  # the penalty's gradients are large
        game.adam = lambda player: torch.optim.SGD(player.parameters(), lr=lr)
        ours.optimizers.update({player: torch.optim.SGD(moves, lr=lr) for player, moves in ours.moves.items()})
    step, began = getattr(loops, loop)(game), weights_of(game.G, game.D)
    for _ in range(steps):
        step()
        ours.step()
    theirs = weights_of(game.G, game.D)
    return theirs, weights_of(ours.parts.G, ours.parts.D), float((theirs - began).abs().max())


FRESH, SHARED = "schedule.share_fakes=false", "schedule.share_fakes=true"


@pytest.mark.parametrize(
    ("loop", "name", "shares"),
    [
        ("plain", "dcgan", FRESH),
        ("plain_shared", "dcgan", SHARED),
        ("studiogan", "dcgan", FRESH),
        ("plain", "sngan-resnet", FRESH),
        ("plain_shared", "sngan-resnet", SHARED),
        ("plain", "wgan-gp", FRESH),
        ("plain_shared", "wgan-gp", SHARED),
        ("studiogan", "wgan-gp", FRESH),
    ],
)
def test_loops_that_are_called_equal_give_equal_weights(registry, loop, name, shares):
    theirs, ours, moved = played(registry, loop, name, shares)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=2e-6)
    assert moved > 1e-2


@pytest.mark.parametrize(("loop", "shares"), [("plain", FRESH), ("plain_shared", SHARED)])
def test_equal_with_the_recipes_own_optimizer_too(registry, loop, shares):
    """In one memory format all but the optimizer is the same to the bit, so that Adam can be compared."""
    theirs, ours, moved = played(registry, loop, "dcgan", shares, memory_format=torch.channels_last, sgd=False)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-6)
    assert moved > 3e-4


@pytest.mark.parametrize(("loop", "shares"), [("plain", SHARED), ("plain_shared", FRESH), ("pytorch_gan", SHARED)])
def test_loops_that_are_not_called_equal_are_not(registry, loop, shares):
    theirs, ours, _ = played(registry, loop, "dcgan", shares)
    assert float((theirs - ours).abs().max()) > 1e-3


def flops(step):
    step()
    with FlopCounter() as counter:
        step()
    return counter.total


def test_ours_needs_no_more_arithmetic_than_any_loop(registry):
    loops, peers = script("loops"), script("peers")
    images = peers.synthetic(8, n=64)
    recipe = resolve(registry, "dcgan", [*TINY, SHARED])
    counts = {
        name: flops(getattr(loops, name)(loops.Game.begin(recipe, registry, images)))
        for name in ("plain", "plain_shared", "studiogan", "pytorch_gan")
    }
    ours = flops(peers.trainer(recipe, registry, images, "cpu", "fp32").step)
    assert ours < min(counts.values())
    assert counts["pytorch_gan"] == counts["plain_shared"] < counts["studiogan"] < counts["plain"]


def test_pytorch_gans_wgan_gp_goes_back_through_the_generator(registry):
    loops, peers = script("loops"), script("peers")
    recipe, images = resolve(registry, "wgan-gp", [*TINY, "schedule.d_steps=2"]), peers.synthetic(8, n=64)
    counts = [flops(loop(loops.Game.begin(recipe, registry, images))) for loop in (loops.plain, loops.pytorch_gan)]
    assert counts[0] < counts[1]


def test_a_loop_computes_low_where_it_is_told_to(registry):
    loops, peers = script("loops"), script("peers")
    seen = []
    for name, low in (("dcgan", torch.bfloat16), ("dcgan", None), ("wgan-gp", torch.bfloat16)):
        recipe = resolve(registry, name, [*TINY, "schedule.d_steps=1"])
        game = loops.Game.begin(recipe, registry, peers.synthetic(8, n=64), low=low)
        dtypes = []
        layer = next(m for m in game.D.modules() if isinstance(m, torch.nn.Conv2d))
        layer.register_forward_hook(lambda module, args, out, dtypes=dtypes: dtypes.append(out.dtype))
        loops.plain(game)()
        assert all(p.dtype == torch.float32 for p in game.D.parameters())
        seen.append(dtypes)
    low, full = torch.bfloat16, torch.float32
    assert seen == [[low] * 3, [full] * 3, [full] * 3 + [low]]  # with a penalty, G's turn alone


def test_a_game_refuses_what_the_loops_do_not_know(registry):
    loops, images = script("loops"), script("peers").synthetic(8, n=64)
    for changes in (["loss=least-squares"], ["regularizers=[r1]"]):
        with pytest.raises(ValueError, match="know no recipe such as dcgan"):
            loops.Game.begin(resolve(registry, "dcgan", [*TINY, *changes]), registry, images)
    game = loops.Game.begin(resolve(registry, "dcgan", [*TINY, "g_optimizer.eps=1.0e-3"]), registry, images)
    with pytest.raises(ValueError, match="Adam with betas"):
        loops.plain(game)


class Torchgan:
    """What is used of torchgan's losses."""

    class DiscriminatorLoss(torch.nn.Module):
        def train_ops(self, generator, discriminator, optimizer, real, device):
            assert generator.label_type == discriminator.label_type == "none"
            optimizer.zero_grad()
            fake = generator(torch.randn(len(real), generator.encoding_dims, device=device)).detach()
            self(discriminator(real), discriminator(fake)).backward()
            optimizer.step()

    class GeneratorLoss(torch.nn.Module):
        def train_ops(self, generator, discriminator, optimizer, device, batch_size):
            optimizer.zero_grad()
            self(discriminator(generator(torch.randn(batch_size, generator.encoding_dims)))).backward()
            optimizer.step()


def test_torchgans_steps_move_both_players(registry, monkeypatch):
    outsiders, loops, peers = script("outsiders"), script("loops"), script("peers")
    monkeypatch.setattr(outsiders, "_imported", lambda module, distribution: Torchgan)
    recipe = resolve(registry, "sngan-resnet", TINY)
    game = loops.Game.begin(recipe, registry, peers.synthetic(8, n=64))
    before = weights_of(game.G), weights_of(game.D)
    outsiders.torchgan(game)()
    assert (weights_of(game.G) != before[0]).any() and (weights_of(game.D) != before[1]).any()


def test_a_library_that_is_not_there_is_told(registry, monkeypatch):
    outsiders, loops, peers = script("outsiders"), script("loops"), script("peers")
    images = peers.synthetic(8, n=64)
    monkeypatch.setattr(outsiders, "_version", lambda distribution: None)
    game = loops.Game.begin(resolve(registry, "dcgan", TINY), registry, images)
    before = dict(sys.modules)
    for loop, name in ((outsiders.torchgan, "torchgan"), (outsiders.mimicry, "torch-mimicry")):
        with pytest.raises(outsiders.UnavailableError, match=f"{name} is not installed"):
            loop(game)
    assert sys.modules.keys() - before.keys() == set()  # what stood in is gone
    low = loops.Game.begin(resolve(registry, "dcgan", TINY), registry, images, low=torch.bfloat16)
    for loop in (outsiders.torchgan, outsiders.mimicry):
        with pytest.raises(outsiders.UnavailableError, match="has no"):
            loop(low)


def test_stand_ins_give_way_to_what_was_there(monkeypatch):
    outsiders = script("outsiders")
    there = sys.modules["json"]
    with outsiders._stand_ins("json", "no_such_module"):
        from no_such_module import anything

        assert anything is None and sys.modules["json"] is not there
    assert sys.modules["json"] is there and "no_such_module" not in sys.modules


@pytest.mark.slow
def test_peers_side_by_side(tmp_path, capsys):
    out = tmp_path / "peers.json"
    words = ["dcgan", "--size", "8", "--batch", "8", "--rounds", "2", "--device", "cpu", "--precisions", "fp32", "bf16"]
    words += ["-o", "generator.width=4", "-o", "discriminator.width=4", "--out", str(out)]
    peers = script("peers")
    assert peers.main(words) == 0
    tables = json.loads(out.read_text())["tables"]
    assert list(tables) == ["dcgan, fp32", "dcgan, bf16"]
    for rows in tables.values():
        assert {row["contestant"] for row in rows} == {*peers.LOOPS, *peers.OURS}
        timed = {row["contestant"]: row for row in rows if "ms a step" in row}
        assert timed["plain"]["x plain"] == {"median": 1, "min": 1, "max": 1, "n": 2}
        assert timed["ganzoo, shared fakes"]["equal to"] == "plain, shared fakes"
        assert all(row["note"] for row in rows if row["contestant"] not in timed)
        speeds = [row["real images/s"] for row in rows if "ms a step" in row]
        assert speeds == sorted(speeds, reverse=True)
    assert "| plain " in capsys.readouterr().out


# -- overhead ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [FRESH, SHARED])
def test_the_step_by_hand_is_the_engines_to_the_bit(registry, shares):
    loops, peers, overhead = script("loops"), script("peers"), script("overhead")
    recipe, images = resolve(registry, "dcgan", [*TINY, shares]), peers.synthetic(8, n=64, channels=1)
    game = loops.Game.begin(recipe, registry, images, memory_format=torch.channels_last)
    step, average = overhead.by_hand(game)
    ours = peers.trainer(recipe, registry, images, "cpu", "fp32")
    before = weights_of(average.model)
    for _ in range(3):
        step()
        ours.step()
    assert torch.equal(weights_of(game.G, game.D), weights_of(ours.parts.G, ours.parts.D))
    assert torch.equal(weights_of(average.model), weights_of(ours.average.model))
    assert not torch.equal(before, weights_of(average.model))


@pytest.mark.slow
def test_overhead_is_told(capsys):
    words = ["--sizes", "8", "--rounds", "2", "--batch", "4", "--block", "0.001", "--device", "cpu"]
    assert script("overhead").main([*words, "-o", "generator.width=4", "-o", "discriminator.width=4"]) == 0
    told = capsys.readouterr().out
    assert "| 8x8x1  | fresh  |" in told and "| 8x8x1  | shared |" in told


# -- limit ------------------------------------------------------------------------------------------------------------


def test_bytes_that_autograd_keeps():
    limit = script("limit")
    w = torch.ones(10, requires_grad=True)

    def step():
        x = torch.ones(5, 10)
        (x * w.square()).exp().sum().backward()  # keeps x, w and the exponential

    assert limit.kept_bytes(step, {w.untyped_storage().data_ptr()}) == 2 * 50 * 4
    assert limit.kept_bytes(step, set()) == 2 * 50 * 4 + 40


def test_bytes_of_weights():
    weight_bytes = script("limit").weight_bytes
    assert weight_bytes(100, 1000, d_steps=1, averaged=False) == (10_000 + 200) + (1000 + 2000)
    assert weight_bytes(100, 1000, d_steps=5, averaged=True) == 5 * (10_000 + 200) + (1000 + 2000) + 300


def test_needs_grow_with_the_batch(registry):
    limit, peers = script("limit"), script("peers")

    def need(batch):
        recipe = resolve(registry, "wgan-gp", [*TINY, f"schedule.batch={batch}", "schedule.d_steps=2"])
        return limit.needs(peers.trainer(recipe, registry, peers.synthetic(8, n=64), "cpu", "fp32"))[0]

    few, many = need(4), need(8)
    assert many["flops"] == 2 * few["flops"] > 0
    assert many["weight bytes"] == few["weight bytes"] > 0
    assert 1.8 < many["activation bytes"] / few["activation bytes"] < 2.1


def test_families_of_operators():
    family = script("limit").family
    assert family("aten::_fused_adam_") == family("aten::_foreach_lerp_") == "optimizer and average"
    assert family("aten::mkldnn_convolution") == family("aten::addmm") == "convolutions and products"
    assert family("aten::native_batch_norm") == "normalisation"
    assert family("aten::copy_") == "copies"
    assert family("aten::softplus") == "elementwise and the rest"


def test_share_of_the_limit(tmp_path):
    out = tmp_path / "limit.json"
    words = ["dcgan", "--batches", "4", "--size", "8", "--rounds", "1", "--matrix", "64", "--copy", "4"]
    words += ["-o", "regularizers=[{name: r1, weight: 1.0, every: 2}]", "-o", "conditional=true"]
    words += ["-o", "generator.width=4", "-o", "discriminator.width=4", "--device", "cpu", "--out", str(out)]
    assert script("limit").main(words) == 0
    tables = json.loads(out.read_text())["tables"]
    assert [row["rate"]["median"] > 0 for row in tables["What the device does"]] == [True, True]
    (row,) = tables["Share of the limit"]
    slowest = min(row["FLOP bound, images/s"], row["memory bound, images/s"])
    assert row["share"] == pytest.approx(row["real images/s"] / slowest)
    (alone,) = tables["The step's own convolutions and products, alone"]
    assert alone["steps"] == 2 and alone["alone"] == pytest.approx(
        alone["ms alone"]["median"] / alone["ms a step"]["median"]
    )
    rest = script("rest")
    assert alone["alone"] + alone["slower within the step"] + sum(alone[part] for part in rest.PARTS) == pytest.approx(
        1
    )
    (said,) = tables["What takes the rest"]
    assert said["rest"].startswith("alone its convolutions") or said["rest"] == "at least 95%"


def test_bounds_are_the_medians_of_what_each_round_allowed():
    need = {"flops": 8e9, "activation bytes": 1e9, "weight bytes": 1e9}
    rates = {"product": [80e9, 40e9, 80e9], "copy": [20e9, 20e9, 5e9]}
    row = script("limit").bounds(need, [0.2, 0.4, 0.5], rates, images=16)
    # rounds: max(0.1, 0.1) of 0.2 s, max(0.2, 0.1) of 0.4 s, max(0.1, 0.4) of 0.5 s
    assert (row["share"], row["share, round by round"]["max"]) == (0.5, 0.8)
    assert row["real images/s"] == 40 and row["FLOP bound, images/s"] == row["memory bound, images/s"] == 160
    assert row["GB a step"] == 2


def test_calls_alone_are_compared_with_the_step_and_with_the_matrix_product_of_their_round():
    limit, rest = script("limit"), script("rest")
    shares = dict.fromkeys(rest.PARTS, 0.02) | {rest.PRODUCTS: 0.88}
    row = limit.of_calls(8e9, [0.2, 0.4, 0.2], [0.16, 0.32, 0.19], [100e9, 50e9, 100e9], shares)
    assert row["alone"] == pytest.approx(0.8) and row["of the matrix rate"] == pytest.approx(0.5)
    assert row["slower within the step"] == pytest.approx(0.08)
    assert row["rest"].startswith(
        "alone its convolutions and products take 80.0% of the step; the rest: the same convolutions and products, "
        "slower within the step 8.0%; "
    )
    assert limit.of_calls(8e9, [0.2], [0.19], [100e9], shares)["rest"] == "at least 95%"


# -- calls and the rest -----------------------------------------------------------------------------------------------


def test_calls_that_are_played_again_are_the_same_operations_on_the_same_layouts():
    calls = script("calls")
    conv = torch.nn.Conv2d(3, 4, 3, padding=1).to(memory_format=torch.channels_last)
    x = torch.randn(2, 3, 8, 8, requires_grad=True).contiguous(memory_format=torch.channels_last)
    w = torch.randn(5, 4, requires_grad=True)
    with calls.Calls() as seen:
        torch.nn.functional.linear(conv(x).relu().mean((2, 3)), w).square().sum().backward()
    names = [call.operator.overloadpacket.__name__ for call in seen.calls]
    assert names.count("convolution") == names.count("convolution_backward") == 1 and names.count("mm") == 3
    first = seen.calls[0]
    assert first.args[0].shape == (2, 3, 8, 8) and first.args[0].stride == (192, 1, 24, 3)
    made = first.args[0].made()
    assert made.shape == (2, 3, 8, 8) and made.stride() == (192, 1, 24, 3)
    with calls.Calls() as again:
        calls.Alone(seen.calls)()
    assert again.calls == seen.calls and again.counts == seen.counts and again.total > 0


def test_tensors_that_are_spread_or_empty_are_made_alike():
    like = script("calls").Like
    cpu = torch.device("cpu")
    spread_out = like((4, 3), (0, 1), torch.bfloat16, cpu, 0).made()
    assert spread_out.stride() == (0, 1) and spread_out.dtype == torch.bfloat16
    assert bool((spread_out[0] == spread_out[3]).all())
    assert like((0, 3), (3, 1), torch.float32, cpu, 0).made().shape == (0, 3)


def event(name, begin, end, kind="cpu_op", thread=1):
    return {"ph": "X", "cat": kind, "name": name, "ts": begin, "dur": end - begin, "tid": thread}


def test_time_outside_of_products_goes_to_the_operator_and_the_phase_that_it_is_in():
    rest, limit = script("rest"), script("limit")
    label = {"kind": "user_annotation"}
    events = [
        event("ganzoo:step", 0, 100, **label),
        event("ganzoo:data", 0, 10, **label),
        event("aten::index", 2, 8),
        event("ganzoo:d_forward", 10, 50, **label),
        event("aten::conv2d", 10, 30),
        event("aten::mkldnn_convolution", 11, 29),
        event("aten::empty", 12, 13),  # within a product
        event("aten::batch_norm", 30, 40),
        event("aten::mul", 31, 35),  # within a batch norm
        event("aten::relu", 40, 48),
        event("aten::add", 52, 56),
        event("ganzoo:optimizer", 60, 90, **label),
        event("aten::_fused_adam_", 60, 85),
        event("aten::mul", 0, 100, thread=2),
        event("aten::mul", 200, 300),
        {"ph": "i", "name": "mark", "ts": 5, "tid": 1},
    ]
    found = rest.shares(events, limit.family)
    assert {name: round(100 * share, 6) for name, share in found.items()} == {
        rest.PRODUCTS: 20,
        rest.NORMS: 10,
        rest.NETWORKS: 8,
        rest.TERMS: 4,
        rest.OPTIMIZER: 25,
        rest.DATA: 6,
        rest.HOST: 27,
    }


def test_a_product_within_another_operator_is_a_product():
    rest, limit = script("rest"), script("limit")
    events = [
        event("ganzoo:step", 0, 100, kind="user_annotation"),
        event("aten::einsum", 10, 60),
        event("aten::bmm", 20, 50),
    ]
    found = rest.shares(events, limit.family)
    assert found[rest.PRODUCTS] == pytest.approx(0.3) and found[rest.TERMS] == pytest.approx(0.2)


def test_the_rest_is_told_the_greatest_first_and_not_where_there_is_little():
    rest = script("rest")
    found = dict.fromkeys(rest.PARTS, 0.0) | {rest.PRODUCTS: 0.9, rest.OPTIMIZER: 0.07, rest.HOST: 0.03}
    assert rest.told(0.95, found) is None
    assert rest.told(0.88, found) == (
        "alone its convolutions and products take 88.0% of the step; the rest: optimizer, average 7.0%; "
        "Python, autograd's engine 3.0%; the same convolutions and products, slower within the step 2.0%"
    )
    assert "slower" not in rest.told(0.92, found)


# -- growth -----------------------------------------------------------------------------------------------------------

GIVEN = {"device": "cpu", "threads": 1, "steps": 1, "batch": 4, "size": 8, "width": 4}


@pytest.mark.parametrize("title", ["image-size", "batch", "samples", "recipes"])
def test_a_point_of_each_sweep(title, monkeypatch):
    monkeypatch.setattr(script("growth"), "tell", lambda line: None)
    sweep = script("growth").SWEEPS[title]
    found = sweep.work(sweep.tiny[0], GIVEN)
    assert found["seconds"] > 0 and found.get("MB", 0) >= 0


def test_plugins_that_are_made_are_listed(tmp_path, monkeypatch):
    growth = script("growth")
    growth.install(3, tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}")
    assert growth.plugins(3, GIVEN)["seconds"] > 0
    with pytest.raises(RuntimeError, match="tells of 3 of the 2 losses"):
        growth.plugins(2, GIVEN)


def test_a_sweep_and_its_fit(tmp_path, monkeypatch, capsys):
    growth, out = script("growth"), tmp_path / "growth.json"
    monkeypatch.setattr(growth, "_child", lambda title, n, given, more: {"seconds": 1.0 + n, "MB": 7.0 * n})
    assert growth.main(["batch", "image-size", "--tiny", "--rounds", "2", "--device", "cpu", "--out", str(out)]) == 0
    tables = json.loads(out.read_text())["tables"]
    assert [row["n"] for row in tables["batch, in images"]] == [4, 8, 16]
    fits = {row["what"]: row for row in tables["How it grows"]}
    assert fits["MB by batch"]["exponent"] == pytest.approx(1)
    assert fits["MB by batch"]["each one more"] == pytest.approx(7)
    assert fits["seconds by batch"]["at none"] == pytest.approx(1)
    assert fits["seconds by batch"]["bend"] == pytest.approx(0)
    assert fits["MB by image size"]["exponent"] == pytest.approx(0.5)  # of the pixels
    assert fits["MB by image size"]["from the least to the most"] == "4 times for 16 times"


def test_a_point_is_a_process_of_its_own(tmp_path, monkeypatch):
    growth = script("growth")
    assert growth._child("recipes", 1, GIVEN, {})["seconds"] > 0
    broken = tmp_path / "broken.py"
    broken.write_text("import sys\nsys.exit(f'no {sys.argv[1]}')\n")
    monkeypatch.setattr(growth, "__file__", str(broken))
    with pytest.raises(RuntimeError, match="recipes at 1 failed:\nno --point"):
        growth._child("recipes", 1, GIVEN, {})


# -- many plugins -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("all_there", [True, False])
def test_many_plugins_are_set_beside_ours_alone(tmp_path, monkeypatch, all_there):
    many = script("many_plugins")
    monkeypatch.setattr(many, "tell", lambda line: None)

    def told(there, *words):
        more = "site" in there.get("PYTHONPATH", "")
        names = sorted((tmp_path / "site").glob("growth_*-1.0.dist-info"))
        lines = [f"growth-{i:04}  growth_{i:04}  -" for i in range(len(names) - (not all_there))] if more else []
        return "\n".join(["name  plugin", *lines]), 0.5 if more else 0.25, 0.4 if more else 0.2

    monkeypatch.setattr(many, "_told", told)
    ours, with_more = many.compared(3, 2, tmp_path)
    assert [row["listed"] for row in (ours, with_more)] == [True, all_there]
    assert (ours["ratio"]["median"], with_more["ratio"]["median"], with_more["ratio"]["n"]) == (1.0, 2.0, 2)
    assert (ours["seconds"]["median"], with_more["seconds of a CPU"]["median"]) == (0.25, 0.4)


# -- start-up ---------------------------------------------------------------------------------------------------------


def test_commands_answer_and_import_no_torch(tmp_path):
    startup = script("startup")
    there = startup._environment(str(tmp_path), 1, {})
    names = [
        "python -c pass",
        "ganzoo --help",
        "ganzoo list",
        "ganzoo show dcgan",
        "tab: ganzoo bench dcgan -o generator.",
    ]
    rows = startup.commands(names, 1, there)
    assert [(row["command"], row["torch"], row["answers"]) for row in rows] == [(name, False, True) for name in names]
    assert all(row["seconds"]["n"] == 1 for row in rows)
    assert startup.imports_torch(startup.Asked(("-c", "import torch")), there)
    wrong = startup.Asked(("-P", "-m", "ganzoo", "--version"), "no such thing")
    _, done = startup.answered(wrong, there)
    assert done.returncode == 0 and wrong.holds not in done.stdout


@pytest.mark.slow
def test_the_first_step_after_torch(tmp_path):
    startup = script("startup")
    there = startup._environment(str(tmp_path), 1, {})
    (row,) = startup.first_steps(["dcgan"], 1, 1, there)
    stages = [
        row[stage]["median"] for stage in ("import ganzoo", "plugins and recipe", "data", "networks", "first step")
    ]
    assert sum(stages) == pytest.approx(row["seconds"]["median"], abs=0.05)
    with pytest.raises(RuntimeError, match="the first step of nonesuch failed"):
        startup.first_steps(["nonesuch"], 1, 1, there)


# -- time to quality --------------------------------------------------------------------------------------------------


def run(recipe, seed, *distances, status="done"):
    looks = [{"kimg": 10.0 * i, "seconds": 2.0 * i, "metrics": {"fid": d}} for i, d in enumerate(distances, 1)]
    rate = 5000.0 if distances else None
    return {"recipe": recipe, "seed": seed, "status": status, "evaluations": looks, "images_per_second": rate}


def test_the_median_seed_and_the_seed_that_never_comes():
    row_of = script("time_to_quality").row_of
    runs = [run("a", 0, 30, 9, 4), run("a", 1, 19, 11, 12), run("a", 2, 50, 21, 9.9)]
    row = row_of("a", runs, (20.0, 10.0, 5.0))
    assert [at["seconds"] for at in row["targets"]] == [4.0, 6.0, None]
    assert (row["s to 20"], row["s to 10"], row["s to 5"]) == ("4", "6 (2 of 3 seeds)", "never (1 of 3 seeds)")
    assert row["targets"][1]["seeds"] == [{"seconds": 4.0, "kimg": 20.0}, None, {"seconds": 6.0, "kimg": 30.0}]
    assert row["best distance"] == 9.9 and row["not done"] is None


def test_a_run_that_failed_is_slower_than_any():
    row = script("time_to_quality").row_of("a", [run("a", 0, 9), run("a", 1, 9), run("a", 2, status="failed")], (10.0,))
    assert row["targets"][0]["seconds"] == 2.0 and row["not done"] == ["seed 2 failed"]


def test_a_target_is_reached_below_it():
    reached = script("time_to_quality").reached
    assert reached(run("a", 0, 10, 9.99)["evaluations"], 10.0)["kimg"] == 20.0
    assert reached(run("a", 0, 10)["evaluations"], 10.0) is None


def test_the_fastest_comes_first():
    quality = script("time_to_quality")
    runs = {"slow": [run("slow", 0, 9, 4)], "quick": [run("quick", 0, 4)], "early": [run("early", 0, 9, 9)]}
    rows = quality.fastest_first(quality.row_of(name, found, (10.0, 5.0)) for name, found in runs.items())
    assert [row["recipe"] for row in rows] == ["quick", "slow", "early"]


def bench_of(protocol, recipes=("a", "b"), **changes):
    looks = range(protocol.evaluations)
    return {
        "seeds": [0, 1, 2],
        "budget": {"kimg": float(protocol.kimg)},
        "samples": protocol.samples,
        "extractor": {"extractor": protocol.extractor},
        "columns": [{"key": "fid", "label": "FD[digits]", "better": "lower"}],
        "dataset": {"name": "digits", "hash": "0", "n": 1797, "channels": 1, "height": 8, "width": 8, "source": "/x"},
        "started": "then",
        "finished": "later",
        "environment": {"device": "some CPU"},
        "runs": [run(name, seed, *(40.0 / (i + 1 + seed) for i in looks)) for name in recipes for seed in range(3)],
        **changes,
    }


def test_a_bench_that_was_played_before_is_read(tmp_path, capsys):
    quality = script("time_to_quality")
    (tmp_path / "results.json").write_text(json.dumps(bench_of(quality.PROTOCOLS["digits"])))
    out = tmp_path / "out.json"
    assert quality.main(["b", "--bench", str(tmp_path), "--device", "cpu", "--out", str(out)]) == 0
    record = json.loads(out.read_text())
    ((title, (row,)),) = record["tables"].items()
    assert title == "Seconds of training to reach a FD[digits] on digits, median of 3 seeds"
    # the distances of seed s are 40/(1+s), 40/(2+s), ...: seed 1 is below 20 at its second look, below 10 at its fourth
    assert [at["seconds"] for at in row["targets"]] == [4.0, 8.0, 16.0]
    assert record["protocol"]["targets"] == [20.0, 10.0, 5.0] and "/x" not in out.read_text()
    assert "| b      | 4" in capsys.readouterr().out


def test_a_bench_of_another_protocol_is_refused():
    quality = script("time_to_quality")
    protocol = quality.PROTOCOLS["digits"]
    with pytest.raises(SystemExit, match="its seeds are \\[0, 1\\] and not"):
        quality.rows_of(bench_of(protocol, seeds=[0, 1]), ["a"], protocol)
    with pytest.raises(SystemExit, match="its evaluations are"):
        quality.rows_of(bench_of(quality.Protocol((1.0,), "digits", 1797, 400, 3)), ["a"], protocol)
    with pytest.raises(SystemExit, match="has no recipe 'c'"):
        quality.rows_of(bench_of(protocol), ["c"], protocol)
    with pytest.raises(SystemExit, match="no protocol for the data 'faces'"):
        quality.protocol_of("faces")


def test_the_bench_is_one_that_the_command_line_takes(tmp_path, capsys, monkeypatch):
    """What is played keeps to the protocol, or a table could not be made of it."""
    from ganzoo.cli import cli

    quality = script("time_to_quality")
    protocol = quality.PROTOCOLS["digits"]
    seen = []
    words = quality.bench_command(["dcgan"], "digits", protocol, tmp_path / "b", "--device", "cpu", "--threads", "1")
    monkeypatch.setattr("ganzoo.cli.playing.bench.play", lambda settings, **shown: seen.append(settings) or 0)
    with pytest.raises(SystemExit) as ended:
        cli(words, standalone_mode=False)
    assert ended.value.code == 0
    (asked,) = seen
    assert (asked.seeds, asked.budget, asked.samples) == ((0, 1, 2), Budget(kimg=400), 1797)
    assert (asked.evaluations, asked.extractor, asked.metrics, asked.parallel) == (40, "digits", ("fid",), 1)
    assert quality.named("some/where/CIFAR10-jpeg.tar.xz") == "cifar10-jpeg"


def test_a_bench_is_played_and_read(tmp_path, capsys, monkeypatch):
    quality = script("time_to_quality")
    monkeypatch.setitem(
        quality.PROTOCOLS, "digits", quality.Protocol((1e9, 1e-9), "digits", samples=64, kimg=1, evaluations=2)
    )
    monkeypatch.setattr(quality, "SEEDS", (0, 1))
    monkeypatch.chdir(tmp_path)
    spec = "dcgan:generator.width=4:discriminator.width=4"
    monkeypatch.setenv("PYTHONPATH", "")
    assert quality.main([spec, "--device", "cpu", "--bench", str(tmp_path / "b")]) == 0
    told = capsys.readouterr().out
    assert spec in told and "never (0 of 2 seeds)" in told


# -- what is committed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted(RESULTS.glob("*/*.json")), ids=lambda path: path.relative_to(RESULTS).as_posix()
)
def test_a_committed_record_names_no_folder_of_a_machine(path):
    text = path.read_text()
    assert not [home for home in ("/home/", "/root/", "/tmp/", "/Users/", "/work/") if home in text]
