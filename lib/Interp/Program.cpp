//===- Program.cpp - a region made ready to be executed -------------------===//

#include "Interp/Program.h"
#include "dialects/Tile/IR/Tile.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::interp;

void Findings::error(Location loc, int64_t workgroup,
                     const std::string &message) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!firstError || workgroup < firstError->second.workgroup) {
    firstError.emplace(loc, Finding{workgroup, message});
  }
}

void Findings::warn(Location loc, int64_t workgroup,
                    const std::string &message) {
  std::lock_guard<std::mutex> lock(mutex);
  Finding &finding =
      warnings.insert({loc, Finding{workgroup, message}}).first->second;
  if (workgroup < finding.workgroup) {
    finding = {workgroup, message};
  }
}

static void emit(InFlightDiagnostic diagnostic, int64_t workgroup,
                 const std::string &message) {
  diagnostic << message;
  if (workgroup >= 0) {
    diagnostic << " (workgroup " << workgroup << ")";
  }
}

LogicalResult Findings::report() {
  for (auto &[loc, finding] : warnings) {
    emit(emitWarning(loc), finding.workgroup, finding.message);
  }
  if (!firstError) {
    return success();
  }
  emit(emitError(firstError->first), firstError->second.workgroup,
       firstError->second.message);
  return failure();
}

Slot Translator::newSlot(ElementKind kind, uint32_t count) {
  Slot slot{bytes, count, kind};
  bytes += llvm::alignTo(slot.bytes(), 64);
  return slot;
}

Slot Translator::slot(Value value) {
  auto found = slots.find(value);
  if (found != slots.end()) {
    return found->second;
  }
  Type type = value.getType();
  ElementKind kind = ElementKind::I64;
  uint32_t count = 1;
  if (auto array = dyn_cast<tile::ArrayType>(type)) {
    count = 1 + 2 * array.getRank();
  } else if (auto tile = dyn_cast<RankedTensorType>(type)) {
    kind = *getElementKind(tile.getElementType());
    count = tile.getNumElements();
  } else if (auto element = getElementKind(type)) {
    kind = *element;
  }
  return slots[value] = newSlot(kind, count);
}

Slot Translator::buffer(Value shared) {
  auto [entry, isNew] = buffers.try_emplace(shared);
  if (!isNew) {
    return entry->second;
  }
  if (auto array = shared.getDefiningOp<tile::SharedArrayOp>()) {
    // As they lie in memory, then a byte per element.
    int64_t bytes = array.getBytes() + llvm::product_of(array.getShape());
    entry->second = newSlot(ElementKind::I64, llvm::divideCeil(bytes, 8));
  } else {
    auto type = cast<tile::SharedType>(shared.getType());
    entry->second = newSlot(*getElementKind(type.getElementType()),
                            llvm::product_of(type.getShape()));
  }
  return entry->second;
}

/// Whether values of this type have a slot.
static bool isSupported(Type type) {
  if (isa<tile::PointerType, tile::ArrayType, tile::SharedType,
          tile::TokenType>(type)) {
    return true;
  }
  if (auto tile = dyn_cast<RankedTensorType>(type)) {
    return tile.hasStaticShape() && getElementKind(tile.getElementType());
  }
  return getElementKind(type).has_value();
}

FailureOr<Code> Translator::translate(Block &block) {
  Code code;
  for (Operation &op : block) {
    if (op.hasTrait<OpTrait::IsTerminator>() && !isa<tile::GridOp>(op)) {
      break; // the parent's rule, or the end of the program
    }
    for (Type type : op.getResultTypes()) {
      if (!isSupported(type)) {
        return op.emitError("the interpreter does not support values of type ")
               << type;
      }
    }
    auto rule = getRules().find(op.getName().getStringRef());
    if (rule == getRules().end()) {
      return op.emitError("the interpreter has no rule for '")
             << op.getName() << "'";
    }
    Instruction instruction = rule->second(&op, *this);
    if (!instruction) {
      return failure();
    }
    code.instructions.push_back(std::move(instruction));
  }
  return code;
}

Instruction interp::makeAssignment(ArrayRef<Slot> from, ArrayRef<Slot> to,
                                   Translator &translator) {
  struct Copy {
    Slot from, to;
  };
  SmallVector<Copy> first, second;
  for (auto [source, target] : llvm::zip_equal(from, to)) {
    if (source.offset == target.offset) {
      continue;
    }
    // A source that is itself a target is read before it is overwritten.
    bool isTarget = llvm::any_of(
        to, [&, offset = source.offset](Slot s) { return s.offset == offset; });
    if (isTarget) {
      Slot stage = translator.newSlot(source.kind, source.count);
      first.push_back({source, stage});
      second.push_back({stage, target});
    } else {
      second.push_back({source, target});
    }
  }
  first.append(second);
  return [copies = std::move(first)](Frame &frame) {
    for (const Copy &copy : copies) {
      std::memcpy(frame.get<char>(copy.to), frame.get<char>(copy.from),
                  copy.to.bytes());
    }
  };
}

const RuleTable &interp::getRules() {
  static const RuleTable rules = [] {
    RuleTable table;
    addArithRules(table);
    addCastRules(table);
    addMathRules(table);
    addControlRules(table);
    addValueRules(table);
    addMemoryRules(table);
    addAtomicRules(table);
    addSharedRules(table);
    addLaneRules(table);
    addHostRules(table);
    return table;
  }();
  return rules;
}
