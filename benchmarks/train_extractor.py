"""Train the small classifiers that ship as extractors of the sets ``digits`` and ``mnist``.

    python benchmarks/train_extractor.py digits
    python benchmarks/train_extractor.py mnist --data-dir FOLDER_WITH_THE_FOUR_IDX_FILES
    python benchmarks/train_extractor.py digits --check

It runs on one thread of a CPU, in a few minutes, and repeats to the bit on the same machine and versions.
``--check`` trains nothing: it recounts how often the file that is there is right on the held-out images.

What is held out: of ``digits``, within each class and in the file's order, every fifth image, starting with
the first; of ``mnist``, its own 10,000 test images.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from ganzoo_plugins.digits.dataset import Digits
from ganzoo_plugins.digits.extractor import DigitsClassifier, DigitsExtractor
from ganzoo_plugins.mnist.dataset import read_idx
from ganzoo_plugins.mnist.extractor import MnistClassifier, MnistExtractor
from safetensors import safe_open
from torch import Tensor, nn

from ganzoo.interfaces import Extractor
from ganzoo.storage.atomic import write_file

ROOT = Path(__file__).resolve().parents[1]
VARIANCE = 100.0  # of the features, summed; it gives the Fréchet distance a scale that one can read


@dataclass(frozen=True)
class Split:
    """Images ``(N, 1, H, W)`` uint8 and labels ``(N,)``, to train on and held out; ``hash`` is of all of them."""

    images: Tensor
    labels: Tensor
    held_out_images: Tensor
    held_out_labels: Tensor
    hash: str


def _hash_of(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def digits(folder: Path | None) -> Split:
    """Return the set that ships with its plugin, a fifth of each class held out; it is in no ``folder``."""
    found = Digits().read({})
    held_out = np.zeros(len(found.labels), dtype=bool)
    for label in range(10):
        held_out[np.flatnonzero(found.labels == label)[::5]] = True
    pixels, truth, cut = torch.from_numpy(found.pixels), torch.from_numpy(found.labels), torch.from_numpy(held_out)
    return Split(pixels[~cut], truth[~cut], pixels[cut], truth[cut], _hash_of(found.pixels, found.labels))


def mnist(folder: Path | None) -> Split:
    """Return the idx files of a folder, gzipped or not, with their own test images held out."""
    if folder is None:
        sys.exit("name the folder that holds the four idx files with --data-dir")

    def idx(name: str, dimensions: int) -> np.ndarray:
        path = folder / f"{name}.gz"
        return read_idx(path if path.is_file() else folder / name, dimensions)

    images, labels = idx("train-images-idx3-ubyte", 3), idx("train-labels-idx1-ubyte", 1)
    test, truth = idx("t10k-images-idx3-ubyte", 3), idx("t10k-labels-idx1-ubyte", 1)
    pixels = [torch.from_numpy(array[:, None].copy()) for array in (images, test)]
    classes = [torch.from_numpy(array.astype(np.int64)) for array in (labels, truth)]
    return Split(pixels[0], classes[0], pixels[1], classes[1], _hash_of(images, labels, test, truth))


@dataclass(frozen=True)
class Task:
    """The training of one of them; ``shift`` is in pixels, ``turn`` in radians, both at most and either way."""

    read: Callable[[Path | None], Split]
    classifier: type[nn.Module]
    extractor: type[Extractor]
    epochs: int
    batch: int
    rate: float
    shift: float
    turn: float


TASKS = {
    "digits": Task(digits, DigitsClassifier, DigitsExtractor, epochs=80, batch=64, rate=2e-3, shift=0.5, turn=0.15),
    "mnist": Task(mnist, MnistClassifier, MnistExtractor, epochs=8, batch=128, rate=2e-3, shift=1.5, turn=0.15),
}


def move(images: Tensor, task: Task, rng: torch.Generator) -> Tensor:
    """Each image turned and shifted a little, by amounts of its own."""
    n, size = len(images), images.shape[-1]
    angle = (torch.rand(n, generator=rng) * 2 - 1) * task.turn
    by = (torch.rand(n, 2, generator=rng) * 2 - 1) * (2 * task.shift / size)
    rows = torch.stack([angle.cos(), -angle.sin(), by[:, 0], angle.sin(), angle.cos(), by[:, 1]], dim=1)
    grid = nn.functional.affine_grid(rows.view(n, 2, 3), list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def accuracy(extractor: Extractor, images: Tensor, labels: Tensor) -> float:
    """Share of images whose highest logit is their label's, seen as the judge shows them: as uint8."""
    with torch.no_grad():
        right = [
            (extractor(x)["logits"].argmax(dim=1) == y).sum()
            for x, y in zip(images.split(500), labels.split(500), strict=True)
        ]
    return int(torch.stack(right).sum()) / len(labels)


def train(task: Task, split: Split, seed: int) -> nn.Module:
    """Adam under one cosine, cross-entropy, the last epoch's weights."""
    torch.manual_seed(seed)
    network = task.classifier()
    rng = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=task.rate, weight_decay=1e-2)
    steps = task.epochs * (len(split.labels) // task.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, task.rate, total_steps=steps)
    network.train()
    for epoch in range(task.epochs):
        total = 0.0
        order = torch.randperm(len(split.labels), generator=rng)
        batches = [part for part in order.split(task.batch) if len(part) == task.batch]
        for part in batches:
            x = move(split.images[part].float() / 127.5 - 1, task, rng)
            _, logits = network(x)
            loss = nn.functional.cross_entropy(logits, split.labels[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1:2d}/{task.epochs}: loss {total / len(batches):.4f}", file=sys.stderr, flush=True)
    return network.eval()


def scale(network: nn.Module, images: Tensor) -> None:
    """Scale the features, and the head against them, so that their variances over the training images sum to 100.

    A generator of nothing but the average would then have a Fréchet distance of 100. The logits stay the same.
    """
    with torch.no_grad():
        seen = torch.cat([network(part.float() / 127.5 - 1)[0] for part in images.split(500)])
        by = (VARIANCE / seen.double().var(dim=0).sum()).sqrt().float()
        last = [layer for layer in network.body if isinstance(layer, nn.Linear)][-1]
        last.weight *= by
        last.bias *= by
        network.head.weight /= by


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(TASKS))
    parser.add_argument("--data-dir", type=Path, help="the folder of MNIST's four idx files")
    parser.add_argument("--out", type=Path, help="where to write; by default into the plugin")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", action="store_true", help="only recount the accuracy of the file that is there")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    task = TASKS[chosen.name]
    out = chosen.out or ROOT / "plugins" / chosen.name / "extractor.safetensors"
    split = task.read(chosen.data_dir)
    if chosen.check:
        with safe_open(out, "pt") as file:
            print(file.metadata()["made"])
    else:
        network = train(task, split, chosen.seed)
        scale(network, split.images)
        weights = {name: value.contiguous() for name, value in network.state_dict().items()}
        write_file(out, safetensors.torch.save(weights))  # once without metadata, to be judged as it will be loaded
        found = accuracy(task.extractor(out), split.held_out_images, split.held_out_labels)
        metadata = {
            "accuracy": found,
            "n": len(split.held_out_labels),
            "trained_on": len(split.labels),
            "seed": chosen.seed,
            "script": "benchmarks/train_extractor.py",
            "data": chosen.name,
            "data_sha256": split.hash,
            "torch": str(torch.__version__),
        }
        # Under one key, because several are written in an order that changes from run to run.
        write_file(out, safetensors.torch.save(weights, metadata={"made": json.dumps(metadata)}))
    right = accuracy(task.extractor(out), split.held_out_images, split.held_out_labels)
    print(
        f"{out.name}: {out.stat().st_size} bytes, right on {right:.2%} of {len(split.held_out_labels)} held-out images"
    )


if __name__ == "__main__":
    main()
