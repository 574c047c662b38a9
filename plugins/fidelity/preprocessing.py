"""Images as three programs show them to the Inception v3 of FID: ``(B, 3, H, W)`` uint8 -> 299 x 299, near [-1, 1]."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganzoo.layers import enlarged

_SIDE = 299  # pixels, of the images that the network was trained on
_THREADS = 8


def as_torch_fidelity(images: Tensor) -> Tensor:
    """Resize by TensorFlow 1's bilinear rule, and take (x - 128) / 128.

    Source: torch-fidelity 0.4.0, feature_extractor_inceptionv3.py.
    """
    pixels = enlarged(images.float(), _SIDE).contiguous(memory_format=torch.channels_last)
    return pixels.sub_(128).div_(128)


def as_pytorch_fid(images: Tensor) -> Tensor:
    """Resize by PyTorch's bilinear rule without aligned corners, of pixels in [0, 1], and take 2x - 1.

    Source: pytorch-fid 0.3.0, inception.py and fid_score.py.
    """
    pixels = torch.nn.functional.interpolate(images.float() / 255, (_SIDE, _SIDE), mode="bilinear", align_corners=False)
    return pixels.mul_(2).sub_(1).contiguous(memory_format=torch.channels_last)


def as_clean_fid(images: Tensor) -> Tensor:
    """Resize by Pillow's bicubic rule with antialiasing, channel by channel in float32, clip, and take (x - 128) / 128.

    Source: arXiv:2104.11222, sec. 3; clean-fid 0.1.35, resize.py (``clean``) and inception_torchscript.py.
    """
    channels = images.cpu().flatten(0, 1).float().numpy()
    with ThreadPoolExecutor(_THREADS) as pool:
        resized = np.stack(list(pool.map(_bicubic, channels)))
    pixels = torch.from_numpy(resized).view(len(images), 3, _SIDE, _SIDE).to(images.device)
    return pixels.sub_(128).div_(128).contiguous(memory_format=torch.channels_last)


def _bicubic(channel: np.ndarray) -> np.ndarray:
    resized = Image.fromarray(channel).resize((_SIDE, _SIDE), resample=Image.Resampling.BICUBIC)
    return np.asarray(resized).clip(0, 255)


PREPROCESSING: dict[str, Callable[[Tensor], Tensor]] = {
    "torch-fidelity": as_torch_fidelity,
    "pytorch-fid": as_pytorch_fid,
    "clean-fid": as_clean_fid,
}
"""By the program's name."""
