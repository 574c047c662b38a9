"""Files of tensors: weights of extractors, and checkpoints of a run."""

import hashlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import safetensors.torch
import torch
from torch import nn

from ganzoo.bench.results.folders import find_run
from ganzoo.metrics import Evaluator
from ganzoo.models import load
from ganzoo.registry.discovery import Zoo
from ganzoo.storage.cache import Cache

from . import containers
from .format import Format
from .mutations import TEXT, mutated


def formats(zoo: Zoo, bench: Path) -> Iterator[Format]:
    """Give the formats of files of tensors.

    Args:
        zoo: all parts.
        bench: the folder of a bench of one run, with a checkpoint.
    """
    weights = list(_weights(zoo))
    yield Format("weights", lambda rng: _weights_of(*rng.choice(weights), rng), _weights_reader(zoo), megabytes=512)
    checkpoint = {path.name: path.read_bytes() for path in _newest(bench).iterdir()}
    yield Format("checkpoints", lambda rng: _checkpoint(checkpoint, rng), _checkpoint_reader(zoo, bench))


def _newest(bench: Path) -> Path:
    return sorted((find_run(bench) / "checkpoints").glob("step-*"))[-1]


def _weights(zoo: Zoo) -> Iterator[tuple[str, bytes]]:
    """Give good files, some of them of another network: the extractor that is to read each, and its bytes."""
    shipped: Any = zoo.registry.get("extractor", "digits").load()
    yield "digits", shipped.weights_path(None).read_bytes()
    named = {"a.weight": torch.arange(6.0).reshape(2, 3), "b.bias": torch.ones(3), "n": torch.tensor(1)}
    for extractor in ("dinov2-vit-s-14", "vgg16"):
        for zipped in (True, False):
            out = io.BytesIO()
            torch.save(named, out, _use_new_zipfile_serialization=zipped)
            yield extractor, out.getvalue()
    out = io.BytesIO()
    torch.save({"state": [named], "other": (1, "two")}, out)
    yield "vgg16", out.getvalue()
    out = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))), out)
    yield "clip-vit-b-32", out.getvalue()


def _weights_of(extractor: str, held: bytes, rng: Random) -> tuple[str, bytes]:
    if rng.random() < 0.4:
        return extractor, mutated(held, rng)
    if extractor == "digits":
        return extractor, containers.tensors(held, rng)
    return extractor, containers.zipped(held, rng) if held[:2] == b"PK" else mutated(held[:300], rng) + held[300:]


def _weights_reader(zoo: Zoo) -> Any:
    def read(case: tuple[str, bytes], folder: Path) -> None:
        extractor, held = case
        path = folder / "given.pth"
        path.write_bytes(held)
        evaluator = Evaluator.open(zoo.registry, extractor, ("fid",), weights=path, cache=Cache(folder / "cache"))
        evaluator.check(100, 100)

    return read


def _checkpoint(good: Mapping[str, bytes], rng: Random) -> dict[str, bytes]:
    """Change a file of a checkpoint; most of the time its manifest is made right again."""
    files = dict(good)
    name = rng.choice(("state.safetensors", "state.json", "state.json", "manifest.json"))
    if name == "state.safetensors":
        files[name] = _tensors(files[name], rng)
    elif rng.random() < 0.3:
        files[name] = mutated(files[name], rng, (), TEXT)
    else:
        files[name] = json.dumps(containers.value(json.loads(files[name]), rng)).encode("utf-8", "backslashreplace")
    if name != "manifest.json" and rng.random() < 0.8:
        manifest = json.loads(files["manifest.json"])
        signed = {one: hashlib.sha256(files[one]).hexdigest() for one in ("state.safetensors", "state.json")}
        if rng.random() < 0.7:  # as checkpoints were before they listed their parts, so that others are looked at
            manifest = {"schema": 1, **signed}
        else:
            manifest = {key: value for key, value in manifest.items() if key != "manifest.json"} | signed
            own = json.dumps(manifest, sort_keys=True).encode()
            manifest["manifest.json"] = hashlib.sha256(own).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
    return files


def _tensors(held: bytes, rng: Random) -> bytes:
    """Drop a tensor, or give it another shape, type or value; else change the file's bytes."""
    if rng.random() < 0.4:
        return containers.tensors(held, rng)
    found = safetensors.torch.load(held)
    name = rng.choice(sorted(found))
    tensor = found.pop(name)
    change = rng.randrange(7)
    if change == 1:
        found[name] = tensor.reshape(-1)[: tensor.numel() // 2].clone()
    elif change == 2:
        found[name] = torch.zeros(2, 3, 4)
    elif change == 3:
        found[name] = tensor.to(rng.choice((torch.float64, torch.int64, torch.bool, torch.float16, torch.uint8)))
    elif change == 4:
        found[name] = torch.full_like(tensor, float("nan")) if tensor.is_floating_point() else tensor.clone().fill_(255)
    elif change == 5:
        found |= {name: tensor, f"{name}.more": torch.zeros(2), "x": torch.zeros(0)}
    elif change == 6:
        found[rng.choice((f"{name}x", "", "optimizer.G.x.y", "optimizer.G.99.exp_avg"))] = tensor
    return safetensors.torch.save(found)


def _checkpoint_reader(zoo: Zoo, bench: Path) -> Any:
    def read(files: Mapping[str, bytes], folder: Path) -> None:
        run = find_run(bench)
        place = folder / "run" / "checkpoints" / _newest(bench).name
        place.mkdir(parents=True)
        shutil.copyfile(run / "run.json", folder / "run" / "run.json")
        for name, held in files.items():
            (place / name).write_bytes(held)
        load(folder / "run", zoo=zoo).sample(4)

    return read
