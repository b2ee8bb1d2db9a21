//===- Device.h - where kernels run ----------------------------*- C++ -*-===//

#ifndef MOESAIC_RUN_DEVICE_H
#define MOESAIC_RUN_DEVICE_H

#include "dialects/Tile/IR/Tile.h"
#include "llvm/Support/Error.h"

namespace moesaic::run {

/// What one launch of a kernel did, as far as the device can tell.
struct LaunchReport {
  struct Resources {
    unsigned threads = 0, vgprs = 0, agprs = 0, sgprs = 0, ldsBytes = 0;
  };
  std::string kernel;
  int64_t blocks = 0;
  double seconds = 0;
  uint64_t bytesRead = 0, bytesWritten = 0;
  std::optional<Resources> resources;
  /// How often instructions of each class were executed.
  llvm::SmallVector<std::pair<std::string, uint64_t>> instructions;
  std::optional<uint64_t> matrixInstructions;
  /// Accesses to LDS, and the cycles that they lose to bank conflicts.
  struct LdsBanks {
    uint64_t accesses = 0, conflicts = 0;
  };
  std::optional<LdsBanks> ldsBanks;
};

/// Memory and launches, in order. Messages go to the MLIR context's handler.
class Device {
public:
  virtual ~Device() = default;

  /// Memory of at least one byte, 256-byte aligned; lives as long as the
  /// device. `name` is for messages.
  virtual mlir::FailureOr<uint64_t> allocate(uint64_t bytes,
                                             llvm::StringRef name) = 0;
  virtual void copyIn(uint64_t address, const void *source, uint64_t bytes) = 0;
  virtual void copyOut(void *target, uint64_t address, uint64_t bytes) = 0;
  virtual void fill(uint64_t address, uint8_t byte, uint64_t bytes) = 0;

  /// Launches workgroups 0 to blocks-1, at least one. `arguments` holds the
  /// raw bits of every kernel argument.
  virtual mlir::FailureOr<LaunchReport>
  launch(tile::KernelOp kernel, llvm::ArrayRef<uint64_t> arguments,
         int64_t blocks) = 0;
};

/// The device called `name`: "interp", "interp:checked" or "sim:CHIP". With
/// `counts` it also reports what takes time to count.
mlir::FailureOr<std::unique_ptr<Device>>
createDevice(llvm::StringRef name, mlir::MLIRContext *context,
             bool counts = false);

std::unique_ptr<Device> createInterpDevice(mlir::MLIRContext *context,
                                           bool checked);

mlir::FailureOr<std::unique_ptr<Device>>
createSimDevice(llvm::StringRef chip, mlir::MLIRContext *context, bool counts);

} // namespace moesaic::run

#endif
