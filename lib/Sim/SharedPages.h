//===- SharedPages.h - pages that another process can map -------*- C++ -*-===//
//
// Device memory lives in one anonymous file per process (memfd), so that an
// inter-process handle is a file descriptor, an offset and a size. Pages are
// committed when they are touched and given back when they are released.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_SHAREDPAGES_H
#define MOESAIC_SIM_SHAREDPAGES_H

#include <cstdint>
#include <map>
#include <mutex>

namespace moesaic::sim {

class SharedPages {
public:
  SharedPages() = default;
  ~SharedPages();
  SharedPages(const SharedPages &) = delete;
  SharedPages &operator=(const SharedPages &) = delete;

  /// Reserves zeroed bytes of the file (a multiple of the page size) and sets
  /// `offset`. Returns the file, or -1 when the host has no such files.
  int reserve(uint64_t bytes, uint64_t &offset);

  /// Gives back what `reserve` handed out.
  void release(uint64_t offset, uint64_t bytes);

private:
  std::mutex mutex;
  int file = -1;
  bool unavailable = false;
  uint64_t end = 0;                   ///< The file's size.
  std::map<uint64_t, uint64_t> holes; ///< Offset to size, never adjacent.
};

} // namespace moesaic::sim

#endif
