"""Two sets of images compared: folders, archives, arrays and tensors give the same numbers, those of the definition."""

import weakref

import numpy as np
import pytest
import tiny_extractor
import torch
from evaluated_sets import features, files, frechet, mixed, png
from image_files import fill, make_tar, make_zip

from ganzoo.bench.results.bench_files.evaluation import Evaluation
from ganzoo.bench.results.schemas import MODELS
from ganzoo.errors import DataError, GanzooError, MetricError, SetupError, UnknownName
from ganzoo.evaluation.sets import files as files_module
from ganzoo.metrics.seeing import Viewer
from ganzoo.models import Samples, load
from ganzoo.registry.discovery import load_zoo


def test_images_of_several_sizes_are_seen_each_at_its_own(tmp_path, judged):
    """The distance of what the extractor sees of each image alone, by another formula."""
    fake, real = mixed(40, seed=1), mixed(50, seed=2)
    fill(tmp_path / "fake", files(fake)), fill(tmp_path / "real", files(real))
    found = judged(tmp_path / "fake", tmp_path / "real")
    assert found["fid"].value == pytest.approx(frechet(features(fake), features(real)), rel=1e-5)
    assert found.generated.sizes == "8x8x3 (14), 10x14x3 (13), 16x6x3 (13)"
    assert (found.generated.n, found.real.n, found.floor_n) == (40, 50, 25)


def test_rows_of_a_mixed_batch_stay_in_its_order():
    images = mixed(7)
    network = tiny_extractor.Network()

    class Seeing(torch.nn.Module):
        point = 0

        def forward(self, batch):
            return {"features": network(batch)[0]}

    rows = Viewer(Seeing(), "tiny", torch.device("cpu")).seen(images)["features"]
    assert torch.allclose(rows, torch.cat([network(image[None])[0] for image in images]), atol=1e-6)
    assert len({tuple(row) for row in rows.tolist()}) == 7


def test_features_of_other_lengths_for_other_sizes_are_told():
    class Flat(torch.nn.Module):
        point = 0

        def forward(self, batch):
            return {"features": batch.flatten(1).float()}

    with pytest.raises(MetricError, match="another length for images of 8x8 than for images of 14x10"):
        Viewer(Flat(), "pixels", torch.device("cpu")).seen(mixed(4))


def test_a_folder_an_archive_an_npz_a_tensor_and_an_array_are_the_same_set(tmp_path, judged):
    images = mixed(30, sizes=((8, 8),))
    pixels = torch.stack(images)
    real = tiny_extractor.images(40, seed=9)
    fill(tmp_path / "set", files(images))
    np.savez(tmp_path / "plain.npz", images=pixels.numpy())
    np.savez_compressed(tmp_path / "adm.npz", pixels.permute(0, 2, 3, 1).numpy())
    sets = [
        tmp_path / "set",
        make_zip(tmp_path / "set.zip", files(images)),
        make_tar(tmp_path / "set.tar", files(images)),
        tmp_path / "plain.npz",
        str(tmp_path / "adm.npz"),
        pixels,
        pixels.permute(0, 2, 3, 1).numpy(),
    ]
    found = [judged(one, real, metrics=("fid", "kid", "precision")) for one in sets]
    assert {one.generated.hash for one in found} == {found[0].generated.hash}
    assert [one.generated.kind for one in found] == ["folder", "archive", "archive", "npz", "npz", "tensor", "array"]
    for one in found[1:]:
        assert {name: (m.value, m.spread) for name, m in one.metrics.items()} == {
            name: (m.value, m.spread) for name, m in found[0].metrics.items()
        }
    assert found[0]["fid"].value == pytest.approx(frechet(features(images), features(list(real))), rel=1e-5)


def test_all_files_below_a_folder_count_by_name_and_a_split_is_told(tmp_path, judged):
    images = mixed(6, sizes=((8, 8),))
    tree = {f"{('train', 'test')[i % 2]}/{i}.png": png(image) for i, image in enumerate(images)}
    fill(tmp_path / "tree", tree | {"notes.txt": b"words"})
    found = judged(tmp_path / "tree", tiny_extractor.images(8))
    ordered = [images[i] for i in (1, 3, 5, 0, 2, 4)]  # test/1, test/3, ..., train/0, ...
    assert found.generated.hash == judged(torch.stack(ordered), tiny_extractor.images(8)).generated.hash
    assert any("the folders test, train are read together" in note for note in found.notes)
    assert any("1 other file" in note for note in found.notes)


def test_a_set_against_itself_is_at_no_distance_and_all_copies(tmp_path, judged):
    fill(tmp_path / "set", files(mixed(20)))
    found = judged(tmp_path / "set", tmp_path / "set")
    assert found["fid"].value == pytest.approx(0, abs=1e-6)
    assert (found.pairs.copies, found.pairs.median) == (1, 0)
    assert {(pair.generated, pair.distance) == (pair.real, 0) for pair in found.pairs.nearest} == {True}
    assert found.pairs.median_real > 0


def test_pairs_are_the_nearest_of_all(judged):
    """By a table of all distances; one generated image is a copy of a real one."""
    fake, real = tiny_extractor.images(30, seed=1), tiny_extractor.images(25, seed=2)
    fake[17] = real[4]
    found = judged(fake, real).pairs
    distances = torch.cdist(*(torch.from_numpy(features(list(one))) for one in (fake, real)))
    least, which = distances.min(1)
    first = found.nearest[0]
    assert (first.generated, first.real, first.distance) == ("tensor[17]", "tensor[4]", 0)
    for pair in (*found.nearest, *found.farthest):
        assert pair.real_place == which[pair.generated_place]
        assert pair.distance == pytest.approx(float(least[pair.generated_place]), rel=1e-4, abs=1e-6)
    assert [pair.generated_place for pair in found.farthest] == least.argsort(descending=True)[:8].tolist()
    assert len({pair.real_place for pair in found.nearest}) == len(found.nearest)
    assert found.copies == pytest.approx(1 / 30)
    own = torch.cdist(*(torch.from_numpy(features(list(real))),) * 2)
    assert found.median_real == pytest.approx(float(own.fill_diagonal_(torch.inf).amin(1).median()), rel=1e-5)


def test_a_set_is_read_in_batches_of_which_few_live(tmp_path, judged, monkeypatch):
    """Counted by references to the decoded images, when each comes."""
    monkeypatch.setattr(files_module, "BATCH", 10)
    fill(tmp_path / "real", files(mixed(200, sizes=((8, 8),))))
    decoded, living = [], []
    original = files_module.FileStream._image

    def counting(self, member):
        image = original(self, member)
        decoded.append(weakref.ref(image))
        living.append(sum(one() is not None for one in decoded))
        return image

    monkeypatch.setattr(files_module.FileStream, "_image", counting)
    judged(tmp_path / "real", tiny_extractor.images(20), pairs=False)
    assert len(decoded) == 200
    assert max(living) <= 2 * 10 + files_module._AT_ONCE + 1


def test_real_images_are_seen_once_for_many_generated_sets(tmp_path, judged):
    np.savez(tmp_path / "real.npz", images=tiny_extractor.images(60).numpy())
    tiny_extractor.SEEN.clear()
    first = judged(tiny_extractor.images(20, seed=3), tmp_path / "real.npz")
    assert sum(tiny_extractor.SEEN) == 80
    again = judged(tiny_extractor.images(20, seed=3), tmp_path / "real.npz")
    assert sum(tiny_extractor.SEEN) == 100
    assert again.to_json() == first.to_json()
    np.savez(tmp_path / "real.npz", images=tiny_extractor.images(60, seed=5).numpy())
    assert judged(tiny_extractor.images(20, seed=3), tmp_path / "real.npz").real.hash != first.real.hash


def test_what_is_written_is_read_again_and_named_in_the_schema(judged):
    found = judged(tiny_extractor.images(20, seed=3), tiny_extractor.images(30), metrics=("fid", "is"))
    again = Evaluation.parse(found.to_json(), "evaluation.json")
    assert again == found
    schema = MODELS["evaluation.json"].json_schema(by_alias=True)
    assert set(found.to_json()) <= set(schema["properties"])
    assert found.identity["extractor"] == "tiny"
    assert len(found.identity["sha256"]) == 64
    assert set(found.versions) >= {"ganzoo", "torch", "numpy", "pillow", "torch-fidelity", "python"}
    assert found["is"].better == "higher"
    assert found["fid"].spread > 0
    with pytest.raises(KeyError, match="there are: fid, is"):
        found["kid"]


def test_what_stands_beside_a_number_is_told(judged):
    """A generator as good as the data: its FID is of about half the floor, since its bias falls with both numbers."""
    alike, real = (mixed(400, seed, sizes=((8, 8),)) for seed in (1, 2))
    found = judged(torch.stack(alike), torch.stack(real))
    assert found["fid"].value < 0.75 * found["fid"].floor
    assert "±: standard error of the number over the generated samples" in found.facts
    assert "floor: two halves of the real set, 200 images each; FD[tiny] falls as either set grows" in str(found.facts)
    told = judged(torch.stack(alike[:40]), torch.stack(real[:40]), metrics=("kid",), replicates=0).facts
    assert "floor: two halves of the real set, 20 images each" in told and "±" not in str(told)


def test_tables_show_each_number(judged):
    found = judged(tiny_extractor.images(20, seed=3), tiny_extractor.images(30), metrics=("fid", "kid"))
    for text in (found.to_markdown(), found._repr_html_()):
        assert "FD[tiny]@20" in text
        assert f"{found['fid'].value:.3g}" in text
        assert "mean over 100 subsets of 20 images" in text
    assert found._repr_html_().count("<tr>") == 3


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ("nowhere", UnknownName, "no path, and no data set"),
        (torch.zeros(4, 3, 8, 8), DataError, r"float32, where uint8 .* \(images \* 127.5 \+ 128\)"),
        (torch.zeros(4, 5, 8, 8, dtype=torch.uint8), DataError, "not \\(N, C, H, W\\) of 1 or 3 channels"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), MetricError, "holds 1 image"),
        (torch.zeros(4, 2, 1, 1), MetricError, "not both images"),
    ],
)
def test_what_cannot_be_judged_is_told_in_a_sentence(judged, given, error, words):
    with pytest.raises(error, match=words):
        judged(given, tiny_extractor.images(20))


def test_a_file_that_is_no_image_is_told_and_can_be_left_out(tmp_path, judged):
    fill(tmp_path / "set", files(mixed(9)) | {"0004.png": b"no image"})
    with pytest.raises(DataError, match=r"'0004.png' is no image; --skip-bad"):
        judged(tmp_path / "set", tiny_extractor.images(20))
    found = judged(tmp_path / "set", tiny_extractor.images(20), skip_bad=True)
    assert found.generated.n == 8
    assert any("1 bad image: '0004.png' is no image" in note for note in found.notes)


def test_an_npz_that_is_cut_or_holds_floats_is_told(tmp_path, judged):
    np.savez(tmp_path / "floats.npz", images=np.zeros((4, 8, 8), np.float32))
    with pytest.raises(DataError, match=r"float32.*where uint8"):
        judged(tmp_path / "floats.npz", tiny_extractor.images(20))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "floats.npz").read_bytes()[:100])
    with pytest.raises(DataError, match="damaged"):
        judged(tmp_path / "cut.npz", tiny_extractor.images(20))


def test_without_weights_the_error_names_extractors_that_need_none(monkeypatch):
    from ganzoo.metrics import opening

    def absent(name, kind, given, cache, *, fetch, instead):
        raise SetupError(f"no weights{instead()}")

    monkeypatch.setattr(opening.weights_file, "find", absent)
    from ganzoo.evaluation import evaluate

    images = tiny_extractor.images(20)
    with pytest.raises(SetupError, match=r"--extractor digits.* or stacked-mnist needs no file") as failed:
        evaluate(images, images, zoo=load_zoo(third_party=False), device="cpu")
    assert failed.value.exit_code == 3


def test_the_folder_of_a_generator_is_no_set_of_real_images(tmp_path, judged):
    """It holds pictures of samples, which would be compared in the place of any images."""
    fill(tmp_path / "fake", files(mixed(4)))
    fill(tmp_path / "bench" / "dcgan" / "seed0", {"run.json": b"{}", **files(mixed(4))})
    for real in (tmp_path / "bench", tmp_path / "bench" / "dcgan" / "seed0", "digits-dcgan"):
        with pytest.raises(DataError, match=r"is a generator, and no set of images.*`ganzoo eval"):
            judged(tmp_path / "fake", real)
    with pytest.raises(DataError, match="a generator stands first"):
        judged(tmp_path / "fake", load("digits-dcgan"))


@pytest.mark.parametrize("asked", [{"samples": 5}, {"seed": 0}])
def test_what_a_generator_draws_is_not_asked_of_a_set_of_images(tmp_path, judged, asked):
    fill(tmp_path / "fake", files(mixed(4)))
    with pytest.raises(DataError, match=r"is of what a generator draws, and '.*fake' is a set of images"):
        judged(tmp_path / "fake", tmp_path / "fake", **asked)


@pytest.mark.parametrize("given", [None, 3, [1], b"x", ""])
def test_what_is_no_set_at_all_is_one_sentence(tmp_path, judged, given):
    fill(tmp_path / "fake", files(mixed(4)))
    with pytest.raises(GanzooError, match="a set of images is a"):
        judged(given, tmp_path / "fake")


def test_metrics_may_be_one_text(tmp_path, judged):
    fill(tmp_path / "fake", files(mixed(4)))
    both = judged(tmp_path / "fake", tmp_path / "fake", metrics="fid, kid", replicates=np.int64(0))
    assert [*both.metrics] == ["fid", "kid"]


@pytest.mark.parametrize(
    "asked",
    [
        {"metrics": 3},
        {"metrics": [3]},
        {"extractor": 3},
        {"replicates": 1},
        {"program": 3},
        {"report": 3},
        {"data_dir": 3},
    ],
)
def test_options_of_another_type_are_one_sentence(judged, asked):
    with pytest.raises(GanzooError):
        judged(torch.stack(mixed(4, sizes=((8, 8),))), torch.stack(mixed(4, sizes=((8, 8),))), **asked)


def test_samples_are_a_set_and_tensors_without_values_are_none(judged):
    drawn, real = (torch.stack(mixed(6, seed, sizes=((8, 8),))) for seed in (1, 2))
    assert judged(Samples(drawn), real)["fid"].value == judged(drawn, real)["fid"].value
    for given in (real.to("meta"), real.to_sparse()):
        with pytest.raises(DataError, match="holds no dense values"):
            judged(given, real)
