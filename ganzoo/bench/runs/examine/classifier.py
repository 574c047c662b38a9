"""A small classifier of images, always the same one, to evaluate generated images by."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganzoo.layers import to_unit

WIDTH = 16
DEEPEST = 128  # channels
SMALLEST = 4  # pixels that are still halved
BATCH = 128
PASSES = 5
LEAST_UPDATES = 200
LR = 2e-3
SHOWN = 1000  # images at once, where nothing is learnt


class Classifier(nn.Module):
    """Convolutions of 3x3 pixels with batch norm, halved down to 2 or 3 pixels; then the mean and a dense layer.

    Args:
        image_size: the shorter side in pixels, at least 4.
        channels: of an image.
        classes: how many.
    """

    def __init__(self, *, image_size: int, channels: int, classes: int) -> None:
        super().__init__()
        widths, size = [WIDTH], image_size
        while size >= SMALLEST:
            widths.append(min(2 * widths[-1], DEEPEST))
            size = (size + 1) // 2
        layers: list[nn.Module] = []
        for depth, width in enumerate(widths):
            before = widths[depth - 1] if depth else channels
            layers += [
                nn.Conv2d(before, width, 3, stride=2 if depth else 1, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` images in [-1, 1] -> ``(B, classes)`` scores."""
        scores: Tensor = self.head(self.body(x).mean(dim=(2, 3)))
        return scores


def updates_for(n: int) -> int:
    """Count the updates for a set of ``n`` images: ``PASSES`` passes, but at least ``LEAST_UPDATES``."""
    return max(LEAST_UPDATES, -(-PASSES * n // BATCH))


def trained(
    images: Tensor, labels: Tensor, *, classes: int, updates: int, seed: int, device: torch.device
) -> Classifier:
    """Train the classifier with Adam and a rate that falls linearly to 0; gives it in evaluation mode.

    The same images and seed give the same classifier. Weights and the order of images are drawn on the CPU; the global
    random stream is left as it was.

    Args:
        images: ``(N, C, H, W)`` uint8, on any device.
        labels: ``(N,)`` int64, on the same.
        classes: how many there are.
        updates: of the weights.
        seed: of the first weights and of the order.
        device: where it is trained.
    """
    rng = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Classifier(image_size=min(images.shape[2:]), channels=images.shape[1], classes=classes)
    model = model.to(device).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=updates)
    order = torch.empty(0, dtype=torch.int64)
    with torch.enable_grad():
        for _ in range(updates):
            while len(order) < BATCH:
                order = torch.cat((order, torch.randperm(len(images), generator=rng)))
            pick, order = order[:BATCH].to(images.device), order[BATCH:]
            x = to_unit(images[pick].to(device)).contiguous(memory_format=torch.channels_last)
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(model(x), labels[pick].to(device)).backward()
            optimizer.step()
            falling.step()
    return model.eval()


@torch.no_grad()
def classified(model: Classifier, images: Tensor) -> Tensor:
    """``(N,)`` int64 on the CPU: the class of each image ``(N, C, H, W)`` uint8."""
    device = model.head.weight.device
    return torch.cat([model(to_unit(batch.to(device))).argmax(dim=1).cpu() for batch in images.split(SHOWN)])
