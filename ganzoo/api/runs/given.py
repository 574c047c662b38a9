"""Data of a program: arrays in memory, put where runs find them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.at_rest import at_rest
from ...data.packed import content_hash
from ...data.rows_folder import HEAD, write_rows
from ...errors import DataError
from ...interfaces.data import Images
from ...interfaces.modality import Rows
from ...storage.cache import Cache

if TYPE_CHECKING:
    import numpy as np
    import torch

    Array = np.ndarray | torch.Tensor
    Data = str | Path | Array | tuple[Array, Array | None] | Rows

ARRAYS = "arrays"  # the kind under which the cache has them
ROWS = "given-rows"  # and rows of any modality
_MOST_LABEL = 2**63 - 1
_MOST_COUNTED = 100_000  # labels below it are named from 0 on; of larger ones, those that occur


def placed(data: "Data", cache: Cache) -> str:
    """Give data as the command line would name it; arrays are written into the cache, once for each content.

    Args:
        data: a dataset's name or a path; or images, uint8 ``(N, C, H, W)``, a tensor or an array, alone or in a pair
            with labels, whole numbers ``(N,)`` from 0; or ``Rows`` of any registered modality, whose fields are tensors
            or arrays.
        cache: takes arrays.

    Raises:
        DataError: it is none of these.
        PluginError: the modality of rows cannot be told of in plain values.
        SetupError: the cache cannot be written.
    """
    if isinstance(data, str | Path):
        return str(data)
    if isinstance(data, Rows):
        return _placed_rows(data, cache)
    pair = data if isinstance(data, tuple | list) else (data, None)
    if len(pair) != 2:
        raise DataError(f"data is a {type(data).__name__} of {len(pair)}, and must be images, or (images, labels)")
    images, labels = _images(pair[0]), None if pair[1] is None else _labels(pair[1])
    if labels is not None and len(labels) != len(images):
        raise DataError(f"data has {len(images):,} images and {len(labels):,} labels; each image needs one")
    names = () if labels is None else _names(labels)
    key = content_hash(Images(images, labels, names))

    def write(folder: Path) -> None:
        import numpy as np

        arrays = {"images": images} | ({} if labels is None else {"labels": labels})
        np.savez(folder / "array.npz", allow_pickle=False, **arrays)

    return str((cache.find(ARRAYS, key) or cache.commit(ARRAYS, key, write)) / "array.npz")


def _placed_rows(data: Rows, cache: Cache) -> str:
    arrays = {name: _array(value, f"the rows of field {name!r}") for name, value in data.fields.items()}
    kept = at_rest(Rows(data.modality, arrays, tuple(data.classes)), "the rows that were given")

    def write(folder: Path) -> None:
        write_rows(kept, folder)

    return str((cache.find(ROWS, kept.hash) or cache.commit(ROWS, kept.hash, write)) / HEAD)


def _array(value: Any, what: str) -> "np.ndarray":
    import numpy as np
    import torch

    if isinstance(value, torch.Tensor):
        if value.dtype.is_complex or value.dtype == torch.bfloat16:
            raise DataError(f"{what} are {str(value.dtype).removeprefix('torch.')}, where whole numbers are needed")
        try:
            return np.ascontiguousarray(value.detach().cpu().numpy())
        except (TypeError, RuntimeError, NotImplementedError) as error:
            kind = f"{value.device.type} tensor of layout {str(value.layout).removeprefix('torch.')}"
            raise DataError(f"{what} are a {kind}, which holds no array; give a dense tensor of the CPU") from error
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    raise DataError(
        f"{what} are {type(value).__name__}, where a dataset's name, a path, a tensor or an array is needed"
    )


def _images(value: Any) -> "np.ndarray":
    found = _array(value, "the images")
    if found.dtype.name != "uint8":
        hint = "; write ((x + 1) * 127.5).round().to(torch.uint8) of images in [-1, 1]" * (found.dtype.kind == "f")
        raise DataError(f"the images are {found.dtype}, where uint8 from 0 to 255 is needed{hint}")
    if found.ndim != 4 or not found.size:
        raise DataError(f"the images are of shape {found.shape}, where (N, C, H, W) is needed")
    if found.shape[1] not in (1, 3):
        hint = "; write x.permute(0, 3, 1, 2) of a tensor of (N, H, W, C)" * (found.shape[3] in (1, 3))
        raise DataError(f"the images have {found.shape[1]} channels, where 1 or 3 are needed, (N, C, H, W){hint}")
    return found


def _labels(value: Any) -> "np.ndarray":
    import numpy as np

    found = _array(value, "the labels")
    whole = found.dtype.kind in "iu" and found.ndim == 1 and found.size > 0
    if not whole or found.min() < 0 or found.max() > _MOST_LABEL:
        raise DataError(f"the labels are {found.dtype} of shape {found.shape}, where whole numbers from 0 are needed")
    return found.astype(np.int64)


def _names(labels: "np.ndarray") -> tuple[str, ...]:
    import numpy as np

    most = int(labels.max())
    return tuple(map(str, range(most + 1) if most < _MOST_COUNTED else np.unique(labels).tolist()))
