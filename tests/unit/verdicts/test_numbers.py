"""The numbers behind verdicts, beside closed forms and scipy's."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.fft import dctn
from scipy.linalg import sqrtm
from scipy.ndimage import convolve
from scipy.stats import chi2

from ganzoo.verdicts import (
    Evidence,
    Recorded,
    classes,
    compression,
    copies,
    measured,
    record,
    resizing,
    squeezing,
    thresholds,
    variety,
    views,
)
from ganzoo.verdicts.evidence import as_rows


def random_images(n, seed, size=8, channels=1):
    """Smooth random images, uint8: noise of a lower size made larger, with finer noise over it."""
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.randn(n, channels, size // 2, size // 2, generator=rng)
    smooth = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic", align_corners=False)
    return (128 + 40 * smooth + 12 * torch.randn(n, channels, size, size, generator=rng)).clamp(0, 255).to(torch.uint8)


def known(generated, training, **more):
    return Evidence(generated, training, **more)


def jpeg(images, quality):
    def written(image):
        file = io.BytesIO()
        Image.fromarray(image.permute(1, 2, 0).squeeze(2).numpy()).save(file, "JPEG", quality=quality)
        again = torch.from_numpy(np.array(Image.open(file)))
        return again[None] if again.ndim == 2 else again.permute(2, 0, 1)

    return torch.stack([written(image) for image in images])


# -- copies --------------------------------------------------------------------------------------------------


def test_copies_are_counted_and_belong_to_one_row():
    training = random_images(300, 0)
    fresh = random_images(100, 1)
    numbers = copies.measure(known(torch.cat((training[:100], fresh)), training))
    assert numbers["training_copies"] == 0.5
    assert numbers["rows_copied"] == 1
    assert 0.5 <= numbers["training_near"] < 0.56
    assert numbers["mirrored_near"] < 0.06


def test_copies_in_the_mirror_and_of_held_out_rows():
    training, held_out = random_images(300, 0), random_images(80, 2)
    numbers = copies.measure(known(training[:120].flip(-1), training, held_out=held_out))
    assert numbers["mirrored_copies"] == 1 and numbers["training_copies"] == 0
    numbers = copies.measure(known(held_out.repeat(2, 1, 1, 1), training, held_out=held_out))
    assert numbers["held_out_copies"] == 1 and numbers["held_out_near"] == 1
    assert numbers["training_near"] < 0.06


def test_many_copies_of_one_row_are_of_one_row():
    training, fresh = random_images(300, 0), random_images(100, 1)
    numbers = copies.measure(known(torch.cat((training[:1].expand(100, -1, -1, -1), fresh)), training))
    assert numbers["training_near"] >= 0.5
    assert numbers["training_near_rows"] < 0.1
    all_rows = copies.measure(known(training[:100], training))
    assert all_rows["training_near_rows"] == 1


def test_distance_is_1_of_rows_like_those_of_the_data():
    numbers = copies.measure(known(random_images(400, 3), random_images(400, 0)))
    assert numbers["distance"] == pytest.approx(1, abs=0.05)


# -- variety -------------------------------------------------------------------------------------------------


def test_variety_of_rows_that_are_half_as_far_apart():
    rng = torch.Generator().manual_seed(0)
    points = torch.randn(500, 3, 1, 1, generator=rng)
    numbers = variety.measure(known(points / 2, points))
    assert numbers["spread"] == pytest.approx(0.5, abs=0.03)
    assert numbers["own_distance"] == pytest.approx(0.5, abs=0.03)
    assert numbers["different"] == 1


def test_repeated_samples_are_not_different():
    images = random_images(200, 0)
    assert variety.measure(known(images[:50].repeat(4, 1, 1, 1), images))["different"] == 0.25


def test_the_distance_to_the_next_is_of_different_samples_as_long_as_most_are():
    """Rows drawn with replacement are as far apart as rows are, and a few that are repeated are not."""
    points = torch.randn(400, 3, 1, 1, generator=torch.Generator().manual_seed(0))
    drawn = points[torch.randint(400, (400,), generator=torch.Generator().manual_seed(1))]
    numbers = variety.measure(known(drawn, points))
    assert numbers["different"] == pytest.approx(1 - 1 / math.e, abs=0.05)
    assert numbers["own_distance"] == pytest.approx((math.e / (math.e - 1)) ** (1 / 3), abs=0.1), "fewer by 1 - 1/e"
    assert variety.measure(known(points[:100].repeat(4, 1, 1, 1), points))["own_distance"] == 0


# -- classes -------------------------------------------------------------------------------------------------


def seen_as(labels, k):
    return {"logits": torch.nn.functional.one_hot(labels, k).float(), "features": torch.randn(len(labels), 2)}


def test_shares_of_classes_and_their_chance():
    fake = torch.tensor([0] * 45 + [1] * 5 + [2] * 50)
    real = torch.tensor([0] * 40 + [1] * 30 + [2] * 30)
    points = torch.zeros(100, 2, 1, 1)
    numbers = classes.measure(
        known(points, points, seen=seen_as(fake, 3), seen_training=seen_as(real, 3), labels=real, classes=tuple("abc"))
    )
    assert numbers["class a"] == pytest.approx(45 / 40)
    assert numbers["class b"] == pytest.approx(5 / 30)
    statistic = 5**2 / 40 + 25**2 / 30 + 20**2 / 30
    assert numbers["class_chi2_low"] == pytest.approx(chi2.cdf(statistic, 2))


def test_a_class_that_the_nearest_images_have_is_there():
    """The extractor takes all of them for class a; a third are copies of images of class b."""
    real = torch.arange(90) % 2
    images = random_images(90, 0)
    fake = torch.cat((images[real == 0], images[real == 1][:15]))
    numbers = classes.measure(
        known(
            fake,
            images,
            seen=seen_as(torch.zeros(60, dtype=torch.int64), 2),
            seen_training=seen_as(real, 2),
            labels=real,
            classes=("a", "b"),
        )
    )
    assert numbers["class b"] == pytest.approx(0.5)
    assert numbers["class a"] == pytest.approx(2)


def test_an_extractor_of_other_classes_is_not_asked_for_them():
    real = torch.arange(100) % 2
    features = torch.stack((real.float() * 9, torch.arange(100) / 100), dim=1)
    seen = {"logits": torch.zeros(100, 2), "features": features}
    points = torch.zeros(100, 2, 1, 1)
    fake = {"logits": torch.zeros(50, 2), "features": features[real == 1]}
    numbers = classes.measure(
        known(points[:50], points, seen=fake, seen_training=seen, labels=real, classes=("a", "b"))
    )
    assert (numbers["class a"], numbers["class b"]) == (0, 2)


def test_modes_of_points():
    points = torch.zeros(100, 2, 1, 1)
    real = {"mode": (torch.arange(100) % 4)[:, None].float()}
    fake = {"mode": torch.where(torch.arange(100) % 2 == 0, 0, -1)[:, None].float()}
    numbers = classes.measure(known(points, points, seen=fake, seen_training=real))
    assert (numbers["class 0"], numbers["class 1"]) == (4, 0)


# -- two views -----------------------------------------------------------------------------------------------


def test_the_distance_is_frechets_over_the_variance():
    rng = torch.Generator().manual_seed(0)
    fake = torch.randn(400, 6, generator=rng) * torch.arange(1, 7) + 1
    real = torch.randn(300, 6, generator=rng).cumsum(dim=1)
    a, b = fake.double().T.cov().numpy(), real.double().T.cov().numpy()
    gap = (fake.double().mean(0) - real.double().mean(0)).square().sum().item()
    want = (gap + np.trace(a + b - 2 * sqrtm(a @ b).real)) / np.trace(b)
    assert views.frechet(fake, real) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize(("ratio", "freedom"), [(0.1, 3.0), (0.35, 40.0), (1.7, 5.5)])
def test_chance_is_that_of_chi_squared(ratio, freedom):
    assert views.chance(ratio, freedom) == pytest.approx(chi2.cdf(ratio * freedom, freedom), rel=1e-9)


def test_a_distance_without_variance_is_its_mean():
    assert (views.chance(0.99, np.inf), views.chance(1.0, np.inf)) == (0.0, 1.0)
    rows = torch.randn(300, views.DIMENSIONS + 1, generator=torch.Generator().manual_seed(0))
    assert views.by_chance(rows)[1] == np.inf


def test_halves_of_one_dimension_have_some_two_degrees_of_freedom():
    """For a Gaussian (a + b / 2) 4 / N of two chi-squared: mean 1.5, variance 2.5, 2 * 1.5 ** 2 / 2.5 = 1.8 degrees."""
    rows = torch.randn(4000, 1, generator=torch.Generator().manual_seed(1))
    mean, freedom = views.by_chance(rows)
    assert mean == pytest.approx(1.5 * 4 / 4000, rel=0.4)
    assert freedom == pytest.approx(1.8, rel=0.4)


def test_fresh_points_of_a_plane_are_not_too_near():
    """A good generator has the distance of fresh ones, which is often within a third of its mean."""
    rng = torch.Generator().manual_seed(0)

    def ring(n):
        angles = torch.randint(8, (n,), generator=rng) * (np.pi / 4)
        return torch.stack((angles.cos(), angles.sin()), dim=1) + 0.01 * torch.randn(n, 2, generator=rng)

    real, nearer = ring(10_000), 0
    for _ in range(40):
        seen = {"seen": {"features": ring(2500)}, "seen_training": {"features": real}}
        numbers = views.measure(known(ring(2500), real, **seen), None)
        nearer += numbers["seen_distance"] < thresholds.TOO_GOOD * numbers["fresh"]
        assert numbers["by_chance"] > thresholds.CHANCE
    assert nearer > 2  # which the mean alone would have accused


def test_the_distance_of_rows_from_themselves_is_0_in_many_dimensions():
    rows = torch.randn(150, 100, generator=torch.Generator().manual_seed(0))
    assert views.frechet(rows, rows) == pytest.approx(0, abs=1e-9)


def squeezed(shift):
    """Real images vary in pixel 0, and hardly in pixel 1; the extractor sees the sum of both."""
    rng = torch.Generator().manual_seed(0)
    real = torch.full((400, 1, 4, 4), 100.0)
    real[:, 0, 0, 0] += 20 * torch.randn(400, generator=rng)
    real[:, 0, 0, 1] += torch.randn(400, generator=rng)
    fake = real.clone()
    fake[:, 0, 0, :2] += torch.tensor(shift)
    fake, real = (images.round().clamp(0, 255).to(torch.uint8) for images in (fake, real))

    def look(images):
        return {"features": images[:, 0, 0, :2].float().sum(dim=1, keepdim=True)}

    found = squeezing.measure(known(fake, real, seen=look(fake), seen_training=look(real), look=look))
    return found["squeezed_main"], 1 / float(look(real)["features"].var())


def test_a_distance_that_is_hidden_where_real_images_hardly_vary_comes_back():
    hidden, over = squeezed([20.0, -20.0])
    assert hidden == pytest.approx(np.log(20**2 * over / views.LEAST + 1), abs=0.02)


def test_a_distance_where_real_images_hardly_vary_goes():
    seen, over = squeezed([0.0, 20.0])
    assert seen == pytest.approx(-np.log(20**2 * over / views.LEAST + 1), abs=0.02)


def test_smoothing_is_the_binomial_filter():
    images = random_images(20, 0, 9)
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    want = convolve(images.double().numpy(), kernel[None, None], mode="nearest")
    assert squeezing._smoothed(images).double().numpy() == pytest.approx(want, abs=0.5 + 1e-4)


def test_what_is_made_of_training_images_alone_is_asked_for_where_it_is_kept():
    """Every run of a bench squeezes the same real images, whose look may take minutes."""
    fake, real = random_images(120, 0), random_images(150, 1)
    asked = {"fake": [], "real": []}

    def look(at):
        return lambda images: asked[at].append(len(images)) or {"features": images.flatten(1).float()}

    seen = {"seen": look("fake")(fake), "seen_training": look("real")(real)}
    squeezing.measure(known(fake, real, **seen, look=look("fake"), look_at_data=look("real")))
    assert asked == {"fake": [120, 120, 120], "real": [150, 150, 150]}


def test_without_an_extractor_to_ask_again_nothing_is_squeezed():
    images = random_images(150, 0)
    features = {"features": torch.randn(150, 3)}
    assert squeezing.measure(known(images, images, seen=features, seen_training=features)) == {}


def test_the_main_directions_of_few_large_images_are_those_of_the_covariance():
    images = random_images(30, 0)  # 64 numbers each
    centre, basis = squeezing._main(images)
    rows = images.flatten(1).double()
    _, scales, directions = np.linalg.svd((rows - rows.mean(0)).numpy(), full_matrices=False)
    k = basis.shape[1]
    held = np.square(scales).cumsum() / np.square(scales).sum()
    assert held[k - 2] < squeezing.KEPT <= held[k - 1]
    assert basis.T.numpy() @ directions[:k].T == pytest.approx(
        np.diag(np.sign(np.diag(basis.T.numpy() @ directions[:k].T))), abs=1e-6
    )
    assert centre == pytest.approx(rows.mean(0))


# -- files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quality", "channels"), [(40, 1), (75, 1), (90, 1), (75, 3)])
def test_jpeg_is_found_at_its_quality(quality, channels):
    fresh, training = random_images(120, 1, 16, channels), random_images(120, 0, 16, channels)
    found = compression.measure(known(jpeg(fresh, quality), training))
    assert found["jpeg_dip"] < thresholds.DIP and abs(found["jpeg_quality"] - quality) <= 1
    assert found["jpeg_dip_real"] > 0.9
    assert compression.measure(known(fresh, training))["jpeg_dip"] > 0.9


@pytest.mark.parametrize("kind", ["nearest", "bilinear", "bicubic"])
def test_images_that_were_made_larger(kind):
    training = random_images(60, 0)
    small = random_images(60, 1).float()[:, :, ::2, ::2]
    large = torch.nn.functional.interpolate(small, (8, 8), mode=kind).round().clamp(0, 255).to(torch.uint8)
    assert resizing.measure(known(large, training))["enlarged"] < 0.2
    assert resizing.measure(known(random_images(60, 2), training))["enlarged"] > 0.8


def test_fine_detail_is_that_of_the_cosine_transform():
    images = random_images(30, 0).double().numpy()[:, 0]
    power = np.square(dctn(images - images.mean((1, 2), keepdims=True), axes=(1, 2), norm="ortho")).mean(0)
    high = np.maximum(*np.meshgrid(np.arange(8), np.arange(8))) > 3.5
    want = power[high].sum() / power.sum()
    assert resizing._detail(torch.from_numpy(images)[:, None]) == pytest.approx(want)


# -- the record, and all of it -------------------------------------------------------------------------------


def test_the_record():
    numbers = record.measure(Recorded(500, agreed=1000, reference=90, available=100, fitted="area"))
    assert numbers == {"fitted_alike": 0, "samples_share": 0.5, "reference_share": 0.9}


def test_of_few_samples_the_record_alone_says_anything():
    images = random_images(99, 0)
    assert measured(known(images, images, recorded=Recorded(99, agreed=99))) == {"fitted_alike": 1, "samples_share": 1}


def test_large_images_are_compared_at_32_pixels():
    images = random_images(3, 0, 64, 3)
    rows = as_rows(images)
    assert rows.shape == (3, 3 * 32 * 32)
    assert rows[0, 0].item() == pytest.approx(images[0, 0, :2, :2].float().mean().item() / 255, rel=1e-5)


def test_points_have_no_numbers_of_images():
    points = torch.randn(200, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    numbers = measured(known(points, points + 5))
    assert {"training_near", "spread"} <= numbers.keys()
    assert not {"mirrored_near", "jpeg_dip", "enlarged", "overrated"} & numbers.keys()
