"""Layers and functions that two plugins or more are made of."""

from ..interfaces.size import sides
from .adaptive import AdaptiveProbability
from .attention import SelfAttention2d, attended_map
from .classifier import ClassifierExtractor, SmallClassifier, normalised_convolution
from .functional import FunctionalDiscriminator
from .gradient import input_gradient
from .interpolation import interpolate_real_fake
from .jitter import Jitter
from .labels import (
    CONDITIONING,
    AdaptiveInstanceNorm2d,
    ConditionalBatchNorm2d,
    LabelledImage,
    LabelledLatent,
    Projection,
)
from .matrices import matrices
from .noise import PixelNoise, held_noise
from .packs import pack, require_pack, unpack
from .perceptual import PerceptualDistance
from .preprocessing import coloured, enlarged, in_parts, standardised
from .probe import labels_of, output_shape, require_blind, require_labels
from .pyramid import doubling, doublings, halving, halvings, hidden_widths, keeping, scaled_width, shorter
from .resample import Doubled, Filter, Halved, upfirdn
from .residual import DownBlock, UpBlock
from .residual_discriminator import ResidualDiscriminator, image_channels
from .spectral import iterate_together, spectral_norm
from .tensor_file import read_tensors
from .tensor_lists import multiply_each
from .values import require_at_least, require_choice, require_positive
from .weights import init_normal
from .whole_batch import batch_mean, batch_size, gathered, own_rows

__all__ = [
    "CONDITIONING",
    "AdaptiveInstanceNorm2d",
    "AdaptiveProbability",
    "ClassifierExtractor",
    "ConditionalBatchNorm2d",
    "Doubled",
    "DownBlock",
    "Filter",
    "FunctionalDiscriminator",
    "Halved",
    "Jitter",
    "LabelledImage",
    "LabelledLatent",
    "PerceptualDistance",
    "PixelNoise",
    "Projection",
    "ResidualDiscriminator",
    "SelfAttention2d",
    "SmallClassifier",
    "UpBlock",
    "attended_map",
    "batch_mean",
    "batch_size",
    "coloured",
    "doubling",
    "doublings",
    "enlarged",
    "gathered",
    "halving",
    "halvings",
    "held_noise",
    "hidden_widths",
    "image_channels",
    "in_parts",
    "init_normal",
    "input_gradient",
    "interpolate_real_fake",
    "iterate_together",
    "keeping",
    "labels_of",
    "matrices",
    "multiply_each",
    "normalised_convolution",
    "output_shape",
    "own_rows",
    "pack",
    "read_tensors",
    "require_at_least",
    "require_blind",
    "require_choice",
    "require_labels",
    "require_pack",
    "require_positive",
    "scaled_width",
    "shorter",
    "sides",
    "spectral_norm",
    "standardised",
    "unpack",
    "upfirdn",
]
