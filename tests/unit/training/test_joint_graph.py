"""Games whose steps are one CUDA graph, captured by PyTorch's own CUDA code on a pretended GPU."""

import json

import pytest
from pretend_gpu import answer

PLAYED = """
import json, sys
import torch
from ganzoo.recipes.building.build import build_parts
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer
from ganzoo.training.joint import Joint
from ganzoo.training.execution.layers import LayersStream
from ganzoo.training.execution.replay import CudaGraphs
from ganzoo.interfaces import Regularizer
from ganzoo.recipes.recipe import resolve
from ganzoo.testing.pretend_cuda import counts

DEVICE = torch.device("cuda:0")
REGISTRY = load_zoo(third_party=False).registry


class Waits(Regularizer):
    def g_penalty(self, turn):
        torch.cuda.synchronize()
        return turn.on_fake["logits"].mean()


def lane(name, seed, *, waits=False, **how):
    layers = LayersStream(DEVICE)
    with layers.drawn_from():
        recipe = resolve(REGISTRY, name, ("schedule.batch=4",))
        parts = build_parts(recipe, REGISTRY, image_size=8, channels=1, num_classes=10, seed=seed)
        if waits:
            parts.regularizers.append(Waits())
        images = torch.zeros(40, 1, 8, 8, dtype=torch.uint8)
        return Trainer(recipe, parts, images, torch.arange(40) % 10, seed=seed, device=DEVICE, **how), layers.drawn_from


def step(joint, lanes):
    for game, _ in lanes:
        game.load()
    if joint.step():
        return True
    for game, playing in lanes:
        with playing():
            game.play_loaded(recorded=bool(joint.why_apart))
    return False


def costs(found):
    calls = found.calls(*(f"cuda{name}" for name in (
        "GraphLaunch", "Malloc", "Free", "HostAlloc", "DeviceSynchronize", "StreamSynchronize", "EventSynchronize"
    )))
    return calls, sum(n for name, n in found.counts.items() if name.startswith("memcpy:"))


def played(name, k, steps, **how):
    lanes = [lane(name, seed, **how) for seed in range(k)]
    joint = Joint(CudaGraphs(DEVICE, branches=k))
    joint.of(lanes)
    told = {"offences": [], "graphs": [], "last": None}
    for _ in range(steps):
        for game, _ in lanes:
            if (coming := getattr(game.feed, "_coming", None)) is not None:
                coming.filled.result()  # which another thread sends, sooner or later
        counts.reset()
        step(joint, lanes)
        found = counts.read()
        told["offences"] += found.offences
        told["graphs"] += found.graphs
        told["last"] = costs(found)
    return lanes, joint, told
"""

SIDE_BY_SIDE = """
told = []
for feed in ("resident", "streamed"):
    told.append([])
    for k in (1, 3):
        lanes, joint, seen = played(sys.argv[1], k, 24, streamed=feed == "streamed")
        seen["alone"] = [game.replays.recorded for game, _ in lanes]
        told[-1].append(seen | {"recorded": joint.replays.recorded})
print(json.dumps(told))
"""


def nodes(line):
    return int(line.partition(" ")[0])


CHANGING = (
    "dcgan:g_optimizer.lr={shape: linear, start: 1e-3, end: 0, over: 1}:"
    "d_optimizer.betas.1={shape: cosine, start: 0.9, end: 0.99, over: 1}:"
    "schedule.ema={halflife: {shape: linear, start: 0, end: 1, over: 1}, warmup: false}"
)


SLOW = [pytest.param(recipe, marks=pytest.mark.slow) for recipe in (CHANGING, "tutorial-dcgan")]


@pytest.mark.parametrize("recipe", ["wgan-gp", *SLOW])  # the last one draws from torch's generator
def test_a_step_of_all_games_is_one_launch_and_nothing_else(recipe):
    for alone, three in answer(PLAYED + SIDE_BY_SIDE, recipe):
        for told in (alone, three):
            assert told["offences"] == []
            assert told["last"] == [{"cudaGraphLaunch": 1}, 0]
            assert set(told["alone"]) == {0}  # none holds graphs of its own beside
            assert told["recorded"] == len(told["graphs"]) == 2  # steps that measure gradients, and those that do not
        # the branches are those of the games alone, and no work more
        assert [nodes(line) for line in three["graphs"]] == [3 * nodes(line) for line in alone["graphs"]]


LEAVES = """
lanes, joint, told = played("dcgan", 3, 24)
joint.of(lanes[:2])
told["graphs"] = []
for _ in range(3):
    counts.reset()
    step(joint, lanes[:2])
    found = counts.read()
    told["offences"] += found.offences
    told["graphs"] += found.graphs
    told["last"] = costs(found)
print(json.dumps(told | {"steps": [game.steps for game, _ in lanes]}))
"""


def test_games_that_are_left_are_captured_anew():
    told = answer(PLAYED + LEAVES)
    assert told["steps"] == [27, 27, 24]
    assert told["offences"] == [] and told["graphs"] and told["last"] == [{"cudaGraphLaunch": 1}, 0]


BROKEN = """
stream = torch.cuda.current_stream()
lanes, joint, told = played("tutorial-dcgan", 2, 6, waits=True)
with lanes[0][1]():
    torch.rand(3, device=DEVICE)
torch.rand(3, device=DEVICE)
print(json.dumps({
    "joint": joint.why_apart,
    "alone": [game.why_eager for game, _ in lanes],
    "steps": [[game.steps, game.turns] for game, _ in lanes],
    "same stream": torch.cuda.current_stream() == stream,
}))
"""


def test_after_a_capture_that_broke_the_games_go_on_eagerly_and_say_what_broke_it():
    told = answer(PLAYED + BROKEN)
    reason = "captured: CUDA error: operation not permitted when stream is capturing"
    assert told["joint"] == f"their steps cannot be {reason.replace('captured', 'captured together')}"
    assert told["alone"] == [f"a step cannot be {reason}"] * 2
    assert told["steps"] == [[6, {"D": 6, "G": 6}]] * 2 and told["same stream"]


LOADED = """
game, _ = lane("dcgan", 0)
for _ in range(12):
    losses = game.step()
game.load_state(*game.state())  # what was recorded is let go of, but for the losses that somebody holds
for _ in range(12):
    game.step()
counts.reset()
game.step()
found = counts.read()
print(json.dumps([found.offences, costs(found), game.why_eager, losses["d_loss"].shape]))
"""


def test_a_game_goes_on_from_a_checkpoint_while_somebody_holds_its_losses():
    assert answer(PLAYED + LOADED) == [[], [{"cudaGraphLaunch": 1}, 0], "", []]


STREAMS = """
import json, torch
from ganzoo.backend.streams import copy_stream, own_stream
from ganzoo.errors import SetupError

class Holder:
    def __init__(self):
        self.stream = own_stream(device, self)

device = torch.device("cuda:0")
held = [Holder() for _ in range(20)]
del held[::2]
held += [Holder() for _ in range(20)]
copying = {copy_stream(device).cuda_stream for _ in range(2)}
try:
    held += [Holder() for _ in range(20)]
except SetupError as error:
    told = str(error)
held += [Holder()]
print(json.dumps([len(held), len({holder.stream.cuda_stream for holder in held} | copying), len(copying), told]))
"""


def test_no_stream_is_given_out_twice_while_it_is_held():
    held, different, copying, told = answer(STREAMS)
    assert copying == 1  # everybody's
    assert different == held + copying == 32
    assert told == "PyTorch has 32 CUDA streams for cuda:0, and all are in use; give a smaller --together"


MANY = """
from ganzoo.backend.streams import MOST_BRANCHES
lanes, joint, told = played("gan", MOST_BRANCHES, 12, streamed=True)
print(json.dumps([MOST_BRANCHES, joint.why_apart, told["last"][0], told["offences"]]))
"""

TOO_MANY = """
import json
from small_benches import request
from ganzoo.bench.plan import prepare
from ganzoo.storage.cache import Cache
from ganzoo.registry.discovery import load_zoo
from ganzoo.errors import SetupError

told = []
for seeds in (30, 31):
    try:
        asked = request("dcgan", seeds=tuple(range(seeds)), together=64, device="cuda:0")
        told.append(len(prepare(asked, load_zoo(third_party=False), Cache.open()).specs))
    except SetupError as error:
        told.append(str(error))
print(json.dumps(told))
"""


@pytest.mark.slow
def test_as_many_games_as_there_are_streams_for_are_played_and_more_are_refused_at_once():
    most, why_apart, calls, offences = answer(PLAYED + MANY)
    assert why_apart == "" and calls["cudaGraphLaunch"] == 1 and offences == []
    planned, told = answer(TOO_MANY)
    assert planned == most == 30
    assert told == (
        "--together 64 asks for more CUDA streams than PyTorch has: a process plays at most 30 seeds on a GPU at once; "
        "give --together 30"
    )


FRESH = [
    "from ganzoo.training.execution.layers import LayersStream; LayersStream(device)",
    "from ganzoo.bench.profiling.memory import forget_peak, peak_memory; forget_peak(device), peak_memory(device)",
    "from ganzoo.training.execution.replay import CudaGraphs; CudaGraphs(device, branches=2)",
    "from ganzoo.backend.precision import resolve_precision; resolve_precision('bf16', str(device))",
    "from ganzoo.bench.runs.environment import environment; environment(str(device), 1, ())",
    "from ganzoo.bench.profiling.matrix_rate import synchronize; synchronize(device)",
]


FORKED = """
import json, os, sys, traceback
import torch

device, told = torch.device("cuda:1"), []
for code in json.loads(sys.argv[1]):
    child = os.fork()
    if not child:
        try:
            exec(code)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    told.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(told))
"""


def test_a_device_given_by_its_index_is_found_in_a_fresh_process():
    assert answer(FORKED, json.dumps(FRESH), devices=2) == [0] * len(FRESH)
