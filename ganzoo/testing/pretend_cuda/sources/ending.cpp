// The end of a program. Python before 3.14 ends a thread that wants the interpreter while it shuts down, and that takes
// the whole program down with "terminate called without an active exception" where the thread is PyTorch's, in the midst
// of a function that may not throw. From 3.14 on such a thread sleeps until the program is gone, and so it does here.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

extern "C" [[noreturn]] void pthread_exit(void* value) {
  for (const char* name : {"Py_IsFinalizing", "_Py_IsFinalizing"}) {
    auto finalizing = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, name));
    if (!finalizing || !finalizing()) continue;
    for (;;) pause();
  }
  auto real = reinterpret_cast<void (*)(void*)>(dlsym(RTLD_NEXT, "pthread_exit"));
  real(value);
  abort();
}
