"""Read inputs of each format, in a process that starts with one thread, so that it can be forked.

python -m benchmarks.reliability.fuzzing FOLDER INPUTS [FORMAT ...]
"""

import json
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from ganzoo.bench.bench import run_bench
from ganzoo.bench.live.display import make_display
from ganzoo.bench.results.terms.budget import Budget
from ganzoo.bench.results.terms.settings import RunSettings
from ganzoo.registry.discovery import Zoo, load_zoo
from ganzoo.storage.atomic import write_file
from ganzoo.storage.cache import Cache

from . import images, stored, tensor_files, texts
from .batches import read_all
from .format import Format
from .progress import BATCH, progress_of


def main(folder: Path, inputs: int, names: list[str]) -> None:
    """Read inputs of each format, from where the progress in the folder stands."""
    torch.set_num_threads(1)
    logging.getLogger("ganzoo").addHandler(logging.NullHandler())
    for form in _formats(folder):
        if names and form.name not in names:
            continue
        progress = progress_of(folder, form.name)
        while progress.read < inputs:
            began = time.monotonic()
            numbers = range(progress.read, min(inputs, progress.read + BATCH))
            for outcome in read_all(form, numbers, 0, folder / f"input-{form.name}"):
                progress.add(outcome)
            progress.seconds += time.monotonic() - began
            write_file(folder / f"{form.name}.json", json.dumps(progress.to_json(), indent=1) + "\n")
            print(f"{form.name}: {progress.read:,} read, {len(progress.fell):,} fell", flush=True)


def _formats(folder: Path) -> Iterator[Format]:
    zoo, cache = load_zoo(third_party=False), Cache(folder / "cache")
    yield from texts.formats(zoo.registry)
    yield from images.formats(zoo.registry)
    bench = _bench(folder / "bench", zoo, cache)
    yield from tensor_files.formats(zoo, bench)
    yield from stored.formats(bench)


def _bench(out: Path, zoo: Zoo, cache: Cache) -> Path:
    """Play a bench of one short run, whose files are then changed."""
    settings = RunSettings(
        recipes=("dcgan",),
        overrides=("generator={name: mlp, width: 4, depth: 1}", "discriminator={name: mlp, width: 4, depth: 1}"),
        budget=Budget(steps=4),
        seeds=(0,),
        samples=64,
        evaluations=2,
        replicates=0,
        examinations=(),
        device="cpu",
        threads=1,
        third_party=False,
        out=out,
        command="ganzoo bench dcgan",
    )
    with Path("/dev/null").open("w") as nowhere:
        run_bench(settings, zoo, cache, make_display(nowhere, quiet=True))
    return out


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3:])
