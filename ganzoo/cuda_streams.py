"""Streams of a CUDA GPU that nobody else in this process was given."""

import weakref

import torch

from .errors import SetupError

# Torch has so many streams to a device. It gives them out by turns, and after the last the first again.
_POOL = 32
_given: dict[tuple[int, int], "weakref.ref[torch.cuda.Stream]"] = {}
_copying: "weakref.WeakValueDictionary[torch.device, torch.cuda.Stream]" = weakref.WeakValueDictionary()


def own_stream(device: torch.device) -> torch.cuda.Stream:
    """A stream that is given to nobody else as long as it is held.

    What libraries keep for a stream, such as cuBLAS its workspace, belongs then to whoever holds it; and nobody
    queues anything on a stream that somebody captures.

    Raises:
        SetupError: all of torch's are held.
    """
    for _ in range(_POOL):
        stream = torch.cuda.Stream(device)
        place = (stream.device_index, stream.cuda_stream)
        held = _given.get(place)
        if held is None or held() is None:
            _given[place] = weakref.ref(stream)
            return stream
    raise SetupError(f"PyTorch has {_POOL} CUDA streams for {device}, and all are in use; give a smaller --together")


def copy_stream(device: torch.device) -> torch.cuda.Stream:
    """The stream on which all of this process's batches are sent to a device: they share the way there."""
    stream = _copying.get(device)
    if stream is None:
        stream = _copying[device] = own_stream(device)
    return stream
