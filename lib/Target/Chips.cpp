//===- Chips.cpp - the one table of supported GPUs ------------------------===//

#include "Target/Chips.h"
#include "llvm/ADT/STLExtras.h"

using namespace moesaic;

// Passes from the ISA guides' tables of MFMA instructions: "AMD Instinct
// MI200", "AMD Instinct MI300", and "CDNA4" for gfx950.
static constexpr MatrixInstruction gfx90aMatrix[] = {
    {32, 32, 8, "f16", 16},
    {32, 32, 8, "bf16", 16},
    {16, 16, 16, "f16", 8},
    {16, 16, 16, "bf16", 8},
};
static constexpr MatrixInstruction gfx942Matrix[] = {
    {32, 32, 8, "f16", 8},
    {32, 32, 8, "bf16", 8},
    {16, 16, 16, "f16", 4},
    {16, 16, 16, "bf16", 4},
};

static constexpr MatrixInstruction gfx950Matrix[] = {
    {32, 32, 16, "f16", 8}, {32, 32, 16, "bf16", 8}, {32, 32, 8, "f16", 8},
    {32, 32, 8, "bf16", 8}, {16, 16, 32, "f16", 4},  {16, 16, 32, "bf16", 4},
    {16, 16, 16, "f16", 4}, {16, 16, 16, "bf16", 4},
};

// A compute unit does 512 f16 operations a cycle on
// gfx11, twice that on gfx12, on two SIMDs ("How to accelerate AI applications
// on RDNA 3 using WMMA", GPUOpen; "RDNA4" ISA guide): 32 and 16 cycles for the
// 8192 operations of one instruction.
static constexpr MatrixInstruction gfx11Matrix[] = {
    {16, 16, 16, "f16", 8},
    {16, 16, 16, "bf16", 8},
};
static constexpr MatrixInstruction gfx12Matrix[] = {
    {16, 16, 16, "f16", 4},
    {16, 16, 16, "bf16", 4},
};

// MI250X: 110 compute units on each of its two dies, which are devices of their
// own ("AMD Instinct MI200" ISA guide and data sheet).
// MI300X: 304 compute units, 64 KiB of LDS and four SIMDs each; 512 vector
// registers a lane, half of them AGPRs ("AMD Instinct MI300" ISA guide, 3.6).
// Buffer descriptor word 3: DATA_FORMAT 32, the raw format LLVM's users set.
// MI355X: 256 compute units, 160 KiB of LDS ("CDNA4" ISA guide).
// Radeon RX 7900 XTX, RX 9060 XT and RX 9070 XT: 96, 32 and 64 compute units of
// two SIMDs. Each SIMD has 1536 vector registers for the lanes of a wave of 32,
// of which a wave names 256; a workgroup gets 64 KiB of LDS ("RDNA3" and
// "RDNA4" ISA guides). Buffer descriptor word 3 of both: format 22
// (32_FLOAT), bit 24 set, OOB_SELECT 3, the raw range check.
// Stages: what tools/bench-code finds best; with waves of 32, loading ahead
// spills in the body with 64-bit addresses.
// Loads to LDS: BUFFER_LOAD_DWORD with LDS on gfx9, BUFFER_LOAD_DWORDX4 with
// LDS from gfx950 on ("CDNA4" ISA guide, "Memory Buffer Load to LDS").
// Reads of LDS: gfx950 has 64 banks of 4 bytes for them, the others 32
// ("Empirical LDS Measurements", amd-shark-ai), and reads that transpose
// ("CDNA4" ISA guide, DS_READ_B64_TR_B16).
// Granules and waves per SIMD: LLVM's AMDGPUUsage, "VGPR allocation", and the
// ISA guides. Clocks and bandwidths: the products' data sheets; of MI250X, one
// die.
static constexpr Chip chips[] = {
    {"gfx90a",
     "MI210, MI250, MI250X",
     /*waveSize=*/64,
     /*ldsBytes=*/65536,
     /*vgprsPerLane=*/512,
     /*maxVgprs=*/512,
     /*maxArchVgprs=*/256,
     /*sgprs=*/102,
     /*simdsPerCu=*/4,
     /*computeUnits=*/110,
     /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x27000,
     Fp8Flavour::None,
     /*convertsToBF16=*/false,
     MatrixFamily::MFMA,
     gfx90aMatrix,
     /*vgprGranule=*/8,
     /*maxWavesPerSimd=*/8,
     /*cusSharingLds=*/1,
     /*clockMHz=*/1700,
     /*memoryGBs=*/1638,
     /*stages=*/2,
     /*copyBytes=*/4,
     /*ldsReadBytes=*/128,
     /*readsTransposed=*/false,
     /*xcds=*/1},
    {"gfx942",
     "MI300X, MI325X, MI300A",
     /*waveSize=*/64,
     /*ldsBytes=*/65536,
     /*vgprsPerLane=*/512,
     /*maxVgprs=*/512,
     /*maxArchVgprs=*/256,
     /*sgprs=*/102,
     /*simdsPerCu=*/4,
     /*computeUnits=*/304,
     /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x27000,
     Fp8Flavour::FNUZ,
     /*convertsToBF16=*/false,
     MatrixFamily::MFMA,
     gfx942Matrix,
     /*vgprGranule=*/8,
     /*maxWavesPerSimd=*/8,
     /*cusSharingLds=*/1,
     /*clockMHz=*/2100,
     /*memoryGBs=*/5300,
     /*stages=*/2,
     /*copyBytes=*/4,
     /*ldsReadBytes=*/128,
     /*readsTransposed=*/false,
     /*xcds=*/8},
    {"gfx950",
     "MI350X, MI355X",
     /*waveSize=*/64,
     /*ldsBytes=*/163840,
     /*vgprsPerLane=*/512,
     /*maxVgprs=*/512,
     /*maxArchVgprs=*/256,
     /*sgprs=*/102,
     /*simdsPerCu=*/4,
     /*computeUnits=*/256,
     /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x27000,
     Fp8Flavour::OCP,
     /*convertsToBF16=*/true,
     MatrixFamily::MFMA,
     gfx950Matrix,
     /*vgprGranule=*/8,
     /*maxWavesPerSimd=*/8,
     /*cusSharingLds=*/1,
     /*clockMHz=*/2400,
     /*memoryGBs=*/8000,
     /*stages=*/2,
     /*copyBytes=*/16,
     /*ldsReadBytes=*/256,
     /*readsTransposed=*/true,
     /*xcds=*/8},
    {"gfx1100",
     "RX 7900 XTX, RX 7900 XT, PRO W7900",
     /*waveSize=*/32,
     /*ldsBytes=*/65536,
     /*vgprsPerLane=*/1536,
     /*maxVgprs=*/256,
     /*maxArchVgprs=*/256,
     /*sgprs=*/106,
     /*simdsPerCu=*/2,
     /*computeUnits=*/96,
     /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x31016000,
     Fp8Flavour::None,
     /*convertsToBF16=*/false,
     MatrixFamily::WMMA11,
     gfx11Matrix,
     /*vgprGranule=*/24,
     /*maxWavesPerSimd=*/16,
     /*cusSharingLds=*/2,
     /*clockMHz=*/2500,
     /*memoryGBs=*/960,
     /*stages=*/1,
     /*copyBytes=*/0,
     /*ldsReadBytes=*/128,
     /*readsTransposed=*/false,
     /*xcds=*/1},
    {"gfx1200",
     "RX 9060 XT",
     /*waveSize=*/32,
     /*ldsBytes=*/65536,
     /*vgprsPerLane=*/1536,
     /*maxVgprs=*/256,
     /*maxArchVgprs=*/256,
     /*sgprs=*/106,
     /*simdsPerCu=*/2,
     /*computeUnits=*/32,
     /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x31016000,
     Fp8Flavour::OCP,
     /*convertsToBF16=*/false,
     MatrixFamily::WMMA12,
     gfx12Matrix,
     /*vgprGranule=*/24,
     /*maxWavesPerSimd=*/16,
     /*cusSharingLds=*/2,
     /*clockMHz=*/3130,
     /*memoryGBs=*/320,
     /*stages=*/1,
     /*copyBytes=*/0,
     /*ldsReadBytes=*/128,
     /*readsTransposed=*/false,
     /*xcds=*/1},
    {"gfx1201",
     "RX 9070 XT, RX 9070, AI PRO R9700",
     /*waveSize=*/32,
     /*ldsBytes=*/65536,
     /*vgprsPerLane=*/1536,
     /*maxVgprs=*/256,
     /*maxArchVgprs=*/256,
     /*sgprs=*/106,
     /*simdsPerCu=*/2,
     /*computeUnits=*/64,
     /*maxWorkgroupSize=*/1024,
     /*bufferFlags=*/0x31016000,
     Fp8Flavour::OCP,
     /*convertsToBF16=*/false,
     MatrixFamily::WMMA12,
     gfx12Matrix,
     /*vgprGranule=*/24,
     /*maxWavesPerSimd=*/16,
     /*cusSharingLds=*/2,
     /*clockMHz=*/2970,
     /*memoryGBs=*/640,
     /*stages=*/1,
     /*copyBytes=*/0,
     /*ldsReadBytes=*/128,
     /*readsTransposed=*/false,
     /*xcds=*/1},
};

llvm::ArrayRef<Chip> moesaic::supportedChips() { return chips; }

const Chip *moesaic::findChip(llvm::StringRef name) {
  const Chip *found =
      llvm::find_if(chips, [&](const Chip &chip) { return chip.name == name; });
  return found == std::end(chips) ? nullptr : found;
}
