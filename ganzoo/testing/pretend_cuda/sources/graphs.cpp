// Captures, and the graphs that they make. A replay does copies again; its nodes are counted as "replayed".
#include "machine.h"

using std::string;

// All that other streams captured must come before what the origin does last.
static cudaError_t end_error(const Capture& capture, const Stream& stream) {
  if (&stream != capture.origin) {
    offend("capture ended on a stream that did not begin it");
    return cudaErrorStreamCaptureUnmatched;
  }
  if (capture.thread != std::this_thread::get_id() && capture.mode != cudaStreamCaptureModeRelaxed) {
    offend("capture ended by another thread");
    return cudaErrorStreamCaptureWrongThread;
  }
  if (capture.broken) return cudaErrorStreamCaptureInvalidated;
  for (const auto& [number, nodes] : capture.queued) {
    auto seen = stream.before.find(number);
    if (number != stream.number && nodes > (seen == stream.before.end() ? 0 : seen->second)) {
      offend("stream " + std::to_string(number) + " is not joined at the end of a capture");
      return cudaErrorStreamCaptureUnjoined;
    }
  }
  return cudaSuccess;
}

static string line_of(const Graph& graph) {
  string line = std::to_string(graph.nodes.size()) + " nodes:";
  for (const auto& [kind, n] : graph.kinds) line += " " + kind + "=" + std::to_string(n);
  return line;
}

extern "C" {

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  std::swap(thread_mode, *mode);
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCapture(cudaStream_t on, cudaStreamCaptureMode mode) {
  Locked locked;
  count("api:cudaStreamBeginCapture");
  Stream* stream = stream_of(on);
  if (stream->legacy || stream->capture) {
    offend(stream->legacy ? "capture of the legacy stream" : "capture of a stream that is captured");
    return fail(cudaErrorStreamCaptureUnsupported);
  }
  auto* capture = new Capture;
  capture->number = ++machine().captures_begun;
  capture->mode = mode;
  capture->thread = std::this_thread::get_id();
  capture->origin = stream;
  capture->graph = new Graph;
  capture->streams.insert(stream);
  stream->capture = capture;
  stream->before.clear();
  machine().captures.insert(capture);
  return cudaSuccess;
}
cudaError_t cudaStreamBeginCaptureToGraph(cudaStream_t stream, cudaGraph_t, const cudaGraphNode_t*,
                                          const cudaGraphEdgeData*, size_t, cudaStreamCaptureMode mode) {
  return cudaStreamBeginCapture(stream, mode);
}
cudaError_t cudaStreamEndCapture(cudaStream_t on, cudaGraph_t* graph) {
  Locked locked;
  count("api:cudaStreamEndCapture");
  Stream* stream = stream_of(on);
  Capture* capture = stream->capture;
  *graph = nullptr;
  if (!capture) return fail(cudaErrorIllegalState);
  cudaError_t error = end_error(*capture, *stream);
  for (auto* drawn_in : capture->streams) drawn_in->capture = nullptr;
  machine().captures.erase(capture);
  if (error) return fail(error);
  *graph = reinterpret_cast<cudaGraph_t>(capture->graph);
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  Locked locked;
  Capture* capture = stream_of(stream)->capture;
  *status = !capture          ? cudaStreamCaptureStatusNone
            : capture->broken ? cudaStreamCaptureStatusInvalidated
                              : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, cudaStreamCaptureStatus* status, unsigned long long* number,
                                     cudaGraph_t* graph, const cudaGraphNode_t** dependencies,
                                     const cudaGraphEdgeData** edges, size_t* n) {
  Locked locked;
  static cudaGraphNode_t node = some<cudaGraphNode_t>();
  cudaStreamIsCapturing(stream, status);
  Capture* capture = stream_of(stream)->capture;
  if (number) *number = capture ? capture->number : 0;
  if (n) *n = capture ? 1 : 0;
  if (capture && graph) *graph = reinterpret_cast<cudaGraph_t>(capture->graph);
  if (capture && dependencies) *dependencies = &node;
  if (capture && edges) *edges = nullptr;
  return cudaSuccess;
}
cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t, cudaGraphNode_t*, const cudaGraphEdgeData*, size_t,
                                                unsigned) {
  return cudaSuccess;
}

// The executable is the graph itself, and neither is freed.
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t made, unsigned long long) {
  Locked locked;
  count("api:cudaGraphInstantiate");
  auto* graph = reinterpret_cast<Graph*>(made);
  graph->kinds.clear();
  graph->working.clear();
  for (const auto& node : graph->nodes) {
    if (node.work) graph->working.push_back(&node);
    graph->kinds[node.kind]++;
    if (node.kind == "memcpy") graph->kinds["memcpy " + node.name]++;
  }
  machine().graphs.push_back(line_of(*graph));
  *executable = reinterpret_cast<cudaGraphExec_t>(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t on) {
  Stream& stream = *stream_of(on);
  auto& graph = *reinterpret_cast<Graph*>(executable);
  {
    Locked locked;
    count("api:cudaGraphLaunch");
    for (const auto& [kind, n] : graph.kinds) count("replayed:" + kind, n);
    if (stream.capture) offend("a graph is launched inside of a capture");
  }
  if (!listened_to()) {  // kernels do nothing, and a launch should cost the host no more than it must
    for (const Node* node : graph.working) node->work();
    return cudaSuccess;
  }
  uint32_t call = note_call(Call::graph);
  for (const auto& node : graph.nodes) {
    uint64_t from = ticks();
    if (node.work) node.work();
    note_work(node, stream, from, ticks(), call);
  }
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t) { return cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t) { return cudaSuccess; }
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*, size_t* n) {
  *n = reinterpret_cast<Graph*>(graph)->nodes.size();
  return cudaSuccess;
}
cudaError_t cudaGraphAddNode(cudaGraphNode_t* node, cudaGraph_t, const cudaGraphNode_t*, const cudaGraphEdgeData*,
                             size_t, cudaGraphNodeParams*) {
  *node = some<cudaGraphNode_t>();
  return cudaSuccess;
}
cudaError_t cudaGraphNodeGetDependencies(cudaGraphNode_t, cudaGraphNode_t*, cudaGraphEdgeData*, size_t* n) {
  *n = 0;
  return cudaSuccess;
}
cudaError_t cudaGraphRetainUserObject(cudaGraph_t, cudaUserObject_t, unsigned, unsigned) { return cudaSuccess; }
cudaError_t cudaUserObjectCreate(cudaUserObject_t* object, void*, cudaHostFn_t, unsigned, unsigned) {
  *object = some<cudaUserObject_t>();
  return cudaSuccess;
}
cudaError_t cudaUserObjectRelease(cudaUserObject_t, unsigned) { return cudaSuccess; }

}  // extern "C"
