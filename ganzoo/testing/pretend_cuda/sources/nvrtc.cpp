// NVRTC, PyTorch's compiler at run time: everything compiles, to nothing. PyTorch opens it by its file's name, and so
// it is a library of its own, under that name.
#include <cuda_runtime_api.h>

#include <cstddef>

namespace {

template <class T>
int give(T* place, T value) {
  *place = value;
  return 0;
}

char some;

}  // namespace

extern "C" {

int nvrtcVersion(int* major, int* minor) {
  *major = CUDART_VERSION / 1000;
  return give(minor, CUDART_VERSION % 1000 / 10);
}
const char* nvrtcGetErrorString(int) { return "pretended NVRTC"; }
int nvrtcCreateProgram(void** program, ...) { return give<void*>(program, &some); }
int nvrtcDestroyProgram(void**) { return 0; }
int nvrtcAddNameExpression(void*, const char*) { return 0; }
int nvrtcCompileProgram(void*, ...) { return 0; }
int nvrtcGetLoweredName(void*, const char*, const char** name) { return give(name, "compiled_at_run_time"); }
int nvrtcGetPTXSize(void*, size_t* size) { return give(size, size_t{1}); }
int nvrtcGetCUBINSize(void*, size_t* size) { return give(size, size_t{1}); }
int nvrtcGetProgramLogSize(void*, size_t* size) { return give(size, size_t{1}); }
int nvrtcGetPTX(void*, char* text) { return give(text, '\0'); }
int nvrtcGetCUBIN(void*, char* text) { return give(text, '\0'); }
int nvrtcGetProgramLog(void*, char* text) { return give(text, '\0'); }

}  // extern "C"
