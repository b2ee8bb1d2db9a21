//===- Metadata.cpp - the msgpack tree of a code object -------------------===//

#include "Sim/Decode/Metadata.h"
#include "llvm/BinaryFormat/MsgPackReader.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

using namespace llvm;
using namespace moesaic::sim;

/// Deeper trees than this are not metadata.
static constexpr unsigned kDeepest = 16;

const MetadataNode &MetadataNode::operator[](StringRef key) const {
  static const MetadataNode nil;
  for (const auto &entry : entries) {
    if (entry.first == key) {
      return entry.second;
    }
  }
  return nil;
}

static bool parseNode(msgpack::Reader &reader, MetadataNode &node,
                      unsigned depth) {
  msgpack::Object object;
  auto more = reader.read(object);
  if (!more) {
    consumeError(more.takeError());
    return false;
  }
  if (!*more || depth > kDeepest) {
    return false;
  }
  switch (object.Kind) {
  case msgpack::Type::Int:
    node.kind = MetadataNode::Number;
    node.number = uint64_t(object.Int);
    return true;
  case msgpack::Type::UInt:
    node.kind = MetadataNode::Number;
    node.number = object.UInt;
    return true;
  case msgpack::Type::Boolean:
    node.kind = MetadataNode::Boolean;
    node.number = object.Bool;
    return true;
  case msgpack::Type::String:
    node.kind = MetadataNode::Text;
    node.text = object.Raw.str();
    return true;
  case msgpack::Type::Array:
    node.kind = MetadataNode::Array;
    for (size_t n = 0; n < object.Length; ++n) {
      node.elements.emplace_back();
      if (!parseNode(reader, node.elements.back(), depth + 1)) {
        return false;
      }
    }
    return true;
  case msgpack::Type::Map:
    node.kind = MetadataNode::Map;
    for (size_t n = 0; n < object.Length; ++n) {
      MetadataNode key;
      node.entries.emplace_back();
      if (!parseNode(reader, key, depth + 1) ||
          !parseNode(reader, node.entries.back().second, depth + 1)) {
        return false;
      }
      node.entries.back().first = std::move(key.text);
    }
    return true;
  default: // nil, floats, extensions: not used by the metadata
    return true;
  }
}

std::optional<MetadataNode> moesaic::sim::parseMetadata(StringRef blob) {
  msgpack::Reader reader(MemoryBufferRef(blob, "metadata"));
  MetadataNode root;
  if (!parseNode(reader, root, 0)) {
    return std::nullopt;
  }
  return root;
}
