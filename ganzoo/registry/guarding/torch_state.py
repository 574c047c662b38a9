"""State of torch and numpy that every number in a process can depend on. Loads neither."""

import sys
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

from .watched import Watched, arrow

# Flags by the module that holds them, and their names in it.
_FLAGS = {
    "torch.backends.mkldnn": ("enabled", "deterministic", "allow_tf32"),
    "torch.backends.cudnn": ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32"),
    "torch.backends.cuda.matmul": (
        "allow_tf32",
        "allow_fp16_reduced_precision_reduction",
        "allow_bf16_reduced_precision_reduction",
        "allow_fp16_accumulation",
    ),
    "torch.backends.nnpack": ("enabled",),
    "torch.backends.opt_einsum": ("enabled", "strategy"),
    "torch.backends.quantized": ("engine",),
}


def torch_items() -> list[Watched]:
    """Give the items of torch; none where it is not loaded."""
    torch: Any = sys.modules.get("torch")
    if getattr(torch, "set_default_dtype", None) is None:  # not loaded, or not yet whole
        return []
    items = [
        Watched("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype, arrow),
        Watched("torch's default device", lambda: _device(torch), _put_device(torch), arrow),
        Watched("torch's grad mode", torch.is_grad_enabled, torch.set_grad_enabled, arrow),
        Watched("torch's inference mode", torch.is_inference_mode_enabled, _inference(torch), arrow),
        Watched("torch's anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly, arrow),
        Watched("torch's number of threads", torch.get_num_threads, torch.set_num_threads, arrow),
        Watched("torch's deterministic algorithms", lambda: _deterministic(torch), _put_deterministic(torch), arrow),
        Watched(
            "torch's float32 matmul precision",
            torch.get_float32_matmul_precision,
            torch.set_float32_matmul_precision,
            arrow,
        ),
        Watched("torch's random state", lambda: _bytes(torch.get_rng_state()), _put_random(torch)),
    ]
    items += [_autocast(torch, kind) for kind in ("cpu", "cuda")]
    items += _flags(torch)
    items += [
        Watched(f"torch.backends.cuda.{name}_sdp", read, getattr(torch.backends.cuda, f"enable_{name}_sdp"), arrow)
        for name in ("flash", "mem_efficient", "math", "cudnn")
        if (read := getattr(torch.backends.cuda, f"{name}_sdp_enabled", None)) is not None
    ]
    items += [Watched(title, partial(dict, held), partial(_refill, held)) for title, held in _global_hooks()]
    if torch.cuda.is_initialized():
        states = torch.cuda
        items.append(
            Watched(
                "torch's random state on the GPU",
                lambda: [_bytes(one) for one in states.get_rng_state_all()],
                lambda value: states.set_rng_state_all([_tensor(torch, one) for one in value]),
            )
        )
    return items


def numpy_items() -> list[Watched]:
    """Give the items of numpy; none where it is not loaded."""
    numpy: Any = sys.modules.get("numpy")
    if getattr(numpy, "geterr", None) is None:
        return []
    items = [Watched("numpy's treatment of errors", numpy.geterr, lambda value: numpy.seterr(**value), arrow)]
    state: Any = sys.modules.get("numpy.random")
    if getattr(state, "get_state", None) is not None:

        def read() -> tuple[Any, ...]:
            return tuple(
                one.tobytes() if isinstance(one, numpy.ndarray) else one for one in state.get_state(legacy=True)
            )

        def put(value: tuple[Any, ...]) -> None:
            name, keys, *rest = value
            state.set_state((name, numpy.frombuffer(keys, dtype=numpy.uint32), *rest))

        items.append(Watched("numpy's random state", read, put))
    return items


def _flags(torch: Any) -> Iterator[Watched]:
    for module, names in _FLAGS.items():
        held = torch
        for part in module.split(".")[1:]:
            held = getattr(held, part, None)
        for name in names:
            try:
                _flag(held, name)
            except (AttributeError, RuntimeError):  # flags of tf32 that were set in two ways refuse to be read
                continue
            yield Watched(
                f"{module}.{name}",
                partial(_flag, held, name),
                partial(_put_flag, held, name),
                arrow,
            )


def _flag(held: Any, name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are told to be of an older form
        return getattr(held, name)


def _put_flag(held: Any, name: str, value: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setattr(held, name, value or False)  # None cannot be given


def _device(torch: Any) -> str:
    try:
        return str(torch.get_default_device())
    except AttributeError:  # of torch 2.6, once the default device was set to None; a new tensor tells it as well
        return str(torch.empty(0).device)


def _put_device(torch: Any) -> Any:
    return lambda value: torch.set_default_device(None if value == "cpu" else value)


_kept: list[Any] = []  # modes that were entered to undo what a plugin entered stay so


def _inference(torch: Any) -> Any:
    def put(on: bool) -> None:
        mode = torch.inference_mode(on)
        mode.__enter__()
        _kept.append(mode)

    return put


def _deterministic(torch: Any) -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _put_deterministic(torch: Any) -> Any:
    return lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1])


def _autocast(torch: Any, kind: str) -> Watched:
    return Watched(
        f"torch's autocast on {kind}",
        lambda: (torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind)),
        lambda value: (torch.set_autocast_enabled(kind, value[0]), torch.set_autocast_dtype(kind, value[1])),
        arrow,
    )


def _bytes(state: Any) -> bytes:
    return bytes(state.tolist())


def _tensor(torch: Any, state: bytes) -> Any:
    return torch.tensor(list(state), dtype=torch.uint8, device="cpu")


def _put_random(torch: Any) -> Any:
    return lambda value: torch.set_rng_state(_tensor(torch, value))


def _global_hooks() -> Iterator[tuple[str, dict[Any, Any]]]:
    """Give the tables of hooks that are called for every module and every optimizer."""
    for module in ("torch.nn.modules.module", "torch.optim.optimizer"):
        for name, held in vars(sys.modules.get(module, object)).items():
            if name.startswith("_global_") and isinstance(held, dict):
                yield f"hooks of all modules and optimizers ({name})", held


def _refill(held: dict[Any, Any], value: dict[Any, Any]) -> None:
    held.clear()
    held.update(value)
