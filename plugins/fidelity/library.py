"""The one place where torch-fidelity is imported: late, because it takes seconds and can fail."""

from types import ModuleType

from ganzoo.errors import SetupError


def torch_fidelity() -> ModuleType:
    """Give the library, with its sub-modules as attributes.

    Raises:
        SetupError: it cannot be imported, most often because torch and torchvision are different builds.
    """
    try:
        import torch_fidelity
    # Not only ImportError: torchvision raises RuntimeError when it meets a torch that it was not built for.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise SetupError(
            f"the metrics need torch-fidelity, which cannot be imported ({type(error).__name__}: {reason}): where the "
            "reason speaks of torchvision, it was built for another torch (a CPU-only torch with the usual "
            "torchvision, most often), so reinstall torchvision from the same index as torch, or train without "
            "metrics with --extractor none"
        ) from error
    return torch_fidelity
