import struct
import wave

import numpy as np
import pytest
import torch
from ganzoo_plugins.waves.folder import window_of
from ganzoo_plugins.waves.modality import Waves
from ganzoo_plugins.waves.wav_file import read_wav, write_wav

from ganzoo.errors import DataError

RATE = 8000


def riff(tag, bits, channels, data, rate=RATE, extra=b""):
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits) + extra
    body = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def written(path, x, bits=16, rate=RATE):
    """Write whole numbers ``(C, T)`` by the standard library."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(x))
        file.setsampwidth(bits // 8)
        file.setframerate(rate)
        if bits == 8:
            file.writeframes((x.T + 128).astype(np.uint8).tobytes())
        elif bits == 24:
            file.writeframes(b"".join(int(v).to_bytes(3, "little", signed=True) for v in x.T.ravel()))
        else:
            file.writeframes(x.T.astype(f"<i{bits // 8}").tobytes())
    return path


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2])
def test_whole_numbers_as_the_standard_library_writes_them(tmp_path, bits, channels):
    top = 2 ** (bits - 1)
    x = np.array([[0, 1, -1, top // 2, top - 1, -top], [3, -top, top - 1, 7, -7, 0]])[:channels]
    found, rate = read_wav(written(tmp_path / "a.wav", x, bits))
    assert rate == RATE and found.shape == x.shape
    assert found.dtype == (np.int16 if bits <= 16 else np.float32)
    unit = found / 32768 if bits <= 16 else found
    assert np.array_equal(unit, (x / top).astype(np.float32))


@pytest.mark.parametrize(("tag", "bits"), [(3, 32), (3, 64)])
def test_floats(tmp_path, tag, bits):
    x = np.array([0.0, 0.25, -1.0, 1.0], f"<f{bits // 8}")
    (tmp_path / "a.wav").write_bytes(riff(tag, bits, 2, x.tobytes()))
    found, _ = read_wav(tmp_path / "a.wav")
    assert found.tolist() == [[0.0, -1.0], [0.25, 1.0]]


def test_the_extensible_form_and_chunks_between(tmp_path):
    """Its format is the first two bytes of an identifier; chunks of an odd size have a byte behind them."""
    extra = struct.pack("<HHIH14s", 22, 16, 4, 1, b"")
    content = riff(0xFFFE, 16, 1, np.array([5, -6], "<i2").tobytes(), extra=extra)
    content = content[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + content[12:]
    (tmp_path / "a.wav").write_bytes(content)
    assert read_wav(tmp_path / "a.wav")[0].tolist() == [[5, -6]]


def test_what_is_written_is_read_by_the_standard_library(tmp_path):
    x = np.array([[0.0, 0.5, -1.0, 1.0, 3.0], [0.25, -0.25, 0.0, 0.0, -2.0]])
    write_wav(tmp_path / "a.wav", x, 16000)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (2, 2, 16000, 5)
        both = np.frombuffer(file.readframes(5), "<i2").reshape(5, 2).T
    assert both.tolist() == [[0, 16384, -32768, 32767, 32767], [8192, -8192, 0, 0, -32768]]
    assert np.array_equal(read_wav(tmp_path / "a.wav")[0], both)


GOOD = np.zeros(8, "<i2").tobytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no WAV file"),
        (b"RIFF\0\0\0\0AVI ", "is no WAV file"),
        (riff(1, 16, 1, GOOD)[:-4], "is cut off: a part of 16 bytes has 12"),
        (riff(1, 16, 1, GOOD)[:36], "without samples"),
        (riff(7, 8, 1, GOOD), "samples of 8 bits of the format 7, and those of 8, 16, 24 and 32 bits or of floats"),
        (riff(1, 16, 6, GOOD), "has 6 channels in frames of 12 bytes, and one or two are read: mix it"),
        (riff(3, 32, 1, np.array([1.5], "<f4").tobytes()), r"reaches 1.5, and samples lie in \[-1, 1\]"),
        (riff(3, 32, 1, np.array([np.nan], "<f4").tobytes()), "has samples that are no finite numbers"),
    ],
)
def test_refused_files(tmp_path, content, said):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.wav .*" + said):
        read_wav(tmp_path / "a.wav")


def test_windows_suit_most_files():
    """One second of 16,000 Hz plays in windows of 16,384, as the authors of WaveGAN pad it."""
    assert window_of([16000]) == 16384
    assert window_of([13107]) == 4096
    assert window_of([100000, 3000, 300]) == 1024
    assert window_of([5000, 5000, 70]) == 4096
    assert window_of([64]) == 64


def test_every_window_of_a_file_is_in_one_piece(tmp_path):
    written(tmp_path / "a.wav", np.arange(700)[None])
    rows = Waves.read(tmp_path)
    assert rows.modality == Waves(length=256, channels=1, rate=RATE)
    assert rows.fields["x"].shape == (2, 1, 512) and rows.fields["x"].dtype == np.int16
    assert rows.fields["room"].tolist() == [256, 700 - 512]
    begun = {
        start + piece[0, 0] for piece, room in zip(*rows.fields.values(), strict=True) for start in range(room + 1)
    }
    assert begun == set(range(700 - 256 + 1))


def test_silence_behind_short_files_is_never_more_than_they_lack(tmp_path):
    for name, n in (("a", 240), ("b", 500), ("c", 500)):
        written(tmp_path / f"{name}.wav", np.full((1, n), 9))
    rows = Waves.read(tmp_path)
    assert rows.modality.length == 256
    assert rows.fields["room"].tolist() == [0, 244, 244]
    assert rows.fields["x"][0].sum() == 240 * 9


def test_mono_beside_stereo_and_whole_numbers_beside_floats(tmp_path):
    written(tmp_path / "a.wav", np.full((1, 300), 16384))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "b.WAV").write_bytes(riff(3, 32, 2, np.full(600, 0.25, "<f4").tobytes()))
    rows = Waves.read(tmp_path)
    assert rows.modality.channels == 2
    assert [row[:, :256].mean(axis=1).tolist() for row in rows.fields["x"]] == [[0.5, 0.5], [0.25, 0.25]]


def test_train_and_test(tmp_path):
    for part, n, x in (("train", 1100, 1), ("test", 4000, 2)):
        (tmp_path / part).mkdir()
        written(tmp_path / part / "a.wav", np.full((1, n), x))
    rows, held_out = Waves.read(tmp_path), Waves.read_held_out(tmp_path)
    assert rows.modality == held_out.modality == Waves(length=1024, rate=RATE)
    assert (rows.fields["x"].max(), held_out.fields["x"].max()) == (1, 2)
    assert Waves.read_held_out(tmp_path / "train") is None


def test_refused_folders(tmp_path):
    assert Waves.read(tmp_path) is None
    assert Waves.read(tmp_path / "none.wav") is None
    written(tmp_path / "a.wav", np.zeros((1, 63)))
    with pytest.raises(DataError, match=r"a\.wav has fewer than 64 samples"):
        Waves.read(tmp_path)
    written(tmp_path / "a.wav", np.zeros((1, 100)))
    written(tmp_path / "b.wav", np.zeros((1, 100)), rate=16000)
    with pytest.raises(DataError, match=r"8,000 samples a second and .*b\.wav 16,000: nothing is resampled here"):
        Waves.read(tmp_path)
    for part, channels in (("train", 1), ("test", 2)):
        (tmp_path / "parts" / part).mkdir(parents=True)
        written(tmp_path / "parts" / part / "a.wav", np.zeros((channels, 100)))
    with pytest.raises(DataError, match="is stereo, and the others mono"):
        Waves.read_held_out(tmp_path / "parts")


def test_samples_are_written_one_after_another(tmp_path):
    waves = Waves(length=100, rate=80)
    made = torch.stack([torch.full((1, 100), 0.5), torch.full((1, 100), -0.5)])
    assert waves.write(made, tmp_path / "made.wav") and not waves.write(made, tmp_path / "made.png")
    found, rate = read_wav(tmp_path / "made.wav")
    assert rate == 80 and found.tolist() == [[16384] * 100 + [0] * 10 + [-16384] * 100]
