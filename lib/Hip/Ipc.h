//===- Ipc.h - memory of one process in another -----------------*- C++ -*-===//

#ifndef MOESAIC_HIP_IPC_H
#define MOESAIC_HIP_IPC_H

#include "Hip/Runtime.h"

namespace moesaic::hip {

/// What another process needs to map an allocation.
struct IpcHandle {
  uint32_t magic;
  int32_t process;
  int32_t file;
  int32_t device;
  uint64_t offset;
  uint64_t mappedBytes;
  uint64_t bytes;
};

/// The handle of the allocation that holds `pointer`.
hipError_t exportMemory(void *pointer, IpcHandle &handle);

/// Maps another process' memory; `call` names it in reports.
hipError_t importMemory(const IpcHandle &handle, const char *call,
                        AllocationInfo info, void *&pointer);

/// Opens a file of another process, or returns -1 after saying why not.
int openFileOf(int32_t process, int32_t file);

} // namespace moesaic::hip

#endif
