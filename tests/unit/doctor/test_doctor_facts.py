"""Facts that are gathered of torch and its devices, with torch and the driver pretended."""

import json
import warnings
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from ganzoo.doctor import examine, facts
from ganzoo.doctor.facts import Facts, Gpu, Imported
from ganzoo.doctor.finding import Finding

GONE = "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU\nand installed a driver"
OLD = "The NVIDIA driver on your system is too old (found version 11040)."
NO_KERNEL = "CUDA error: no kernel image is available for execution on the device"
TORCH = """class version: cuda, hip = None, None
class backends:
    class mps: is_available = staticmethod(lambda: False)
__version__ = "2.9.1+cpu"
print("hello")
"""


class PretendedCuda:
    """``torch.cuda`` of a machine with some GPUs, on some of which nothing runs."""

    def __init__(self, gpus=(), broken=(), warning="", error=""):
        self.gpus, self.broken, self.warning, self.error = gpus, broken, warning, error

    def is_available(self):
        if self.warning:
            warnings.warn(self.warning, stacklevel=1)
        return bool(self.gpus)

    def device_count(self):
        return len(self.gpus)

    def init(self):
        if self.error:
            raise RuntimeError(self.error)

    def get_arch_list(self):
        return ["sm_80", "sm_90"]

    def get_device_properties(self, place):
        return self.gpus[place]


def torch_with(cuda=None, built="13.0", hip=None, apple=False):
    """A torch with the few functions that are asked."""

    def ones(n, device):
        if int(device.partition(":")[2]) in cuda.broken:
            raise RuntimeError(NO_KERNEL)
        return SimpleNamespace(sum=lambda: n)

    mps = SimpleNamespace(is_available=lambda: apple)
    version = SimpleNamespace(cuda=built, hip=hip)
    return SimpleNamespace(version=version, backends=SimpleNamespace(mps=mps), cuda=cuda, ones=ones)


def gpu(name, major=9, memory=80 * 2**30):
    return SimpleNamespace(name=name, major=major, minor=0, total_memory=memory)


def test_a_build_for_the_cpu_is_asked_for_no_gpu():
    assert facts._devices(torch_with(built=None, apple=True)) == {"built_for": "", "apple": True}


def test_each_gpu_computes():
    cuda = PretendedCuda([gpu("A"), gpu("B", 12)], broken=[1])
    found = facts._devices(torch_with(cuda))
    assert found["gpus"] == (
        Gpu("A", "9.0", 80 * 2**30),
        Gpu("B", "12.0", 80 * 2**30, f"RuntimeError: {NO_KERNEL}"),
    )
    assert (found["built_for"], found["architectures"]) == ("CUDA 13.0", ("sm_80", "sm_90"))
    assert "unseen" not in found


def test_rocm_is_named():
    assert facts._devices(torch_with(PretendedCuda([gpu("A")]), None, "6.2"))["built_for"] == "ROCm 6.2"


@pytest.mark.parametrize(
    ("cuda", "said"),
    [
        (PretendedCuda(error=GONE), GONE.splitlines()[0]),
        (PretendedCuda(warning=OLD), OLD),
        (PretendedCuda(warning="x", error=OLD), OLD),
        (PretendedCuda(), "torch sees no GPU"),
    ],
)
def test_why_there_is_none_is_in_torchs_words(cuda, said):
    found = facts._devices(torch_with(cuda))
    assert (found["unseen"], found["gpus"]) == (said, ())


def test_the_driver_is_asked_of_the_kernel_then_of_its_program(tmp_path, monkeypatch):
    kernel = tmp_path / "version"
    monkeypatch.setattr(facts, "_DRIVER", kernel)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert facts.driver_version() == ""
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 570.1.2\necho 570.1.2\n")
    program.chmod(0o755)
    assert facts.driver_version() == "570.1.2"
    kernel.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23\nGCC version: 12\n")
    assert facts.driver_version() == "580.95.05"


def test_facts_are_the_same_after_json():
    whole = Facts(
        {"torch": Imported("2.9"), "torchvision": Imported("", "ImportError: none")},
        "CUDA 13.0",
        ("sm_90",),
        (Gpu("A", "9.0", 1, "broken"),),
        "why",
        "580.1",
        True,
    )
    assert Facts.from_json(json.loads(json.dumps(asdict(whole)))) == whole


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise OSError('libcudart.so: cannot open')", "OSError: libcudart.so: cannot open"),
        (TORCH, ""),
    ],
)
def test_a_process_of_its_own_answers(tmp_path, monkeypatch, code, problem):
    (tmp_path / "torch.py").write_text(code)
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.syspath_prepend(tmp_path)
    found = examine._facts()
    assert isinstance(found, Facts) and found.modules["torch"].problem == problem
    if not problem:
        assert found.modules["torch"].version == "2.9.1+cpu"
        assert found.modules["torchvision"].problem == "RuntimeError: operator torchvision::nms does not exist"
        assert "torch-fidelity" not in found.modules


def test_a_torch_that_ends_its_process_is_a_finding(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("import os\nprint('no libraries', flush=True)\nos._exit(7)")
    monkeypatch.syspath_prepend(tmp_path)
    found = examine._facts()
    assert isinstance(found, Finding) and found.state == "problem" and found.remedy
    assert found.told.endswith("ends the process with code 7 (no libraries)")
