//===- BuiltinsGrid.cpp - which block of a launch this is -----------------===//
//
// A kernel that splits its sums (SPLIT_K) has as many grids as there are parts,
// one after the other. Each of them has the numbers of the declared grid, so
// that a program says nothing of parts but where it sums and stores.
//
//===----------------------------------------------------------------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

void Emitter::enterKernel(const Instance &instance) {
  splitCount = instance.getParameter("SPLIT_K").getInt();
  if (splitCount != 1) {
    splitGrid = evaluateI32(*instance.routine->grid, "'grid'");
  }
}

int64_t Emitter::getSplitCount() {
  splitIsUsed = true;
  return splitCount;
}

Value Emitter::emitProgramId(Location loc) {
  Value id = tile::ProgramIdOp::create(builder, loc);
  return splitGrid
             ? arith::RemUIOp::create(builder, loc, id, splitGrid).getResult()
             : id;
}

Datum Emitter::emitSplitPart(Location loc) {
  splitIsUsed = true;
  if (!splitGrid) {
    return Datum::ofInt(0);
  }
  Value id = tile::ProgramIdOp::create(builder, loc);
  return Datum::ofValue(arith::DivUIOp::create(builder, loc, id, splitGrid));
}

static Location locOf(const BuiltinCall &b) {
  return b.emitter.getLoc(b.call.loc);
}

static bool requireKernel(const BuiltinCall &b) {
  return b.emitter.require(Mode::Kernel, b.call,
                           "'" + b.call.callee.text.str() + "'");
}

static Datum emitProgramIdCall(const BuiltinCall &b) {
  return requireKernel(b) ? Datum::ofValue(b.emitter.emitProgramId(locOf(b)))
                          : Datum();
}

static Datum emitSplitPartCall(const BuiltinCall &b) {
  return requireKernel(b) ? b.emitter.emitSplitPart(locOf(b)) : Datum();
}

static Datum emitSplitCountCall(const BuiltinCall &b) {
  return requireKernel(b) ? Datum::ofInt(b.emitter.getSplitCount()) : Datum();
}

static Datum emitXcdCountCall(const BuiltinCall &b) {
  return requireKernel(b) ? Datum::ofValue(tile::XcdCountOp::create(
                                b.emitter.getBuilder(), locOf(b)))
                          : Datum();
}

ArrayRef<Builtin> moesaic::frontend::getGridBuiltins() {
  static constexpr Builtin table[] = {
      {"program_id", "", false, emitProgramIdCall},
      {"split_part", "", false, emitSplitPartCall},
      {"split_count", "", false, emitSplitCountCall},
      {"xcd_count", "", false, emitXcdCountCall},
  };
  return table;
}
