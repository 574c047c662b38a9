// The driver: what has to give something back. Every other function that cuda.h declares is written by stubs.py, and
// does nothing but say that it went well.
#include <cuda_runtime_api.h>
#include <dlfcn.h>

#include <cstring>

namespace {

template <class T>
int give(T* place, T value) {
  *place = value;
  return 0;
}
int give_some(void** handle) { return give(handle, reinterpret_cast<void*>(8)); }
int nothing() { return 0; }

}  // namespace

extern "C" {

int pretend_launch(const char* kind, const char* name, void* stream);
int pretend_devices();
int pretend_device();

int cuDriverGetVersion(int* version) { return give(version, CUDART_VERSION); }
int cuGetErrorString(int, const char** text) { return give(text, "pretended driver error"); }
int cuGetErrorName(int, const char** text) { return give(text, "CUDA_ERROR_PRETENDED"); }

int cuDeviceGetCount(int* n) { return give(n, pretend_devices()); }
int cuDeviceGet(int* device, int ordinal) { return give(device, ordinal); }
int cuDeviceGetAttribute(int* value, int which, int device) {
  switch (which) {
    case cudaDevAttrMaxRegistersPerBlock:
    case cudaDevAttrMaxRegistersPerMultiprocessor: return give(value, 65536);
    default: return cudaDeviceGetAttribute(value, static_cast<cudaDeviceAttr>(which), device);
  }
}
int cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) {
  if (flags) *flags = 0;
  return give(active, 1);
}
int cuDevicePrimaryCtxRetain(void** context, int) { return give_some(context); }
int cuCtxGetCurrent(void** context) { return give_some(context); }
int cuCtxGetDevice(int* device) { return give(device, pretend_device()); }
int cuPointerGetAttribute(void* value, int, unsigned long address) {
  return give(static_cast<unsigned long*>(value), address);
}

// A kernel is its name.
int cuModuleLoad(void** module, const char*) { return give_some(module); }
int cuModuleLoadData(void** module, const void*) { return give_some(module); }
int cuModuleLoadDataEx(void** module, ...) { return give_some(module); }
int cuLibraryLoadData(void** library, ...) { return give_some(library); }
int cuModuleGetFunction(void** kernel, void*, const char* name) { return give<void*>(kernel, strdup(name)); }
int cuFuncGetAttribute(int* value, int which, void*) {
  return give(value, which == 0 ? 1024 : 0);  // 0: the most threads of a block
}
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* n, ...) { return give(n, 2); }
int cuOccupancyMaxActiveClusters(int* n, ...) { return give(n, 2); }
int cuLaunchKernel(void* kernel, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void* stream,
                   void**, void**) {
  return pretend_launch("kernel", static_cast<const char*>(kernel), stream);
}
int cuLaunchKernelEx(void* configuration, void* kernel, void**, void**) {
  void* stream = *reinterpret_cast<void**>(static_cast<char*>(configuration) + 32);
  return pretend_launch("kernel", static_cast<const char*>(kernel), stream);
}

// The runtime gives the driver's functions by their name.
cudaError_t cudaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult* result) {
  void* found = dlsym(RTLD_DEFAULT, symbol);
  *function = found ? found : reinterpret_cast<void*>(nothing);
  if (result) *result = cudaDriverEntryPointSuccess;
  return cudaSuccess;
}

}  // extern "C"
