// CUDA's rules of streams and captures, and the way of all work through them.
#include "machine.h"

using std::string;

Capture* capture_of(const Event& event) {
  for (auto* capture : machine().captures)
    if (capture->number == event.capture) return capture;
  return nullptr;
}

bool captured(const Event& event) { return capture_of(event) != nullptr; }

Capture* capture_of_this_thread() {
  for (auto* capture : machine().captures)
    if (capture->thread == std::this_thread::get_id()) return capture;
  return nullptr;
}

// Calls that may synchronize, such as cudaMalloc: forbidden to the thread that captures, unless its mode is relaxed,
// and to every other thread while both modes are global.
cudaError_t refuse_unsafe(const char* call) {
  Locked locked;
  if (thread_mode == cudaStreamCaptureModeRelaxed) return cudaSuccess;
  for (auto* capture : machine().captures) {
    bool own = capture->thread == std::this_thread::get_id();
    bool by_own = own && capture->mode != cudaStreamCaptureModeRelaxed;
    bool global = thread_mode == cudaStreamCaptureModeGlobal && capture->mode == cudaStreamCaptureModeGlobal;
    if (!by_own && (own || !global)) continue;
    capture->broken = true;
    offend(string("unsafe call in a capture: ") + call + (own ? "" : " (by another thread)"));
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  return cudaSuccess;
}

// A device may not be synchronized while any of its streams is captured, in whatever mode and by whichever thread.
cudaError_t refuse_device_wide(const char* call) {
  Locked locked;
  bool any = false;
  for (auto* capture : machine().captures) {
    if (capture->origin->device != current_device) continue;
    capture->broken = any = true;
  }
  if (!any) return cudaSuccess;
  const char* by = capture_of_this_thread() ? "" : " (by another thread)";
  offend(string("device-wide synchronization in a capture: ") + call + by);
  return fail(cudaErrorStreamCaptureUnsupported);
}

// Kernels and events need a stream of their own device.
cudaError_t refuse_other_device(const Stream& stream, int device, const string& what) {
  if (stream.device == device) return cudaSuccess;
  offend("stream of another device: " + what + " for device " + std::to_string(device) + " on a stream of device " +
         std::to_string(stream.device));
  return fail(cudaErrorInvalidResourceHandle);
}

// The legacy stream waits for all blocking streams, and so may not be used while one of them is captured.
cudaError_t refuse_legacy(const Stream& stream, const string& what) {
  if (!stream.legacy) return cudaSuccess;
  for (auto* capture : machine().captures)
    for (auto* other : capture->streams)
      if (other->device == stream.device && !(other->flags & cudaStreamNonBlocking)) {
        capture->broken = true;
        offend("legacy stream used while a blocking stream is captured: " + what);
        return fail(cudaErrorStreamCaptureImplicit);
      }
  return cudaSuccess;
}

std::optional<cudaError_t> taken(Stream& stream, const Node& node) {
  Locked locked;
  count(node.kind + ":" + node.name);
  count("total:" + node.kind);
  string what = node.kind + " " + node.name;
  if (Capture* capture = stream.capture) {
    if (capture->broken) return fail(cudaErrorStreamCaptureInvalidated);
    stream.before[stream.number] = ++capture->queued[stream.number];
    capture->graph->nodes.push_back(node);
    return cudaSuccess;
  }
  if (cudaError_t error = refuse_legacy(stream, what)) return error;
  // CUDA allows this, but then the work is missing from the graph.
  if (capture_of_this_thread()) offend("work outside of the graph while this thread captures: " + what);
  return std::nullopt;
}

cudaError_t launch(const string& kind, const string& name, cudaStream_t to) {
  Locked locked;
  Stream& stream = *stream_of(to);
  if (cudaError_t error = refuse_other_device(stream, current_device, kind + " " + name)) return error;
  Node node{kind, name, nullptr};
  if (auto answer = taken(stream, node)) return *answer;
  uint32_t call = note_call(Call::kernel);
  uint64_t at = ticks();
  note_work(node, stream, at, at, call);
  return cudaSuccess;
}
