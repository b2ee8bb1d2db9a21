//===- Runner.h - one run of a kernel or an entry --------------*- C++ -*-===//

#ifndef MOESAIC_RUN_RUNNER_H
#define MOESAIC_RUN_RUNNER_H

#include "Run/Binding.h"
#include "Run/Device.h"

namespace moesaic::run {

/// What memory holds before anything is written to it. "nan" is a NaN for
/// every float type and -1 for integers.
struct Fill {
  std::optional<uint8_t> byte; ///< none: nan
  uint8_t getByte(mlir::Type elementType) const;
};

/// Allocates memory, launches, and reads the results back.
class Runner {
public:
  Runner(Device &device, const Callee &callee, Fill fill)
      : device(device), callee(callee), fill(fill) {}

  /// Runs with the arguments; afterwards `reports` and `results` are filled.
  mlir::LogicalResult run(const Binding &binding);

  /// One for each launch, in order.
  std::vector<LaunchReport> reports;
  /// The elements of each array that is written to a file, by parameter.
  std::map<size_t, std::vector<char>> results;

private:
  friend class EntryActions;
  friend class LaunchActions;
  struct Allocation {
    uint64_t address, bytes;
    std::string name;
  };

  mlir::FailureOr<uint64_t> allocate(uint64_t bytes, llvm::StringRef name);
  /// The memory that `address` lies in.
  const Allocation *find(uint64_t address) const;
  mlir::LogicalResult launch(tile::KernelOp kernel,
                             llvm::ArrayRef<uint64_t> arguments);

  Device &device;
  const Callee &callee;
  Fill fill;
  std::vector<Allocation> allocations;
};

/// Writes arrays to `.npy` files: all of them, or none.
class OutputFiles {
public:
  /// Checks that the file can be made, before anything else is done.
  mlir::LogicalResult announce(llvm::StringRef path, mlir::Location loc);
  mlir::LogicalResult write(const Callee &callee, const Binding &binding,
                            const Runner &runner);

private:
  llvm::SmallVector<std::string> paths;
};

} // namespace moesaic::run

#endif
