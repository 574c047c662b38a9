"""Waves, WaveGAN's and HiFi-GAN's players and terms, and what judges sound."""

from collections.abc import Callable

from ganzoo import hookimpl

WAVEGAN = "arXiv:1802.04208"
HIFI_GAN = "arXiv:2010.05646"
_HEADS = {
    "multi-period-scale": "a critic of each period and of each scale of a wave, a head each",
    "multi-period": "a critic of every second sample, every third and so on, a head each",
    "multi-scale": "a critic of a wave and of its averages, a head each",
}


@hookimpl
def register_modalities(register: Callable[..., None]) -> None:
    """Register waves, and waves that are made from their spectrograms."""
    register("waves", f"{__name__}.modality:Waves", summary="windows of sound, such as WAV files have", paper=WAVEGAN)
    register(
        "from-mel",
        f"{__name__}.from_mel:FromMel",
        summary="windows of sound, each from its log-mel spectrogram; takes waves",
        paper=HIFI_GAN,
    )


@hookimpl
def register_generators(register: Callable[..., None]) -> None:
    """Register WaveGAN's generator and HiFi-GAN's."""
    register(
        "wavegan",
        f"{__name__}.generator:WaveGANGenerator",
        summary="transposed convolutions of 25 samples, each four times as long",
        paper=WAVEGAN,
    )
    register(
        "hifi-gan",
        f"{__name__}.hifi_gan:HiFiGANGenerator",
        summary="a wave from its mel spectrogram: transposed convolutions and residual blocks of several kernels",
        paper=HIFI_GAN,
    )


@hookimpl
def register_discriminators(register: Callable[..., None]) -> None:
    """Register WaveGAN's discriminator, and HiFi-GAN's, together and apart."""
    register(
        "wavegan",
        f"{__name__}.discriminator:WaveGANDiscriminator",
        summary="convolutions of 25 samples with phase shuffle, each a quarter as long",
        paper=WAVEGAN,
    )
    for name, of in (
        ("multi-period-scale", "WaveHeads"),
        ("multi-period", "MultiPeriod"),
        ("multi-scale", "MultiScale"),
    ):
        register(name, f"{__name__}.wave_heads:{of}", summary=_HEADS[name], paper=HIFI_GAN)


@hookimpl
def register_regularizers(register: Callable[..., None]) -> None:
    """Register HiFi-GAN's two terms."""
    register(
        "feature-l1",
        f"{__name__}.feature_l1:FeatureL1",
        summary="Absolute difference of the discriminator's features of each fake and its real sample",
        paper=HIFI_GAN,
    )
    register(
        "mel-l1",
        f"{__name__}.mel_l1:MelL1",
        summary="Absolute difference of the log-mel spectrograms of each fake and the true wave",
        paper=HIFI_GAN,
    )


@hookimpl
def register_extractors(register: Callable[..., None]) -> None:
    """Register the extractor of waves."""
    register(
        "log-mel",
        f"{__name__}.log_mel:LogMel",
        summary="mean, deviation and change of 32 bands of a wave's log-mel spectrogram; nothing is learnt",
    )


@hookimpl
def register_metrics(register: Callable[..., None]) -> None:
    """Register the metrics of waves."""
    register(
        "spectral-distance",
        f"{__name__}.spectral_distance:SpectralDistance",
        summary="By how many decibels the mean power spectrum is off, over all frequencies.",
    )
    register(
        "mel-error",
        f"{__name__}.mel_error:MelError",
        summary="How far the log-mel spectrogram of each wave is from that of the true one.",
        paper=HIFI_GAN,
    )


@hookimpl
def register_datasets(register: Callable[..., None]) -> None:
    """Register the mixtures of tones."""
    register(
        "chirps",
        f"{__name__}.chirps:Chirps",
        summary="2,000 mixtures of two tones, of which one may glide, made by a formula",
    )
