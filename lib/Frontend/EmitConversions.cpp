//===- EmitConversions.cpp - constants, casts and broadcasting ------------===//

#include "Frontend/Emitter.h"
#include "dialects/Tile/IR/Tile.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

Value Emitter::emitI32(int64_t value, Location loc) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(value));
}

Value Emitter::emitI64(int64_t value, Location loc) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI64IntegerAttr(value));
}

Type Emitter::getDefaultType(const Datum &constant) {
  return constant.isInt()     ? Type(builder.getI32Type())
         : constant.isFloat() ? Type(builder.getF32Type())
                              : Type(builder.getI1Type());
}

RankedTensorType Emitter::getTile(ArrayRef<int64_t> shape, Type element,
                                  Place place) {
  constexpr int64_t maxElements = 1 << 20;
  constexpr unsigned maxRank = 8;
  if (shape.empty() || shape.size() > maxRank) {
    diagnostics.error(place, Diag::TileRank, maxRank, shape.size());
    return {};
  }
  int64_t elements = 1;
  for (int64_t extent : shape) {
    if (extent < 1 || !isPowerOf2_64(extent)) {
      Diagnostics::Report error =
          diagnostics.error(place, Diag::NotPowerOfTwo, extent);
      if (extent > 0 && extent < maxElements) {
        error.help("the next power of two is " +
                   std::to_string(PowerOf2Ceil(extent)) +
                   "; elements beyond an array's end are masked");
      }
      return {};
    }
    if (extent > maxElements || elements * extent > maxElements) {
      diagnostics.error(place, Diag::TileTooLarge, formatShape(shape),
                        maxElements);
      return {};
    }
    elements *= extent;
  }
  return tile::getTileType(shape, element);
}

bool Emitter::broadcastShapes(ArrayRef<int64_t> a, ArrayRef<int64_t> b,
                              SmallVectorImpl<int64_t> &result) {
  size_t rank = std::max(a.size(), b.size());
  result.assign(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i + a.size() < rank ? 1 : a[i + a.size() - rank];
    int64_t y = i + b.size() < rank ? 1 : b[i + b.size() - rank];
    if (x != y && x != 1 && y != 1) {
      return false;
    }
    result[i] = std::max(x, y);
  }
  return true;
}

Value Emitter::emitReshape(Value tile, ArrayRef<int64_t> shape, Location loc) {
  auto type = cast<RankedTensorType>(tile.getType());
  if (type.getShape() == shape) {
    return tile;
  }
  return tile::ReshapeOp::create(
      builder, loc, tile::getTileType(shape, type.getElementType()), tile);
}

Value Emitter::emitBroadcast(Value tile, ArrayRef<int64_t> shape,
                             Location loc) {
  auto type = cast<RankedTensorType>(tile.getType());
  SmallVector<int64_t> aligned(shape.size() - type.getRank(), 1);
  aligned.append(type.getShape().begin(), type.getShape().end());
  tile = emitReshape(tile, aligned, loc);
  if (ArrayRef<int64_t>(aligned) == shape) {
    return tile;
  }
  return tile::BroadcastOp::create(
      builder, loc, tile::getTileType(shape, type.getElementType()), tile);
}

/// The constant as an attribute of type `element`; null, and reported, when it
/// has none there.
static TypedAttr getConstantAttr(Diagnostics &diagnostics, const Datum &datum,
                                 Type element, Place place) {
  if (datum.isBool() != element.isInteger(1)) {
    diagnostics.error(place, Diag::ConstantType, describe(datum),
                      getTypeName(element));
    return {};
  }
  if (auto type = dyn_cast<IntegerType>(element)) {
    if (datum.isFloat()) {
      diagnostics
          .error(place, Diag::ConstantType, describe(datum),
                 getTypeName(element))
          .help("convert the other operand: `cast<f32>(...)`");
      return {};
    }
    if (type.getWidth() > 1 && !isIntN(type.getWidth(), datum.getInt())) {
      diagnostics.error(place, Diag::ConstantRange, describe(datum),
                        getTypeName(element));
      return {};
    }
    return IntegerAttr::get(type, APInt(type.getWidth(), datum.getInt(),
                                        /*isSigned=*/true,
                                        /*implicitTrunc=*/true));
  }
  auto type = cast<FloatType>(element);
  APFloat value(datum.getFloat());
  bool wasFinite = value.isFinite(), losesInfo = false;
  value.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  if (wasFinite && !value.isFinite()) {
    diagnostics.error(place, Diag::ConstantRange, describe(datum),
                      getTypeName(element));
    return {};
  }
  return FloatAttr::get(type, value);
}

Value Emitter::materialize(const Operand &operand, Type element,
                           ArrayRef<int64_t> shape) {
  const Datum &datum = operand.datum;
  Location loc = getLoc(operand.place.loc);
  if (datum.isError()) {
    return {};
  }
  if (!datum.isNumeric()) {
    diagnostics.error(operand.place, Diag::NotNumeric, describe(datum));
    return {};
  }
  if (datum.isConstant()) {
    TypedAttr attribute =
        getConstantAttr(diagnostics, datum, element, operand.place);
    if (!attribute) {
      return {};
    }
    if (!shape.empty()) {
      attribute = DenseElementsAttr::get(tile::getTileType(shape, element),
                                         Attribute(attribute));
    }
    return arith::ConstantOp::create(builder, loc, attribute);
  }
  if (datum.getElementType() != element) {
    diagnostics
        .error(operand.place, Diag::ElementType, getTypeName(element),
               getTypeName(datum.getElementType()))
        .help("convert it: `cast<" + getTypeName(element) + ">(...)`");
    return {};
  }
  SmallVector<int64_t> common;
  if (!broadcastShapes(datum.getShape(), shape, common) ||
      ArrayRef<int64_t>(common) != shape) {
    diagnostics.error(operand.place, Diag::ShapeMismatch,
                      shape.empty() ? "a scalar"
                                    : "a tile of shape " + formatShape(shape),
                      describe(datum));
    return {};
  }
  if (shape.empty()) {
    return datum.getValue();
  }
  if (datum.isTile()) {
    return emitBroadcast(datum.getValue(), shape, loc);
  }
  return tile::SplatOp::create(builder, loc, tile::getTileType(shape, element),
                               datum.getValue());
}

Value Emitter::toScalar(const Operand &operand, Type element, StringRef what) {
  const Datum &datum = operand.datum;
  if (datum.isError()) {
    return {};
  }
  if (!datum.isScalar() ||
      (datum.isRuntime() && datum.getElementType() != element)) {
    Diagnostics::Report error =
        diagnostics.error(operand.place, Diag::ExpectedScalar, what,
                          getTypeName(element), describe(datum));
    if (datum.isScalar()) {
      error.help("convert it: `cast<" + getTypeName(element) + ">(...)`");
    }
    return {};
  }
  return materialize(operand, element, {});
}

Value Emitter::toRuntime(const Operand &operand) {
  if (operand.datum.isRuntime()) {
    return operand.datum.getValue();
  }
  if (operand.datum.isConstant()) {
    return materialize(operand, getDefaultType(operand.datum), {});
  }
  if (!operand.datum.isError()) {
    diagnostics.error(operand.place, Diag::NotNumeric, describe(operand.datum));
  }
  return {};
}

static Type withElement(Type type, Type element) {
  auto tile = dyn_cast<RankedTensorType>(type);
  return tile ? Type(tile.clone(element)) : element;
}

/// Float to float, through f32 between formats of which neither holds the
/// other.
static Value castFloat(OpBuilder &builder, Location loc, Value value,
                       FloatType from, FloatType to) {
  Type result = withElement(value.getType(), to);
  bool toWider = from.getWidth() < to.getWidth() && to.getWidth() >= 32;
  if (toWider) {
    return arith::ExtFOp::create(builder, loc, result, value);
  }
  if (from.getWidth() < 32) {
    Type single = withElement(value.getType(), builder.getF32Type());
    value = arith::ExtFOp::create(builder, loc, single, value);
  }
  return arith::TruncFOp::create(builder, loc, result, value);
}

Datum Emitter::emitCast(const Operand &operand, Type type, Place place) {
  Datum datum = operand.datum;
  if (datum.isError()) {
    return datum;
  }
  if (!datum.isNumeric()) {
    diagnostics.error(operand.place, Diag::NotNumeric, describe(datum));
    return {};
  }
  bool isFloat = isa<FloatType>(type);
  if (datum.isConstant() && !datum.isBool()) {
    // A constant converts exactly where it can, and else as a run-time value.
    if (datum.isInt() || isFloat) {
      if (type.isInteger(1)) {
        datum = Datum::ofBool(datum.getInt() != 0);
      }
      return Datum::ofValue(materialize({datum, operand.place}, type, {}));
    }
  }
  Value value = toRuntime({datum, operand.place});
  Type from = value ? getElementTypeOrSelf(value.getType()) : Type();
  if (!value || from == type) {
    return Datum::ofValue(value);
  }
  Location loc = getLoc(place.loc);
  Type result = withElement(value.getType(), type);
  auto make = [&](auto op) {
    return Datum::ofValue(
        decltype(op)::create(builder, loc, result, value).getResult());
  };
  if (auto fromFloat = dyn_cast<FloatType>(from)) {
    if (isFloat) {
      return Datum::ofValue(
          castFloat(builder, loc, value, fromFloat, cast<FloatType>(type)));
    }
    if (!type.isInteger(1)) {
      return make(arith::FPToSIOp());
    }
    Value zero =
        materialize({Datum::ofFloat(0), place}, from, datum.getShape());
    return Datum::ofValue(arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::UNE, value, zero));
  }
  if (isFloat) {
    return from.isInteger(1) ? make(arith::UIToFPOp())
                             : make(arith::SIToFPOp());
  }
  if (type.isInteger(1)) {
    Value zero = materialize({Datum::ofInt(0), place}, from, datum.getShape());
    return Datum::ofValue(arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ne, value, zero));
  }
  if (from.isInteger(1)) {
    return make(arith::ExtUIOp());
  }
  return from.getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth()
             ? make(arith::ExtSIOp())
             : make(arith::TruncIOp());
}
