//===- Chips.cpp - the one table of supported GPUs ------------------------===//

#include "Target/Chips.h"
#include "llvm/ADT/STLExtras.h"

using namespace moesaic;

// Passes from the "AMD Instinct MI300" ISA guide, table of MFMA instructions.
static constexpr MatrixInstruction gfx942Matrix[] = {
    {32, 32, 8, "f16", 8},
    {32, 32, 8, "bf16", 8},
    {16, 16, 16, "f16", 4},
    {16, 16, 16, "bf16", 4},
};

// MI300X: 304 compute units, 64 KiB of LDS and four SIMDs each; 512 vector
// registers a lane, half of them AGPRs ("AMD Instinct MI300" ISA guide, 3.6).
// Buffer descriptor word 3: DATA_FORMAT 32, the raw format LLVM's users set.
static constexpr Chip chips[] = {
    {"gfx942", "MI300X, MI325X, MI300A", /*waveSize=*/64, /*ldsBytes=*/65536,
     /*vgprsPerLane=*/512, /*maxArchVgprs=*/256, /*sgprs=*/102,
     /*simdsPerCu=*/4, /*computeUnits=*/304, /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x27000, Fp8Flavour::FNUZ, gfx942Matrix},
};

llvm::ArrayRef<Chip> moesaic::supportedChips() { return chips; }

const Chip *moesaic::findChip(llvm::StringRef name) {
  const Chip *found =
      llvm::find_if(chips, [&](const Chip &chip) { return chip.name == name; });
  return found == std::end(chips) ? nullptr : found;
}
