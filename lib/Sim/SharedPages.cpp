//===- SharedPages.cpp - pages that another process can map ---------------===//

#include "Sim/SharedPages.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace moesaic::sim;

SharedPages::~SharedPages() {
  if (file >= 0) {
    close(file);
  }
}

int SharedPages::reserve(uint64_t bytes, uint64_t &offset) {
  std::lock_guard<std::mutex> lock(mutex);
  if (file < 0 && !unavailable) {
    file = memfd_create("moesaic-device-memory", MFD_CLOEXEC);
    unavailable = file < 0;
  }
  if (file < 0) {
    return -1;
  }
  for (auto hole = holes.begin(); hole != holes.end(); ++hole) {
    if (hole->second < bytes) {
      continue;
    }
    offset = hole->first;
    uint64_t rest = hole->second - bytes;
    holes.erase(hole);
    if (rest != 0) {
      holes[offset + bytes] = rest;
    }
    return file;
  }
  if (ftruncate(file, off_t(end + bytes)) != 0) {
    return -1;
  }
  offset = end;
  end += bytes;
  return file;
}

void SharedPages::release(uint64_t offset, uint64_t bytes) {
  if (bytes == 0) {
    return;
  }
  std::lock_guard<std::mutex> lock(mutex);
  // The next owner finds zeros. Without holes in files, leak the range.
  if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off_t(offset),
                off_t(bytes)) != 0) {
    return;
  }
  auto next = holes.upper_bound(offset);
  if (next != holes.end() && offset + bytes == next->first) {
    bytes += next->second;
    next = holes.erase(next);
  }
  if (next != holes.begin()) {
    auto previous = std::prev(next);
    if (previous->first + previous->second == offset) {
      previous->second += bytes;
      return;
    }
  }
  holes[offset] = bytes;
}
