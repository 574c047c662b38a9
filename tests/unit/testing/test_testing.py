"""Each check of the conformance suite fails for a part that breaks what it checks, and for a sound part none does."""

import inspect
import random
import re

import broken_parts
import pytest
import torch
from pretend_gpu import for_checks
from torch.nn.functional import one_hot

from ganzoo.errors import UnknownName
from ganzoo.registry.discovery import Plugin, Zoo
from ganzoo.registry.registry import Entry, Registry
from ganzoo.testing import Finding, assert_conforms, check_entry, check_plugin, entries_of, no_host_sync


def registry(**parts):
    """A registry of classes in ``broken_parts``, by kind; each is named 'tried'."""
    made = Registry()
    made.add([Entry(kind, "tried", f"broken_parts:{name}", "mine") for kind, name in parts.items()])
    sound = {"sound": "SoundExtractor", "points": "PointsExtractor", "classless": "ClasslessExtractor"}
    made.add([Entry("extractor", name, f"broken_parts:{target}", "mine") for name, target in sound.items()])
    sound = {"sound": "SoundMetric", "of-modes": "ModesMetric", "of-classes": "ClassesMetric"}
    made.add([Entry("metric", name, f"broken_parts:{target}", "mine") for name, target in sound.items()])
    return made


def findings(kind, name, **others):
    known = registry(**{kind: name}, **others)
    return check_entry(known, known.get(kind, "tried"))


def failed(found):
    return {finding.check: finding.detail for finding in found if not finding.ok}


@pytest.mark.parametrize(
    ("kind", "name", "checks"),
    [
        ("generator", "SoundG", 17),
        ("generator", "OneSizeG", 17),
        ("generator", "DrawingG", 17),
        ("discriminator", "SoundD", 15),
        ("discriminator", "EnergyD", 15),
        ("discriminator", "PatchD", 15),
        ("loss", "SoundLoss", 13),
        ("loss", "SayingMixingLoss", 13),
        ("loss", "LabelLoss", 13),
        ("loss", "BufferLoss", 13),
        ("regularizer", "StillRegularizer", 14),
        ("dataset", "SoundDataset", 8),
        ("dataset", "PointsDataset", 8),
        ("dataset", "HeldOutDataset", 9),
        ("dataset", "PinnedDataset", 5),
        ("extractor", "SoundExtractor", 7),
        ("extractor", "PointsExtractor", 7),
        ("extractor", "ClasslessExtractor", 7),
        ("extractor", "FetchedExtractor", 3),
        ("metric", "SoundMetric", 9),
        ("metric", "ModesMetric", 9),
        ("metric", "ClassesMetric", 9),
        ("metric", "DrawnMetric", 10),
        ("tracker", "SoundTracker", 7),
        ("tracker", "LackingTracker", 3),
    ],
)
def test_sound_parts_pass(kind, name, checks):
    found = findings(kind, name)
    assert failed(found) == {}
    assert len({finding.check for finding in found}) == len(found) == checks


def test_a_player_is_checked_with_given_parameters_and_no_other_part_is():
    known = registry(generator="NeedyG", loss="SoundLoss")
    assert_conforms(known, "generator", "tried", depth=2)
    with pytest.raises(AssertionError, match="needs the parameter 'depth'"):
        assert_conforms(known, "generator", "tried")
    with pytest.raises(AssertionError, match="breadth"):
        assert_conforms(known, "generator", "tried", depth=2, breadth=3)
    with pytest.raises(ValueError, match="loss 'tried': only generator and discriminator are checked"):
        assert_conforms(known, "loss", "tried", depth=2)


BROKEN = [
    ("generator", "NotAGenerator", "import", "is not a subclass of ganzoo.interfaces.Generator"),
    ("generator", "Nowhere", "import", "has no attribute 'Nowhere'"),
    ("generator", "RefusingG", "construction", "refuses all data .* never"),
    ("generator", "CrashingG", "construction", "cannot be built .* no such thing"),
    ("generator", "NeedyG", "construction", "needs the parameter 'depth'"),
    ("generator", "ZeroZG", "latents", "z_dim is -1"),
    ("generator", "WideZG", "latents", r"\(4, 7\), and must have \(4, 6\)"),
    ("generator", "GlobalDrawsG", "draws", "other latents for the same rng"),
    ("generator", "NumpyDrawsG", "draws", "other latents for the same rng"),
    ("generator", "ConstantDrawsG", "draws", "the same latents for another rng"),
    ("generator", "SmallImagesG", "shape", r"\(4, 1, 8, 7\), and must be \(4, 1, 8, 8\)"),
    ("generator", "DoubleG", "shape", "torch.float64"),
    ("generator", "ExitingG", "shape", "SystemExit: enough, raised at broken_parts, line"),
    ("generator", "OutOfRangeG", "range", r"must lie in \[-1, 1\]"),
    ("generator", "LoudG", "range", r"as it samples, .*must lie in \[-1, 1\]"),
    ("generator", "NaNG", "range", "not finite"),
    ("generator", "UnusedG", "gradients", "no gradient reaches 'idle'"),
    ("generator", "ForgetfulG", "state", "state_dict gives other values"),
    ("generator", "NoisyG", "repeats", "two calls in evaluation mode differ"),
    ("generator", "LeaningG", "symmetry", r"what comes of conv \(Conv2d\) is not the mirror image top to bottom that"),
    ("generator", "VainG", "symmetry", "mirror_symmetric is true, and no module makes a map of a map"),
    ("generator", "ItemG", "host-sync", "generator 'tried' at broken_parts, line .*z.mean"),
    ("discriminator", "ListedD", "declaration", "must be a frozenset"),
    (
        "discriminator",
        "HeadedD",
        "declaration",
        "has a head 'patches', and beside 'logits' its outputs declare nothing",
    ),
    ("discriminator", "HalvedD", "outputs", r"'logits' are not its heads 'one', 'two' side by side, \(B, 2\)"),
    ("discriminator", "MissingD", "outputs", "does not give 'features'"),
    ("discriminator", "ExtraD", "outputs", "gives 'features', which its outputs do not declare"),
    ("discriminator", "TensorD", "outputs", "gives a Tensor, and must give a dict"),
    (
        "discriminator",
        "ColumnD",
        "outputs",
        r"'logits' has the shape \(4, 4\) for a batch of 4 and \(8, 8\) for one of 8",
    ),
    ("discriminator", "EmptyD", "outputs", r"'logits' has the shape \(4, 0\), in which there is no number"),
    ("discriminator", "MeanD", "outputs", r"'mean' has the shape \(\)"),
    ("discriminator", "InfiniteD", "outputs", "not finite"),
    ("discriminator", "BlindD", "gradients", "no gradient reaches the sample"),
    ("discriminator", "UnusedD", "gradients", "no gradient reaches 'idle'"),
    ("discriminator", "ForgetfulD", "state", "state_dict gives other values"),
    ("discriminator", "LeaningD", "symmetry", r"what comes of conv \(Conv2d\) is not the mirror image top to bottom"),
    ("discriminator", "NoisyD", "repeats", "two calls in evaluation mode differ"),
    ("discriminator", "BranchD", "host-sync", "discriminator 'tried' at broken_parts, line .*if x.mean"),
    ("loss", "UnreadableLoss", "declaration", "must be a frozenset"),
    ("loss", "UnheardLoss", "construction", "reads 'aura', 'logits', and no registered discriminator gives all"),
    ("loss", "NumberedLoss", "reports", "unreached gives 1, and must give a line of text, or None"),
    ("loss", "ListingLoss", "reports", r"told gives \[3\.2\], and must give numbers by name"),
    ("loss", "LeavingLoss", "state", r"changes the switch interval of threads \(.*0\.01\), which all parts share"),
    ("loss", "ItemLoss", "host-sync", "loss 'tried' at broken_parts, line .*item"),
    ("loss", "BranchLoss", "host-sync", "loss 'tried' at broken_parts, line .*loss > 0"),
    ("loss", "MaskLoss", "host-sync", "picks by a mask"),
    ("loss", "NumpyLoss", "host-sync", r"copies a tensor to the host \(numpy\(\)\)"),
    ("loss", "SwallowingLoss", "host-sync", "loss 'tried' at broken_parts, line .*float"),
    ("loss", "BackwardLoss", "host-sync", "broken_parts, line .*gradient.sum"),
    ("loss", "VectorLoss", "steps", r"d_loss of loss 'tried' gives a tensor of shape \(4,\)"),
    ("loss", "FloatLoss", "steps", "g_loss of loss 'tried' gives a float"),
    ("loss", "InfiniteLoss", "steps", "not finite"),
    ("loss", "RaisingLoss", "steps", "KeyError: 'aura', raised at broken_parts, line"),
    ("loss", "IdleLoss", "moves", "leave the generator as it was"),
    ("loss", "LuckyLoss", "seed", "from the same seed differ"),
    ("loss", "FloatStateLoss", "checkpoint", "state that changes must live in buffers"),
    (
        "loss",
        "RebindingLoss",
        "replay",
        r"played eagerly: the buffer .* was rebound .*write `self\.\w+\.copy_\(value\)`",
    ),
    ("loss", "MixingLoss", "ranks", "d_loss of loss 'tried' of a batch played in 2 shares is not that of the whole"),
    ("loss", "OddlySayingLoss", "ranks", "samples of loss 'tried' is 'now and then', and must be apart, gathered or"),
    ("discriminator", "MixingD", "ranks", "of a batch played in 2 shares is not that of the whole batch"),
    ("loss", "DetachedFakesLoss", "simultaneous", "fakes must be detached"),
    ("regularizer", "MovingRegularizer", "turns", "the discriminator's turn moves the generator: 'net.0.bias'"),
    ("regularizer", "LeaningRegularizer", "symmetry", r"by 0\.[12][0-9]* columns in the mean of 4096 draws"),
    ("regularizer", "ViewRegularizer", "steps", "view of regularizer 'tried' does not give samples of the shape"),
    ("regularizer", "LostTurnRegularizer", "steps", "recast of regularizer 'tried' gives a NoneType, and must give a"),
    ("regularizer", "UndeclaredSlopeRegularizer", "second-order", "second_order is False; write `second_order = True`"),
    ("regularizer", "VectorRegularizer", "steps", r"d_penalty of regularizer 'tried' gives a tensor of shape \(1,\)"),
    ("regularizer", "NeverRegularizer", "steps", "ZeroDivisionError"),
    ("regularizer", "RefusingRegularizer", "construction", "no attention"),
    ("regularizer", "ItemRegularizer", "host-sync", "regularizer 'tried' at broken_parts, line"),
    ("dataset", "FloatDataset", "images", "float64, and must be uint8, or float32 if they are points"),
    ("dataset", "FlatPointsDataset", "images", r"\(6, 1, 2, 2\) where they must have \(N, C, 1, 1\)"),
    ("dataset", "NaNPointsDataset", "images", "the points hold values that are not finite"),
    (
        "dataset",
        "OtherPointsDataset",
        "pairing",
        "are points of 2 numbers, and its extractor 'points' sees points of 3",
    ),
    ("dataset", "SeenAsPointsDataset", "pairing", "are images, and its extractor 'points' sees points of 3 numbers"),
    ("dataset", "TrainedDataset", "held-out", "4 of the 4 held-out images are trained on"),
    ("dataset", "OtherClassesDataset", "held-out", "another type, shape, or other classes than the others"),
    ("dataset", "NoneHeldOutDataset", "held-out", "read_held_out gives a NoneType, and must give"),
    ("dataset", "UnpinnedHeldOutDataset", "files", "can be downloaded but not checked"),
    ("dataset", "UnmeasuredDataset", "metrics", "no metric named 'nothing'"),
    ("dataset", "LettersDataset", "metrics", "'sound', and must be a tuple of their names"),
    ("dataset", "ModelessDataset", "metrics", "reads 'mode', which its extractor 'sound' does not give"),
    ("dataset", "UnclassedDataset", "metrics", "reads 'logits', which its extractor 'classless' does not give"),
    ("dataset", "OneSampleDataset", "metrics", "samples is 1, and must be a number of at least 2, or None"),
    ("dataset", "LabelsDataset", "images", "from 0 to 5, and there are 2 classes"),
    ("dataset", "RandomDataset", "repeats", "two readings differ"),
    ("dataset", "UnseenDataset", "extractor", "no extractor named 'nobody'"),
    ("dataset", "HttpDataset", "files", "must have one over https"),
    ("dataset", "UnpinnedDataset", "files", "can be downloaded but not checked"),
    ("dataset", "ShortDigestDataset", "files", "must have 64 hexadecimal digits"),
    ("dataset", "EscapingDataset", "files", "is not a name inside a folder"),
    ("extractor", "UnshippedExtractor", "weights", "'not-here.safetensors' does not ship"),
    ("extractor", "StubbornExtractor", "weights", "does not give the path that it is given"),
    ("extractor", "DoubleExtractor", "sight", "torch.float64"),
    ("extractor", "WritingExtractor", "sight", "changes the images"),
    ("extractor", "ScreenExtractor", "sight", "depend on the images' shape"),
    ("extractor", "WarmExtractor", "frozen", "carries gradients"),
    ("extractor", "NoisyExtractor", "repeats", "two calls see the same images differently"),
    ("extractor", "UnsaidLogitsExtractor", "sight", "give 'features', since its modes are 0 and it does not classify"),
    ("extractor", "MaybeExtractor", "declaration", "classifies is 1, and must be True or False"),
    ("extractor", "HalfPointExtractor", "declaration", "point is 1.5, and must be a whole number from 0"),
    ("extractor", "EndlessModesExtractor", "declaration", "modes is -1, and must be a whole number from 0"),
    (
        "extractor",
        "SilentModesExtractor",
        "sight",
        "must give 'features', 'logits', 'mode', 'quality', since its modes",
    ),
    ("extractor", "UnsaidModesExtractor", "sight", "must give 'features', 'logits', since its modes are 0"),
    ("extractor", "NearExtractor", "sight", "points of 3 numbers about 1e.06 'logits' has values that are not finite"),
    ("extractor", "WideModeExtractor", "sight", "'mode' has 2 columns, and must have one"),
    (
        "extractor",
        "HighModeExtractor",
        "sight",
        "'mode' has the values 2.0, and must be -1 or the number of one of its",
    ),
    ("extractor", "BrokenModeExtractor", "sight", "'mode' has the values 0.5, and must be -1 or the number"),
    ("extractor", "GradedExtractor", "sight", "'quality' has the values 0.8999.*, and must be 0 or 1"),
    ("metric", "NeitherMetric", "declaration", "must be 'lower' or 'higher'"),
    ("metric", "SilentMetric", "label", "must give a line of text"),
    ("metric", "UndeclaredMetric", "numbers", "KeyError: 'logits'"),
    ("metric", "ListMetric", "numbers", "dict of named tensors"),
    ("metric", "TensorMetric", "numbers", "gives a Tensor, and must give a float"),
    ("metric", "NaNMetric", "numbers", "nan, which is not finite"),
    ("metric", "MistakenMetric", "better", "higher is said to be better"),
    ("metric", "RandomMetric", "repeats", "another number the second time"),
    ("metric", "IdentityMetric", "cache", "was saved and loaded"),
    ("metric", "OtherSightMetric", "declaration", "frozenset of 'features', 'label', 'logits', 'mode'"),
    ("metric", "ArrayPictureMetric", "picture", "gives a ndarray, and must give the bytes of a PNG, or None"),
    ("metric", "TornPictureMetric", "picture", "gives bytes that are no PNG"),
    ("metric", "WordsPictureMetric", "picture", "gives bytes that are no PNG"),
    ("metric", "MovingPictureMetric", "picture", "another picture the second time"),
    ("tracker", "MaybeTracker", "declaration", "retold is None, and must be True or False"),
    ("tracker", "NeedyTracker", "construction", "missing 1 required positional argument: 'project'"),
    ("tracker", "NumbersTracker", "following", "TypeError: unsupported operand .* raised at broken_parts, line"),
    ("tracker", "OnceTracker", "going-on", "FileExistsError"),
    ("tracker", "ResultTracker", "going-on", "'NoneType' object is not subscriptable"),
    ("tracker", "OnlyTracker", "side-by-side", "a run is running"),
    ("tracker", "WritingTracker", "folder", "it changes metrics.jsonl in the run's folder"),
]


@pytest.mark.parametrize(("kind", "name", "check", "words"), BROKEN, ids=[f"{row[1]}-{row[2]}" for row in BROKEN])
def test_each_check_can_fail(kind, name, check, words):
    wrong = failed(findings(kind, name))
    assert check in wrong
    assert re.search(words, wrong[check])
    assert "\n" not in wrong[check]


def test_every_part_here_is_tried():
    tried = {row[1] for row in BROKEN} | {
        "SoundG",
        "OneSizeG",
        "DrawingG",
        "StillRegularizer",
        "SoundD",
        "EnergyD",
        "PatchD",
        "SoundLoss",
        "SayingMixingLoss",
        "LabelLoss",
        "EnergyLoss",
    }
    tried |= {
        "BufferLoss",
        "DeviceWaitLoss",  # in test_check.py, as it takes a GPU
        "CrashOnDeviceLoss",
        "SquareRegularizer",
        "SoundDataset",
        "PinnedDataset",
        "PointsDataset",
        "HeldOutDataset",
        "PointsExtractor",
        "ClasslessExtractor",
        "ModesMetric",
        "ClassesMetric",
        "SoundExtractor",
        "FetchedExtractor",
        "SoundMetric",
        "DrawnMetric",
        "SoundTracker",
        "LackingTracker",
    }
    here = {n for n, c in vars(broken_parts).items() if inspect.isclass(c) and c.__module__ == "broken_parts"}
    assert here - {"_Scaled"} == tried - {"Nowhere"}


def test_the_line_at_fault_is_named():
    source, start = inspect.getsourcelines(broken_parts.ItemLoss.d_loss)
    line = start + next(i for i, text in enumerate(source) if ".item()" in text)
    detail = failed(findings("loss", "ItemLoss"))["host-sync"]
    assert f"broken_parts, line {line}, reads a tensor's value" in detail
    told, _, remedy = detail.partition("; ")
    assert told.endswith("scale = turn.real.std().item()")
    assert remedy.startswith("keep it a tensor")
    assert detail.count("ItemLoss") + remedy.count("; ") == 0  # told once, though it happened in both steps


def test_one_failure_does_not_hide_the_others():
    wrong = failed(findings("loss", "ItemLoss"))
    assert wrong.keys() == {"host-sync", "simultaneous"}


def test_a_registered_discriminator_is_found_for_a_loss_that_needs_one():
    found = findings("loss", "EnergyLoss", discriminator="EnergyD")
    assert failed(found) == {}
    assert "with discriminator 'tried'" in {finding.check: finding.detail for finding in found}["construction"]
    assert "construction" in failed(findings("loss", "EnergyLoss"))


def test_labels_are_given_to_a_loss_that_needs_them():
    found = {finding.check: finding.detail for finding in findings("loss", "LabelLoss")}
    assert found["construction"].startswith("with the suite's own players, with labels")


# -- recipes -----------------------------------------------------------------------------------------------------

RECIPE = """
generator: tried
discriminator: tried
loss: {loss}
g_optimizer: {{name: sgd, lr: 1e-2}}
d_optimizer: {{name: sgd, lr: 1e-2}}
schedule: {{batch: 64, {schedule}}}
"""


def recipe_findings(folder, *, text=None, file="tried.yaml", loss="tried", schedule="d_steps: 1", **parts):
    path = folder / file
    path.write_text(text or RECIPE.format(loss=loss, schedule=schedule))
    known = registry(**{"generator": "SoundG", "discriminator": "SoundD"} | parts, loss="SoundLoss")
    entry = Entry("recipe", "tried", path, "mine")
    known.add([entry])
    return check_entry(known, entry)


@pytest.mark.parametrize(
    ("schedule", "checks"),
    [("d_steps: 1", 12), ("d_steps: 2", 11), ("share_fakes: true", 11), ("order: simultaneous", 11), ("ema: 0.9", 12)],
)
def test_sound_recipes_pass(tmp_path, schedule, checks):
    found = recipe_findings(tmp_path, schedule=schedule)
    assert failed(found) == {}
    assert len(found) == checks


def test_a_recipe_is_tried_on_images_that_its_players_accept(tmp_path):
    found = recipe_findings(tmp_path, generator="OneSizeG")
    assert failed(found) == {}
    assert {finding.check: finding.detail for finding in found}["construction"] == "size 28"


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        ({"text": "loss: 3\n"}, "file", "generator"),
        ({"text": "a: &a [1]\nb: *a\n"}, "file", "tried.yaml"),
        ({"file": "other.yaml"}, "file", "must be named after the recipe: tried.yaml"),
        ({"loss": "{name: tried, depth: 3}"}, "parameters", "takes no parameter 'depth'"),
        ({"loss": "nobody"}, "parameters", "no loss named 'nobody'"),
        ({"generator": "RefusingG"}, "construction", "refuses all data"),
        ({"generator": "NaNG"}, "steps", "not finite"),
        ({"generator": "ItemG"}, "host-sync", "generator 'tried' at broken_parts"),
    ],
)
def test_each_check_of_a_recipe_can_fail(tmp_path, change, check, words):
    wrong = failed(recipe_findings(tmp_path, **change))
    assert check in wrong
    assert re.search(words, wrong[check])


def test_parameters_without_defaults_come_from_a_recipe(tmp_path):
    (tmp_path / "tried.yaml").write_text(
        RECIPE.format(loss="tried", schedule="").replace("generator: tried", "generator: {name: tried, depth: 3}")
    )
    known = registry(generator="NeedyG", discriminator="SoundD", loss="SoundLoss")
    known.add([Entry("recipe", "tried", tmp_path / "tried.yaml", "mine")])
    assert failed(check_entry(known, known.get("generator", "tried"))) == {}


# -- host synchronisation ----------------------------------------------------------------------------------------

X, I = torch.linspace(-1, 1, 6), torch.tensor([0, 2, 1])  # noqa: E741


def put(value):
    y = X.clone()
    y[y > 0] = value
    return y


REFUSED = {
    "item": lambda: X[0].item(),
    "float": lambda: float(X[0]),
    "int": lambda: int(X[0]),
    "bool": lambda: bool(X[0] > 0),
    "branch": lambda: 1 if X.sum() > 0 else 2,
    "format": lambda: f"{X[0]:.2f}",
    "range": lambda: range(I[0]),
    "nonzero": lambda: X.nonzero(),
    "where": lambda: torch.where(X > 0),
    "mask": lambda: X[X > 0],
    "masked_select": lambda: X.masked_select(X > 0),
    "put": lambda: put(torch.ones(3)),
    "unique": lambda: X.unique(),
    "bincount": lambda: I.bincount(),
    "repeat": lambda: I.repeat_interleave(I),
    "equal": lambda: torch.equal(X, X),
    "allclose": lambda: torch.allclose(X, X),
    "tolist": lambda: X.tolist(),
    "numpy": lambda: X.numpy(),
    "cpu": lambda: X.cpu(),
    "tensor": lambda: torch.tensor([1.0, 2.0], device="cpu"),
    "new_tensor": lambda: X.new_tensor([1.0]),
    "one_hot": lambda: one_hot(I),
}
ALLOWED = {
    "one_hot": lambda: one_hot(I, 5),
    "one_hot-keyword": lambda: one_hot(I, num_classes=5),
    "where": lambda: torch.where(X > 0, X, 0),
    "index": lambda: X[I],
    "put": lambda: put(0.0),
    "put-index": lambda: X.clone().index_put_((I,), torch.ones(3)),
    "repeat": lambda: I.repeat_interleave(I, output_size=3),
    "full": lambda: torch.full((2,), 3.0, device="cpu"),
    "as_tensor": lambda: torch.as_tensor(X, device="cpu"),
    "len": lambda: len(X),
    "shape": lambda: X.shape[0] if X.ndim == 1 else 0,
    "backward": lambda: X.clone().requires_grad_().square().sum().backward(),
}


@pytest.mark.parametrize("do", REFUSED.values(), ids=REFUSED)
def test_host_sync_is_refused(do):
    with (
        pytest.raises(AssertionError, match=r"a turn must never wait for the device: .*test_testing, line \d+"),
        no_host_sync({}),
    ):
        do()


@pytest.mark.parametrize("do", ALLOWED.values(), ids=ALLOWED)
def test_what_does_not_wait_is_allowed(do):
    with no_host_sync({}):
        do()


@pytest.mark.parametrize("name", ["NAdam", "Adamax", "RMSprop", "SGD"])
def test_what_an_optimizer_counts_on_the_host_is_allowed(name):
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = getattr(torch.optim, name)([weight], lr=1e-3)
    weight.grad = torch.ones(3)
    with no_host_sync({}):
        optimizer.step()
    assert not torch.equal(weight, torch.ones(3))


def test_all_offences_are_told_at_once():
    with pytest.raises(AssertionError) as caught, no_host_sync({}):
        X[0].item()
        X[1].item()
    assert str(caught.value).count("reads a tensor's value") == 2


def test_the_blocks_own_error_comes_first():
    with pytest.raises(ZeroDivisionError), no_host_sync({}):
        X[0].item()
        _ = 1 / 0


# -- a plugin as a whole -----------------------------------------------------------------------------------------


def zoo(*names, reason=""):
    made = Registry()
    entries = tuple(Entry("loss", re.sub("loss", "", name.lower()), f"broken_parts:{name}", "mine") for name in names)
    made.add(entries)
    other = Plugin("other", "ganzoo-other", provides=())
    mine = Plugin("mine", "ganzoo-mine", provides=entries, status="failed" if reason else "ok", reason=reason)
    return Zoo(made, (mine, other))


def test_a_plugin_is_found_by_entry_point_or_distribution():
    known = zoo("SoundLoss")
    assert entries_of(known, "mine") == entries_of(known, "Ganzoo_Mine") == list(known.plugins[0].provides)
    with pytest.raises(UnknownName, match="no plugin named 'mien'; did you mean 'mine'"):
        entries_of(known, "mien")


def test_a_plugin_is_checked_part_by_part(monkeypatch):
    for_checks(monkeypatch)
    told = []
    found = check_plugin(zoo("SoundLoss", "ItemLoss"), "mine", told.append)
    assert found == told
    assert {finding.name for finding in found if not finding.ok} == {"item"}
    assert found[0] == Finding("plugin", "mine", "load", True, "registers 2")
    assert (found[-1].check, found[-1].ok) == ("capture", True)  # of the sound one alone
    assert [finding.check for finding in found].count("capture") == 1


def test_a_plugin_that_failed_or_registers_nothing_does_not_pass():
    assert check_plugin(zoo(reason="cannot be imported"), "mine") == [
        Finding("plugin", "mine", "load", False, "cannot be imported")
    ]
    assert [finding.ok for finding in check_plugin(zoo(), "other")] == [False]


def test_assert_conforms_lists_the_failures():
    known = registry(loss="ItemLoss")
    with pytest.raises(AssertionError, match=r"loss 'tried' does not conform:\n  host-sync: .*\n  simultaneous: "):
        assert_conforms(known, "loss", "tried")
    assert_conforms(registry(loss="SoundLoss"), "loss", "tried")
    with pytest.raises(UnknownName):
        assert_conforms(known, "loss", "nobody")


def test_random_state_is_left_alone():
    torch.manual_seed(5)
    random.seed(5)
    before = torch.get_rng_state(), random.getstate()
    findings("loss", "SoundLoss")
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == random.getstate()


def test_an_interrupt_is_not_a_finding(monkeypatch):
    def interrupt(self, turn):
        raise KeyboardInterrupt

    monkeypatch.setattr(broken_parts.SoundLoss, "d_loss", interrupt)
    with pytest.raises(KeyboardInterrupt):
        findings("loss", "SoundLoss")
