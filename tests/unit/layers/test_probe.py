"""Outputs of a discriminator of any modality, found by showing it an example."""

import pytest
import torch
from small_modalities import DOMAINS, PICTURES, ROWS, WAVES, AnyD, Shaped
from stand_in_turn import Formula

from ganzoo.errors import RecipeError
from ganzoo.layers import FunctionalDiscriminator, matrices, output_shape, require_blind, require_images, require_labels


def critic(shapes, num_classes=0):
    D = AnyD(shapes=shapes, num_classes=num_classes)
    D.modality, D.num_classes = Shaped(shapes, num_classes), num_classes
    return D


@pytest.mark.parametrize("shapes", [ROWS, WAVES, DOMAINS, PICTURES])
@pytest.mark.parametrize("num_classes", [0, 3])
def test_a_discriminator_of_anything_is_shown_an_example(shapes, num_classes):
    D = critic(shapes, num_classes).train()
    assert (
        output_shape(D, "features") == (12,) and output_shape(D, "maps") == (8, 3) and output_shape(D, "logits") == ()
    )
    assert D.training
    require_blind(D, "features", "the test")


def test_one_that_has_no_modality_is_shown_images_of_its_size():
    D = Formula(lambda x: x.sum(1))
    D.image_size, D.channels, D.num_classes = (4, 6), 2, 0
    assert output_shape(D, "logits") == () and require_images(D, "the test") == (2, 4, 6)


def test_logits_that_know_the_label_are_not_blind():
    with pytest.raises(RecipeError, match="puts the label into them"):
        require_blind(critic(ROWS, 3), "logits", "the test")


def test_one_that_sees_no_conditions_is_asked_for_none_with_other_weights_too():
    D = critic(ROWS, 3)
    D.conditional = False
    stand_in = FunctionalDiscriminator(D, {})
    assert stand_in.conditional is False and stand_in.modality is D.modality
    require_blind(stand_in, "logits", "the test")


@pytest.mark.parametrize(
    ("shapes", "said"), [(ROWS, r"\(6,\)"), (WAVES, r"\(1, 32\)"), (DOMAINS, r"a \(1, 4, 4\), b \(3, 4, 4\)")]
)
def test_what_is_no_image_is_refused_with_what_it_is(shapes, said):
    message = rf"^regularizer 'ada' is for images, .* and samples of modality 'shaped' are {said}: leave it out$"
    with pytest.raises(RecipeError, match=message):
        require_images(critic(shapes), "regularizer 'ada'")


def test_an_image_is_an_image_whatever_its_modality_is_called():
    assert require_images(critic(PICTURES), "the test") == (1, 8, 8)


def test_labels_of_a_modality_that_has_none():
    D = critic(ROWS)
    with pytest.raises(RecipeError, match="write conditional: true"):
        require_labels(D, "the test")

    class Plain(Shaped):
        offered = frozenset({"shapes"})

    D.modality = Plain(ROWS)
    with pytest.raises(RecipeError, match=r"^the test needs class labels, and samples of modality 'shaped' have none$"):
        require_labels(D, "the test")
    assert require_labels(critic(ROWS, 3), "the test") == 3


def test_weights_of_series_and_volumes_are_matrices_of_their_outputs():
    layers = [torch.nn.Conv1d(2, 5, 3), torch.nn.ConvTranspose1d(2, 5, 3), torch.nn.Conv3d(2, 5, 3)]
    assert [tuple(rows.shape) for rows in matrices(torch.nn.Sequential(*layers))] == [(5, 6), (5, 6), (5, 54)]
