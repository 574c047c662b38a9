"""Random weights of LPIPS, for tests."""

import torch

WIDTHS = {"alex": (64, 192, 384, 256, 256), "vgg16": (64, 128, 256, 512, 512)}
TRUNKS = ("alex", "vgg16")


def tensors(trunk, seed=0):
    """Random convolutions under torchvision's names and heads from 0 to 1, as ``lpips`` names them."""
    import torchvision

    with torch.device("meta"):
        made = torchvision.models.alexnet() if trunk == "alex" else torchvision.models.vgg16(init_weights=False)
    rng = torch.Generator().manual_seed(seed)
    state = {}
    for name, value in made.features.state_dict().items():
        fan = value.shape[1:].numel() if value.ndim == 4 else 100
        state[f"net.slice1.{name}"] = torch.randn(value.shape, generator=rng) * (2 / fan) ** 0.5
    for i, width in enumerate(WIDTHS[trunk]):
        state[f"lin{i}.model.1.weight"] = torch.rand(1, width, 1, 1, generator=rng)
    return state
