//===- Binding.cpp - from names on a command line to arguments ------------===//

#include "Run/Binding.h"
#include "Interp/Interpreter.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

static std::string formatShape(ArrayRef<int64_t> shape) {
  return "[" +
         llvm::join(llvm::map_range(
                        shape, [](int64_t e) { return std::to_string(e); }),
                    ", ") +
         "]";
}

static std::string formatType(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// The bits of a scalar written as text, or none.
static std::optional<uint64_t> parseScalar(StringRef text, Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (auto floatType = dyn_cast<FloatType>(type)) {
    APFloat value(floatType.getFloatSemantics());
    auto status = value.convertFromString(text, APFloat::rmNearestTiesToEven);
    if (!status) {
      llvm::consumeError(status.takeError());
      return std::nullopt;
    }
    return value.bitcastToAPInt().getZExtValue();
  }
  if (width == 1 && (text == "true" || text == "false")) {
    return text == "true";
  }
  APSInt value;
  bool isNegative = text.consume_front("-");
  APInt magnitude;
  if (text.getAsInteger(0, magnitude)) {
    return std::nullopt;
  }
  magnitude = magnitude.zext(std::max(magnitude.getBitWidth(), width) + 1);
  if (isNegative) {
    magnitude.negate();
  }
  if (!magnitude.isSignedIntN(width) && !magnitude.isIntN(width)) {
    return std::nullopt;
  }
  return magnitude.trunc(width).getZExtValue();
}

namespace {
/// The value of a parameter that is known, and why.
struct Known {
  int64_t value;
  std::string source;
};

class Binder : public interp::HostActions {
public:
  Binder(const Callee &callee, const GivenArguments &given)
      : callee(callee), given(given),
        loc(UnknownLoc::get(callee.op->getContext())) {
    binding.bits.resize(callee.parameters.size());
    known.resize(callee.parameters.size());
  }

  FailureOr<Binding> bind() {
    if (failed(matchFiles()) || failed(matchScalars()) ||
        failed(matchExtents()) || failed(readInputs()) ||
        failed(solveExtents()) || failed(checkComplete())) {
      return failure();
    }
    for (auto [index, value] : llvm::enumerate(known)) {
      if (value) {
        binding.bits[index] = value->value;
      }
    }
    // A first run of the host code tells the shapes and checks the clauses;
    // it launches nothing.
    if (failed(interp::runHost(*callee.host, binding.bits, *this)) ||
        failed(checkShapes())) {
      return failure();
    }
    return std::move(binding);
  }

private:
  const Callee &callee;
  const GivenArguments &given;
  Location loc;
  Binding binding;
  std::vector<std::optional<Known>> known; // by parameter

  InFlightDiagnostic error() { return emitError(loc); }
  void noteDeclaration(InFlightDiagnostic &diagnostic, size_t index) {
    const Parameter &parameter = callee.parameters[index];
    if (!isa<UnknownLoc>(parameter.loc)) {
      diagnostic.attachNote(parameter.loc)
          << "'" << parameter.name << "' is declared here";
    }
  }

  /// Whether a parameter is an array that needs a file and has none.
  bool isMissing(size_t index) {
    const Parameter &parameter = callee.parameters[index];
    return parameter.role == Parameter::Array && parameter.access != "out" &&
           !binding.arrays[index].input;
  }

  /// The number of the parameter called `name`, if its role is wanted.
  FailureOr<size_t> find(StringRef name, StringRef what,
                         ArrayRef<Parameter::Role> roles) {
    SmallVector<StringRef> names;
    for (auto [index, parameter] : llvm::enumerate(callee.parameters)) {
      if (llvm::is_contained(roles, parameter.role)) {
        if (parameter.name == name) {
          return index;
        }
        names.push_back(parameter.name);
      }
    }
    InFlightDiagnostic diagnostic = error() << callee.describe() << " has no "
                                            << what << " '" << name << "'";
    if (names.empty()) {
      diagnostic.attachNote() << "it has no " << what << " at all";
    } else {
      diagnostic.attachNote() << "it has: " << llvm::join(names, ", ");
    }
    return diagnostic;
  }

  LogicalResult matchFiles();
  LogicalResult matchScalars();
  LogicalResult matchExtents();
  LogicalResult readInputs();
  LogicalResult solveExtents();
  LogicalResult checkComplete();
  LogicalResult checkShapes();
  LogicalResult setKnown(size_t index, int64_t value,
                         const std::string &source);

  LogicalResult shape(tile::ShapeOp op, uint64_t array,
                      ArrayRef<int64_t> extents,
                      ArrayRef<int64_t> strides) override;
  LogicalResult require(tile::RequireOp op, bool holds) override {
    return holds ? success() : refuse(op, callee, binding.bits);
  }
};
} // namespace

LogicalResult Binder::matchFiles() {
  for (const GivenArguments::File &file : given.files) {
    FailureOr<size_t> index = find(file.name, "array", {Parameter::Array});
    if (failed(index)) {
      return failure();
    }
    const Parameter &parameter = callee.parameters[*index];
    std::string wrong, help;
    if (parameter.access == "in" && !file.output.empty()) {
      wrong = "an input", help = "--in " + file.name + "=FILE";
    } else if (parameter.access == "out" && !file.input.empty()) {
      wrong = "an output", help = "--out " + file.name + "=FILE";
    } else if (parameter.access == "inout" && file.input.empty()) {
      wrong = "both input and output",
      help = "--inout " + file.name + "=IN:OUT";
    }
    if (!wrong.empty()) {
      InFlightDiagnostic diagnostic = error()
                                      << "array '" << file.name << "' of "
                                      << callee.describe() << " is " << wrong;
      noteDeclaration(diagnostic, *index);
      diagnostic.attachNote() << "help: " << help;
      return diagnostic;
    }
    auto [bound, isNew] = binding.arrays.try_emplace(*index);
    if (!isNew) {
      return error() << "array '" << file.name << "' is given twice";
    }
    bound->second.inputPath = file.input;
    bound->second.outputPath = file.output;
  }
  for (auto [index, parameter] : llvm::enumerate(callee.parameters)) {
    if (parameter.role == Parameter::Array) {
      binding.arrays.try_emplace(index);
    }
  }
  return success();
}

LogicalResult Binder::matchScalars() {
  for (auto &[name, text] : given.scalars) {
    FailureOr<size_t> index = find(name, "scalar", {Parameter::Scalar});
    if (failed(index)) {
      return failure();
    }
    if (known[*index]) {
      return error() << "scalar '" << name << "' is given twice";
    }
    Type type = callee.parameters[*index].type;
    std::optional<uint64_t> bits = parseScalar(text, type);
    if (!bits) {
      InFlightDiagnostic diagnostic =
          error() << "scalar '" << name << "' is " << formatType(type)
                  << ", which cannot hold '" << text << "'";
      noteDeclaration(diagnostic, *index);
      return diagnostic;
    }
    known[*index] = Known{static_cast<int64_t>(*bits), "--set"};
  }
  return success();
}

LogicalResult Binder::setKnown(size_t index, int64_t value,
                               const std::string &source) {
  const Parameter &parameter = callee.parameters[index];
  std::optional<Known> &entry = known[index];
  if (parameter.role == Parameter::Extent &&
      value > std::numeric_limits<int32_t>::max()) {
    return error() << "extent '" << parameter.name << "' is " << value << " by "
                   << source << ", expected at most "
                   << std::numeric_limits<int32_t>::max();
  }
  if (!entry) {
    entry = Known{value, source};
  } else if (entry->value != value) {
    InFlightDiagnostic diagnostic =
        error() << (parameter.role == Parameter::Extent ? "extent '"
                                                        : "stride '")
                << parameter.name << "' is " << entry->value << " by "
                << entry->source << ", but " << value << " by " << source;
    noteDeclaration(diagnostic, index);
    return diagnostic;
  }
  return success();
}

LogicalResult Binder::matchExtents() {
  for (auto &[name, value] : given.extents) {
    FailureOr<size_t> index = find(name, "extent", {Parameter::Extent});
    if (failed(index) || failed(setKnown(*index, value, "--extent"))) {
      return failure();
    }
  }
  return success();
}

LogicalResult Binder::readInputs() {
  for (auto &[index, array] : binding.arrays) {
    if (array.inputPath.empty()) {
      continue;
    }
    const Parameter &parameter = callee.parameters[index];
    llvm::Expected<NpyArray> file = readNpy(array.inputPath);
    if (!file) {
      std::string message = llvm::toString(file.takeError());
      auto [first, help] = StringRef(message).split('\n');
      InFlightDiagnostic diagnostic = error() << "array '" << parameter.name
                                              << "': " << first;
      if (!help.empty()) {
        diagnostic.attachNote() << help;
      }
      return diagnostic;
    }
    if (!isNpyDescrOf(file->descr, parameter.type)) {
      InFlightDiagnostic diagnostic =
          error() << "array '" << parameter.name << "' has elements of type "
                  << formatType(parameter.type) << ", expected "
                  << describeNpyDescr(getNpyDescr(parameter.type)) << " in '"
                  << array.inputPath << "', got "
                  << describeNpyDescr(file->descr);
      noteDeclaration(diagnostic, index);
      return diagnostic;
    }
    array.shape = file->shape;
    array.input = std::move(*file);
  }
  return success();
}

/// An extent that stands alone as an axis of a given array is that axis'.
LogicalResult Binder::solveExtents() {
  WalkResult result = callee.host->walk([&](tile::ShapeOp op) {
    auto argument = dyn_cast<BlockArgument>(op.getArray());
    if (!argument || argument.getOwner() != &callee.host->front()) {
      return WalkResult::advance();
    }
    const std::string &name = callee.parameters[argument.getArgNumber()].name;
    BoundArray &array = binding.arrays[argument.getArgNumber()];
    if (!array.input) {
      return WalkResult::advance();
    }
    if (array.shape.size() != op.getExtents().size()) {
      InFlightDiagnostic diagnostic =
          error() << "array '" << name << "' has " << op.getExtents().size()
                  << " axes, got " << array.shape.size() << " in '"
                  << array.inputPath << "', of shape "
                  << formatShape(array.shape);
      noteDeclaration(diagnostic, argument.getArgNumber());
      return WalkResult::interrupt();
    }
    for (auto [axis, operand] : llvm::enumerate(op.getExtents())) {
      auto extent = dyn_cast<BlockArgument>(operand);
      if (extent && extent.getOwner() == argument.getOwner() &&
          callee.parameters[extent.getArgNumber()].role == Parameter::Extent &&
          failed(setKnown(extent.getArgNumber(), array.shape[axis],
                          "axis " + std::to_string(axis) + " of '" + name +
                              "' (" + array.inputPath + ")"))) {
        return WalkResult::interrupt();
      }
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Lists every argument that is missing, and how to give it. An extent that a
/// missing array would fix is not listed.
LogicalResult Binder::checkComplete() {
  SmallVector<std::string> missing, help;
  llvm::DenseSet<Value> fixedLater;
  callee.host->walk([&](tile::ShapeOp op) {
    auto argument = dyn_cast<BlockArgument>(op.getArray());
    if (argument && argument.getOwner() == &callee.host->front() &&
        isMissing(argument.getArgNumber())) {
      fixedLater.insert(op.getExtents().begin(), op.getExtents().end());
    }
  });
  for (auto [index, parameter] : llvm::enumerate(callee.parameters)) {
    std::string quoted = "'" + parameter.name + "'";
    switch (parameter.role) {
    case Parameter::Array:
      if (!isMissing(index)) {
        break;
      }
      missing.push_back("array " + quoted);
      help.push_back(parameter.access == "in"
                         ? "--in " + parameter.name + "=FILE"
                         : "--inout " + parameter.name + "=IN:OUT");
      break;
    case Parameter::Scalar:
      if (!known[index]) {
        missing.push_back("scalar " + quoted);
        help.push_back("--set " + parameter.name + "=VALUE");
      }
      break;
    case Parameter::Extent:
      if (!known[index] &&
          !fixedLater.contains(callee.host->getArgument(index))) {
        missing.push_back("extent " + quoted + ", which no input fixes");
        help.push_back("--extent " + parameter.name + "=VALUE");
      }
      break;
    case Parameter::Stride:
      break;
    }
  }
  if (missing.empty()) {
    return success();
  }
  InFlightDiagnostic diagnostic = error() << callee.describe() << " needs "
                                          << llvm::join(missing, ", ");
  diagnostic.attachNote() << "help: " << llvm::join(help, " ");
  return diagnostic;
}

LogicalResult Binder::shape(tile::ShapeOp op, uint64_t,
                            ArrayRef<int64_t> extents, ArrayRef<int64_t>) {
  auto argument = dyn_cast<BlockArgument>(op.getArray());
  if (!argument || argument.getOwner() != &callee.host->front()) {
    return success(); // a workspace
  }
  const Parameter &parameter = callee.parameters[argument.getArgNumber()];
  BoundArray &array = binding.arrays[argument.getArgNumber()];
  for (auto [axis, extent] : llvm::enumerate(extents)) {
    if (extent < 0) {
      InFlightDiagnostic diagnostic =
          error() << "axis " << axis << " of array '" << parameter.name
                  << "' has extent " << extent << ", expected 0 or more";
      noteDeclaration(diagnostic, argument.getArgNumber());
      return diagnostic;
    }
  }
  bool isFirst = array.shape.empty() && !array.input;
  if (!isFirst && ArrayRef(array.shape) != extents) {
    InFlightDiagnostic diagnostic =
        error() << "array '" << parameter.name << "' has shape "
                << formatShape(array.shape)
                << (array.input ? " in '" + array.inputPath + "'" : "")
                << ", expected " << formatShape(extents);
    noteDeclaration(diagnostic, argument.getArgNumber());
    return diagnostic;
  }
  array.shape.assign(extents.begin(), extents.end());
  // Files are row-major, so that is what strides have to say.
  int64_t rowMajor = 1;
  for (size_t axis = op.getStrides().size(); axis-- > 0;) {
    auto stride = dyn_cast<BlockArgument>(op.getStrides()[axis]);
    if (stride && stride.getOwner() == argument.getOwner() &&
        callee.parameters[stride.getArgNumber()].role == Parameter::Stride &&
        failed(setKnown(stride.getArgNumber(), rowMajor,
                        "axis " + std::to_string(axis) + " of '" +
                            parameter.name + "'"))) {
      return failure();
    }
    rowMajor *= extents[axis];
  }
  return success();
}

LogicalResult Binder::checkShapes() {
  for (auto [index, value] : llvm::enumerate(known)) {
    const Parameter &parameter = callee.parameters[index];
    if (parameter.role == Parameter::Stride && !value) {
      return error() << "stride '" << parameter.name << "' belongs to no array";
    }
    if (value) {
      binding.bits[index] = value->value;
    }
  }
  for (auto &[index, array] : binding.arrays) {
    const Parameter &parameter = callee.parameters[index];
    if (array.shape.empty() && !array.input) {
      return error() << callee.describe() << " does not declare the shape of '"
                     << parameter.name << "'";
    }
    bool overflow = false;
    array.bytes = interp::getElementBytes(parameter.type);
    for (int64_t extent : array.shape) {
      bool tooLarge = false;
      array.bytes =
          llvm::SaturatingMultiply<uint64_t>(array.bytes, extent, &tooLarge);
      overflow |= tooLarge;
    }
    if (overflow) {
      return error() << "array '" << parameter.name << "' of shape "
                     << formatShape(array.shape) << " is too large";
    }
  }
  return success();
}

FailureOr<Binding> run::bindArguments(const Callee &callee,
                                      const GivenArguments &given) {
  return Binder(callee, given).bind();
}

LogicalResult run::refuse(tile::RequireOp op, const Callee &callee,
                          ArrayRef<uint64_t> bits) {
  std::string values;
  for (size_t index : getNamedIntegers(op.getMessage(), callee)) {
    const Parameter &parameter = callee.parameters[index];
    APInt value(parameter.type.getIntOrFloatBitWidth(), bits[index],
                /*isSigned=*/false, /*implicitTrunc=*/true);
    SmallString<16> text;
    value.toString(text, /*Radix=*/10, /*Signed=*/value.getBitWidth() > 1);
    values += (values.empty() ? ", but " : ", ") + parameter.name + " is " +
              text.str().str();
  }
  return emitError(op.getLoc())
         << callee.describe() << " requires " << op.getMessage() << values;
}
