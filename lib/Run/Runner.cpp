//===- Runner.cpp - one run of a kernel or an entry -----------------------===//

#include "Run/Runner.h"
#include "Interp/Interpreter.h"
#include "Run/Overlap.h"
#include <unistd.h>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

uint8_t Fill::getByte(Type elementType) const {
  if (byte) {
    return *byte;
  }
  // The FNUZ types have one NaN, the bits of a negative zero.
  return isa<Float8E4M3FNUZType, Float8E5M2FNUZType>(elementType) ? 0x80 : 0xff;
}

namespace moesaic::run {
/// Evaluates a kernel's launch region before a launch.
class LaunchActions : public interp::HostActions {
public:
  LaunchActions(Runner &runner, const Callee &callee,
                ArrayRef<uint64_t> arguments)
      : runner(runner), callee(callee), arguments(arguments) {}
  int64_t blocks = 0;

private:
  LogicalResult grid(tile::GridOp, int64_t count) override {
    blocks = count;
    return success();
  }
  LogicalResult require(tile::RequireOp op, bool holds) override {
    return holds ? success() : refuse(op, callee, arguments);
  }

  /// A kernel stays inside an array's extents, so the array has to have them.
  LogicalResult shape(tile::ShapeOp op, uint64_t address,
                      ArrayRef<int64_t> extents,
                      ArrayRef<int64_t> strides) override {
    auto bytes = static_cast<__int128>(
        interp::getElementBytes(op.getArray().getType().getElementType()));
    __int128 first = 0, last = 0, rowMajor = 1; // in elements
    for (size_t axis = extents.size(); axis-- > 0;) {
      if (extents[axis] <= 0) {
        return success(); // an empty array
      }
      __int128 stride = strides.empty() ? rowMajor : strides[axis];
      __int128 extent = (extents[axis] - 1) * stride;
      (stride < 0 ? first : last) += extent;
      rowMajor *= extents[axis];
    }
    std::string array = "an array";
    if (auto argument = dyn_cast<BlockArgument>(op.getArray())) {
      array = "array '" + callee.parameters[argument.getArgNumber()].name + "'";
    }
    __int128 begin = address + first * bytes;
    __int128 end = address + (last + 1) * bytes;
    const Runner::Allocation *memory = runner.find(address);
    if (!memory) {
      return emitError(op.getLoc()) << array << " of " << callee.describe()
                                    << " is not in memory of this run";
    }
    if (begin < memory->address || end > memory->address + memory->bytes) {
      return emitError(op.getLoc())
             << array << " of " << callee.describe() << " takes "
             << static_cast<int64_t>(end - begin) << " bytes, but '"
             << memory->name << "' has only "
             << memory->address + memory->bytes - address
             << " bytes from there on";
    }
    return checkAliasing(op, array, address, extents, strides);
  }

  /// Arrays share memory only if all of them are read, or all are `inout`.
  LogicalResult checkAliasing(tile::ShapeOp op, StringRef array,
                              uint64_t address, ArrayRef<int64_t> extents,
                              ArrayRef<int64_t> strides) {
    auto argument = dyn_cast<BlockArgument>(op.getArray());
    auto kernel = dyn_cast<tile::KernelOp>(callee.op);
    bool backwards =
        llvm::any_of(strides, [](int64_t stride) { return stride < 0; });
    if (!argument || !kernel || backwards) {
      return success();
    }
    StringRef access = kernel.getArgAccess(argument.getArgNumber());
    Type elementType = op.getArray().getType().getElementType();
    ArraySpan span = getSpan(address, extents, strides,
                             interp::getElementBytes(elementType));
    for (const Bound &other : bound) {
      bool allowed = access == other.access && access != "out";
      if (!allowed && overlap(span, other.span)) {
        InFlightDiagnostic error =
            emitError(op.getLoc())
            << array << " of " << callee.describe() << " shares memory with "
            << other.array << ", and " << (access == "in" ? other.array : array)
            << " is written";
        error.attachNote() << "help: arrays that overlap are both declared "
                              "'inout'";
        return error;
      }
    }
    bound.push_back({array.str(), access, span});
    return success();
  }

  /// An array whose shape is known.
  struct Bound {
    std::string array;
    StringRef access;
    ArraySpan span;
  };
  SmallVector<Bound> bound;

  Runner &runner;
  const Callee &callee;
  ArrayRef<uint64_t> arguments;
};

/// Carries out what an entry does.
class EntryActions : public interp::HostActions {
public:
  explicit EntryActions(Runner &runner) : runner(runner) {}

private:
  LogicalResult launch(tile::LaunchOp op,
                       ArrayRef<uint64_t> arguments) override {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<tile::KernelOp>(
        op, op.getKernelAttr());
    return runner.launch(kernel, arguments);
  }

  FailureOr<uint64_t> workspace(tile::WorkspaceOp op, int64_t count) override {
    std::string name = op.getName() ? op.getName()->str() : "workspace";
    Type elementType = op.getResult().getType().getElementType();
    int64_t elementBytes = interp::getElementBytes(elementType);
    bool overflow = false;
    uint64_t bytes = llvm::SaturatingMultiply<uint64_t>(
        std::max<int64_t>(count, 0), elementBytes, &overflow);
    if (count < 0 || overflow) {
      return emitError(op.getLoc()) << "workspace '" << name << "' cannot have "
                                    << count << " elements";
    }
    FailureOr<uint64_t> address = runner.allocate(bytes, name);
    if (succeeded(address)) {
      runner.device.fill(*address, runner.fill.getByte(elementType), bytes);
    }
    return address;
  }

  LogicalResult zero(tile::ZeroOp op, uint64_t address,
                     int64_t count) override {
    uint64_t bytes = std::max<int64_t>(count, 0) *
                     uint64_t(interp::getElementBytes(
                         op.getArray().getType().getElementType()));
    if (bytes == 0) {
      return success();
    }
    const Runner::Allocation *memory = runner.find(address);
    uint64_t rest = memory ? memory->address + memory->bytes - address : 0;
    if (rest < bytes) {
      return emitError(op.getLoc())
             << "expected at least " << bytes
             << " bytes to fill with zeros, got " << rest;
    }
    runner.device.fill(address, 0, bytes);
    return success();
  }

  Runner &runner;
};
} // namespace moesaic::run

/// Bytes of memory that this machine can still give.
static uint64_t getAvailableMemory() {
  auto file = llvm::MemoryBuffer::getFileAsStream("/proc/meminfo");
  uint64_t kibibytes;
  if (file) {
    StringRef line = (*file)->getBuffer().split("MemAvailable:").second.ltrim();
    if (!line.consumeInteger(10, kibibytes)) {
      return kibibytes * 1024;
    }
  }
  return static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
}

FailureOr<uint64_t> Runner::allocate(uint64_t bytes, StringRef name) {
  // Memory is filled or copied to, so it is not enough to reserve it.
  constexpr uint64_t small = 64 << 20;
  uint64_t available = bytes < small ? small : getAvailableMemory();
  if (bytes > available) {
    return emitError(UnknownLoc::get(callee.op->getContext()))
           << "'" << name << "' takes " << bytes
           << " bytes, but this machine has only " << available << " left";
  }
  FailureOr<uint64_t> address = device.allocate(bytes, name);
  if (succeeded(address)) {
    allocations.push_back({*address, bytes, name.str()});
  }
  return address;
}

const Runner::Allocation *Runner::find(uint64_t address) const {
  const Allocation *found = nullptr;
  for (const Allocation &memory : allocations) {
    if (address >= memory.address && address < memory.address + memory.bytes) {
      return &memory;
    }
    if (address == memory.address + memory.bytes) {
      found = &memory; // its end, unless another one begins there
    }
  }
  return found;
}

LogicalResult Runner::launch(tile::KernelOp kernel,
                             ArrayRef<uint64_t> arguments) {
  Callee launched = Callee::get(kernel);
  LaunchActions actions(*this, launched, arguments);
  if (failed(interp::runHost(kernel.getLaunch(), arguments, actions))) {
    return failure();
  }
  LaunchReport report;
  report.kernel = kernel.getSymName();
  if (actions.blocks > 0) {
    FailureOr<LaunchReport> launch =
        device.launch(kernel, arguments, actions.blocks);
    if (failed(launch)) {
      return failure();
    }
    report = std::move(*launch);
  }
  reports.push_back(std::move(report));
  return success();
}

LogicalResult Runner::run(const Binding &binding) {
  std::vector<uint64_t> arguments = binding.bits;
  for (auto &[index, array] : binding.arrays) {
    const Parameter &parameter = callee.parameters[index];
    FailureOr<uint64_t> address = allocate(array.bytes, parameter.name);
    if (failed(address)) {
      return failure();
    }
    arguments[index] = *address;
    if (array.input) {
      device.copyIn(*address, array.input->data.data(), array.bytes);
    } else {
      device.fill(*address, fill.getByte(parameter.type), array.bytes);
    }
  }
  if (callee.isEntry) {
    EntryActions actions(*this);
    if (failed(interp::runHost(*callee.host, arguments, actions))) {
      return failure();
    }
  } else if (failed(launch(cast<tile::KernelOp>(callee.op), arguments))) {
    return failure();
  }
  for (auto &[index, array] : binding.arrays) {
    if (!array.outputPath.empty()) {
      std::vector<char> &result = results[index];
      result.resize(array.bytes);
      device.copyOut(result.data(), arguments[index], array.bytes);
    }
  }
  return success();
}
