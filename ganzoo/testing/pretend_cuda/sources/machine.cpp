// The one machine, its counts and what Python reads of it.
#include "machine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

using std::string;

thread_local int current_device = 0;
thread_local cudaStreamCaptureMode thread_mode = cudaStreamCaptureModeGlobal;
static thread_local cudaError_t last_error = cudaSuccess;

// Made on first use, which may come before any constructor, and never freed: PyTorch calls until the very end.
Machine& machine() {
  static Machine* one = [] {
    auto* made = new Machine;
    for (int device = 0; device < MOST_DEVICES; device++) {
      made->legacy[device].device = device;
      made->legacy[device].legacy = true;
    }
    return made;
  }();
  return *one;
}

int devices() {
  const char* told = getenv("GANZOO_PRETEND_CUDA_DEVICES");
  return told ? std::clamp(atoi(told), 0, MOST_DEVICES) : 1;
}

size_t memory() {
  const char* told = getenv("GANZOO_PRETEND_CUDA_MEMORY_MB");
  static const size_t bytes = (told ? strtoull(told, nullptr, 10) : 80 << 10) << 20;
  return bytes;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void count(const string& what, long n) {
  Locked locked;
  machine().counts[what] += n;
}

void offend(const string& what) {
  Locked locked;
  if (machine().offences.size() < 10000) machine().offences.push_back(what);
}

cudaError_t fail(cudaError_t error) { return last_error = error; }

Stream* stream_of(cudaStream_t stream) {
  bool by_default = !stream || stream == cudaStreamLegacy || stream == cudaStreamPerThread;
  return by_default ? &machine().legacy[current_device] : reinterpret_cast<Stream*>(stream);
}

const Block* block_of(const Blocks& blocks, const void* address) {
  auto at = reinterpret_cast<size_t>(address);
  auto after = blocks.upper_bound(at);
  if (after == blocks.begin()) return nullptr;
  const auto& [first, block] = *std::prev(after);
  return at < first + block.bytes ? &block : nullptr;
}

extern "C" {

void pretend_reset() {
  Locked locked;
  machine().counts.clear();
  machine().offences.clear();
  machine().graphs.clear();
}

// Lines of "C <tab> key <tab> count", "O <tab> offence" and "G <tab> graph"; good until the thread asks again.
const char* pretend_report() {
  static thread_local string* text = new string;
  Locked locked;
  text->clear();
  for (const auto& [key, n] : machine().counts) *text += "C\t" + key + "\t" + std::to_string(n) + "\n";
  for (const auto& offence : machine().offences) *text += "O\t" + offence + "\n";
  for (const auto& graph : machine().graphs) *text += "G\t" + graph + "\n";
  return text->c_str();
}

int pretend_launch(const char* kind, const char* name, cudaStream_t stream) { return launch(kind, name, stream); }
int pretend_devices() { return devices(); }
int pretend_device() { return current_device; }

// -- errors

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return last_error; }
const char* cudaGetErrorName(cudaError_t error) { return error == cudaSuccess ? "cudaSuccess" : "cudaError"; }
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorInvalidResourceHandle: return "invalid resource handle";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorNotSupported: return "operation not supported by the pretended runtime";
    case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated: return "operation failed due to a previous error during capture";
    case cudaErrorStreamCaptureMerge: return "operation would result in a merge of separate capture sequences";
    case cudaErrorStreamCaptureUnjoined: return "capturing stream has unjoined work";
    case cudaErrorStreamCaptureIsolation: return "dependency created on uncaptured work in another stream";
    case cudaErrorStreamCaptureImplicit: return "operation would make the legacy stream depend on a capturing blocking stream";
    case cudaErrorStreamCaptureWrongThread: return "attempt to terminate a thread-local capture sequence from another thread";
    case cudaErrorCapturedEvent: return "operation not permitted on an event last recorded in a capturing stream";
    default: break;
  }
  static thread_local char text[64];
  snprintf(text, sizeof text, "pretended CUDA error %d", static_cast<int>(error));
  return text;
}

}  // extern "C"
