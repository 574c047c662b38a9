// Streams and events. All work is over once it is queued, so that waiting is only counted and held against the rules.
#include <algorithm>

#include "machine.h"

using std::string;

static Event* event_of(cudaEvent_t event) { return reinterpret_cast<Event*>(event); }

static cudaError_t make_stream(cudaStream_t* stream, unsigned flags, int priority) {
  Locked locked;
  count("api:cudaStreamCreate");
  auto* made = new Stream;
  made->number = machine().streams++;
  made->flags = flags;
  made->priority = priority;
  made->device = current_device;
  *stream = reinterpret_cast<cudaStream_t>(made);
  return cudaSuccess;
}

// A captured stream has done nothing yet, and so there is nothing to ask it or to wait for.
static cudaError_t refuse_captured(const Stream& stream, const char* call) {
  if (!stream.capture) return cudaSuccess;
  stream.capture->broken = true;
  offend(string("captured stream: ") + call);
  return fail(cudaErrorStreamCaptureUnsupported);
}
static cudaError_t refuse_captured(const Event& event, const char* call) {
  Capture* capture = capture_of(event);
  if (!capture) return cudaSuccess;
  capture->broken = true;
  offend(string("event of a capture: ") + call);
  return fail(cudaErrorCapturedEvent);
}

// Waiting for an event of a capture draws the stream into that capture.
static cudaError_t draw_in(Stream& stream, const Event& event, Capture* capture) {
  if (stream.capture && stream.capture != capture) {
    offend("a wait joins two captures");
    return fail(cudaErrorStreamCaptureMerge);
  }
  if (stream.legacy) {
    offend("the legacy stream waits for an event of a capture");
    return fail(cudaErrorStreamCaptureImplicit);
  }
  if (!stream.capture) {
    stream.capture = capture;
    stream.before.clear();
    capture->streams.insert(&stream);
  }
  for (const auto& [number, nodes] : event.before) stream.before[number] = std::max(stream.before[number], nodes);
  return cudaSuccess;
}

extern "C" {

cudaError_t cudaStreamCreate(cudaStream_t* stream) { return make_stream(stream, 0, 0); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) { return make_stream(stream, flags, 0); }
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int priority) {
  return make_stream(stream, flags, priority);
}
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }  // kept: its address must not come again
cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  *priority = stream_of(stream)->priority;
  return cudaSuccess;
}
cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  *flags = stream_of(stream)->flags;
  return cudaSuccess;
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  Locked locked;
  count("api:cudaStreamQuery");
  return refuse_captured(*stream_of(stream), "cudaStreamQuery");
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  Locked locked;
  count("api:cudaStreamSynchronize");
  if (cudaError_t error = refuse_captured(*stream_of(stream), "cudaStreamSynchronize")) return error;
  return refuse_legacy(*stream_of(stream), "cudaStreamSynchronize");
}

// Without the lock: the function may wait for a thread that waits for the lock.
cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t f, void* data, unsigned) {
  f(stream, cudaSuccess, data);
  return cudaSuccess;
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t f, void* data) {
  count("api:cudaLaunchHostFunc");
  if (auto answer = taken(*stream_of(stream), {"host function", "?", [=] { f(data); }})) return *answer;
  f(data);
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t waiting, cudaEvent_t awaited, unsigned) {
  Locked locked;
  count("api:cudaStreamWaitEvent");
  Stream& stream = *stream_of(waiting);
  Event& event = *event_of(awaited);
  if (Capture* capture = capture_of(event)) return draw_in(stream, event, capture);
  if (!stream.capture || !event.recorded) return cudaSuccess;
  stream.capture->broken = true;
  offend("captured stream waits for an event recorded outside of the capture");
  return fail(cudaErrorStreamCaptureIsolation);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  auto* made = new Event;
  made->device = current_device;
  *event = reinterpret_cast<cudaEvent_t>(made);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, 0); }
cudaError_t cudaEventDestroy(cudaEvent_t) { return cudaSuccess; }  // kept, like streams
cudaError_t cudaEventRecord(cudaEvent_t recorded, cudaStream_t on) {
  Locked locked;
  count("api:cudaEventRecord");
  Event& event = *event_of(recorded);
  Stream& stream = *stream_of(on);
  if (cudaError_t error = refuse_other_device(stream, event.device, "an event")) return error;
  event.recorded = true;
  event.when = now();
  event.capture = stream.capture ? stream.capture->number : 0;
  event.before = stream.before;
  return cudaSuccess;
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned) {
  return cudaEventRecord(event, stream);
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  Locked locked;
  count("api:cudaEventQuery");
  if (cudaError_t error = refuse_unsafe("cudaEventQuery")) return error;
  return refuse_captured(*event_of(event), "cudaEventQuery");
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Locked locked;
  count("api:cudaEventSynchronize");
  return refuse_captured(*event_of(event), "cudaEventSynchronize");
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {  // the host's
  *milliseconds = (event_of(to)->when - event_of(from)->when) * 1e3;
  return cudaSuccess;
}

}  // extern "C"
