//===- Machine.h - decoded instructions and machine state -------*- C++ -*-===//
//
// What the semantics work on. An `Inst` is decoded once; a `Wave` holds the
// architectural state of 64 or 32 lanes. Vector registers are rows of 64 words,
// so that a VALU instruction is a loop over rows. These are plain structs
// without inline member functions: semantics are compiled for several host
// instruction sets, and an inline function shared between them could be the
// wrong one.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_MACHINE_H
#define MOESAIC_SIM_MACHINE_H

#include "Sim/ChipModel.h"
#include <cstdint>
#include <cstring>

namespace moesaic::sim {

constexpr unsigned kLanes = 64;
constexpr unsigned kAgprBase = 256; ///< Row of a0; v0 is row 0.
constexpr unsigned kRows = 512;

/// Scalar register numbers, as the ISA guide encodes them.
constexpr unsigned kVcc = 106, kM0 = 124, kExec = 126;
/// Of ttmp0; gfx12 waves start with their workgroup's id in ttmp9 and ttmp7.
constexpr unsigned kTtmp = 108;
/// Where writes to `null` go: registers that nothing reads.
constexpr unsigned kNull = 128;
constexpr unsigned kScalars = 144;

/// MODE.FP16_OVFL: results too large for f16 and OCP fp8 saturate.
constexpr uint32_t kModeFp16Overflow = 1u << 23;

/// What s_sendmsg_rtn asks for (AMDGPUOperandSyntax, "msg").
constexpr uint32_t kMessageRealTime = 131;

/// Apertures of the flat address space. They lie above every host address.
constexpr uint64_t kSharedBase = 0x0001000000000000ull;
constexpr uint64_t kPrivateBase = 0x0002000000000000ull;

struct alignas(64) Row {
  uint32_t lane[kLanes];
};

enum class InstClass : uint8_t {
  Salu,
  Valu,
  Mfma,
  Smem,
  VmemLoad,
  VmemStore,
  VmemAtomic,
  Lds,
  Branch,
  Other
};

struct Inst;
struct Wave;
struct Workgroup;
struct Worker;
struct SyncCounter;
using Handler = void (*)(Wave &, const Inst &);

struct Operand {
  enum Kind : uint8_t { None, Vector, Scalar, Constant, Special };
  /// Scalar sources that are not registers.
  enum SpecialKind : uint16_t {
    Scc,
    VccZero,
    ExecZero,
    SharedBase,
    SharedLimit,
    PrivateBase,
    PrivateLimit
  };
  Kind kind = None;
  uint8_t width = 1; ///< Registers.
  bool negate = false, absolute = false, signExtend = false;
  uint8_t select = 6;     ///< SDWA: bytes 0-3, words 4-5, dword 6.
  bool plain = false;     ///< A vector register that is read as it is.
  bool half16 = false;    ///< Written as one half: v1.l, v1.h.
  uint16_t reg = 0;       ///< Row, scalar register or SpecialKind.
  uint16_t half = 0;      ///< A constant as seen by a 16-bit operand,
  uint32_t word = 0;      ///< by a 32-bit one,
  uint64_t wide = 0;      ///< by a 64-bit integer one,
  uint64_t wideFloat = 0; ///< and by a 64-bit float one.
};

enum class Dpp : uint8_t {
  None,
  QuadPerm,
  RowShl,
  RowShr,
  RowRor,
  WaveShl,
  WaveRol,
  WaveShr,
  WaveRor,
  RowMirror,
  RowHalfMirror,
  RowBcast,
  RowNewBcast, ///< Also row_share of later chips.
  RowXmask,
  Lanes8 ///< dpp8: any lane of each group of eight.
};

/// Where the lanes of a DPP instruction read.
struct DppTable {
  uint8_t source[kLanes];
  uint64_t reads;   ///< Lanes that have a source.
  uint64_t enabled; ///< By the masks of rows and banks.
};

struct Inst {
  Handler run = nullptr;
  uint32_t index = 0; ///< Position in the program's instruction list.
  InstClass kind = InstClass::Other;
  uint8_t operands = 0;
  uint8_t firstSource = 1; ///< 2 for carry operations, which have two results.
  /// Nothing but EXEC and DPP stand between the result and the destination.
  bool plainResult = true;
  bool usesFloat = false; ///< The MODE register's float fields apply.
  bool clamp = false;
  uint8_t omod = 0;               ///< 1: times 2, 2: times 4, 3: half.
  uint8_t opSel = 0, opSelHi = 0; ///< Bit n: operand n (0 = first source).
  uint8_t negLo = 0, negHi = 0;   ///< VOP3P sign flips.
  bool sdwa = false;
  uint8_t dstSelect = 6, dstUnused = 0; ///< Unused: 0 pad, 1 sext, 2 keep.
  Dpp dpp = Dpp::None;
  uint32_t dppArgument = 0;
  const DppTable *dppTable = nullptr;
  uint8_t rowMask = 15, bankMask = 15;
  bool boundCtrl = false;
  bool fetchInactive = false; ///< DPP reads lanes that EXEC disables.
  bool indexed = false; ///< Between s_set_gpr_idx_on and s_set_gpr_idx_off.
  bool offen = false, idxen = false, lds = false;
  bool returns = false; ///< Atomic that returns the old value (sc0).
  int32_t offset = 0;   ///< Also offset0 of two-address LDS forms.
  int32_t offset1 = 0;  ///< Typed buffers: data and number format.
  uint8_t cbsz = 0, abid = 0, blgp = 0;
  uint8_t bitop3 = 0;           ///< Truth table of v_bitop3.
  int64_t immediate = 0;        ///< Opcode parameter set by the opcode table.
  const Inst *target = nullptr; ///< Of a direct branch.
  const Inst *pair = nullptr;   ///< The two halves of a VOPD instruction.
  uint64_t address = 0;
  uint32_t size = 4;
  Operand op[7];
};

enum class WaveState : uint8_t { Ready, Barrier, Done, Fault };

struct Wave {
  Row *v = nullptr; ///< kRows rows: VGPRs, then AGPRs.
  alignas(8) uint32_t s[kScalars] = {};
  uint8_t lanes = kLanes; ///< 32 or 64; the upper half of a row is unused.
  uint64_t laneMask = ~0ull;
  bool scc = false;
  WaveState state = WaveState::Ready;
  bool absent = false;    ///< Not there: the workgroup is a smaller, last one.
  bool signalled = false; ///< Has signalled a barrier, not yet waited.
  bool yield = false;     ///< Leave the run loop at the next boundary.
  /// Where it waits for waves of other workgroups, and since how many releases
  /// (GlobalSync.cpp).
  const SyncCounter *waitsFor = nullptr;
  uint64_t ticket = 0;
  uint32_t mode = 0; ///< The MODE register.
  uint32_t gprIndexMode = 0;
  const Inst *next = nullptr;
  Workgroup *group = nullptr;
  Worker *worker = nullptr;
  const ChipModel *chip = nullptr;
  uint8_t *scratch = nullptr;
  uint32_t scratchBytes = 0; ///< Of one lane.
  uint32_t index = 0;
  uint64_t executed = 0;
};

struct Workgroup {
  uint32_t id[3] = {0, 0, 0};
  uint8_t *lds = nullptr;
  uint32_t ldsBytes = 0;
  uint32_t signals = 0; ///< Waves that have signalled the barrier.
};

/// Counters of one host thread.
struct Traffic {
  uint64_t globalRead = 0, globalWritten = 0, scalarRead = 0, lds = 0;
};

//===----------------------------------------------------------------------===//
// Small accessors. `static`, so that each file keeps its own copy.
//===----------------------------------------------------------------------===//

static inline uint64_t readPair(const Wave &w, unsigned reg) {
  return uint64_t(w.s[reg + 1]) << 32 | w.s[reg];
}
static inline void writePair(Wave &w, unsigned reg, uint64_t value) {
  w.s[reg] = uint32_t(value);
  w.s[reg + 1] = uint32_t(value >> 32);
}
static inline uint64_t exec(const Wave &w) {
  return readPair(w, kExec) & w.laneMask;
}
/// Masks of lanes are one register in waves of 32.
static inline void writeLaneMask(Wave &w, unsigned reg, uint64_t value) {
  w.s[reg] = uint32_t(value);
  if (w.lanes == kLanes) {
    w.s[reg + 1] = uint32_t(value >> 32);
  }
}
static inline uint64_t readLaneMask(const Wave &w, unsigned reg) {
  return readPair(w, reg) & w.laneMask;
}

template <class To, class From>
static inline To bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "sizes differ");
  To to;
  __builtin_memcpy(&to, &from, sizeof(to));
  return to;
}

//===----------------------------------------------------------------------===//
// Services of the machine (Wave.cpp, Dispatch.cpp)
//===----------------------------------------------------------------------===//

/// Stops the launch with a report about the instruction. Lane -1: none.
void fault(Wave &w, const Inst &i, const char *what, int lane = -1,
           uint64_t address = ~0ull, unsigned bytes = 0);

/// Whether [offset, offset + bytes) lies in [0, size). Any numbers: no sum
/// wraps.
inline bool fits(uint64_t offset, uint64_t bytes, uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

/// Whether [address, address + bytes) lies in one allocation; reports it if
/// not.
bool checkAccess(Wave &w, const Inst &i, uint64_t address, uint64_t bytes,
                 int lane);

/// The traffic counters of the thread that runs the wave.
Traffic &traffic(Wave &w);

/// Jumps to a computed address.
void jump(Wave &w, const Inst &i, uint64_t address);

/// A clock of the host in ns, and the constant one of 100 MHz.
uint64_t hostTime();
uint64_t realTime();

/// Where a wave runs, as HW_ID says: compute unit and die.
struct Seat {
  uint32_t computeUnit, die;
};
Seat seatOf(const Wave &w);

/// Scalar operand values.
uint32_t scalar32(const Wave &w, const Operand &o);
uint64_t scalar64(const Wave &w, const Operand &o, bool isFloat = false);

/// Fills `temp` with word `part` of a vector source after all input modifiers:
/// SDWA, DPP, op_sel, abs, neg. `bits` is the width of the operand's type.
const uint32_t *materialise(Wave &w, const Inst &i, unsigned n, unsigned bits,
                            unsigned part, bool isFloat, Row &temp);

/// Lanes whose DPP source is there and active.
uint64_t dppReads(const Wave &w, const Inst &i);

/// Lanes that an instruction writes: EXEC, less what DPP disables.
uint64_t writeMask(const Wave &w, const Inst &i);

/// Stores one result word row through SDWA selection, op_sel and `mask`.
/// `bits` 16: the upper half is cleared, or kept when `keepHigh`.
void writeRow(Wave &w, const Inst &i, unsigned reg, const uint32_t *out,
              unsigned bits, bool keepHigh);

//===----------------------------------------------------------------------===//
// The opcode table
//===----------------------------------------------------------------------===//

struct Opcode {
  Handler run = nullptr;
  InstClass kind = InstClass::Other;
  bool usesFloat = false;
  bool raw = false; ///< Operands are a hint's text; they are not parsed.
  int64_t immediate = 0;
  /// The name that the operation has on earlier chips, if it was renamed.
  const char *formerName = nullptr;
};

/// Collects handlers by mnemonic, without the encoding's suffix (_e32, _sdwa).
struct OpcodeTable {
  void *map;
  const ChipModel *chip;
  void add(const char *name, Opcode opcode);
};

/// Each adds the opcodes of one class.
void addScalarOps(OpcodeTable &table);
void addScalarCompareOps(OpcodeTable &table);
void addControlOps(OpcodeTable &table);
void addScalarMemoryOps(OpcodeTable &table);
void addGlobalOps(OpcodeTable &table);
void addBufferOps(OpcodeTable &table);
void addTypedBufferOps(OpcodeTable &table);
void addLdsOps(OpcodeTable &table);
void addGlobalSyncOps(OpcodeTable &table);
void addLaneOps(OpcodeTable &table);
/// What only RDNA chips have.
void addPermuteOps(OpcodeTable &table);
void addScalarFloatOps(OpcodeTable &table);
void addRdnaControlOps(OpcodeTable &table);

/// Vector arithmetic and matrix instructions exist once per host instruction
/// set; the table takes the best that the host has.
#define MOESAIC_SIM_PER_HOST(NAMESPACE)                                        \
  namespace NAMESPACE {                                                        \
  void addVectorFloatOps(OpcodeTable &table);                                  \
  void addVectorIntegerOps(OpcodeTable &table);                                \
  void addVectorConvertOps(OpcodeTable &table);                                \
  void addVectorCompareOps(OpcodeTable &table);                                \
  void addVectorPackedOps(OpcodeTable &table);                                 \
  void addVectorScaledOps(OpcodeTable &table);                                 \
  void addMatrixOps(OpcodeTable &table);                                       \
  void addSparseMatrixOps(OpcodeTable &table);                                 \
  void addVectorRdnaOps(OpcodeTable &table);                                   \
  void addWmmaOps(OpcodeTable &table);                                         \
  }
MOESAIC_SIM_PER_HOST(baseline)
#if defined(__x86_64__)
MOESAIC_SIM_PER_HOST(avx2)
MOESAIC_SIM_PER_HOST(avx512)
#endif
#undef MOESAIC_SIM_PER_HOST

} // namespace moesaic::sim

#endif
