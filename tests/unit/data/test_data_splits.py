import pytest

from ganzoo.data.image_sets.splits import choose, taken_for_classes
from ganzoo.errors import DataError

# Names of folders as published sets have them: torchvision and Keras; brain tumour MRI, Intel's scenes, cats and dogs
# and the ASL alphabet on Kaggle; COCO; Roboflow; STL-10; SVHN; CycleGAN's unpaired domains; domain and split in one;
# MVTec, CamVid and Carvana with their masks; Food-11.
PUBLISHED = [
    ("train test", "train"),
    ("train val", "train"),
    ("Training Testing", "Training"),
    ("TRAIN TEST VALID", "TRAIN"),
    ("training_set test_set", "training_set"),
    ("training validation", "training"),
    ("seg_train seg_test seg_pred", "seg_train"),
    ("asl_alphabet_train asl_alphabet_test", "asl_alphabet_train"),
    ("train2017 val2017 test2017 unlabeled2017", "train2017"),
    ("train_images test_images", "train_images"),
    ("images-train images-val", "images-train"),
    ("train valid test", "train"),
    ("train test unlabeled", "train"),
    ("train test extra", "train"),
    ("X_train X_test", "X_train"),
    ("trainset testset", "trainset"),
    ("trainA trainB testA testB", "trainA trainB"),
    ("trainA trainB test", "trainA trainB"),
    ("train_photo train_sketch val_photo val_sketch", "train_photo train_sketch"),
    ("train test ground_truth", "train"),
    ("train train_labels val val_labels test test_labels", "train"),
    ("train_images train_masks test_images", "train_images"),
    ("training validation evaluation", "training"),
]


@pytest.mark.parametrize(("folders", "used"), PUBLISHED)
def test_the_training_part_is_chosen(folders, used):
    chosen = choose(folders.split(), "'x'")
    assert set(chosen.used) == set(used.split())
    assert set(chosen.left) == set(folders.split()) - set(used.split())


@pytest.mark.parametrize(
    "folders",
    [
        "bus train car",
        "control test",
        "cat dog",
        "train",
        "test",
        "trainA trainB",
        "train_cat train_dog",
        "restrain contest",
        "train bus test_bench",
    ],
)
def test_other_folders_are_no_splits(folders):
    assert choose(folders.split(), "'x'") is None


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ("test val", r"'x' has test/ and val/ and no training part: .*--data \.\.\./test"),
        ("Train train test", r"'x' has several training parts, Train/ and train/: name the one to use"),
        ("train2014 train2017 val2014 val2017", "several training parts, train2014/ and train2017/"),
        ("train_1 train_2 test", r"several training parts, train_1/ and train_2/.*--data \.\.\./train_1"),
    ],
)
def test_what_is_open_is_asked_and_not_guessed(folders, message):
    with pytest.raises(DataError, match=message):
        choose(folders.split(), "'x'")


def test_splits_among_classes_are_noticed():
    assert taken_for_classes(["bus", "car", "train"]) == []
    assert taken_for_classes(["control", "test"]) == ["test"]
    assert taken_for_classes(["trainA", "trainB"]) == ["trainA", "trainB"]
