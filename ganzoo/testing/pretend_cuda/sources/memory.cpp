// Memory: the host's. Copies and memsets are really done, at once or when their graph is replayed.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "machine.h"

using std::string;

// From and to where, as DtoH; "pageable" if the host's side is not pinned, where the host has to wait.
static string route(const void* to, const void* from) {
  Machine& m = machine();
  bool from_host = !block_of(m.device_memory, from), to_host = !block_of(m.device_memory, to);
  bool pinned = (from_host && block_of(m.pinned_memory, from)) || (to_host && block_of(m.pinned_memory, to));
  string way = string(from_host ? "H" : "D") + "to" + (to_host ? "H" : "D");
  return (from_host || to_host) && !pinned ? way + " pageable" : way;
}

// Whether a graph may copy from there: an address of the host is frozen into it, and a replay would read whatever lies
// there by then, unless the memory was taken for the graph.
static bool lasting(const void* from) {
  const Block* pinned = block_of(machine().pinned_memory, from);
  return block_of(machine().device_memory, from) || (pinned && pinned->of_capture);
}

static cudaError_t queue(const Node& node, Stream& stream) {
  if (auto answer = taken(stream, node)) return *answer;
  uint32_t call = note_call(node.kind == "memset" ? Call::memset : Call::memcpy);
  uint64_t from = ticks();
  node.work();
  note_work(node, stream, from, ticks(), call);
  return cudaSuccess;
}

static cudaError_t copy(void* to, const void* from, size_t bytes, cudaStream_t on, const std::function<void()>& work) {
  Locked locked;
  Stream& stream = *stream_of(on);
  string way = route(to, from);
  if (stream.capture && !(lasting(from) && block_of(machine().device_memory, to)))
    offend("copy of host memory in a capture: " + way + ", " + std::to_string(bytes) + " bytes");
  return queue({"memcpy", way, work}, stream);
}

static cudaError_t fill(void* to, int value, size_t bytes, cudaStream_t on) {
  Locked locked;
  return queue({"memset", "async", [=] { memset(to, value, bytes); }}, *stream_of(on));
}

extern "C" {

cudaError_t cudaMalloc(void** address, size_t bytes) {
  count("api:cudaMalloc");
  if (cudaError_t error = refuse_unsafe("cudaMalloc")) return error;
  Locked locked;
  size_t size = std::max<size_t>(bytes, 1);
  if (machine().used[current_device] + size > memory()) return fail(cudaErrorMemoryAllocation);
  // The machine gives a page when it is touched, and so more may be handed out than there is; it reads as zeros.
  void* got = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) return fail(cudaErrorMemoryAllocation);
  machine().device_memory[reinterpret_cast<size_t>(got)] = {size, current_device, false};
  machine().used[current_device] += size;
  *address = got;
  return cudaSuccess;
}
cudaError_t cudaFree(void* address) {
  count("api:cudaFree");
  if (!address) return cudaSuccess;
  if (cudaError_t error = refuse_unsafe("cudaFree")) return error;
  Locked locked;
  auto found = machine().device_memory.find(reinterpret_cast<size_t>(address));
  if (found == machine().device_memory.end()) {
    offend("cudaFree of what cudaMalloc did not give");
    return fail(cudaErrorInvalidValue);
  }
  munmap(address, found->second.bytes);
  machine().used[found->second.device] -= found->second.bytes;
  machine().device_memory.erase(found);
  return cudaSuccess;
}
cudaError_t cudaMallocAsync(void** address, size_t bytes, cudaStream_t) { return cudaMalloc(address, bytes); }
cudaError_t cudaFreeAsync(void* address, cudaStream_t) { return cudaFree(address); }

cudaError_t cudaHostAlloc(void** address, size_t bytes, unsigned) {
  count("api:cudaHostAlloc");
  if (cudaError_t error = refuse_unsafe("cudaHostAlloc")) return error;
  Locked locked;
  *address = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  machine().pinned_memory[reinterpret_cast<size_t>(*address)] = {bytes, current_device, capture_of_this_thread() != nullptr};
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* address) {
  count("api:cudaFreeHost");
  if (cudaError_t error = refuse_unsafe("cudaFreeHost")) return error;
  Locked locked;
  machine().pinned_memory.erase(reinterpret_cast<size_t>(address));
  free(address);
  return cudaSuccess;
}
cudaError_t cudaHostRegister(void* address, size_t bytes, unsigned) {
  Locked locked;
  machine().pinned_memory[reinterpret_cast<size_t>(address)] = {bytes, current_device, false};
  return cudaSuccess;
}
cudaError_t cudaHostUnregister(void* address) {
  Locked locked;
  machine().pinned_memory.erase(reinterpret_cast<size_t>(address));
  return cudaSuccess;
}
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  *device = host;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t* available, size_t* total) {
  count("api:cudaMemGetInfo");
  Locked locked;
  *total = memory();
  *available = memory() - machine().used[current_device];
  return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* of, const void* address) {
  Locked locked;
  memset(of, 0, sizeof *of);
  of->type = cudaMemoryTypeUnregistered;
  if (const Block* b = block_of(machine().pinned_memory, address)) of->type = cudaMemoryTypeHost, of->device = b->device;
  if (const Block* b = block_of(machine().device_memory, address))
    of->type = cudaMemoryTypeDevice, of->device = b->device;
  of->devicePointer = of->hostPointer = const_cast<void*>(address);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  count("api:cudaMemcpyAsync");
  return copy(to, from, bytes, stream, [=] { memmove(to, from, bytes); });
}
cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, size_t bytes, cudaStream_t stream) {
  count("api:cudaMemcpyPeerAsync");
  return copy(to, from, bytes, stream, [=] { memmove(to, from, bytes); });
}
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind) {
  count("api:cudaMemcpy");
  if (cudaError_t error = refuse_unsafe("cudaMemcpy")) return error;
  return copy(to, from, bytes, nullptr, [=] { memmove(to, from, bytes); });
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t width,
                              size_t height, cudaMemcpyKind, cudaStream_t stream) {
  count("api:cudaMemcpy2DAsync");
  return copy(to, from, width * height, stream, [=] {
    for (size_t row = 0; row < height; row++)
      memmove(static_cast<char*>(to) + row * to_pitch, static_cast<const char*>(from) + row * from_pitch, width);
  });
}
cudaError_t cudaMemcpyToSymbol(const void*, const void*, size_t, size_t, cudaMemcpyKind) { return cudaSuccess; }
cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  if (cudaError_t error = refuse_unsafe("cudaMemset")) return error;
  return fill(to, value, bytes, nullptr);
}
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  return fill(to, value, bytes, stream);
}

// The driver's own pools: there is one, and nothing in it.
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int) {
  *pool = some<cudaMemPool_t>();
  return cudaSuccess;
}
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {
  *static_cast<size_t*>(value) = 0;
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaMemPoolSetAccess(cudaMemPool_t, const cudaMemAccessDesc*, size_t) { return cudaSuccess; }
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return cudaSuccess; }
cudaError_t cudaDeviceGetGraphMemAttribute(int, cudaGraphMemAttributeType, void* value) {
  *static_cast<size_t*>(value) = 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceSetGraphMemAttribute(int, cudaGraphMemAttributeType, void*) { return cudaSuccess; }

}  // extern "C"
