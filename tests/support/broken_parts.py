"""Parts that break their interface, each in one way; and sound ones that do unusual things."""

import os
import random
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ganzoo.drawing import grid_png
from ganzoo.errors import RecipeError, SetupError
from ganzoo.interfaces import (
    Dataset,
    Discriminator,
    Extractor,
    File,
    Generator,
    Images,
    Loss,
    Metric,
    Regularizer,
    Tracker,
)

# -- generators --------------------------------------------------------------------------------------------------


class SoundG(Generator):
    z_dim = 6

    def __init__(self, *, image_size, channels, num_classes):
        super().__init__()
        self.embed = nn.Embedding(num_classes, 6) if num_classes else None
        self.shape = channels, image_size, image_size
        self.dense = nn.Linear(6, channels * image_size**2)

    def forward(self, z, y=None):
        if self.embed is not None:
            z = z * self.embed(y)
        return self.dense(z).tanh().view(-1, *self.shape)


class OneSizeG(SoundG):
    """Sound: it is free to refuse what it does not fit."""

    def __init__(self, *, image_size, channels, num_classes):
        if image_size != 28 or channels != 1 or num_classes:
            raise RecipeError("28x28 only")
        super().__init__(image_size=image_size, channels=channels, num_classes=num_classes)


class NotAGenerator(nn.Module):
    pass


class RefusingG(SoundG):
    def __init__(self, *, image_size, channels, num_classes):
        raise RecipeError("never")


class CrashingG(SoundG):
    def __init__(self, *, image_size, channels, num_classes):
        if image_size == 28:
            raise ValueError("no such thing")
        super().__init__(image_size=image_size, channels=channels, num_classes=num_classes)


class NeedyG(SoundG):
    def __init__(self, *, image_size, channels, num_classes, depth):
        super().__init__(image_size=image_size, channels=channels, num_classes=num_classes)


class ZeroZG(SoundG):
    z_dim = -1


class WideZG(SoundG):
    def sample_z(self, n, *, device, rng=None):
        return torch.randn(n, 7, device=device, generator=rng)


class GlobalDrawsG(SoundG):
    def sample_z(self, n, *, device, rng=None):
        return torch.randn(n, 6, device=device)


class NumpyDrawsG(SoundG):
    def sample_z(self, n, *, device, rng=None):
        return torch.from_numpy(np.random.default_rng().standard_normal((n, 6), dtype=np.float32)).to(device)


class ConstantDrawsG(SoundG):
    def sample_z(self, n, *, device, rng=None):
        return torch.ones(n, 6, device=device)


class SmallImagesG(SoundG):
    def forward(self, z, y=None):
        return super().forward(z, y)[..., 1:]


class DoubleG(SoundG):
    def forward(self, z, y=None):
        return super().forward(z, y).double()


class ExitingG(SoundG):
    def forward(self, z, y=None):
        sys.exit("enough")


class OutOfRangeG(SoundG):
    def forward(self, z, y=None):
        return super().forward(z, y) * 100


class NaNG(SoundG):
    def forward(self, z, y=None):
        return super().forward(z, y) / 0 * 0


class UnusedG(SoundG):
    def __init__(self, **given):
        super().__init__(**given)
        self.idle = nn.Parameter(torch.ones(3))


class ForgetfulG(SoundG):
    def __init__(self, **given):
        super().__init__(**given)
        self.gain = torch.rand(1)  # no buffer, so that no state_dict keeps it

    def forward(self, z, y=None):
        return super().forward(z, y) * self.gain


class NoisyG(SoundG):
    def forward(self, z, y=None):
        return super().forward(z, y) * random.random()  # of a stream that nobody seeds


class DrawingG(SoundG):
    def forward(self, z, y=None):
        x = super().forward(z, y)
        return x * torch.rand_like(x)  # of torch's own, which the engine seeds for each evaluation


class LeaningG(SoundG):
    mirror_symmetric = True

    def __init__(self, **given):
        super().__init__(**given)
        self.conv = nn.Conv2d(given["channels"], given["channels"], 2)

    def forward(self, z, y=None):
        return self.conv(nn.functional.pad(super().forward(z, y), (0, 1, 0, 1))).tanh()


class LoudG(SoundG):
    """Its samples are out of range."""

    def sample(self, z, y=None):
        return self(z, y) + 3


class VainG(SoundG):
    mirror_symmetric = True


class ItemG(SoundG):
    def forward(self, z, y=None):
        return super().forward(z, y) / (1 + abs(z.mean().item()))


# -- discriminators ----------------------------------------------------------------------------------------------


class SoundD(Discriminator):
    outputs = frozenset({"logits"})

    def __init__(self, *, image_size, channels, num_classes):
        super().__init__()
        self.embed = nn.Embedding(num_classes, 1) if num_classes else None
        self.dense = nn.Linear(channels * image_size**2, 1)

    def forward(self, x, y=None):
        logits = self.dense(x.flatten(1))
        return {"logits": (logits if self.embed is None else logits * self.embed(y)).squeeze(1)}


class MixingD(SoundD):
    """Its verdict on an image depends on the others of the batch."""

    def forward(self, x, y=None):
        return super().forward(x - x.mean(dim=0), y)


class EnergyD(SoundD):
    """Sound: it has no logits at all."""

    outputs = frozenset({"energy"})

    def forward(self, x, y=None):
        return {"energy": super().forward(x, y)["logits"].square()}


class ListedD(SoundD):
    outputs = ["logits"]  # noqa: RUF012


class HeadedD(SoundD):
    """It names a head that it has not."""

    heads = ("patches",)


class HalvedD(SoundD):
    """Its logits are one of its heads, and not both."""

    outputs = frozenset({"logits", "one", "two"})
    heads = ("one", "two")

    def forward(self, x, y=None):
        logits = super().forward(x, y)["logits"]
        return {"logits": logits, "one": logits[:, None], "two": 2 * logits[:, None]}


class LeaningD(SoundD):
    mirror_symmetric = True

    def __init__(self, **given):
        super().__init__(**given)
        self.conv = nn.Conv2d(given["channels"], given["channels"], 3, stride=2, padding=1)

    def forward(self, x, y=None):
        return super().forward(x + nn.functional.interpolate(self.conv(x), size=x.shape[2:]), y)


class MissingD(SoundD):
    outputs = frozenset({"logits", "features"})


class ExtraD(SoundD):
    def forward(self, x, y=None):
        return super().forward(x, y) | {"features": x.flatten(1)}


class TensorD(SoundD):
    def forward(self, x, y=None):
        return super().forward(x, y)["logits"]


class PatchD(SoundD):
    """Sound: a verdict for each of two places."""

    def forward(self, x, y=None):
        logits = super().forward(x, y)["logits"]
        return {"logits": torch.stack([logits, 2 * logits], dim=1)[:, None]}


class EmptyD(SoundD):
    def forward(self, x, y=None):
        return {"logits": super().forward(x, y)["logits"][:, None][:, :0]}


class ColumnD(SoundD):
    """Its verdict is spread over the batch."""

    def forward(self, x, y=None):
        logits = super().forward(x, y)["logits"]
        return {"logits": logits[:, None] + logits}


class MeanD(SoundD):
    outputs = frozenset({"logits", "mean"})

    def forward(self, x, y=None):
        logits = super().forward(x, y)["logits"]
        return {"logits": logits, "mean": logits.mean()}


class InfiniteD(SoundD):
    def forward(self, x, y=None):
        return {"logits": super().forward(x, y)["logits"] / 0}


class BlindD(SoundD):
    def forward(self, x, y=None):
        return super().forward(x.detach(), y)


class UnusedD(SoundD):
    def __init__(self, **given):
        super().__init__(**given)
        self.idle = nn.Parameter(torch.ones(3))


class ForgetfulD(SoundD):
    def __init__(self, **given):
        super().__init__(**given)
        self.gain = torch.rand(1)

    def forward(self, x, y=None):
        return {"logits": super().forward(x, y)["logits"] * self.gain}


class NoisyD(SoundD):
    def forward(self, x, y=None):
        return super().forward(x + torch.randn_like(x), y)


class BranchD(SoundD):
    def forward(self, x, y=None):
        verdict = super().forward(x, y)
        if x.mean() > 5:
            verdict["logits"] = verdict["logits"] * 2
        return verdict


# -- losses ------------------------------------------------------------------------------------------------------


class SoundLoss(Loss):
    def d_loss(self, turn):
        return turn.on_fake["logits"].mean() - turn.on_real["logits"].mean()

    def g_loss(self, turn):
        return -turn.on_fake["logits"].mean()


class NumberedLoss(SoundLoss):
    def unreached(self, run):
        return run.turns["D"]


class ListingLoss(SoundLoss):
    def told(self, run):
        return [3.2]


class LeavingLoss(SoundLoss):
    def d_loss(self, turn):
        sys.setswitchinterval(0.01)  # Python's own is 0.005
        return super().d_loss(turn)


class EnergyLoss(Loss):
    """Sound, where a discriminator gives an energy."""

    reads = frozenset({"energy"})

    def d_loss(self, turn):
        return turn.on_real["energy"].mean() - turn.on_fake["energy"].mean()

    def g_loss(self, turn):
        return turn.on_fake["energy"].mean()


class LabelLoss(SoundLoss):
    """Sound, where there are labels; it uses one_hot, a mask, and where, none of which waits."""

    def d_loss(self, turn):
        share = nn.functional.one_hot(turn.y, 10).float().mean()
        real = turn.on_real["logits"].clone()
        real[real > 100] = 0.0
        return turn.on_fake["logits"].mean() - torch.where(real < 50, real, 0).mean() * share


class BufferLoss(SoundLoss):
    """Sound: its state is a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("k", torch.ones(()))

    def d_loss(self, turn):
        self.k.mul_(0.5)
        return super().d_loss(turn) * self.k


class RebindingLoss(BufferLoss):
    """Its buffer is another tensor after each turn, and a captured step goes on reading the first one."""

    def d_loss(self, turn):
        self.k = self.k * 0.5
        return SoundLoss.d_loss(self, turn) * self.k


class MixingLoss(SoundLoss):
    """Looks at a batch's spread, and does not say so."""

    def d_loss(self, turn):
        return super().d_loss(turn) + turn.on_real["logits"].var()


class SayingMixingLoss(MixingLoss):
    samples = "mixed"


class OddlySayingLoss(SoundLoss):
    samples = "now and then"


class UnreadableLoss(SoundLoss):
    reads = ["logits"]  # noqa: RUF012


class UnheardLoss(SoundLoss):
    reads = frozenset({"logits", "aura"})


class ItemLoss(SoundLoss):
    def d_loss(self, turn):
        scale = turn.real.std().item()
        return super().d_loss(turn) * scale


class DeviceWaitLoss(SoundLoss):
    """Waits where there is a device to wait for."""

    def d_loss(self, turn):
        if turn.real.is_cuda:
            torch.cuda.current_stream().synchronize()
        return super().d_loss(turn)


class CrashOnDeviceLoss(SoundLoss):
    def d_loss(self, turn):
        if turn.real.is_cuda:
            os.abort()
        return super().d_loss(turn)


class BranchLoss(SoundLoss):
    def g_loss(self, turn):
        loss = super().g_loss(turn)
        return loss * 2 if loss > 0 else loss


class MaskLoss(SoundLoss):
    def d_loss(self, turn):
        logits = turn.on_real["logits"]
        return super().d_loss(turn) + 0.0 * logits[logits > -1000].mean()


class NumpyLoss(SoundLoss):
    def d_loss(self, turn):
        return super().d_loss(turn) * float(turn.real.numpy().std())


class SwallowingLoss(SoundLoss):
    def d_loss(self, turn):
        try:
            scale = float(turn.real.std())
        except BaseException:
            scale = 1.0
        return super().d_loss(turn) * scale


class _Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, gradient):
        return gradient * 2 if gradient.sum() > 1000 else gradient


class BackwardLoss(SoundLoss):
    def d_loss(self, turn):
        return _Scaled.apply(super().d_loss(turn))


class VectorLoss(SoundLoss):
    def d_loss(self, turn):
        return turn.on_fake["logits"] - turn.on_real["logits"]


class FloatLoss(SoundLoss):
    def g_loss(self, turn):
        return 0.5


class InfiniteLoss(SoundLoss):
    def d_loss(self, turn):
        return super().d_loss(turn) / 0


class RaisingLoss(SoundLoss):
    def d_loss(self, turn):
        raise KeyError("aura")


class IdleLoss(SoundLoss):
    def g_loss(self, turn):
        return super().g_loss(turn) * 0


class LuckyLoss(SoundLoss):
    def d_loss(self, turn):
        return super().d_loss(turn) * (1 + random.random())


class FloatStateLoss(SoundLoss):
    def __init__(self):
        super().__init__()
        self.k = 1.0

    def d_loss(self, turn):
        self.k *= 0.5
        return super().d_loss(turn) + self.k * turn.on_real["logits"].square().mean()


class DetachedFakesLoss(SoundLoss):
    def d_loss(self, turn):
        if turn.fake.requires_grad:
            raise ValueError("fakes must be detached")
        return super().d_loss(turn)


# -- regularizers ------------------------------------------------------------------------------------------------


class MovingRegularizer(Regularizer):
    @torch.no_grad()
    def after_step(self, turn):
        if turn.player == "D":
            for parameter in turn.G.parameters():
                parameter.mul_(0.9)


class SquareRegularizer(Regularizer):
    """Sound."""

    def d_penalty(self, turn):
        return turn.on_fake["logits"].square().mean()


class ViewRegularizer(Regularizer):
    def view(self, x):
        return x[:, :, 1:]


class LeaningRegularizer(Regularizer):
    mirror_symmetric = True

    def view(self, x):
        return torch.where(torch.rand(len(x), 1, 1, 1) < 0.2, x.roll(1, dims=3), x)


class StillRegularizer(Regularizer):
    """Sound."""

    mirror_symmetric = True

    def view(self, x):
        return torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)


class UndeclaredSlopeRegularizer(Regularizer):
    """The penalty of R1, without ``second_order``."""

    reads = frozenset({"logits"})

    def d_penalty(self, turn):
        real = turn.real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(turn.judge(real, turn.y)["logits"].sum(), real, create_graph=True)
        return slope.square().sum()


class LostTurnRegularizer(Regularizer):
    def recast(self, turn):
        turn.replace(z=turn.z * 2)


class VectorRegularizer(Regularizer):
    def d_penalty(self, turn):
        return turn.on_real["logits"].square()[:1]


class NeverRegularizer(Regularizer):
    def __init__(self, weight=1.0, every=0):
        super().__init__(weight, every)


class RefusingRegularizer(Regularizer):
    def prepare(self, G, D):
        raise RecipeError("these players have no attention")


class ItemRegularizer(Regularizer):
    def after_step(self, turn):
        self.seen = [p.abs().max().item() for p in turn.D.parameters()]


# -- datasets ----------------------------------------------------------------------------------------------------


class SoundDataset(Dataset):
    extractor = "sound"
    metrics = ("sound",)

    def read(self, paths):
        return Images(np.zeros((6, 1, 8, 8), np.uint8), np.arange(6) % 2, ("a", "b"))


class FloatDataset(SoundDataset):
    def read(self, paths):
        return Images(np.zeros((6, 1, 8, 8)))


class LabelsDataset(SoundDataset):
    def read(self, paths):
        return Images(np.zeros((6, 1, 8, 8), np.uint8), np.arange(6), ("a", "b"))


class RandomDataset(SoundDataset):
    def read(self, paths):
        return Images(np.random.default_rng().integers(0, 256, (6, 1, 8, 8)).astype(np.uint8))


class UnseenDataset(SoundDataset):
    extractor = "nobody"


class HttpDataset(SoundDataset):
    files = (File("a.gz", "http://example.org/a.gz", sha256="0" * 64),)


class UnpinnedDataset(SoundDataset):
    files = (File("a.gz", "https://example.org/a.gz", md5="0" * 32),)


class ShortDigestDataset(SoundDataset):
    files = (File("a.gz", "https://example.org/a.gz", sha256="0" * 63),)


class EscapingDataset(SoundDataset):
    files = (File("../a.gz", "https://example.org/a.gz", sha256="0" * 64),)


class PointsDataset(SoundDataset):
    """Sound: points, judged on so many samples by a metric of their modes."""

    extractor, metrics, samples = "points", ("sound", "of-modes"), 30

    def read(self, paths):
        return Images(np.linspace(-3, 3, 18, dtype=np.float32).reshape(6, 3, 1, 1), np.arange(6) % 2, ("a", "b"))


class FlatPointsDataset(PointsDataset):
    def read(self, paths):
        return Images(np.zeros((6, 1, 2, 2), np.float32))


class NaNPointsDataset(PointsDataset):
    def read(self, paths):
        return Images(np.full((6, 3, 1, 1), np.nan, np.float32))


class OtherPointsDataset(PointsDataset):
    def read(self, paths):
        return Images(np.zeros((6, 2, 1, 1), np.float32))


class SeenAsPointsDataset(SoundDataset):
    extractor = "points"


class HeldOutDataset(PointsDataset):
    """Sound: some points are held out."""

    shift = 0.1

    def read_held_out(self, paths):
        images = self.read(paths)
        return Images(images.pixels[:4] + np.float32(self.shift), images.labels[:4], images.classes)


class TrainedDataset(HeldOutDataset):
    shift = 0


class OtherClassesDataset(HeldOutDataset):
    def read_held_out(self, paths):
        images = super().read_held_out(paths)
        return Images(images.pixels, images.labels, ("a", "c"))


class NoneHeldOutDataset(PointsDataset):
    def read_held_out(self, paths):
        return None


class UnpinnedHeldOutDataset(SoundDataset):
    held_out_files = (File("a.gz", "https://example.org/a.gz"),)


class UnmeasuredDataset(SoundDataset):
    metrics = ("sound", "nothing")


class LettersDataset(SoundDataset):
    metrics = "sound"


class ModelessDataset(SoundDataset):
    metrics = ("of-modes",)


class UnclassedDataset(SoundDataset):
    extractor, metrics = "classless", ("of-classes",)


class OneSampleDataset(SoundDataset):
    samples = 1


class PinnedDataset(SoundDataset):
    """Sound: nothing can be read without its files, so nothing is."""

    files = (File("a.gz", "https://example.org/a.gz", md5="0" * 32, size=7),)

    def read(self, paths):
        return paths["a.gz"]


# -- extractors --------------------------------------------------------------------------------------------------


class SoundExtractor(Extractor):
    def __init__(self, weights=None):
        super().__init__()
        self.dense = nn.Linear(4, 5)
        self.dense.load_state_dict({"weight": torch.arange(20.0).view(5, 4) / 20, "bias": torch.zeros(5)})

    @classmethod
    def weights_path(cls, given):
        return given or Path(__file__)

    def forward(self, images):
        grey = nn.functional.adaptive_avg_pool2d(images.float().mean(1, keepdim=True) / 255, 2).flatten(1)
        return {"features": grey, "logits": self.dense(grey)}


class UnshippedExtractor(SoundExtractor):
    @classmethod
    def weights_path(cls, given):
        return given or Path(__file__).with_name("not-here.safetensors")


class FetchedExtractor(UnshippedExtractor):
    """Sound: where its weights are not here, nothing can be seen."""

    weights = File("w.pth", "https://example.org/w-0123abcd.pth", sha256="0123abcd")


class StubbornExtractor(SoundExtractor):
    @classmethod
    def weights_path(cls, given):
        return Path(__file__)


class DoubleExtractor(SoundExtractor):
    def forward(self, images):
        return {key: value.double() for key, value in super().forward(images).items()}


class WritingExtractor(SoundExtractor):
    def forward(self, images):
        return super().forward(images.fill_(0))


class ScreenExtractor(SoundExtractor):
    def forward(self, images):
        return super().forward(images) | {"features": images.float().flatten(1)}


class WarmExtractor(SoundExtractor):
    def forward(self, images):
        return {key: value.requires_grad_() for key, value in super().forward(images).items()}


class NoisyExtractor(SoundExtractor):
    def forward(self, images):
        return {key: value + torch.rand(1) for key, value in super().forward(images).items()}


class PointsExtractor(SoundExtractor):
    """Sound: tells two modes of points of three numbers apart."""

    point, modes = 3, 2

    def forward(self, images):
        points = images.flatten(1)
        mode = (points[:, :1] > 0).float() - (points[:, 1:2] > 0).float()  # -1, 0 or 1
        return {"features": points, "logits": self.dense(points[:, [0, 1, 2, 0]]), "mode": mode, "quality": mode.abs()}


class ClasslessExtractor(SoundExtractor):
    """Sound: knows no classes."""

    classifies = False

    def forward(self, images):
        return {"features": super().forward(images)["features"]}


class UnsaidLogitsExtractor(SoundExtractor):
    classifies = False


class MaybeExtractor(SoundExtractor):
    classifies = 1


class HalfPointExtractor(PointsExtractor):
    point = 1.5


class EndlessModesExtractor(PointsExtractor):
    modes = -1


class SilentModesExtractor(PointsExtractor):
    def forward(self, images):
        return {key: value for key, value in super().forward(images).items() if key != "quality"}


class UnsaidModesExtractor(PointsExtractor):
    modes = 0


class NearExtractor(PointsExtractor):
    def forward(self, images):
        return super().forward(images) | {"logits": images.flatten(1).exp()}


class WideModeExtractor(PointsExtractor):
    def forward(self, images):
        return super().forward(images) | {"mode": torch.zeros(len(images), 2)}


class HighModeExtractor(PointsExtractor):
    def forward(self, images):
        return super().forward(images) | {"mode": torch.full((len(images), 1), 2.0)}


class BrokenModeExtractor(PointsExtractor):
    def forward(self, images):
        return super().forward(images) | {"mode": torch.full((len(images), 1), 0.5)}


class GradedExtractor(PointsExtractor):
    def forward(self, images):
        return super().forward(images) | {"quality": torch.full((len(images), 1), 0.9)}


# -- metrics -----------------------------------------------------------------------------------------------------


class SoundMetric(Metric):
    """Distance of the means."""

    def label(self, extractor):
        return f"DM[{extractor}]"

    def summarise(self, seen):
        return {"mean": seen["features"].mean(0)}

    def compare(self, fake, real):
        return float((fake["mean"] - real["mean"]).norm())


class ClassesMetric(SoundMetric):
    """Sound: of the logits."""

    reads = frozenset({"logits"})

    def summarise(self, seen):
        return {"mean": seen["logits"].mean(0)}


class ModesMetric(SoundMetric):
    """Sound: how many of the samples count for a mode."""

    reads = frozenset({"mode"})
    better = "higher"

    def summarise(self, seen):
        return {"mean": (seen["mode"] >= 0).float().mean(0)}

    def compare(self, fake, real):
        return float(fake["mean"])


class SilentMetric(SoundMetric):
    def label(self, extractor):
        return ""


class MistakenMetric(SoundMetric):
    better = "higher"


class NeitherMetric(SoundMetric):
    better = "faster"


class UndeclaredMetric(SoundMetric):
    def summarise(self, seen):
        return {"mean": seen["logits"].mean(0)}


class ListMetric(SoundMetric):
    def summarise(self, seen):
        return {"mean": seen["features"].mean(0).tolist()}


class TensorMetric(SoundMetric):
    def compare(self, fake, real):
        return (fake["mean"] - real["mean"]).norm()


class NaNMetric(SoundMetric):
    def compare(self, fake, real):
        return float("nan")


class RandomMetric(SoundMetric):
    def compare(self, fake, real):
        return super().compare(fake, real) + random.random() * 1e-3


class IdentityMetric(SoundMetric):
    """Remembers objects, which a cache does not keep."""

    def __init__(self):
        self._made = {}

    def summarise(self, seen):
        summary = super().summarise(seen)
        self._made[id(summary["mean"])] = summary["mean"]
        return summary

    def compare(self, fake, real):
        return super().compare(fake, real) if id(real["mean"]) in self._made else 0.0


class OtherSightMetric(SoundMetric):
    reads = frozenset({"pixels"})


class DrawnMetric(SoundMetric):
    """Sound: draws a picture, of sets that are not the same."""

    def picture(self, fake, real):
        return None if fake["mean"].equal(real["mean"]) else grid_png(np.zeros((1, 1, 8, 8), dtype=np.uint8))


class ArrayPictureMetric(SoundMetric):
    def picture(self, fake, real):
        return np.zeros((8, 8), dtype=np.uint8)


class TornPictureMetric(DrawnMetric):
    def picture(self, fake, real):
        drawn = super().picture(fake, real)
        return drawn and drawn[: len(drawn) // 2]


class WordsPictureMetric(SoundMetric):
    def picture(self, fake, real):
        return b"a bar"


class MovingPictureMetric(SoundMetric):
    def picture(self, fake, real):
        return grid_png(np.full((1, 1, 8, 8), random.randrange(256), dtype=np.uint8))


# -- trackers ----------------------------------------------------------------------------------------------------


class SoundTracker(Tracker):
    def begin(self, run):
        self.path, self.seen = run["folder"] / "mine.txt", []

    def row(self, row):
        self.seen.append(self.numbers(row))

    def picture(self, name, path, row):
        self.seen.append(path.read_bytes())

    def end(self, result):
        self.path.write_text(f"{len(self.seen)} {result and result['status']}")


class LackingTracker(SoundTracker):
    def __init__(self):
        raise SetupError("it needs a package that is not there")


class MaybeTracker(SoundTracker):
    retold = None


class NeedyTracker(SoundTracker):
    def __init__(self, project):
        self.project = project


class NumbersTracker(SoundTracker):
    def row(self, row):
        self.seen.append(sum(value for key, value in row.items() if key != "kind"))


class OnceTracker(SoundTracker):
    def begin(self, run):
        super().begin(run)
        self.path.touch(exist_ok=False)


class ResultTracker(SoundTracker):
    def end(self, result):
        self.path.write_text(result["status"])


class OnlyTracker(SoundTracker):
    running = 0

    def begin(self, run):
        super().begin(run)
        OnlyTracker.running += 1
        assert OnlyTracker.running == 1, "a run is running"

    def end(self, result):
        OnlyTracker.running = 0


class WritingTracker(SoundTracker):
    def row(self, row):
        (self.path.parent / "metrics.jsonl").write_text("mine")
