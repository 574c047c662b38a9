"""The tensors of a TorchScript archive, read without running what is in it."""

import io
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import Unpickler, UnpicklingError
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import SetupError
from ganzoo.layers.extractors.tensor_file import require_backed, require_stored

_TYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
_MOST_NAMES = 1_000_000


class _Module:
    """Stands for any class of the archive: its attributes, and nothing that could run."""

    attributes: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, *given: Any) -> None:
        pass

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.attributes = dict(state)


def _view(storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *rest: Any) -> Tensor:
    """Give a tensor of the archive; torch refuses sizes and strides that reach beyond its storage."""
    return storage.as_strided(size, stride, offset)


class _Reader(Unpickler):
    """Knows tensors, lists and :class:`_Module`; any other name in the pickle is refused, so that nothing is called.

    Args:
        data: the pickle.
        storage: gives the bytes that are stored under a key.
    """

    def __init__(self, data: bytes, storage: Callable[[str], bytes]) -> None:
        super().__init__(io.BytesIO(data))
        self._storage = storage
        self._storages: dict[str, Tensor] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "__torch__" or module.startswith("__torch__."):
            return _Module
        if (module, name) in (("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor")):
            return _view
        if module == "torch.jit._pickle":  # build_intlist, restore_type_tag and their like: the value comes first
            return lambda value, *rest: value
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise UnpicklingError(f"it asks for {module}.{name}, which no file of tensors needs")

    def persistent_load(self, pid: Any) -> Tensor:
        kind, dtype, key, _, length = pid
        if kind != "storage" or not isinstance(dtype, torch.dtype):
            raise UnpicklingError("it stores something else than tensors")
        if key not in self._storages:
            held = bytearray(self._storage(key))
            stored = torch.frombuffer(held, dtype=dtype) if held else torch.empty(0, dtype=dtype)
            if len(stored) < length:
                raise UnpicklingError(f"its storage {key} is cut short")
            self._storages[key] = stored
        return self._storages[key]


def _named(value: Any, name: str, found: dict[str, Tensor], above: tuple[int, ...], seen: list[None]) -> None:
    """Put the tensors below a value among those found; a file may refer to one value from ever so many."""
    seen.append(None)
    if len(seen) > _MOST_NAMES:
        raise UnpicklingError(f"it holds more than {_MOST_NAMES:,} names")
    if isinstance(value, Tensor):
        found[name] = value
        return
    inner = value.attributes if isinstance(value, _Module) else value if isinstance(value, dict) else {}
    if id(value) not in above:
        for key, held in inner.items():
            _named(held, f"{name}.{key}" if name else key, found, (*above, id(value)), seen)


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """Give the parameters, buffers and other tensors of a TorchScript module by their dotted names, on the CPU.

    ``torch.jit.load`` would compile the archive's code; here only its table of tensors is read. A file of named tensors
    that ``torch.save`` wrote is read likewise.

    Raises:
        SetupError: it is no such archive, or a damaged one, or its table asks for more than tensors.
    """
    found: dict[str, Tensor] = {}
    try:
        require_stored(path)
        with zipfile.ZipFile(path) as archive:
            tables = [name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl")]
            if len(tables) != 1:
                raise ValueError("it holds no table of tensors")
            folder = tables[0].partition("/")[0]
            held = _Reader(archive.read(tables[0]), lambda key: archive.read(f"{folder}/data/{key}")).load()
        _named(held, "", found, (), [])
        require_backed(found.values())
    except Exception as error:  # of a broken file an unpickler raises nearly anything
        raise SetupError(
            f"the weights file {path} cannot be read as an archive of tensors: {str(error) or type(error).__name__}"
        ) from error
    return found
