import os
import random
import signal
import subprocess
import sys
import types
import warnings

import numpy
import pytest
import torch

from ganzoo.errors import PluginError
from ganzoo.registry.guarding import guard
from ganzoo.registry.guarding.global_state import GlobalState
from ganzoo.registry.guarding.guard import guarded

TITLE = "plugin 'evil' (evilplug 1.0)"
DOING = "while its loss 'evil' is imported"
ENTERED = []


def hooked():
    torch.nn.modules.module.register_module_forward_hook(lambda *_: None)


# An act, and a look at what it acted on, by the name that a message gives it.
ACTS = {
    "torch's default dtype (torch.float32 -> torch.float64)": (
        lambda: torch.set_default_dtype(torch.float64),
        torch.get_default_dtype,
    ),
    "torch's default device (cpu -> meta)": (
        lambda: torch.set_default_device("meta"),
        lambda: torch.empty(0).device,
    ),
    "torch's grad mode (True -> False)": (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled),
    "torch's inference mode (False -> True)": (
        lambda: ENTERED.append(torch.inference_mode()) or ENTERED[-1].__enter__(),
        torch.is_inference_mode_enabled,
    ),
    "torch's anomaly detection (False -> True)": (
        lambda: torch.autograd.set_detect_anomaly(True),
        torch.is_anomaly_enabled,
    ),
    "torch's number of threads": (lambda: torch.set_num_threads(3), torch.get_num_threads),
    "torch's deterministic algorithms": (
        lambda: torch.use_deterministic_algorithms(True),
        torch.are_deterministic_algorithms_enabled,
    ),
    "torch's float32 matmul precision (highest -> high)": (
        lambda: torch.set_float32_matmul_precision("high"),
        torch.get_float32_matmul_precision,
    ),
    "torch.backends.mkldnn.enabled (True -> False)": (
        lambda: setattr(torch.backends.mkldnn, "enabled", False),
        lambda: torch.backends.mkldnn.enabled,
    ),
    "torch.backends.cudnn.benchmark (False -> True)": (
        lambda: setattr(torch.backends.cudnn, "benchmark", True),
        lambda: torch.backends.cudnn.benchmark,
    ),
    "torch's autocast on cpu": (
        lambda: torch.set_autocast_enabled("cpu", True),
        lambda: torch.is_autocast_enabled("cpu"),
    ),
    "torch's random state": (lambda: torch.manual_seed(987_654_321), lambda: torch.get_rng_state().tolist()),
    "numpy's random state": (lambda: numpy.random.seed(987_654_321), lambda: numpy.random.get_state()[1].tolist()),
    "numpy's treatment of errors": (lambda: numpy.seterr(all="ignore"), numpy.geterr),
    "the random state of the module random": (random.random, random.getstate),
    "flushing of subnormal numbers (False -> True)": (
        lambda: torch.set_flush_denormal(True),
        lambda: float(torch.tensor([1e-40]).mul(1.0)),
    ),
    "hooks of all modules and optimizers (_global_forward_hooks)": (
        hooked,
        lambda: dict(torch.nn.modules.module._global_forward_hooks),
    ),
    "the working folder": (lambda: os.chdir("/"), os.getcwd),
    "sys.path": (lambda: sys.path.insert(0, "/nowhere"), lambda: list(sys.path)),
    "environment variables (PATH)": (lambda: os.environ.pop("PATH"), lambda: os.environ.get("PATH")),
    "environment variables (OMP_DYNAMIC)": (
        lambda: os.environ.update(OMP_DYNAMIC="1"),
        lambda: os.environ.get("OMP_DYNAMIC"),
    ),
    "the warnings filters": (lambda: warnings.simplefilter("ignore"), lambda: list(warnings.filters)),
    "signal handlers (SIGTERM)": (
        lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        lambda: signal.getsignal(signal.SIGTERM),
    ),
    "signal handlers (SIGINT)": (
        lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        lambda: signal.getsignal(signal.SIGINT),
    ),
    "the umask": (lambda: os.umask(0o777), lambda: (m := os.umask(0), os.umask(m))[0]),
    "the recursion limit": (lambda: sys.setrecursionlimit(5000), sys.getrecursionlimit),
    "the hooks of sys": (lambda: setattr(sys, "excepthook", print), lambda: sys.excepthook),
    "torch.Tensor.mean (replaced)": (
        lambda: setattr(torch.Tensor, "mean", lambda *_: 0),
        lambda: torch.Tensor.mean,
    ),
    "torch.nn.functional.relu (replaced)": (
        lambda: setattr(torch.nn.functional, "relu", torch.nn.functional.gelu),
        lambda: torch.nn.functional.relu,
    ),
    "torch.nn.Conv2d.forward (replaced)": (
        lambda: setattr(torch.nn.Conv2d, "forward", lambda *_: 0),
        lambda: torch.nn.Conv2d.forward,
    ),
    "builtins.sum (replaced)": (lambda: setattr(__import__("builtins"), "sum", max), lambda: sum),
    "ganzoo.registry.guarding.guard.guarded (replaced)": (
        lambda: setattr(guard, "guarded", None),
        lambda: guard.guarded,
    ),
}


@pytest.mark.parametrize("change", ACTS)
def test_what_a_plugin_changes_is_put_back_and_told(change, said):
    act, look = ACTS[change]
    before = look()
    with guarded(TITLE, f"{DOING} {change}"):
        act()
        assert look() != before
    assert look() == before
    [line] = said
    assert line.startswith(f"Warning: {TITLE} changes ")
    assert change in line
    assert line.endswith("it is put back")


def test_nothing_is_told_of_a_plugin_that_changes_nothing(silence):
    with guarded(TITLE, DOING):
        assert float(torch.ones(3).mean()) == 1


def test_a_default_device_that_is_set_to_none_is_no_change(silence):
    for _ in range(2):
        with guarded(TITLE, "without a default device"):
            torch.set_default_device(None)
    assert torch.empty(0).device.type == "cpu"


def test_a_default_device_that_the_user_chose_is_put_back(said):
    torch.set_default_device("meta")
    try:
        with guarded(TITLE, "against the user's device"):
            torch.set_default_device(None)
        assert torch.empty(0).device.type == "meta"
    finally:
        torch.set_default_device(None)
    [line] = said
    assert "torch's default device (meta -> cpu)" in line


@pytest.fixture
def import_torchvision(monkeypatch):
    """Does to ``sys.path`` what the import of torchvision does under torch 2.6."""
    monkeypatch.setattr(sys, "path", ["/first", "/last"])
    monkeypatch.delitem(sys.modules, "torch.distributed.nn.jit.instantiator", raising=False)

    def act():
        module = types.ModuleType("torch.distributed.nn.jit.instantiator")
        module.INSTANTIATED_TEMPLATE_DIR_PATH = "/made by torch"
        monkeypatch.setitem(sys.modules, module.__name__, module)
        sys.path.append("/made by torch")

    return act


def test_the_folder_that_torch_appends_is_no_change(import_torchvision, silence):
    with guarded(TITLE, "with torchvision"):
        import_torchvision()
    assert sys.path == ["/first", "/last", "/made by torch"]


def test_the_folder_that_torch_appended_stays_while_others_go(import_torchvision, said):
    with guarded(TITLE, "with torchvision and a folder"):
        import_torchvision()
        sys.path.append("/nowhere")
    sys.path.append("/the user's")
    with guarded(TITLE, "with a folder before it"):
        sys.path.insert(2, "/nowhere")
    assert sys.path == ["/first", "/last", "/made by torch", "/the user's"]
    assert len(said) == 2


def test_one_thing_is_told_once(said):
    for _ in range(3):
        with guarded(TITLE, "three times"):
            torch.manual_seed(1)
    assert len(said) == 1


def test_many_changes_are_told_in_one_line(said):
    names = ["relu", "gelu", "silu", "elu", "selu", "celu", "mish", "softplus"]
    with guarded(TITLE, "all at once"):
        for name in names:
            setattr(torch.nn.functional, name, max)
    assert len(said) == 1
    assert "and 2 more" in said[0]


def test_an_error_passes_and_the_state_is_put_back_nevertheless(said):
    with pytest.raises(KeyError, match="mine"), guarded(TITLE, "with an error"):
        torch.set_default_dtype(torch.float64)
        raise KeyError("mine")
    assert torch.get_default_dtype() == torch.float32
    assert len(said) == 1


def test_the_streams_cannot_be_closed(said, capfd):
    with guarded(TITLE, "and closes"):
        print("from a plugin")
        sys.stdout.close()
        sys.stderr.close()
        os.close(1)
    print("on stdout")
    print("on stderr", file=sys.stderr)
    assert tuple(capfd.readouterr()) == ("on stdout\n", "from a plugin\non stderr\n")
    assert said == [f"Warning: {TITLE} changes the standard streams and closes; it is put back"]


def test_an_interrupt_of_its_own_is_an_error_of_the_plugin():
    with pytest.raises(PluginError, match="raised KeyboardInterrupt while"), guarded(TITLE, DOING):
        raise KeyboardInterrupt


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_where_no_ctrl_c_is_an_exception_an_interrupt_is_the_plugins(handler):
    """A script's job in the background ignores the signal."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(PluginError, match="raised KeyboardInterrupt while"), guarded(TITLE, DOING):
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_exit_is_an_error_of_the_plugin():
    with pytest.raises(PluginError, match=r"raised SystemExit\(3\) while"), guarded(TITLE, DOING):
        sys.exit(3)


def test_the_users_interrupt_is_none_of_the_plugin():
    with pytest.raises(KeyboardInterrupt), guarded(TITLE, DOING):
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_strictly_a_change_is_an_error(monkeypatch):
    monkeypatch.setenv("GANZOO_STRICT_PLUGINS", "1")
    refused = pytest.raises(PluginError, match=r"changes torch's random state .* GANZOO_STRICT_PLUGINS is set")
    with refused, guarded(TITLE, "strictly"):
        torch.rand(1)


def test_libraries_change_nothing():
    """Honest plugins import these: a state that they left changed would be blamed on the plugins."""
    code = (
        "import importlib, torch, numpy\nfrom ganzoo.registry.guarding.global_state import GlobalState\n"
        "state = GlobalState()\n"
        "for module in ('torchvision', 'torch_fidelity', 'scipy.stats'):"
        "\n    importlib.import_module(module)\nprint(state.changes())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_reading_is_equal_to_itself():
    assert GlobalState().changes() == []
