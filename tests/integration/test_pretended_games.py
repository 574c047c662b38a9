"""Games on a pretended GPU that go on from a checkpoint, that stream, and that play eagerly for a reason.

What is expected follows from CUDA's rules: a capture in which the host waits is broken, and what counts on the host is
the same in every replay.
"""

import json

import pytest
from pretend_gpu import answer

GAME = """
import json, sys, torch
from ganzoo.recipes.building.build import build_parts
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer
from ganzoo.recipes.recipe import resolve
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.testing.pretend_cuda import counts

zoo = load_zoo(third_party=False)

def game(name="dcgan", *changes, **how):
    recipe = resolve(zoo.registry, name, ("schedule.batch=8", *changes))
    parts = build_parts(recipe, zoo.registry, image_size=8, channels=1, num_classes=10, seed=0)
    trainer = Trainer(recipe, parts, noise_images(64, 1, 8), torch.arange(64) % 10, seed=0, device="cuda:0", **how)
    return trainer

def steps(trainer, n):
    told = []
    for _ in range(n):
        counts.reset()
        trainer.step()
        found = counts.read()
        captured = found.counts.get("api:cudaStreamBeginCapture", 0) > 0
        replayed = found.counts.get("api:cudaGraphLaunch", 0) > 0
        told.append("captured" if captured else "replayed" if replayed else "eager")
    return told
"""


def test_a_game_goes_on_from_a_checkpoint_and_is_captured_anew():
    before, after, why, offences = answer(
        GAME
        + """
first = game()
before = steps(first, 12)
tensors, values = first.state()
second = game()
steps(second, 5)
second.load_state({key: value.clone() for key, value in tensors.items()}, values)
after = steps(second, 12)
print(json.dumps([before, after, second.why_eager, counts.read().offences]))
"""
    )
    for told in (before, after):
        assert told[0] == "eager" and "captured" in told and told[-1] == "replayed"
    assert (why, offences) == ("", [])


def test_images_that_stream_are_replayed_and_sent_from_pinned_memory():
    told, found, why = answer(
        GAME
        + """
trainer = game("cgan", streamed=True)
told = steps(trainer, 12)
counts.reset()
for _ in range(12):
    trainer.step()
trainer.feed._thread.shutdown()  # the batch that it still gathers is sent, too
found = counts.read()
print(json.dumps([told, vars(found), trainer.why_eager]))
"""
    )
    assert (told[-1], why, found["offences"]) == ("replayed", "", [])
    assert found["counts"]["api:cudaGraphLaunch"] == 12
    ways = {key for key in found["counts"] if key.startswith("memcpy:")}
    assert "memcpy:HtoD" in ways
    assert ways <= {"memcpy:HtoD", "memcpy:DtoD"}


BROKEN = {
    "a part that waits only where it is captured": (
        """
trainer = game()
loss, d_loss = trainer.parts.loss, trainer.parts.loss.d_loss
def waits(turn):
    if torch.cuda.is_current_stream_capturing():
        torch.cuda.current_stream().synchronize()
    return d_loss(turn)
loss.d_loss = waits
""",
        "operation not permitted when stream is capturing",
    ),
    "a part that raises only where it is captured": (
        """
trainer = game()
loss, d_loss = trainer.parts.loss, trainer.parts.loss.d_loss
def raises(turn):
    if torch.cuda.is_current_stream_capturing():
        raise RuntimeError("this part cannot be captured")
    return d_loss(turn)
loss.d_loss = raises
""",
        "this part cannot be captured",
    ),
    "a part that reads a number": (
        """
trainer = game()
loss, d_loss = trainer.parts.loss, trainer.parts.loss.d_loss
loss.d_loss = lambda turn: d_loss(turn) * (1 + 0 * turn.real.sum().item())
""",
        "a step waits for the device: ",
    ),
    "an optimizer that counts on the host": (
        """
import ganzoo.training.updates.optimizers as optimizers
optimizers.build_optimizer = lambda told, weights: torch.optim.Adam(weights, lr=told.lr)
trainer = game()
""",
        "the optimizer Adam of D counts its steps on the host",
    ),
}


@pytest.fixture(scope="module")
def broken():
    """What came of each, one after the other in a process: what breaks one must not break the next."""
    return answer(
        GAME
        + """
told = {}
for name, code in json.loads(sys.argv[1]).items():
    exec(code)
    kinds = steps(trainer, 6)
    torch.randn(4, device="cuda:0")  # torch's own generator still draws
    told[name] = [kinds, trainer.why_eager, trainer.steps, trainer.turns["D"]]
print(json.dumps(told))
""",
        json.dumps({name: code for name, (code, _) in BROKEN.items()}),
    )


@pytest.mark.parametrize("name", BROKEN, ids=lambda name: name.replace(" ", "-"))
def test_where_a_capture_breaks_the_run_goes_on_eagerly_and_says_why(broken, name):
    kinds, why, played, turns = broken[name]
    assert (played, turns) == (6, 6)  # none was played twice, and none was lost
    assert kinds[-1] == "eager"
    assert BROKEN[name][1] in why
