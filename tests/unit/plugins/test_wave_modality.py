from io import BytesIO

import numpy as np
import torch
from ganzoo_plugins.waves.chirps import Chirps, tone_mixtures
from ganzoo_plugins.waves.drawn import HIGH, WIDE, spectrograms, waveforms
from ganzoo_plugins.waves.modality import Waves
from PIL import Image
from stand_in_turn import NoHostSync

WAVES = Waves(length=100, rate=8000)


def rng():
    return torch.Generator().manual_seed(0)


def test_windows_are_drawn_alike_from_all_places():
    x = torch.arange(103, dtype=torch.int16).expand(4000, 1, -1)
    room = torch.tensor([0, 3]).repeat(2000)
    made, y = WAVES.play({"x": x, "room": room}, flips=False, rng=rng())
    assert y is None and made.shape == (4000, 1, 100)
    steps = made * 32768
    assert torch.equal(steps.diff(dim=2), torch.ones(4000, 1, 99))
    starts = steps[:, 0, 0].long()
    assert (starts[0::2] == 0).all()
    counts = torch.bincount(starts[1::2], minlength=4).double()
    assert ((counts - 500).square() / 500).sum() < 16.3  # 0.999, 3 degrees of freedom
    alone, _ = WAVES.play({"x": x}, flips=False, rng=rng())
    assert set((alone[:, 0, 0] * 32768).long().tolist()) == {0, 1, 2, 3}


def test_numbers_in_play_and_at_rest():
    """int16 over 32,768; floats as they are; what is generated is cut to [-1, 1]."""
    x = torch.tensor([[[-32768, 16384, 1]]], dtype=torch.int16)
    waves = Waves(length=3)
    assert waves.play({"x": x}, flips=False, rng=rng())[0].tolist() == [[[-1.0, 0.5, 2**-15]]]
    floats = torch.tensor([[[-1.0, 0.1, 0.3, 0.4]]])
    assert torch.equal(waves.target({"x": floats}), floats[..., :3])
    assert waves.rest(torch.tensor([[[-2.0, 0.5, 1.5]]], dtype=torch.float64)).tolist() == [[[-1.0, 0.5, 1.0]]]


def test_play_looks_at_no_value():
    with NoHostSync():
        WAVES.play(WAVES.example(3) | {"room": torch.tensor([0, 5, 100])}, flips=False, rng=rng())


def test_described():
    told = Waves(1024, 2, 8000).described({"x": torch.zeros(2000, 2, 2048)})
    assert told == "2,000 waves of 1,024 samples at 8,000 Hz (0.128 s), stereo"


def test_mixtures_by_the_formula():
    """Number 3, whose second tone glides: its phase is the integral of its frequency, here summed in small steps."""
    u = (3 * np.sqrt([2, 3, 5, 7, 11, 13])) % 1
    f1, f2, f3 = (125 * 2 ** (4 * u[k]) for k in (0, 1, 4))
    fine = (np.arange(2048 * 64) + 0.5) / 64 / 8000
    turns = np.cumsum(f2 * (f3 / f2) ** (fine / 0.256)) / 64 / 8000
    t = np.arange(1, 2048) / 8000
    both = np.sin(2 * np.pi * (f1 * t + u[2])) + np.sin(2 * np.pi * (turns[63::64][:-1] + u[3]))
    wanted = (0.5 + 0.4 * u[5]) / 2 * both
    assert np.abs(tone_mixtures(3, 1)[0, 0, 1:] / 32768 - wanted).max() < 1e-3
    t = np.arange(2048) / 8000
    u = (4 * np.sqrt([2, 3, 5, 7, 11, 13])) % 1
    tones = (np.sin(2 * np.pi * (125 * 2 ** (4 * u[k]) * t + u[k + 2])) for k in (0, 1))
    wanted = np.rint((0.5 + 0.4 * u[5]) / 2 * sum(tones) * 32768)
    assert np.abs(tone_mixtures(4, 1)[0, 0] - wanted).max() <= 1


def test_the_data_that_ship():
    rows, held_out = Chirps().read({}), Chirps().read_held_out({})
    assert rows.fields["x"].shape == (2000, 1, 2048) and held_out.fields["x"].shape == (500, 1, 2048)
    assert rows.modality == held_out.modality == Waves(1024, 1, 8000)
    both = np.concatenate([rows.fields["x"], held_out.fields["x"]])[:, 0]
    assert len({row.tobytes() for row in both}) == 2500
    assert np.array_equal(tone_mixtures(1990, 20), both[1990:2010, None])


def test_a_waveform_spans_its_samples():
    """1 at the top and -1 at the bottom: a step up in the middle is one column from bottom to top."""
    x = torch.cat([torch.full((1, 5 * WIDE), -1.0), torch.full((1, 5 * WIDE), 1.0)], dim=1)
    blue = (waveforms(x)[0] == np.array([0, 82, 140])[:, None, None]).all(axis=0)
    assert blue[:, WIDE // 2 - 1].all()
    assert blue[HIGH - 1, : WIDE // 2].all() and blue[0, WIDE // 2 :].all()
    assert blue.sum() == HIGH + WIDE - 1


def test_a_spectrogram_is_dark_at_its_tone():
    t = torch.arange(1024) / 8000
    picture = spectrograms((2 * torch.pi * 1000 * t).sin()[None], 8000)[0, 0].astype(int)
    dark = picture[:, WIDE // 2].argmin()
    assert abs(dark - (HIGH - 1 - HIGH * 1000 / 4000)) <= 1
    assert picture[: HIGH // 4, WIDE // 2].min() > 250


def test_its_pictures():
    x = WAVES.target(WAVES.example(4))
    png = WAVES.picture(x, x, None)
    with Image.open(BytesIO(png)) as picture:
        assert picture.text["Description"] == "shows made, 0.013 s | to 4 kHz | real, 0.013 s | to 4 kHz, side by side"
    assert png == WAVES.picture(x, x, None) != WAVES.picture(x, None, None)
    assert WAVES.picture_of_data(x, None) not in (None, png)
