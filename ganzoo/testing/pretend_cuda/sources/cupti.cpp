// CUPTI, through which PyTorch's profiler hears of what a device did: each launch, and what it set to work, with the
// host's time. What is heard of a replayed graph is its nodes, under the one call that launched it.
#include <cupti.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "machine.h"

namespace {

constexpr size_t SLOT = 320;  // bytes of each record, whatever it is

struct Buffer {  // of the profiler's, which it gives and takes back
  uint8_t* start = nullptr;
  size_t bytes = 0, used = 0;
};

struct Listener {
  std::set<int> kinds;  // that are asked for
  std::vector<Buffer> buffers;  // the last is being filled
  CUpti_BuffersCallbackRequestFunc request = nullptr;
  CUpti_BuffersCallbackCompleteFunc complete = nullptr;
  CUpti_TimestampCallbackFunc clock = nullptr;
  uint32_t calls = 0;
};

Listener& listener() {  // never freed, for PyTorch calls until the very end
  static auto* one = new Listener;
  return *one;
}

thread_local std::map<int, std::vector<uint64_t>>* callers;  // the profiler's own numbers for what calls, by their kind

template <class T>
void note(T record) {
  static_assert(sizeof(T) <= SLOT);
  Locked locked;
  if (!listener().kinds.count(record.kind)) return;
  auto& buffers = listener().buffers;
  if (buffers.empty() || buffers.back().used + SLOT > buffers.back().bytes) {
    Buffer fresh;
    size_t most = 0;
    if (listener().request) listener().request(&fresh.start, &fresh.bytes, &most);
    if (!fresh.start || fresh.bytes < SLOT) return;
    buffers.push_back(fresh);
  }
  Buffer& buffer = buffers.back();
  memset(buffer.start + buffer.used, 0, SLOT);
  memcpy(buffer.start + buffer.used, &record, sizeof record);
  buffer.used += SLOT;
}

template <class T>
T begun(CUpti_ActivityKind kind) {
  T record;
  memset(&record, 0, sizeof record);
  record.kind = kind;
  return record;
}

template <class T>
T work_of(CUpti_ActivityKind kind, const Stream& stream, uint64_t from, uint64_t to, uint32_t call) {
  T record = begun<T>(kind);
  record.start = from;
  record.end = std::max(to, from + 1);
  record.deviceId = stream.device;
  record.contextId = 1;
  record.streamId = stream.number;
  record.correlationId = call;
  return record;
}

struct Named {
  CUpti_CallbackId number;
  const char* name;
};
Named called(Call call) {
  switch (call) {
    case Call::kernel: return {CUPTI_RUNTIME_TRACE_CBID_cudaLaunchKernel_v7000, "cudaLaunchKernel"};
    case Call::memcpy: return {CUPTI_RUNTIME_TRACE_CBID_cudaMemcpyAsync_v3020, "cudaMemcpyAsync"};
    case Call::memset: return {CUPTI_RUNTIME_TRACE_CBID_cudaMemsetAsync_v3020, "cudaMemsetAsync"};
    default: return {CUPTI_RUNTIME_TRACE_CBID_cudaGraphLaunch_v10000, "cudaGraphLaunch"};
  }
}

uint8_t kind_of_copy(const std::string& way) {
  return way.rfind("HtoD", 0) == 0   ? CUPTI_ACTIVITY_MEMCPY_KIND_HTOD
         : way.rfind("DtoH", 0) == 0 ? CUPTI_ACTIVITY_MEMCPY_KIND_DTOH
         : way.rfind("DtoD", 0) == 0 ? CUPTI_ACTIVITY_MEMCPY_KIND_DTOD
                                     : CUPTI_ACTIVITY_MEMCPY_KIND_HTOH;
}

}  // namespace

uint64_t ticks() {
  auto clock = listener().clock;
  return clock ? clock() : static_cast<uint64_t>(now() * 1e9);
}

bool listened_to() {
  Locked locked;
  return !listener().kinds.empty();
}

uint32_t note_call(Call call) {
  Locked locked;
  if (listener().kinds.empty()) return 0;
  uint32_t number = ++listener().calls;
  if (callers)
    for (const auto& [kind, numbers] : *callers) {
      if (numbers.empty()) continue;
      auto caller = begun<CUpti_ActivityExternalCorrelation>(CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION);
      caller.externalKind = static_cast<CUpti_ExternalCorrelationKind>(kind);
      caller.externalId = numbers.back();
      caller.correlationId = number;
      note(caller);
    }
  auto api = begun<CUpti_ActivityAPI>(CUPTI_ACTIVITY_KIND_RUNTIME);
  api.cbid = called(call).number;
  api.start = ticks();
  api.end = api.start + 1;
  api.processId = getpid();
  api.threadId = static_cast<uint32_t>(std::hash<std::thread::id>()(std::this_thread::get_id()));
  api.correlationId = number;
  note(api);
  return number;
}

void note_work(const Node& node, const Stream& stream, uint64_t from, uint64_t to, uint32_t call) {
  Locked locked;
  if (listener().kinds.empty()) return;
  if (node.kind == "memcpy") {
    auto copy = work_of<CUpti_ActivityMemcpy6>(CUPTI_ACTIVITY_KIND_MEMCPY, stream, from, to, call);
    copy.copyKind = kind_of_copy(node.name);
    note(copy);
  } else if (node.kind == "memset") {
    note(work_of<CUpti_ActivityMemset4>(CUPTI_ACTIVITY_KIND_MEMSET, stream, from, to, call));
  } else if (node.kind != "host function") {
    static auto* names = new std::set<std::string>;  // records point to them
    auto kernel = work_of<CUpti_ActivityKernel10>(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, stream, from, to, call);
    kernel.name = names->insert(node.name).first->c_str();
    kernel.gridX = kernel.gridY = kernel.gridZ = kernel.blockX = kernel.blockY = kernel.blockZ = 1;
    note(kernel);
  }
}

extern "C" {

CUptiResult cuptiGetVersion(uint32_t* version) {
  *version = CUPTI_API_VERSION;
  return CUPTI_SUCCESS;
}
CUptiResult cuptiGetResultString(CUptiResult, const char** text) {
  *text = "pretended CUPTI";
  return CUPTI_SUCCESS;
}
CUptiResult cuptiGetCallbackName(CUpti_CallbackDomain, uint32_t number, const char** name) {
  *name = "another call";
  for (Call call : {Call::kernel, Call::memcpy, Call::memset, Call::graph})
    if (called(call).number == number) *name = called(call).name;
  return CUPTI_SUCCESS;
}
CUptiResult cuptiSubscribe(CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc, void*) {
  *subscriber = some<CUpti_SubscriberHandle>();
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
  Locked locked;
  listener().kinds.insert(kind);
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
  Locked locked;
  listener().kinds.erase(kind);
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityRegisterCallbacks(CUpti_BuffersCallbackRequestFunc request,
                                           CUpti_BuffersCallbackCompleteFunc complete) {
  listener().request = request;
  listener().complete = complete;
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityRegisterTimestampCallback(CUpti_TimestampCallbackFunc clock) {
  listener().clock = clock;
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityPushExternalCorrelationId(CUpti_ExternalCorrelationKind kind, uint64_t number) {
  if (!callers) callers = new std::map<int, std::vector<uint64_t>>;
  (*callers)[kind].push_back(number);
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityPopExternalCorrelationId(CUpti_ExternalCorrelationKind kind, uint64_t* number) {
  if (!callers || (*callers)[kind].empty()) return CUPTI_ERROR_QUEUE_EMPTY;
  if (number) *number = (*callers)[kind].back();
  (*callers)[kind].pop_back();
  return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityFlushAll(uint32_t) {
  std::vector<Buffer> buffers;
  {
    Locked locked;
    buffers.swap(listener().buffers);
  }
  for (const auto& buffer : buffers) listener().complete(nullptr, 0, buffer.start, buffer.bytes, buffer.used);
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityGetNextRecord(uint8_t* buffer, size_t bytes, CUpti_Activity** record) {
  uint8_t* next = *record ? reinterpret_cast<uint8_t*>(*record) + SLOT : buffer;
  if (next + SLOT > buffer + bytes) return CUPTI_ERROR_MAX_LIMIT_REACHED;
  *record = reinterpret_cast<CUpti_Activity*>(next);
  return CUPTI_SUCCESS;
}
CUptiResult cuptiActivityGetNumDroppedRecords(CUcontext, uint32_t, size_t* dropped) {
  *dropped = 0;
  return CUPTI_SUCCESS;
}

}  // extern "C"
