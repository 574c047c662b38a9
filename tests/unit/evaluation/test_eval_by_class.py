"""The metric of classes between any sets: folders by class, named data, and what has no classes."""

import numpy as np
import pytest
import tiny_extractor
import torch
from evaluated_sets import features, files, frechet, mixed
from image_files import fill
from small_benches import specs, start_run

from ganzoo.errors import MetricError
from ganzoo.evaluation import evaluate, export_statistics
from ganzoo.registry.discovery import load_zoo

BOTH = ("fid", "intra-fid")


def by_class(**classes):
    """Files of folders by class."""
    return {f"{name}/{file}": png for name, images in classes.items() for file, png in files(images).items()}


@pytest.fixture
def sets(tmp_path):
    """A real and a generated folder of the same two classes, of other numbers of images."""
    images = {"real": (mixed(40, seed=1), mixed(30, seed=2)), "fake": (mixed(25, seed=3), mixed(20, seed=4))}
    for name, (cats, dogs) in images.items():
        fill(tmp_path / name, by_class(cat=cats, dog=dogs))
    return tmp_path, images


def test_folders_are_classes_and_each_is_compared_with_its_own(sets, judged):
    folder, images = sets
    found = judged(folder / "fake", folder / "real", metrics=BOTH, replicates=4)
    one = found["intra-fid"]
    assert list(one.by_class) == ["cat", "dog"]
    for place, name in enumerate(one.by_class):
        want = frechet(features(images["fake"][place]), features(images["real"][place]))
        assert one.by_class[name].value == pytest.approx(want, rel=1e-4)
    assert [(of.generated, of.real) for of in one.by_class.values()] == [(25, 40), (20, 30)]
    assert one.value == pytest.approx(sum(of.value for of in one.by_class.values()) / 2)
    assert one.floor == pytest.approx(sum(of.floor for of in one.by_class.values()) / 2)
    assert one.spread > 0 and found["fid"].by_class == {}
    worst = max(one.by_class, key=lambda name: one.by_class[name].value)
    assert one.worst_class == worst
    assert any(f"worst class {worst}" in fact for fact in found.facts)


def test_the_same_images_in_other_folders_are_other_classes(sets, judged):
    folder, images = sets
    cats, dogs = images["real"]
    fill(folder / "other", by_class(cat=cats[:20] + dogs[15:], dog=dogs[:15] + cats[20:]))
    first = judged(folder / "fake", folder / "real", metrics=BOTH)
    other = judged(folder / "fake", folder / "other", metrics=BOTH)
    again = judged(folder / "fake", folder / "real", metrics=BOTH)
    assert first["intra-fid"].value != pytest.approx(other["intra-fid"].value, rel=1e-3)
    assert first.metrics == again.metrics


def test_what_is_remembered_of_the_pixels_is_not_taken_for_other_labels(tmp_path, judged):
    """Two folders have the same images in the same order, and one cuts its classes elsewhere."""
    images, fake = mixed(30, seed=1), mixed(20, seed=2)
    values = []
    for cut in (10, 20):
        fill(
            tmp_path / f"real{cut}",
            {f"{'ab'[i >= cut]}/{name}": png for i, (name, png) in enumerate(files(images).items())},
        )
        fill(tmp_path / f"fake{cut}", by_class(a=fake[:10], b=fake[10:]))
        found = judged(tmp_path / f"fake{cut}", tmp_path / f"real{cut}", metrics=BOTH)
        values.append(found["intra-fid"].value)
        assert [of.real for of in found["intra-fid"].by_class.values()] == [cut, 30 - cut]
        hashes = {found.real.hash}
    assert len(hashes) == 1 and values[0] != values[1]


def test_a_set_without_classes_is_refused(sets, judged, tmp_path):
    folder, _ = sets
    fill(tmp_path / "flat", files(mixed(20)))
    said = "takes each class by itself, and .*flat has no classes, which are folders beside each other"
    for pair in ((folder / "flat", folder / "real"), (folder / "fake", folder / "flat")):
        with pytest.raises(MetricError, match=said):
            judged(*pair, metrics=BOTH)
    with pytest.raises(MetricError, match="has no classes"):
        judged(tiny_extractor.images(20), folder / "real", metrics=("intra-fid",))


def test_classes_of_one_set_alone_are_named(sets, judged):
    folder, _ = sets
    fill(folder / "more", by_class(cat=mixed(5), dog=mixed(5), eel=mixed(5)))
    with pytest.raises(MetricError, match=r"eel is a class of one set alone: .*more has 3 classes and .*real 2"):
        judged(folder / "more", folder / "real", metrics=BOTH)


def test_a_class_of_one_image_is_refused(sets, judged):
    folder, _ = sets
    fill(folder / "few", by_class(cat=mixed(5), dog=mixed(1)))
    with pytest.raises(MetricError, match="at least 2 generated images of each, and class 1 has 1"):
        judged(folder / "few", folder / "real", metrics=BOTH)


def test_statistics_hold_no_classes(sets, judged):
    folder, _ = sets
    with pytest.raises(MetricError, match="a file of statistics names no classes"):
        export_statistics(
            folder / "real", folder / "it.npz", metrics=BOTH, extractor="tiny", device="cpu", zoo=judged.zoo
        )
    export_statistics(
        folder / "real", folder / "it.npz", metrics=("fid",), extractor="tiny", device="cpu", zoo=judged.zoo
    )
    with pytest.raises(MetricError, match="has no classes"):
        judged(folder / "fake", folder / "it.npz", metrics=BOTH, extractor=None)


@pytest.mark.usefixtures("silence")
def test_a_run_is_judged_by_the_classes_that_it_was_asked_for(tmp_path):
    (spec,) = specs("acgan", kimg=0.1, extractor=None, metrics=BOTH, samples=170)
    run = start_run(tmp_path / "acgan", spec).play()
    found = evaluate(
        tmp_path / "acgan",
        "digits",
        metrics=BOTH,
        samples=170,
        replicates=0,
        pairs=False,
        device="cpu",
        zoo=load_zoo(third_party=False),
    )
    assert found["intra-fid"].value == pytest.approx(run["metrics"]["intra-fid"], rel=1e-6)
    last = run["evaluations"][-1]["by_class"]["intra-fid"]
    assert {name: of.generated for name, of in found["intra-fid"].by_class.items()} == {
        name: of["generated"] for name, of in last.items()
    }


def test_a_named_set_brings_its_classes():
    same = evaluate(
        "digits",
        "digits",
        metrics=("intra-fid",),
        replicates=0,
        pairs=False,
        device="cpu",
        zoo=load_zoo(third_party=False),
    )
    assert same["intra-fid"].value == pytest.approx(0, abs=1e-6)
    assert torch.tensor([of.real for of in same["intra-fid"].by_class.values()]).sum() == same.real.n
    assert np.isfinite(same["intra-fid"].floor)
