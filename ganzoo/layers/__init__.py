"""Layers and functions that two plugins or more are made of."""

from ..interfaces.size import sides
from .at_rest import coins, mirrored, to_bytes, to_unit
from .blocks.attention import SelfAttention2d, attended_map
from .blocks.labels import (
    CONDITIONING,
    AdaptiveInstanceNorm2d,
    ConditionalBatchNorm2d,
    LabelledImage,
    LabelledLatent,
    Projection,
)
from .blocks.minibatch import MinibatchStd
from .blocks.noise import PixelNoise, held_noise
from .blocks.patches import NORMS, halvings_of_patches, norm_layer, patch_layers
from .blocks.pyramid import doubling, doublings, halving, halvings, hidden_widths, keeping, scaled_width, shorter
from .blocks.resample import Doubled, Filter, Halved, upfirdn
from .blocks.residual import DownBlock, UpBlock
from .blocks.residual_discriminator import ResidualDiscriminator, image_channels
from .blocks.spectral import iterate_together, spectral_norm
from .blocks.weights import init_normal
from .extractors.classifier import ClassifierExtractor, SmallClassifier, normalised_convolution
from .extractors.frozen import frozen_extractor
from .extractors.perceptual import PerceptualDistance
from .extractors.preprocessing import coloured, enlarged, in_parts, standardised
from .extractors.tensor_file import read_tensors
from .matrices import CONVOLUTIONS, matrices
from .picture_files import picture_files, read_pictures
from .tensor_lists import multiply_each
from .terms.adaptive import AdaptiveProbability
from .terms.draws import one_draw_each
from .terms.evaluation_mode import evaluation_mode
from .terms.functional import FunctionalDiscriminator
from .terms.gradient import input_gradient
from .terms.interpolation import interpolate_real_fake
from .terms.jitter import Jitter
from .terms.means import mean_over
from .terms.packs import pack, require_pack, unpack
from .terms.probe import example_verdict, labels_of, output_shape, require_blind, require_images, require_labels
from .terms.slope import per_sample, slope, squared_slope
from .values import require_at_least, require_choice, require_positive
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
