"""Small images for the tests of evaluation, and the evaluation of them by the tiny extractor."""

import io
from dataclasses import replace

import numpy as np
import tiny_extractor
import torch
from PIL import Image
from scipy import linalg

from ganzoo.evaluation import evaluate
from ganzoo.registry.discovery import load_zoo

SIZES = ((8, 8), (10, 14), (16, 6))


def mixed(n, seed=0, sizes=SIZES):
    """``n`` images ``(3, H, W)`` uint8 of these sizes in turn, each with its own colours."""
    rng = torch.Generator().manual_seed(seed)
    found = []
    for i in range(n):
        height, width = sizes[i % len(sizes)]
        coarse = torch.rand(3, 2, 2, generator=rng)
        fine = coarse.repeat_interleave(height // 2, 1).repeat_interleave(width // 2, 2)
        found.append((fine * 255).to(torch.uint8))
    return found


def png(image):
    out = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).squeeze(2).numpy()).save(out, "PNG")
    return out.getvalue()


def files(images):
    return {f"{i:04}.png": png(image) for i, image in enumerate(images)}


def features(images):
    """Return the features of each image, shown alone."""
    network = tiny_extractor.Network()
    return torch.cat([network(image[None])[0] for image in images]).double().numpy()


def frechet(one, other):
    """By the root of the product of covariances, as the FID's authors compute it."""
    gap = one.mean(0) - other.mean(0)
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = linalg.sqrtm(first @ second).real
    return float(gap @ gap + np.trace(first + second - 2 * root))


def judging(weights, monkeypatch):
    """``evaluate`` with the tiny extractor, whose weights ``weights`` becomes."""
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", tiny_extractor.weights_at(weights))
    zoo = replace(load_zoo(third_party=False), registry=tiny_extractor.registry())

    def run(generated, real, **options):
        return evaluate(
            generated, real, **{"extractor": "tiny", "metrics": ("fid",), "device": "cpu", "zoo": zoo, **options}
        )

    run.zoo = zoo
    return run
