"""The pretended CUDA keeps CUDA's rules: each breach is noticed, and nothing that is right is called one.

The rules are those of the CUDA Programming Guide (stream capture: prohibited and unhandled operations, cross-stream
dependencies) and of the runtime's reference (``cudaStreamBeginCapture``, ``cudaThreadExchangeStreamCaptureMode``).
"""

import json
import os
import subprocess
import sys

import pytest
from pretend_gpu import BUILT, answer, run, variables

from ganzoo.errors import SetupError
from ganzoo.testing.pretend_cuda import counts
from ganzoo.testing.pretend_cuda.installed import find_installed

BREACHES = {
    "captured stream: cudaStreamSynchronize": "with capture():\n    here().synchronize()",
    "captured stream: cudaStreamQuery": "with capture():\n    here().query()",
    "copy of host memory in a capture: DtoH": "with capture():\n    x[0].item()",
    "copy of host memory in a capture: HtoD": "with capture():\n    x.copy_(pinned, non_blocking=True)",
    "device-wide synchronization in a capture: cudaDeviceSynchronize": "with capture():\n    torch.cuda.synchronize()",
    "device-wide synchronization in a capture: cudaDeviceSynchronize (by another thread)": """
with capture():
    elsewhere(lambda: torch.cuda.synchronize(0))""",
    "is not joined at the end of a capture": """
with capture():
    side.wait_stream(here())
    with torch.cuda.stream(side):
        x.add_(1)""",
    "captured stream waits for an event recorded outside of the capture": """
with capture():
    here().wait_event(before)""",
    "event of a capture: cudaEventSynchronize": """
with capture():
    before.record()
    before.synchronize()""",
    "event of a capture: cudaEventQuery": """
with capture("relaxed"):
    before.record()
    before.query()""",
    "work outside of the graph while this thread captures": """
with capture():
    with torch.cuda.stream(side):
        x.add_(1)""",
    "unsafe call in a capture: cudaEventQuery": "with capture():\n    before.query()",
    "unsafe call in a capture: cudaEventQuery (by another thread)": """
with capture("global"):
    elsewhere(before.query)""",
    "a wait joins two captures": """
with capture():
    before.record()
    with torch.cuda.stream(side):
        begin(pointer(side), 2)
        side.wait_event(before)""",
    "the legacy stream waits for an event of a capture": """
with capture():
    before.record()
    torch.cuda.default_stream(0).wait_event(before)""",
    "legacy stream used while a blocking stream is captured": """
stream = ctypes.c_void_p()
runtime.cudaStreamCreate(ctypes.byref(stream))
begin(stream, 2)
runtime.cudaMemsetAsync(ctypes.c_void_p(x.data_ptr()), 0, ctypes.c_size_t(4), None)""",
    "capture of the legacy stream": "begin(None, 2)",
    "capture of a stream that is captured": """
with capture():
    begin(pointer(here()), 2)""",
    "a graph is launched inside of a capture": """
graph, executable = ctypes.c_void_p(), ctypes.c_void_p()
begin(pointer(side), 2)
runtime.cudaStreamEndCapture(pointer(side), ctypes.byref(graph))
runtime.cudaGraphInstantiateWithFlags(ctypes.byref(executable), graph, ctypes.c_ulonglong(0))
begin(pointer(side), 2)
runtime.cudaGraphLaunch(executable, pointer(side))""",
    "capture ended by another thread": """
begin(pointer(side), 1)
elsewhere(lambda: runtime.cudaStreamEndCapture(pointer(side), ctypes.byref(ctypes.c_void_p())))""",
    "capture ended on a stream that did not begin it": """
with capture():
    side.wait_stream(here())
    runtime.cudaStreamEndCapture(pointer(side), ctypes.byref(ctypes.c_void_p()))""",
    "stream of another device: kernel": """
torch.cuda.set_device(1)
runtime.pretend_launch(b"kernel", b"by hand", pointer(side))""",
    "stream of another device: an event": """
event = ctypes.c_void_p()
torch.cuda.set_device(1)
runtime.cudaEventCreate(ctypes.byref(event))
runtime.cudaEventRecord(event, pointer(side))""",
    "cudaFree of what cudaMalloc did not give": "runtime.cudaFree(ctypes.c_void_p(4096))",
}

RIGHT = {
    "streams that are forked and joined": """
with capture():
    for other in (side, third):
        other.wait_stream(here())
        with torch.cuda.stream(other):
            y.copy_(x)
    side.wait_stream(third)
    here().wait_stream(side)""",
    "another thread that asks for an event of its own, in a capture of one thread": """
with capture():
    elsewhere(before.query)""",
    "another thread that allocates, in a capture of one thread": """
with capture():
    elsewhere(lambda: torch.empty(1 << 28, device="cuda:0"))""",
    "an unsafe call in a relaxed capture": "with capture('relaxed'):\n    before.query()",
    "waiting for another device": "with capture():\n    torch.cuda.synchronize(1)",
    "two captures at once on two devices, in two threads": """
def do():
    with torch.cuda.device(1):
        z = torch.ones(8, device="cuda:1")
        with torch.cuda.graph(torch.cuda.CUDAGraph(), stream=torch.cuda.Stream(1), capture_error_mode="thread_local"):
            z.add_(1)
with capture():
    pass
elsewhere(do)""",
    "an event of a capture that is over": """
with capture():
    before.record()
before.query()
here().wait_event(before)""",
    "copies to and from pinned memory": """
x.copy_(pinned, non_blocking=True)
pinned.copy_(x, non_blocking=True)
here().synchronize()""",
    "a copy from pinned memory that was taken for the graph": """
mode, own = ctypes.c_int(2), ctypes.c_void_p()
with capture():
    runtime.cudaThreadExchangeStreamCaptureMode(ctypes.byref(mode))
    runtime.cudaHostAlloc(ctypes.byref(own), ctypes.c_size_t(32), 0)
    runtime.cudaThreadExchangeStreamCaptureMode(ctypes.byref(mode))
    runtime.cudaMemcpyAsync(ctypes.c_void_p(x.data_ptr()), own, ctypes.c_size_t(32), 1, pointer(here()))""",
    "random numbers in a capture": """
rng = torch.Generator("cuda:0").manual_seed(0)
graph = torch.cuda.CUDAGraph()
if torch.__version__ < "2.14":
    graph.register_generator_state(rng)
with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"):
    torch.randn(4, device="cuda:0", generator=rng)
graph.replay()""",
}

PROGRAM = """
import contextlib, ctypes, json, sys, threading
import torch
from ganzoo.errors import SetupError
from ganzoo.testing.pretend_cuda import counts

runtime, here = ctypes.CDLL(None), torch.cuda.current_stream
pinned = torch.ones(8).pin_memory()

def pointer(stream):
    return ctypes.c_void_p(stream.cuda_stream)

@contextlib.contextmanager
def capture(mode="thread_local"):
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=torch.cuda.Stream(0), capture_error_mode=mode):
        x.add_(1)
        yield graph

def begin(stream, mode):
    begun.append(stream)
    runtime.cudaStreamBeginCapture(stream, mode)

def elsewhere(do):
    def quietly():
        with contextlib.suppress(RuntimeError):
            do()
    thread = threading.Thread(target=quietly)
    thread.start()
    thread.join()

told = {}
for name, code in json.loads(sys.argv[1]).items():
    torch.cuda.set_device(0)
    x, y = torch.ones(8, device="cuda:0"), torch.empty(8, device="cuda:0")
    # Not of PyTorch's pool, whose streams come round again: a broken capture of one case is not to be met by another.
    side, third = (torch.cuda.Stream(0, priority=-k) for k in (0, 1))
    before, error, begun = torch.cuda.Event(), "", []
    before.record(side)
    counts.reset()
    try:
        exec(code)
    except (RuntimeError, ValueError) as raised:
        error = str(raised).splitlines()[0]
    told[name] = {"offences": counts.read().offences, "error": error}
    for stream in begun:
        runtime.cudaStreamEndCapture(stream, ctypes.byref(ctypes.c_void_p()))
    runtime.cudaGetLastError()
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def seen():
    return answer(PROGRAM, json.dumps(BREACHES | RIGHT), devices=2)


@pytest.mark.parametrize("offence", BREACHES, ids=lambda offence: offence.replace(" ", "-"))
def test_a_breach_is_noticed(seen, offence):
    assert any(offence in told for told in seen[offence]["offences"]), seen[offence]


@pytest.mark.parametrize("name", RIGHT, ids=lambda name: name.replace(" ", "-"))
def test_what_is_right_is_no_breach(seen, name):
    assert seen[name] == {"offences": [], "error": ""}


COUNTED = """
import json, torch
from ganzoo.errors import SetupError
from ganzoo.testing.pretend_cuda import counts

x, y, pinned = torch.zeros(8, device="cuda"), torch.empty(8, device="cuda"), torch.ones(8).pin_memory()
counts.reset()
y.add_(x)
x.copy_(pinned, non_blocking=True)
x.copy_(torch.ones(8))
queued = counts.read()
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    y.copy_(x)
    x.mul_(2)
captured, before = counts.read(), y.tolist()
counts.reset()
graph.replay()
graph.replay()
replayed = counts.read()
told = [vars(found) | {"kernels": found.kernels} for found in (queued, captured, replayed)]
print(json.dumps([*told, before, y.tolist()]))
"""


def test_what_is_queued_captured_and_replayed_is_counted_and_copies_are_done():
    queued, captured, replayed, before, after = answer(COUNTED)
    assert queued["counts"]["total:kernel"] == queued["kernels"] == 1
    assert queued["counts"]["memcpy:HtoD"] == queued["counts"]["memcpy:HtoD pageable"] == 1
    assert captured["graphs"] == ["2 nodes: kernel=1 memcpy=1 memcpy DtoD=1"]
    assert replayed["counts"] == {
        "api:cudaGraphLaunch": 2,
        "replayed:kernel": 2,
        "replayed:memcpy": 2,
        "replayed:memcpy DtoD": 2,
    }
    assert replayed["kernels"] == 2
    assert (before, after) == ([0.0] * 8, [1.0] * 8)  # a graph copies when it is replayed, and not before


FINITE = """
import json, torch
told = []
for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
    x = torch.full((3,), float("nan"), dtype=dtype, device="cuda")
    told.append([x.tolist(), x[0].item(), bool((x == x).all()), len(x.nonzero()), x.cpu().isfinite().all().item()])
print(json.dumps([told, torch.arange(300).cuda().tolist(), torch.tensor([2.5, 0, -1]).cuda().tolist()]))
"""


def test_what_the_host_reads_can_be_made_finite():
    told, whole, numbers = answer(FINITE, finite=True)
    assert told == [[[1.0] * 3, 1.0, True, 0, True]] * 4
    assert whole == list(range(300))
    assert numbers == [2.5, 1.0, 1.0]


def test_nothing_is_made_finite_unasked():
    program = "import json, torch\nx = torch.full((), float('inf')).cuda()\nprint(json.dumps(str(x.item())))"
    assert answer(program) == "inf"


def test_the_devices_that_were_asked_for_are_there():
    program = "import json, torch\nprint(json.dumps([torch.cuda.device_count(), torch.cuda.get_device_name(2)]))"
    assert answer(program, devices=3) == [3, "Pretended H100"]


ENDS = """
import threading, torch
x = torch.ones(8, device="cuda", requires_grad=True)
class Slow(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, given):
        entered.set()
        return given * 2
def work():
    while True:
        Slow.apply(x).sum().backward()
entered = threading.Event()
threading.Thread(target=work, daemon=True).start()
entered.wait()
"""


def test_a_program_ends_in_the_midst_of_a_backward_pass():
    """A thread of PyTorch's wants the interpreter that shuts down: Python before 3.14 would end it, and all with it."""
    done = run("-c", ENDS)
    assert done.returncode == 0, done.stderr


def test_what_is_missing_is_said_in_a_sentence_with_exit_code_3(tmp_path):
    words = [sys.executable, "-m", "ganzoo.testing.pretend_cuda", sys.executable, "-c", "print('ran')"]
    done = subprocess.run(words, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "")
    (line,) = done.stderr.splitlines()
    assert line == "error: CUDA cannot be pretended: g++ is missing, which compilers of C++ bring along"


def test_nm_may_be_missing_too(monkeypatch, tmp_path):
    (tmp_path / "g++").write_text("#!/bin/sh\n")
    (tmp_path / "g++").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"^CUDA cannot be pretended: nm is missing, "):
        find_installed()


def test_a_torch_for_cpus_is_said_in_a_sentence(monkeypatch, tmp_path):
    (tmp_path / "torch" / "lib").mkdir(parents=True)
    (tmp_path / "torch" / "__init__.py").write_text("")
    monkeypatch.setattr("ganzoo.testing.pretend_cuda.installed._places", lambda name: [tmp_path / name])
    with pytest.raises(SetupError, match=r"^CUDA cannot be pretended: this torch is a build for CPUs, "):
        find_installed()


def test_the_command_is_run_and_its_exit_code_is_given():
    command = ["-m", "ganzoo.testing.pretend_cuda", "--devices", "2", sys.executable, "-c"]
    program = "import sys, torch; print(torch.cuda.device_count()); sys.exit(7)"
    told = {**variables(), "LD_PRELOAD": "", "GANZOO_CACHE": str(BUILT)}
    done = subprocess.run([sys.executable, *command, program], env=told, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "2\n")


def test_counts_are_only_of_a_pretended_machine():
    with pytest.raises(RuntimeError, match="CUDA is not pretended here"):
        counts.reset()
