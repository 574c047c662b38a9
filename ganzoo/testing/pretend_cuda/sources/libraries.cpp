// cuBLAS, cuBLASLt, cuDNN, cuSOLVER and cuFFT: the functions that have to give something back. Every other one that
// PyTorch calls is written by stubs.py, and is a launch on the stream that its handle was given.
#include <cudnn.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

extern "C" int pretend_launch(const char* kind, const char* name, void* stream);

namespace {

std::mutex mutex;

std::map<void*, void*>& streams() {  // by handle; never freed, for PyTorch calls until the very end
  static auto* all = new std::map<void*, void*>;
  return *all;
}
void* stream_of(void* handle) {
  std::lock_guard<std::mutex> guard(mutex);
  auto found = streams().find(handle);
  return found == streams().end() ? nullptr : found->second;
}
int set_stream(void* handle, void* stream) {
  std::lock_guard<std::mutex> guard(mutex);
  streams()[handle] = stream;
  return 0;
}
int make(void** handle) {
  *handle = calloc(1, 256);
  return 0;
}
template <class T>
int give(T* place, T value) {
  *place = value;
  return 0;
}

}  // namespace

// The headers declare these functions with types that do not matter here, and so each has a name of its own in C++.
#define PRETEND(result, name, arguments)                        \
  extern "C" result pretended_##name arguments __asm__(#name); \
  result pretended_##name arguments

extern "C" int pretend_library_call(const char* name, void* handle) {
  return pretend_launch("library", name, stream_of(handle));
}

// -- cuBLAS

PRETEND(int, cublasCreate_v2, (void** handle)) { return make(handle); }
PRETEND(int, cublasDestroy_v2, (void*)) { return 0; }
PRETEND(int, cublasSetStream_v2, (void* handle, void* stream)) { return set_stream(handle, stream); }
PRETEND(int, cublasSetWorkspace_v2, (void*, void*, size_t)) { return 0; }
PRETEND(int, cublasSetSmCountTarget, (void*, int)) { return 0; }
PRETEND(int, cublasSetMathMode, (void*, int)) { return 0; }
PRETEND(int, cublasGetMathMode, (void*, int* mode)) { return give(mode, 0); }
PRETEND(int, cublasSetPointerMode_v2, (void*, int)) { return 0; }
PRETEND(int, cublasGetPointerMode_v2, (void*, int* mode)) { return give(mode, 0); }

PRETEND(size_t, cublasLtGetVersion, ()) { return 130100; }
PRETEND(int, cublasLtMatmulDescCreate, (void** made, int, int)) { return make(made); }
PRETEND(int, cublasLtMatmulPreferenceCreate, (void** made)) { return make(made); }
PRETEND(int, cublasLtMatrixLayoutCreate, (void** made, int, uint64_t, uint64_t, int64_t)) { return make(made); }
PRETEND(int, cublasLtMatmulAlgoGetHeuristic,
        (void*, void*, void*, void*, void*, void*, void*, int, void* results, int* n)) {
  memset(results, 0, 96);  // one cublasLtMatmulHeuristicResult_t
  return give(n, 1);
}
PRETEND(int, cublasLtMatmul,
        (void*, void*, void*, void*, void*, void*, void*, void*, void*, void*, void*, void*, void*, void*, size_t,
         void* stream)) {
  return pretend_launch("library", "cublasLtMatmul", stream);
}

// -- cuDNN

PRETEND(int, cudnnCreate, (void** handle)) { return make(handle); }
PRETEND(int, cudnnSetStream, (void* handle, void* stream)) { return set_stream(handle, stream); }
PRETEND(int, cudnnGetStream, (void* handle, void** stream)) { return give(stream, stream_of(handle)); }
PRETEND(size_t, cudnnGetVersion, ()) { return CUDNN_VERSION; }
PRETEND(size_t, cudnnGetCudartVersion, ()) { return CUDART_VERSION; }
PRETEND(int, cudnnGetProperty, (int which, int* value)) {
  return give(value, which == 0 ? CUDNN_MAJOR : which == 1 ? CUDNN_MINOR : CUDNN_PATCHLEVEL);
}
PRETEND(const char*, cudnnGetErrorString, ()) { return "pretended cuDNN"; }
PRETEND(int, cudnnGetLastErrorString, (char* text, size_t size)) {
  if (size) text[0] = 0;
  return 0;
}
PRETEND(int, cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize,
        (void*, int, int, void*, void*, void*, void*, void*, size_t* size)) {
  return give(size, size_t{0});
}
PRETEND(int, cudnnGetBatchNormalizationBackwardExWorkspaceSize,
        (void*, int, int, void*, void*, void*, void*, void*, void*, void*, size_t* size)) {
  return give(size, size_t{0});
}
PRETEND(int, cudnnGetBatchNormalizationTrainingExReserveSpaceSize, (void*, int, int, void*, void*, size_t* size)) {
  return give(size, size_t{0});
}

// The graph API: each question for engines is answered with one, which needs no workspace and has no notes.
PRETEND(int, cudnnBackendCreateDescriptor, (int, void** made)) { return make(made); }
PRETEND(int, cudnnBackendDestroyDescriptor, (void*)) { return 0; }
PRETEND(int, cudnnBackendSetAttribute, (void*, int, int, int64_t, void*)) { return 0; }
PRETEND(int, cudnnBackendFinalize, (void*)) { return 0; }
PRETEND(int, cudnnBackendGetAttribute, (void*, int name, int type, int64_t asked, int64_t* given, void* values)) {
  bool notes = type == CUDNN_TYPE_NUMERICAL_NOTE || type == CUDNN_TYPE_BEHAVIOR_NOTE;
  if (given) *given = notes ? 0 : 1;
  if (notes || !values || name == CUDNN_ATTR_ENGINEHEUR_RESULTS || type == CUDNN_TYPE_BACKEND_DESCRIPTOR) return 0;
  if (type == CUDNN_TYPE_CHAR) {
    strncpy(static_cast<char*>(values), "{}", asked);
    if (given) *given = 2;
  } else if (type == CUDNN_TYPE_INT64) {
    *static_cast<int64_t*>(values) = 0;
  } else if (asked > 0) {
    memset(values, 0, 4);
  }
  return 0;
}
PRETEND(int, cudnnBackendExecute, (void* handle, void*, void*)) {
  return pretend_library_call("cudnnBackendExecute", handle);
}

// -- cuSOLVER

PRETEND(int, cusolverDnCreate, (void** handle)) { return make(handle); }
PRETEND(int, cusolverDnCreateParams, (void** made)) { return make(made); }
PRETEND(int, cusolverDnSetStream, (void* handle, void* stream)) { return set_stream(handle, stream); }

// -- cuFFT: a plan is a number, and so is its handle here

static void* handle_of(int plan) { return reinterpret_cast<void*>(static_cast<intptr_t>(plan)); }

PRETEND(int, cufftCreate, (int* plan)) {
  static int plans = 0;
  std::lock_guard<std::mutex> guard(mutex);
  return give(plan, ++plans);
}
PRETEND(int, cufftDestroy, (int)) { return 0; }
PRETEND(int, cufftSetStream, (int plan, void* stream)) { return set_stream(handle_of(plan), stream); }
PRETEND(int, cufftSetAutoAllocation, (int, int)) { return 0; }
PRETEND(int, cufftSetWorkArea, (int, void*)) { return 0; }
PRETEND(int, cufftXtMakePlanMany,
        (int, int, long long*, long long*, long long, long long, int, long long*, long long, long long, int, long long,
         size_t* size, int)) {
  return give(size, size_t{0});
}
PRETEND(int, cufftXtExec, (int plan, void*, void*, int)) { return pretend_library_call("cufftXtExec", handle_of(plan)); }
