"""The judgement of GPUs."""

import os
from collections.abc import Iterator

from .facts import Facts, Gpu
from .finding import Finding

_AREA = "devices"


def devices(facts: Facts) -> Iterator[Finding]:
    """Judge the GPUs, or the want of them."""
    if facts.modules["torch"].problem:
        return
    for place, gpu in enumerate(facts.gpus):
        yield _gpu(f"cuda:{place}", gpu, facts)
    if facts.apple:
        yield Finding(_AREA, "mps", "ok", "Apple's GPU can be used")
    if not facts.gpus and not facts.apple:
        yield _none(facts)


def _gpu(name: str, gpu: Gpu, facts: Facts) -> Finding:
    told = f"{gpu.name}, {gpu.memory / 2**30:.0f} GiB, capability {gpu.capability}"
    if not gpu.problem:
        driver = f", driver {facts.driver}" if facts.driver else ""
        return Finding(_AREA, name, "ok", f"{told}{driver}")
    code = ", ".join(facts.architectures) or "none that it names"
    return Finding(
        _AREA,
        name,
        "problem",
        f"nothing can be computed on {told} ({gpu.problem}); torch, built for {facts.built_for}, has code for {code}",
        "install a build of torch for this GPU, free it from other programs, or play with --device cpu",
    )


def _none(facts: Facts) -> Finding:
    """Judge why there is no GPU."""
    torch = f"torch {facts.modules['torch'].version}"
    if not facts.built_for:
        if not facts.driver:
            return Finding(_AREA, "cpu", "ok", "runs play on the CPU: torch is built for it alone")
        told = f"{torch} is built for the CPU alone, and the NVIDIA driver {facts.driver} is here"
        return Finding(
            _AREA, "cuda", "note", told, "install a CUDA build of torch, and torchvision with it, to use a GPU"
        )
    said = facts.unseen.lower()
    built = f"{torch} is built for {facts.built_for}"
    if "too old" in said:
        return Finding(
            _AREA,
            "cuda",
            "problem",
            f"{built}, and the NVIDIA driver {facts.driver} is too old for it".replace("  ", " "),
            "update the driver, or install a torch that is built for an older CUDA",
        )
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and "no nvidia driver" not in said:
        told = f"{built} and sees no GPU, with CUDA_VISIBLE_DEVICES={hidden!r}"
        return Finding(_AREA, "cuda", "note", told, "unset the variable, or name GPUs that are there, to use one")
    if "no nvidia driver" in said or "no cuda gpus" in said or not facts.driver:
        told = f"{built}, and there is no GPU that it can see, so that runs play on the CPU"
        return Finding(
            _AREA, "cuda", "note", told, "where there is one, install the NVIDIA driver, or give it to the container"
        )
    return Finding(
        _AREA,
        "cuda",
        "problem",
        f"{built}, the NVIDIA driver {facts.driver} is here, and no GPU can be used ({facts.unseen})",
        "look at what nvidia-smi says, and restart the machine after an update of the driver",
    )
