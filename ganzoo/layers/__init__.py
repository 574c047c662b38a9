"""Layers and functions that two plugins or more are made of."""

from ..interfaces.size import sides
from .adaptive import AdaptiveProbability
from .at_rest import coins, mirrored, to_bytes, to_unit
from .attention import SelfAttention2d, attended_map
from .classifier import ClassifierExtractor, SmallClassifier, normalised_convolution
from .draws import one_draw_each
from .evaluation_mode import evaluation_mode
from .frozen import frozen_extractor
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
from .matrices import CONVOLUTIONS, matrices
from .means import mean_over
from .minibatch import MinibatchStd
from .noise import PixelNoise, held_noise
from .packs import pack, require_pack, unpack
from .patches import NORMS, halvings_of_patches, norm_layer, patch_layers
from .perceptual import PerceptualDistance
from .picture_files import picture_files, read_pictures
from .preprocessing import coloured, enlarged, in_parts, standardised
from .probe import example_verdict, labels_of, output_shape, require_blind, require_images, require_labels
from .pyramid import doubling, doublings, halving, halvings, hidden_widths, keeping, scaled_width, shorter
from .resample import Doubled, Filter, Halved, upfirdn
from .residual import DownBlock, UpBlock
from .residual_discriminator import ResidualDiscriminator, image_channels
from .slope import per_sample, slope, squared_slope
from .spectral import iterate_together, spectral_norm
from .tensor_file import read_tensors
from .tensor_lists import multiply_each
from .values import require_at_least, require_choice, require_positive
from .weights import init_normal
from .whole_batch import batch_mean, batch_size, gathered, own_rows

__all__ = [
    "CONDITIONING",
    "CONVOLUTIONS",
    "NORMS",
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
    "MinibatchStd",
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
    "coins",
    "coloured",
    "doubling",
    "doublings",
    "enlarged",
    "evaluation_mode",
    "example_verdict",
    "frozen_extractor",
    "gathered",
    "halving",
    "halvings",
    "halvings_of_patches",
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
    "mean_over",
    "mirrored",
    "multiply_each",
    "norm_layer",
    "normalised_convolution",
    "one_draw_each",
    "output_shape",
    "own_rows",
    "pack",
    "patch_layers",
    "per_sample",
    "picture_files",
    "read_pictures",
    "read_tensors",
    "require_at_least",
    "require_blind",
    "require_choice",
    "require_images",
    "require_labels",
    "require_pack",
    "require_positive",
    "scaled_width",
    "shorter",
    "sides",
    "slope",
    "spectral_norm",
    "squared_slope",
    "standardised",
    "to_bytes",
    "to_unit",
    "unpack",
    "upfirdn",
]
