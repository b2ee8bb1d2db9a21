//===- Occupancy.cpp - how many blocks a compute unit holds ---------------===//

#include "Hip/Runtime.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::hip;

int moesaic::hip::residentBlocks(const sim::KernelInfo &kernel,
                                 const Chip &chip, uint32_t lanes,
                                 uint64_t dynamicLds) {
  if (lanes == 0 || lanes > uint32_t(chip.maxWorkgroupSize)) {
    return 0;
  }
  // A SIMD holds 8 waves on wave64 chips of this table and 16 on wave32 chips;
  // registers are handed out in blocks of 8, there of 24.
  int mostWaves = chip.waveSize == 64 ? 8 : 16;
  int vgprs =
      int(alignTo(std::max(kernel.vgprs, 1u), chip.waveSize == 64 ? 8 : 24));
  int waves = std::min(mostWaves, chip.vgprsPerLane / vgprs) * chip.simdsPerCu;
  int blocks = waves / int(divideCeil(lanes, unsigned(chip.waveSize)));
  uint64_t lds = kernel.ldsBytes + dynamicLds;
  if (lds != 0) {
    blocks = std::min<int>(blocks, int(uint64_t(chip.ldsBytes) / lds));
  }
  return blocks;
}

static hipError_t count(int *blocks, hipFunction_t function, int lanes,
                        size_t dynamicLds) {
  if (!blocks || lanes <= 0) {
    return hipErrorInvalidValue;
  }
  if (!isFunction(function)) {
    return hipErrorInvalidDeviceFunction;
  }
  *blocks = residentBlocks(*function->kernel, *function->loaded->device->chip,
                           uint32_t(lanes), dynamicLds);
  return hipSuccess;
}

/// The block size that fills most lanes of a compute unit; the larger of
/// equals.
static hipError_t suggest(int *grid, int *block, hipFunction_t function,
                          size_t dynamicLds, int limit) {
  if (!grid || !block) {
    return hipErrorInvalidValue;
  }
  if (!isFunction(function)) {
    return hipErrorInvalidDeviceFunction;
  }
  const sim::KernelInfo &kernel = *function->kernel;
  const Chip &chip = *function->loaded->device->chip;
  int most = kernel.maxWorkgroupSize ? int(kernel.maxWorkgroupSize)
                                     : chip.maxWorkgroupSize;
  if (limit > 0) {
    most = std::min(most, limit);
  }
  int bestLanes = 0;
  *grid = *block = 0;
  for (int lanes = chip.waveSize; lanes <= most; lanes += chip.waveSize) {
    int blocks = residentBlocks(kernel, chip, uint32_t(lanes), dynamicLds);
    if (blocks * lanes >= bestLanes && blocks > 0) {
      bestLanes = blocks * lanes;
      *block = lanes;
      *grid = blocks * chip.computeUnits;
    }
  }
  return hipSuccess;
}

hipError_t hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(
    int *blocks, hipFunction_t function, int lanes, size_t dynamicLds) {
  return finish(count(blocks, function, lanes, dynamicLds));
}

hipError_t hipModuleOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, hipFunction_t function, int lanes, size_t dynamicLds,
    unsigned) {
  return finish(count(blocks, function, lanes, dynamicLds));
}

hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks,
                                                        const void *symbol,
                                                        int lanes,
                                                        size_t dynamicLds) {
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return finish(error);
  }
  return finish(count(blocks, function, lanes, dynamicLds));
}

hipError_t hipOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, const void *symbol, int lanes, size_t dynamicLds, unsigned) {
  return hipOccupancyMaxActiveBlocksPerMultiprocessor(blocks, symbol, lanes,
                                                      dynamicLds);
}

hipError_t hipModuleOccupancyMaxPotentialBlockSize(int *grid, int *block,
                                                   hipFunction_t function,
                                                   size_t dynamicLds,
                                                   int limit) {
  return finish(suggest(grid, block, function, dynamicLds, limit));
}

hipError_t hipModuleOccupancyMaxPotentialBlockSizeWithFlags(
    int *grid, int *block, hipFunction_t function, size_t dynamicLds, int limit,
    unsigned) {
  return finish(suggest(grid, block, function, dynamicLds, limit));
}

hipError_t hipOccupancyMaxPotentialBlockSize(int *grid, int *block,
                                             const void *symbol,
                                             size_t dynamicLds, int limit) {
  hipFunction_t function;
  if (hipError_t error = functionOf(symbol, function)) {
    return finish(error);
  }
  return finish(suggest(grid, block, function, dynamicLds, limit));
}
