"""Apple's GPUs and Windows, by their logic alone: neither was ever there. Stand-ins are what their manuals say."""

import ntpath
import os
import subprocess
import sys
from pathlib import PureWindowsPath
from types import SimpleNamespace

import pytest
import torch

from ganzoo.backend import wide
from ganzoo.bench.results.folders import run_folder, slug
from ganzoo.bench.runs import environment
from ganzoo.errors import SetupError
from ganzoo.storage import atomic
from ganzoo.training.updates import changing_adam, played_values
from ganzoo.training.updates.changing_adam import ChangingAdam
from ganzoo.training.updates.played_values import PlayedValues


def machine(monkeypatch, *, cuda=0, apple=False):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)


@pytest.mark.parametrize(
    ("cuda", "apple", "found"), [(0, False, ["cpu"]), (0, True, ["mps"]), (2, True, ["cuda:0", "cuda:1"])]
)
def test_auto_is_the_best_device_that_there_is(monkeypatch, cuda, apple, found):
    machine(monkeypatch, cuda=cuda, apple=apple)
    assert environment.devices("auto") == found
    assert environment.devices("cpu") == ["cpu"]


def test_a_gpu_of_apples_is_asked_for_by_name(monkeypatch):
    machine(monkeypatch, apple=True)
    assert environment.devices("mps") == ["mps"]
    assert environment.environment("mps", 1, [])["kind"] == "mps"
    machine(monkeypatch)
    with pytest.raises(SetupError, match="--device mps was asked for"):
        environment.devices("mps")


def test_nothing_is_computed_in_float64_where_there_is_none(monkeypatch):
    """On a device that refuses float64, as Apple's do: every value that is made there is float32."""
    assert wide.widest(torch.device("mps")) == torch.float32
    assert {wide.widest(torch.device(kind)) for kind in ("cpu", "cuda")} == {torch.float64}
    there = SimpleNamespace(device=torch.device("mps"), cpu=lambda: torch.ones(2))
    assert wide.doubled(there).dtype == torch.float64  # on the CPU: there, nothing can be made float64
    for module in (wide, played_values, changing_adam):
        monkeypatch.setattr(module, "widest", lambda device: torch.float32)
    values = PlayedValues({"g_optimizer.lr": lambda step: 0.1 * (step + 1)}, torch.device("cpu"))
    values.load(1)
    values.begin()
    assert values.exact["g_optimizer.lr"].dtype == torch.float32
    assert values.now["g_optimizer.lr"].item() == pytest.approx(0.2)
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    weight.grad = torch.tensor([3.0])
    adam = ChangingAdam([weight], 0.5, [0.9, 0.999])
    adam.step()
    assert {beta.dtype for beta in adam.param_groups[0]["betas"]} == {torch.float32}
    assert weight.item() == pytest.approx(0.5, abs=1e-4)  # Adam's first step is the learning rate


@pytest.mark.parametrize(
    "name", ["con", "NUL", "aux", "com1", "lpt9.x", "prn.yaml", "a:b", "C:\\x", "a\\b", "x" * 300, "a."]
)
def test_a_recipe_of_any_name_has_a_folder_on_windows(tmp_path, name):
    """Windows' rules: no device's name before the first dot, none of its signs, no dot at the end, no drive."""
    folder = slug(name)
    reserved = ntpath.isreserved(folder) if hasattr(ntpath, "isreserved") else PureWindowsPath(folder).is_reserved()
    assert not reserved
    assert not set(folder) & set('<>:"/\\|?*') and not folder.endswith((".", " ")) and len(folder) < 100
    assert PureWindowsPath("runs", folder).parts == ("runs", folder)
    assert run_folder(tmp_path, name, 3) == tmp_path / folder / "seed3"


def test_names_of_devices_stay_apart_from_others():
    assert len({slug(name) for name in ("con", "CON", "con-", "con.a", "con-a")}) == 5
    assert slug("cond") == "cond" and slug("console") == "console"


def test_where_there_is_no_sighup_the_others_are_heard():
    """In a process that never had it; a module that is loaded anew here would have other classes."""
    code = "import signal; from ganzoo.interrupts import NUMBERS; print([n.name for n in NUMBERS])"
    hide = "import signal; del signal.SIGHUP; signal.Signals = [n for n in signal.Signals if n.name != 'SIGHUP']; "
    said = subprocess.run([sys.executable, "-c", hide + code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['SIGINT', 'SIGTERM']"


def test_where_no_folder_can_be_opened_files_are_written_all_the_same(tmp_path, monkeypatch):
    def denied(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "open", denied)
        patch.setattr(atomic.os, "name", "nt")
        atomic.flush_folder(tmp_path)
        patch.setattr(atomic.os, "name", "posix")
        with pytest.raises(PermissionError):
            atomic.flush_folder(tmp_path)


def test_where_resource_is_missing_the_peak_is_unknown(monkeypatch):
    monkeypatch.setattr(environment, "resource", None)
    assert environment.peak_memory_mb(torch.device("cpu")) is None


def test_where_there_is_no_affinity_all_cores_count(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert environment.usable_cores() == 6
