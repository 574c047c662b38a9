// The state of the pretended machine, and what every part of the runtime asks of it.
#pragma once
#include <cuda_runtime_api.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

constexpr int MOST_DEVICES = 16;

struct Capture;

// How much of each stream's captured work comes before a point: nodes by the stream's number.
using Order = std::map<int, long>;

struct Stream {
  int number = 0;
  unsigned flags = 0;
  int priority = 0;
  int device = 0;
  bool legacy = false;
  Capture* capture = nullptr;
  Order before;  // what is queued next
};

struct Event {
  int device = 0;
  bool recorded = false;
  double when = 0;  // seconds on the host's clock
  unsigned long capture = 0;  // in which it was recorded last; 0: in none
  Order before;
};

// Work that a graph holds: kernels are a name, copies are really done again by a replay.
struct Node {
  std::string kind, name;
  std::function<void()> work;
};

struct Graph {
  std::vector<Node> nodes;
  std::map<std::string, long> kinds;  // how many nodes of each
  std::vector<const Node*> working;   // those that do something when they are replayed
};

struct Capture {
  unsigned long number = 0;
  cudaStreamCaptureMode mode = cudaStreamCaptureModeGlobal;
  std::thread::id thread;
  Stream* origin = nullptr;
  Graph* graph = nullptr;
  std::set<Stream*> streams;
  Order queued;
  bool broken = false;
};

struct Block {
  size_t bytes;
  int device;
  bool of_capture = false;  // pinned memory that was taken for a graph, which keeps it
};

using Blocks = std::map<size_t, Block>;  // by their first address

struct Machine {
  std::recursive_mutex mutex;
  std::map<const void*, std::string> kernels;  // names by the address of the host's function
  std::map<std::string, long> counts;
  std::vector<std::string> offences;
  std::vector<std::string> graphs;  // a line for each that was instantiated
  std::set<Capture*> captures;      // under way
  Blocks device_memory, pinned_memory;
  size_t used[MOST_DEVICES] = {};
  Stream legacy[MOST_DEVICES];
  int streams = 1;
  unsigned long captures_begun = 0;
};

Machine& machine();

struct Locked {
  std::lock_guard<std::recursive_mutex> guard{machine().mutex};
};

extern thread_local int current_device;
extern thread_local cudaStreamCaptureMode thread_mode;

int devices();
size_t memory();  // bytes of each device
double now();  // seconds on the host's clock
void count(const std::string& what, long n = 1);
void offend(const std::string& what);
cudaError_t fail(cudaError_t error);  // remembered for cudaGetLastError

Stream* stream_of(cudaStream_t stream);
const Block* block_of(const Blocks& blocks, const void* address);

// -- the rules: each answers success, or takes offence and answers what CUDA answers

bool captured(const Event& event);       // in a capture that is under way
Capture* capture_of(const Event& event);  // the same, to be written to
Capture* capture_of_this_thread();
cudaError_t refuse_unsafe(const char* call);
cudaError_t refuse_device_wide(const char* call);
cudaError_t refuse_other_device(const Stream& stream, int device, const std::string& what);
cudaError_t refuse_legacy(const Stream& stream, const std::string& what);

// -- work

// Queues work. If the stream is captured it goes into the graph, and what is given is the answer; else nothing is
// given, and the caller does the work now.
std::optional<cudaError_t> taken(Stream& stream, const Node& node);
cudaError_t launch(const std::string& kind, const std::string& name, cudaStream_t stream);

// -- what the profiler is told, if it listens (cupti.cpp)

enum class Call { kernel, memcpy, memset, graph };
bool listened_to();              // whether it listens
uint64_t ticks();                // now, on the profiler's clock
uint32_t note_call(Call call);   // that the host asked for something; gives the number of the call
void note_work(const Node& node, const Stream& stream, uint64_t from, uint64_t to, uint32_t call);

template <class Handle>
Handle some() {  // a handle that is only passed around
  return reinterpret_cast<Handle>(8);
}
