"""Parts built for a shape of images, as before there were modalities."""

from typing import TYPE_CHECKING

from ..errors import GanzooError
from ..registry.registry import Registry
from .arguments import whole
from .modalities import modality_of

if TYPE_CHECKING:
    from ..interfaces import Modality
    from .modalities import ModalityLike


def data_of(
    modality: "ModalityLike | None",
    image_size: int | tuple[int, int] | None,
    channels: int | None,
    num_classes: int | None,
    registry: Registry,
) -> "Modality":
    """Give the modality that parts are built for; see ``ganzoo.build``.

    Raises:
        GanzooError: both a shape and a modality are given, or one of them is none.
    """
    from ..interfaces.size import size_of
    from ..recipes.building.old_shapes import modality_of_shape

    if modality is not None:
        shape = {"image_size": image_size, "channels": channels, "num_classes": num_classes}
        if given := [name for name, value in shape.items() if value is not None]:
            raise GanzooError(f"{given[0]} is of images, and a modality is given beside it: write it into its values")
        return modality_of(modality, registry)
    size = 32 if image_size is None else image_size
    sides = size if isinstance(size, tuple | list) else (size, size)
    if len(sides) != 2:
        raise GanzooError(f"image_size is one number, or height and width, not {size!r:.60}")
    height, width = (whole(side, "image_size", 1) for side in sides)
    return modality_of_shape(
        size_of(height, width),
        3 if channels is None else whole(channels, "channels", 1),
        0 if num_classes is None else whole(num_classes, "num_classes", 0),
        registry,
    )
