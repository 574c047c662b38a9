"""Streams of a CUDA GPU that nobody else in this process was given."""

import weakref

import torch

from ..errors import SetupError

# Torch has so many streams to a device. It gives them out by turns, and after the last the first again.
_POOL = 32
MOST_BRANCHES = _POOL - 2  # of a graph: one of the streams begins it, and one sends images
_holders: dict[tuple[int, int], "weakref.ref[object]"] = {}
_copying: dict[torch.device, torch.cuda.Stream] = {}


def own_stream(device: torch.device, holder: object) -> torch.cuda.Stream:
    """Return a stream that is given to nobody else as long as its holder lives.

    What libraries keep for a stream, such as cuBLAS its workspace, belongs then to the holder; and nobody queues
    anything on a stream that somebody captures.

    Raises:
        SetupError: all of torch's are held.
    """
    for _ in range(_POOL):
        stream = torch.cuda.Stream(device)
        place = (stream.device_index, stream.cuda_stream)
        held = _holders.get(place)
        if held is None or held() is None:
            # Of the holder, because torch 2.11 forgets to clear the weak references to a stream.
            _holders[place] = weakref.ref(holder)
            return stream
    raise SetupError(f"PyTorch has {_POOL} CUDA streams for {device}, and all are in use; give a smaller --together")


def copy_stream(device: torch.device) -> torch.cuda.Stream:
    """Return the stream on which all of this process's batches are sent to a device: they share the way there."""
    if device not in _copying:
        _copying[device] = own_stream(device, own_stream)  # a holder that lives as long as the process
    return _copying[device]
