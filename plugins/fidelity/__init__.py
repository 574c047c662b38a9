"""FID, IS, KID, precision and recall, equal to torch-fidelity's; density, coverage, and FID without its bias.

Its networks and its function for KID are behind ganzoo's interfaces; the rest is computed here.
"""

from collections.abc import Callable

import ganzoo

_CLIP = {
    "rn50": "ResNet-50",
    "rn101": "ResNet-101",
    "rn50x4": "ResNet-50 of four times the compute",
    "rn50x16": "ResNet-50 of sixteen times the compute",
    "rn50x64": "ResNet-50 of sixty-four times the compute",
    "vit-b-32": "ViT-B/32",
    "vit-b-16": "ViT-B/16",
    "vit-l-14": "ViT-L/14",
    "vit-l-14-336px": "ViT-L/14 at 336 pixels",
}
_PROGRAMS = {
    "pytorch-fid": "bilinear, as PyTorch places pixels",
    "clean-fid": "bicubic with antialiasing, by Pillow on floats",
}
_OF_PAIRS = (
    (
        "diversity",
        "Diversity",
        "Mean squared distance between generated images; through LPIPS the LPIPS diversity.",
        "arXiv:1711.11586",
    ),
    (
        "paired",
        "PairedDistance",
        "Mean squared distance between each generated image and its own real one; through LPIPS, LPIPS.",
        "arXiv:1801.03924",
    ),
)


@ganzoo.hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Register the extractor that the word FID stands for."""
    register(
        "inception",
        f"{__name__}.inception:InceptionExtractor",
        summary="Inception v3 with the weights of the FID's authors, as converted by torch-fidelity.",
        paper="arXiv:1512.00567",
    )
    register(
        "pixels", f"{__name__}.pixels:Pixels", summary="Means of 8x8 cells of the image; has no weights, no classes."
    )
    for program, summary in _PROGRAMS.items():
        register(
            f"inception-{program}",
            f"{__name__}.inception:InceptionExtractor",
            params={"preprocessing": program},
            summary=f"Inception v3 of FID, images resized as {program} does: {summary}.",
            paper="arXiv:2104.11222",
        )
    register(
        "vgg16",
        f"{__name__}.vgg:VGG16Extractor",
        summary="VGG-16 with torchvision's weights, which precision and recall were published with.",
        paper="arXiv:1409.1556",
    )
    for trunk, summary in (("alex", "AlexNet"), ("vgg16", "VGG-16")):
        register(
            f"lpips-{trunk}",
            f"{__name__}.lpips:PerceptualExtractor",
            params={"trunk": trunk},
            summary=f"Vectors whose squared distances are LPIPS, through {summary}; no classes.",
            paper="arXiv:1801.03924",
        )
    for model, summary in _CLIP.items():
        register(
            f"clip-{model}",
            f"{__name__}.clip:CLIPExtractor",
            params={"model": model},
            summary=f"The image tower of CLIP, {summary}; no classes.",
            paper="arXiv:2103.00020",
        )


@ganzoo.hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the metrics."""
    register(
        "fid",
        f"{__name__}.frechet:FrechetDistance",
        summary="Fréchet distance between Gaussians fitted to the features.",
        paper="arXiv:1706.08500",
    )
    register(
        "intra-fid",
        f"{__name__}.intra:IntraFrechetDistance",
        summary="Fréchet distance within classes, of conditional recipes: its mean over the classes.",
        paper="arXiv:1802.05637",
    )
    register(
        "is",
        f"{__name__}.inception_score:InceptionScore",
        summary="How sure the classes of single images are, and how even they are over all.",
        paper="arXiv:1606.03498",
    )
    register(
        "kid",
        f"{__name__}.kernel:KernelDistance",
        summary="Squared maximum mean discrepancy of the features under a cubic kernel, unbiased.",
        paper="arXiv:1801.01401",
    )
    register(
        "precision",
        f"{__name__}.manifold:Precision",
        summary="Share of generated images that lie among the real ones.",
        paper="arXiv:1904.06991",
    )
    register(
        "recall",
        f"{__name__}.manifold:Recall",
        summary="Share of real images that lie among the generated ones.",
        paper="arXiv:1904.06991",
    )
    register(
        "density",
        f"{__name__}.manifold:Density",
        revision=2,
        summary="How densely real images lie around the generated ones.",
        paper="arXiv:2002.09797",
    )
    register(
        "coverage",
        f"{__name__}.coverage:Coverage",
        revision=2,
        summary="Share of real images that have a generated one close by.",
        paper="arXiv:2002.09797",
    )
    register(
        "fid-infinity",
        f"{__name__}.infinity:FrechetAtInfinity",
        summary="The Fréchet distance of infinitely many samples, by a line in 1/N.",
        paper="arXiv:1911.07023",
    )
    for name, target, summary, paper in _OF_PAIRS:
        register(name, f"{__name__}.pairs:{target}", summary=summary, paper=paper)
