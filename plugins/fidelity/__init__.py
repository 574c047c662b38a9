"""FID, IS, KID, precision and recall, equal to torch-fidelity's.

Its network and its functions for KID, precision and recall are behind ganzoo's interfaces; FID and IS are computed
here.
"""

from collections.abc import Callable

import ganzoo


@ganzoo.hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Register the extractor that the word FID stands for."""
    register(
        "inception",
        f"{__name__}.inception:InceptionExtractor",
        summary="Inception v3 with the weights of the FID's authors, as converted by torch-fidelity.",
        paper="arXiv:1512.00567",
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
