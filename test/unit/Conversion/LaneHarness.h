//===- LaneHarness.h - runs lane-level IR on the simulator ------*- C++ -*-===//

#ifndef MOESAIC_TEST_UNIT_CONVERSION_LANEHARNESS_H
#define MOESAIC_TEST_UNIT_CONVERSION_LANEHARNESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <vector>

namespace moesaic::test {

/// Compiles the kernel of `source` for gfx942 and runs it in `workgroups`
/// workgroups. `arrays` are its leading arguments, copied in and out;
/// `scalars` follow them. Failures are the test's.
void runKernel(llvm::StringRef source, unsigned workgroups,
               llvm::ArrayRef<std::vector<uint8_t> *> arrays,
               llvm::ArrayRef<uint32_t> scalars = {});

/// Computes `body` on one element per lane: `%x` is the input of type `inType`,
/// `%y` must be the result of type `outType`. Elements are 4 bytes or, with a
/// 16-bit `outType`, 2.
std::vector<uint8_t> mapLanes(llvm::StringRef body, llvm::StringRef inType,
                              llvm::StringRef outType,
                              llvm::ArrayRef<uint32_t> input);

/// The bits of results of 4 or 2 bytes.
std::vector<uint32_t> asWords(llvm::ArrayRef<uint8_t> bytes);
std::vector<uint16_t> asHalves(llvm::ArrayRef<uint8_t> bytes);

/// Every sign, exponent and upper mantissa of f32, each with `lowHalves` below.
std::vector<uint32_t> sweepFloats(llvm::ArrayRef<uint32_t> lowHalves);

} // namespace moesaic::test

#endif
