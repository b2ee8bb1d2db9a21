//===- Datum.h - what an expression evaluates to ----------------*- C++ -*-===//
//
// Expressions are checked and emitted in one walk over instances whose
// parameters are known. Whatever is known then stays a constant and costs no
// operation; the rest are SSA values.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_FRONTEND_DATUM_H
#define MOESAIC_FRONTEND_DATUM_H

#include "Frontend/AST.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

namespace moesaic::frontend {

struct ArrayValue;

class Datum {
public:
  enum class Kind {
    Error,   ///< Already reported; silences what follows from it.
    Nothing, ///< The result of a call that returns none.
    Absent,  ///< An argument whose `when` is false.
    Int,     ///< A constant that adapts to the type it meets.
    Float,   ///< Likewise.
    Bool,
    Type,
    Runtime, ///< A scalar or a tile.
    Array,
    Tuple
  };

  Datum() = default;
  static Datum nothing() { return Datum(Kind::Nothing); }
  static Datum absent() { return Datum(Kind::Absent); }
  static Datum ofInt(int64_t value) {
    Datum datum(Kind::Int);
    datum.integer = value;
    return datum;
  }
  static Datum ofFloat(double value) {
    Datum datum(Kind::Float);
    datum.real = value;
    return datum;
  }
  static Datum ofBool(bool value) {
    Datum datum(Kind::Bool);
    datum.integer = value;
    return datum;
  }
  static Datum ofType(mlir::Type type) {
    Datum datum(Kind::Type);
    datum.type = type;
    return datum;
  }
  static Datum ofValue(mlir::Value value) {
    Datum datum(value ? Kind::Runtime : Kind::Error);
    datum.value = value;
    return datum;
  }
  static Datum ofArray(std::shared_ptr<ArrayValue> array) {
    Datum datum(Kind::Array);
    datum.array = std::move(array);
    return datum;
  }
  static Datum ofTuple(std::vector<Datum> members) {
    Datum datum(Kind::Tuple);
    datum.members = std::move(members);
    return datum;
  }

  Kind getKind() const { return kind; }
  bool isError() const { return kind == Kind::Error; }
  bool isNothing() const { return kind == Kind::Nothing; }
  bool isAbsent() const { return kind == Kind::Absent; }
  bool isInt() const { return kind == Kind::Int; }
  bool isFloat() const { return kind == Kind::Float; }
  bool isBool() const { return kind == Kind::Bool; }
  bool isType() const { return kind == Kind::Type; }
  bool isRuntime() const { return kind == Kind::Runtime; }
  bool isArray() const { return kind == Kind::Array; }
  bool isTuple() const { return kind == Kind::Tuple; }
  /// A number or truth value known now.
  bool isConstant() const { return isInt() || isFloat() || isBool(); }
  /// Something arithmetic can be asked of: a constant, scalar or tile.
  bool isNumeric() const { return isConstant() || isRuntime(); }
  bool isTile() const {
    return isRuntime() && mlir::isa<mlir::RankedTensorType>(value.getType());
  }
  bool isScalar() const { return isNumeric() && !isTile(); }

  int64_t getInt() const { return integer; }
  double getFloat() const {
    return isInt() ? static_cast<double>(integer) : real;
  }
  bool getBool() const { return integer != 0; }
  mlir::Type getType() const { return type; }
  mlir::Value getValue() const { return value; }
  ArrayValue &getArray() const { return *array; }
  const std::shared_ptr<ArrayValue> &getSharedArray() const { return array; }
  const std::vector<Datum> &getMembers() const { return members; }

  /// The element type of a scalar or tile; null for a constant.
  mlir::Type getElementType() const {
    return isRuntime() ? mlir::getElementTypeOrSelf(value.getType())
                       : mlir::Type();
  }
  /// The shape of a tile; empty for anything else.
  llvm::ArrayRef<int64_t> getShape() const {
    return isTile()
               ? mlir::cast<mlir::RankedTensorType>(value.getType()).getShape()
               : llvm::ArrayRef<int64_t>();
  }

private:
  explicit Datum(Kind kind) : kind(kind) {}

  Kind kind = Kind::Error;
  int64_t integer = 0;
  double real = 0;
  mlir::Type type;
  mlir::Value value;
  std::shared_ptr<ArrayValue> array;
  std::vector<Datum> members;
};

/// How an array that is not strided is stored, as `tile.view` has it; row-major
/// when both are empty.
struct Storage {
  llvm::SmallVector<int64_t> blocks, order;

  bool isRowMajor() const { return blocks.empty() && order.empty(); }
  bool operator==(const Storage &other) const {
    return blocks == other.blocks && order == other.order;
  }
};
/// `row-major` or `stored in blocks [1, 16, 8]`.
std::string describe(const Storage &storage);

/// An array argument, a workspace or a view of one.
struct ArrayValue {
  Name name;
  mlir::Type element;
  TypeSyntax::Access access = TypeSyntax::Access::In;
  /// Its address (in a `launch` region and an entry) and, in a kernel's body,
  /// its view.
  mlir::Value pointer, view;
  /// Of a slice: how many elements lie before it, as i64; else null.
  mlir::Value offset;
  /// Constants or i32; and i64, empty for a row-major array.
  llvm::SmallVector<Datum> extents, strides;
  Storage storage;
};

/// A type as the language spells it.
std::string getTypeName(mlir::Type type);
/// The type of that name, or null.
mlir::Type getTypeByName(llvm::StringRef name, mlir::MLIRContext *context);
llvm::ArrayRef<llvm::StringLiteral> getTypeNames();
/// `a tile of f32 [128, 64]`, `an integer constant`, ...
std::string describe(const Datum &datum);
/// `1 axis`, `2 axes`, `3 arguments`.
std::string count(size_t number, llvm::StringRef noun);
/// `[128, 64]`.
std::string formatShape(llvm::ArrayRef<int64_t> shape);
/// A constant or type as it stands in a symbol's name.
std::string formatForSymbol(const Datum &datum);
bool isSameConstant(const Datum &a, const Datum &b);

/// Folds an operation on constants. Null when it is not defined on these, with
/// the reason in `problem`.
std::optional<Datum> foldBinary(BinaryOp op, const Datum &lhs, const Datum &rhs,
                                std::string &problem);
std::optional<Datum> foldUnary(UnaryOp op, const Datum &operand,
                               std::string &problem);
/// Division that rounds towards minus infinity; `divisor` is not zero.
int64_t floorDivide(int64_t dividend, int64_t divisor);

} // namespace moesaic::frontend

#endif
