//===- Metadata.h - the msgpack tree of a code object -----------*- C++ -*-===//
//
// A reader of its own, because llvm::msgpack::Document does not survive
// malformed input (a map key of an unexpected kind is undefined behaviour).
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_DECODE_METADATA_H
#define MOESAIC_SIM_DECODE_METADATA_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace moesaic::sim {

struct MetadataNode {
  enum Kind { Nil, Number, Boolean, Text, Array, Map };
  Kind kind = Nil;
  uint64_t number = 0; ///< Also of booleans.
  std::string text;
  std::vector<MetadataNode> elements;
  std::vector<std::pair<std::string, MetadataNode>> entries;

  /// The entry `key` of a map, or a nil node.
  const MetadataNode &operator[](llvm::StringRef key) const;
  bool isMap() const { return kind == Map; }
  bool isArray() const { return kind == Array; }
};

/// Parses one value, or gives nothing when `blob` is malformed.
std::optional<MetadataNode> parseMetadata(llvm::StringRef blob);

} // namespace moesaic::sim

#endif
