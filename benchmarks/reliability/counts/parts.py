"""A checkpoint that lacks any part of the state is refused in a sentence that names the part.

Each is taken out of a checkpoint that is then signed anew: with its list as it was, with the part taken off the list
too, and without a list, as checkpoints were before they had one.
"""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from ganzoo.bench.runs.ranks.going_on import go_on
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.errors import CheckpointError
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints.checkpoint import checkpoints

from ..frame import Tally, part_of
from ..small_runs import bundled_zoo, play, small_spec

TENSORS = {
    "the generator": "G",
    "the discriminator": "D",
    "the averaged generator": "G_ema",
    "a regularizer's buffers": "regularizer",
    "an optimizer": "optimizer.D",
    "an optimizer's moments": "optimizer.G.*.exp_avg",
    "an optimizer's counts": "optimizer.D.*.step",
    "the norms of gradients": "norms",
    "the sums of losses": "sums",
    "the stream of latents": "rng.noise",
    "the stream of the terms": "rng.terms",
    "the stream of layers": "rng.layers",
}
VALUES = {
    "the step": "trainer.steps",
    "the turns": "trainer.turns",
    "options of an optimizer": "trainer.optimizers.G",
    "the clock": "run.clock",
    "the evaluations": "run.evaluations",
    "the alarms": "run.alarms",
    "the rows": "run.record",
}
SIGNED = ("with its list", "off its list too", "without a list")
_OPTIONAL = {("the norms of gradients", "without a list")}  # checkpoints of before there were norms


def count(share: float, folder: Path) -> Tally:
    """Take out each part, in each way to sign; with a share below 1, as many parts in turn."""
    tally, zoo = Tally(), bundled_zoo()
    spec = small_spec(zoo, "stylegan2-ada", turns=6)
    shutil.rmtree(folder / "run", ignore_errors=True)
    play(folder / "run", spec, zoo)
    trainer = TrainingSession(spec.changed(extractor=None, metrics=()), zoo, Cache.open()).trainer
    parts = [*TENSORS, *VALUES]
    for part in parts[: part_of(len(parts), share)]:
        for signed in SIGNED:
            if (part, signed) in _OPTIONAL:
                continue
            place = folder / "one"
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(folder / "run", place)
            newest, *others = checkpoints(place / "checkpoints")
            for other in others:
                shutil.rmtree(other)
            _take_out(newest, part, signed)
            why = _refused(lambda place=place: go_on(trainer, place, None), part)  # type: ignore[misc]
            tally.add(f"taken out, {signed}", not why, f"{part}: {why}")
    return tally


def _refused(resume: Callable[[], object], part: str) -> str:
    name = (TENSORS | VALUES)[part].split("*")[-1].split(".")[-1]
    try:
        resume()
    except CheckpointError as error:
        if "\n" in str(error):
            return "more than a line is said"
        return "" if name in str(error) or part == "an optimizer" else f"the sentence does not name it: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "it was gone on from"


def _take_out(path: Path, part: str, signed: str) -> None:
    tensors: dict[str, Tensor] = load((path / "state.safetensors").read_bytes())
    values: dict[str, Any] = json.loads((path / "state.json").read_text())
    manifest: dict[str, Any] = json.loads((path / "manifest.json").read_text())
    if part in TENSORS:
        for name in [name for name in tensors if _belongs(name, TENSORS[part])]:
            del tensors[name]
            if signed == "off its list too":
                del manifest["parts"]["tensors"][name]
    else:
        above, last = VALUES[part].rsplit(".", 1)
        held = values
        for step in above.split("."):
            held = held[step]
        del held[last]
        if signed == "off its list too":
            listed = manifest["parts"]["values"]
            manifest["parts"]["values"] = [key for key in listed if not f"{key}.".startswith(f"{VALUES[part]}.")]
    state, plain = save(tensors), json.dumps(values).encode()
    digests = {"state.safetensors": sha256(state).hexdigest(), "state.json": sha256(plain).hexdigest()}
    if signed == "without a list":
        manifest = {"schema": 1, **digests}
    else:
        manifest = {key: value for key, value in manifest.items() if key != "manifest.json"} | digests
        manifest["manifest.json"] = sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    (path / "state.safetensors").write_bytes(state)
    (path / "state.json").write_bytes(plain)
    (path / "manifest.json").write_text(json.dumps(manifest))


def _belongs(name: str, part: str) -> bool:
    """Say whether a tensor is the part, or below it; a ``*`` stands for one step of the name."""
    steps, wanted = name.split("."), part.split(".")
    return len(steps) >= len(wanted) and all(w in ("*", s) for s, w in zip(steps, wanted, strict=False))
