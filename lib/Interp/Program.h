//===- Program.h - a region made ready to be executed ----------*- C++ -*-===//
//
// Translating a region gives every SSA value a slot, a fixed place in a frame,
// and every operation one closure that reads and writes slots. A frame belongs
// to one workgroup at a time; the program is shared by all threads.
//
// A slot holds decoded elements (see Element.h): those of a tile in row-major
// order, one for a scalar, the address for a `!tile.ptr` or `!tile.shared`, and
// for a
// `!tile.array` its address, extents and strides.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_INTERP_PROGRAM_H
#define MOESAIC_INTERP_PROGRAM_H

#include "Interp/Element.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Region.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace moesaic::interp {

class HostActions;

/// Where a value lies in a frame.
struct Slot {
  uint64_t offset = 0; ///< bytes from the start of the frame
  uint32_t count = 0;  ///< elements
  ElementKind kind = ElementKind::I64;

  unsigned valueBytes() const {
    return isInteger(kind) || kind == ElementKind::F64 ? 8 : 4;
  }
  size_t bytes() const { return size_t(count) * valueBytes(); }
  unsigned width() const { return getIntegerWidth(kind); }
};

/// What a launch collects from its workgroups; host code is workgroup -1.
class Findings {
public:
  /// Notes an error that ends the launch. Of several the one of the first
  /// workgroup is kept.
  void error(mlir::Location loc, int64_t workgroup, const std::string &message);
  /// Notes a warning, once per operation.
  void warn(mlir::Location loc, int64_t workgroup, const std::string &message);
  /// Emits what was noted; fails if there was an error.
  mlir::LogicalResult report();

private:
  struct Finding {
    int64_t workgroup;
    std::string message;
  };
  std::mutex mutex;
  std::optional<std::pair<mlir::Location, Finding>> firstError;
  llvm::MapVector<mlir::Location, Finding> warnings;
};

/// The state of one workgroup.
class Frame {
public:
  /// `memory` is what the slots lie in; it is zero.
  Frame(void *memory, Findings &findings)
      : memory(static_cast<char *>(memory)), findings(findings) {}

  template <typename T>
  T *get(Slot slot) const {
    return reinterpret_cast<T *>(memory + slot.offset);
  }
  int64_t *ints(Slot slot) const { return get<int64_t>(slot); }
  float *floats(Slot slot) const { return get<float>(slot); }
  double *doubles(Slot slot) const { return get<double>(slot); }

  /// Ends the execution of this workgroup with an error.
  void fail(mlir::Location loc, const std::string &message) {
    failed = true;
    findings.error(loc, programId, message);
  }
  void warn(mlir::Location loc, const std::string &message) {
    findings.warn(loc, programId, message);
  }

  int64_t programId = 0;
  bool failed = false;
  bool checked = false;
  uint64_t bytesRead = 0, bytesWritten = 0;
  HostActions *host = nullptr;

private:
  char *memory;
  Findings &findings;
};

using Instruction = std::function<void(Frame &)>;

/// A block: its instructions in order.
struct Code {
  std::vector<Instruction> instructions;

  void run(Frame &frame) const {
    for (const Instruction &instruction : instructions) {
      instruction(frame);
      if (frame.failed) {
        return;
      }
    }
  }
};

class Translator;
/// Translates one operation; null after an error was emitted.
using Rule = std::function<Instruction(mlir::Operation *, Translator &)>;
/// The rules by operation name.
using RuleTable = llvm::StringMap<Rule>;
const RuleTable &getRules();

/// Gives values their slots and turns blocks into code.
class Translator {
public:
  /// The slot of a value; assigned when first asked for.
  Slot slot(mlir::Value value);
  /// A slot of its own for `count` elements.
  Slot newSlot(ElementKind kind, uint32_t count);
  /// The memory behind a result of `tile.alloc_shared`, decoded elements whose
  /// address the result's slot holds, or of `tile.shared_array` (Access.h).
  Slot buffer(mlir::Value shared);
  /// The code of a block without its terminator.
  mlir::FailureOr<Code> translate(mlir::Block &block);
  /// Bytes of a frame for everything translated so far.
  size_t frameBytes() const { return bytes; }

private:
  llvm::DenseMap<mlir::Value, Slot> slots, buffers;
  size_t bytes = 0;
};

/// Copies values from slots to slots as if all at once.
Instruction makeAssignment(llvm::ArrayRef<Slot> from, llvm::ArrayRef<Slot> to,
                           Translator &translator);

void addArithRules(RuleTable &rules);
void addCastRules(RuleTable &rules);
void addMathRules(RuleTable &rules);
void addControlRules(RuleTable &rules);
void addValueRules(RuleTable &rules);
void addMemoryRules(RuleTable &rules);
void addAtomicRules(RuleTable &rules);
void addSharedRules(RuleTable &rules);
void addLaneRules(RuleTable &rules);
void addHostRules(RuleTable &rules);

} // namespace moesaic::interp

#endif
