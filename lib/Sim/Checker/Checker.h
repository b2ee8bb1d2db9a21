//===- Checker.h - finds what hardware would hide ---------------*- C++ -*-===//
//
// The checker watches a launch beside the machine: before each instruction it
// looks at what the instruction reads and writes, in a shadow of the registers,
// of LDS and of global memory. It never changes a result. `CheckTable` holds,
// per instruction, what the semantics do not say (which operands are read,
// which are written, how many bytes a lane moves); `GroupChecker` is the shadow
// of one workgroup. See docs/checker.md for the rules.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_SIM_CHECKER_CHECKER_H
#define MOESAIC_SIM_CHECKER_CHECKER_H

#include "Sim/Decode/Decode.h"
#include "Sim/Machine.h"
#include "Sim/Simulator.h"

namespace moesaic::sim {

struct Launch;

/// Part of what names a site: one instruction may break several rules.
enum class CheckRule : uint8_t {
  Fault,
  MissingWait,
  LdsRace,
  Undefined,
  Barrier,
  Spin
};

/// A run of rows or of scalar registers.
struct Registers {
  uint16_t first = 0;
  uint8_t count = 0;
  uint8_t operand = 0; ///< Where it comes from.
};

enum class CheckKind : uint8_t {
  Nothing,
  Scalar,
  Vector,
  Matrix,
  ScalarLoad,
  Memory, ///< Global, flat, scratch, buffer.
  Lds,
  Wait,
  Signal, ///< Of a barrier that is waited for later.
  Barrier,
  Pair, ///< VOPD.
  End,
  Branch
};

/// How undefined bits pass through an instruction.
enum class Flow : uint8_t {
  Any,       ///< Any undefined source makes the result undefined.
  Copy,      ///< Scalar: bit by bit.
  And,       ///< Scalar: an AND of op 1 and 2, either may be inverted,
  Or,        ///< likewise OR.
  SaveExec,  ///< An And or Or whose second source and result are EXEC.
  Compare,   ///< Scalar: SCC. Vector: one bit per lane.
  Select,    ///< cndmask and cselect.
  ReadLane,  ///< v_readlane and v_readfirstlane.
  WriteLane, ///< v_writelane.
  LowFirst,  ///< 64 bits, but the low word depends on low words only.
  Packed,    ///< Two registers, chosen by op_sel and op_sel_hi.
  PackedMov, ///< v_pk_mov_b32.
  Permute,   ///< v_perm_b32: the selector may leave a source out.
  Defined    ///< The result counts as defined.
};

enum class CheckSpace : uint8_t { Global, Flat, Scratch, Buffer, Lds };

struct InstCheck {
  CheckKind kind = CheckKind::Nothing;
  Flow flow = Flow::Any;
  bool writesScc = false, readsScc = false;
  bool invertFirst = false, invertSecond = false, isOr = false;
  bool allLanes = false; ///< EXEC does not limit what is read.
  bool partial = false;  ///< Keeps part of the destination.
  bool indexed = false;  ///< The registers are not known before it runs.
  bool hasAfter = false; ///< `after` has something to do.
  uint8_t reads = 0, writes = 0, scalarReads = 0, scalarWrites = 0;
  Registers read[5], write[2], scalarRead[5], scalarWrite[3];
  uint64_t scalarReadMask[2] = {0, 0}, scalarWriteMask[2] = {0, 0};
  int8_t laneMask = -1; ///< The operand that holds one bit per lane.
  /// For `GroupChecker::isQuick`: what is read and written, register by
  /// register. `quick` says that the lists are complete.
  bool quick = false;
  uint8_t rowsRead = 0, rowsWritten = 0, scalarsRead = 0, scalarsWritten = 0;
  uint16_t rowRead[8], rowWritten[4];
  uint8_t scalarsOf[6], scalarsTo[4];
  // Memory
  CheckSpace space = CheckSpace::Global;
  bool isLoad = false, isStore = false, isAtomic = false, toLds = false;
  bool transposes = false; ///< Mixes the lanes of a row of 16.
  bool fromM0 = false;     ///< LDS: M0 is the base of the address.
  bool swap = false;       ///< LDS: an atomic that compares.
  bool perLane = false;    ///< And each lane has its own dword behind it.
  uint8_t bytes = 0;       ///< Of a lane, per address.
  uint8_t pieces = 1;
  uint16_t scale = 1; ///< Of the offsets of two-address LDS forms.
  int8_t address = -1, scalarAddress = -1, data = -1, data2 = -1;
  // Waits and matrices
  int16_t vmWait = -1, lgkmWait = -1;
  int16_t scalarWait = -1;  ///< Where scalar loads have their own counter.
  bool afterSignal = false; ///< A barrier in two instructions.
  int32_t pair = -1;        ///< In CheckTable::pairs, of a VOPD instruction.
  uint8_t m = 0, n = 0, blocks = 1;
};

/// What the checker knows of every instruction of a program.
struct CheckTable {
  CheckTable(const Code &code, const ChipModel &chip, unsigned lanes);
  std::vector<InstCheck> insts;
  std::vector<std::array<InstCheck, 2>> pairs;
};

/// 1024 lanes in waves of 32.
constexpr unsigned kMaxWaves = 32;

/// The shadow of one workgroup.
class GroupChecker {
public:
  GroupChecker(const CheckTable &table, Launch &launch, unsigned waves,
               uint32_t ldsBytes);

  /// Begins a workgroup. The first `scalars` scalar registers of wave n hold
  /// values; of its lanes, `all`, only `lanes` are active.
  void start();
  void startWave(unsigned n, unsigned scalars, uint64_t lanes, uint64_t all);

  void before(Wave &w, const Inst &i) {
    const InstCheck &c = table.insts[i.index];
    if (!c.quick || !isQuick(w, c)) {
      runBefore(w, i, c);
    }
  }
  void after(Wave &w, const Inst &i) {
    if (table.insts[i.index].hasAfter) {
      runAfter(w, i);
    }
  }

  /// All waves that have not ended stand at a barrier.
  void meet(std::vector<Wave> &waves);

  /// Whether a wave has come back to a state in which it already was, with no
  /// memory changed since.
  bool spins(const Wave &w) const;

  /// The jump that closes the loop of a spinning wave.
  const Inst &spinJump(const Wave &w) const {
    return *shadows[w.index].remembered;
  }

private:
  /// A result that is on its way.
  struct Token {
    enum Counter : uint8_t { None, Vm, Lds, Smem, Flat, OrderedFlat };
    uint32_t sequence = 0, inst = 0;
    uint32_t second = 0; ///< OrderedFlat: its place among LDS operations.
    Counter counter = None;
    uint64_t lanes = 0;
  };
  /// How far the results of one counter have come. Those before `completed`
  /// are there.
  struct Progress {
    uint32_t issued = 0, completed = 0;
    void wait(unsigned outstanding) {
      if (issued - completed > outstanding) {
        completed = issued - outstanding;
      }
    }
  };
  /// Why a register is undefined.
  struct Origin {
    enum Kind : uint8_t { Register, Global, Lds };
    Kind kind = Register;
    uint32_t inst = ~0u;
    uint16_t reg = 0;
    uint64_t address = 0;
  };
  struct Shadow {
    uint64_t undefined[kRows];
    uint32_t scalarUndefined[128];
    uint64_t pending[kRows / 64], scalarPending[2];
    Token token[kRows], scalarToken[128];
    Origin origin[kRows], scalarOrigin[128], sccOrigin;
    bool sccUndefined = false;
    bool idle = true; ///< No vector register is on its way.
    Progress vm, lds, smem, flatVm, flatLgkm;
    uint64_t lanes = ~0ull; ///< EXEC at the start.
    const Inst *barrier = nullptr;
    std::vector<uint32_t> ldsWriters, vmWriters; ///< Rings of instructions.
    // Search for a repeated state.
    uint64_t jumps = 0, power = 1, version = 0;
    const Inst *remembered = nullptr;
    uint32_t s[128];
    uint64_t hash = 0;
    bool scc = false, spinning = false;
  };
  /// What is known of a dword of LDS: its last write that other waves may not
  /// have seen, and who has read it in the current epoch. One word, so that
  /// cells in the same state are found, and changed, by comparing words.
  struct Cell {
    uint64_t sequence : 24; ///< Of the write, in its wave's counter.
    uint64_t writer : 5;
    uint64_t dma : 1;       ///< Written by LDS DMA,
    uint64_t atomic : 1;    ///< by an atomic,
    uint64_t swap : 1;      ///< by one that compares and swaps.
    uint64_t written : 4;   ///< Bytes of that write; 0 once all may use it.
    uint64_t defined : 4;   ///< Bytes that hold values.
    uint64_t readBytes : 4; ///< Read in `readEpoch`; 0: none.
    uint64_t reader : 5, otherReader : 5; ///< Two of the waves, or one twice.
    uint64_t readEpoch : 10;
  };
  static_assert(sizeof(Cell) == 8, "one word");
  static constexpr unsigned kLastEpoch = (1u << 10) - 1;
  /// Sequence numbers in cells are compared in 24 bits; they must not be
  /// further apart than this.
  static constexpr uint32_t kOldest = 1u << 22;

  /// What one instruction does to the dwords that it touches.
  struct LdsAccess {
    enum Kind : uint8_t { Read, Write, Atomic };
    Kind kind = Read;
    bool dma = false;
    /// Compares and swaps: it finds out by itself what others have done since
    /// it read.
    bool swap = false;
    bool defined = true; ///< What is written holds values.
    uint8_t touched = 15;
    uint8_t wave = 0;
    uint32_t sequence = 0;
  };

  struct Suspect {
    uint32_t address, old;
    int lane;
    unsigned other;
    uint32_t writer;
  };

  const CheckTable &table;
  Launch &launch;
  std::vector<Shadow> shadows;
  std::vector<uint64_t> cells; ///< The word of each Cell.
  /// What was complete when a wave came to its last barrier, once all have
  /// come to it, and to the one that it waits at: LDS, LDS DMA.
  uint32_t atBarrier[2][kMaxWaves] = {}, arrived[2][kMaxWaves] = {};
  /// Where waves first met at different barriers, or empty. Kernels whose waves
  /// take turns do that on purpose, and reach equally many barriers in the end.
  std::string outOfStep;
  unsigned epoch = 1;
  uint32_t ldsBytes;
  std::vector<const Memory::Allocation *> recent;
  std::vector<Suspect>
      suspects; ///< Writes that race unless they change nothing.
  uint64_t addresses[2][kLanes];
  std::vector<uint64_t> atomicsBefore;
  uint64_t atomicLanes = 0;

  // CheckerWaits.cpp
  bool complete(const Shadow &s, const Token &t) const;
  void checkPending(Wave &w, const Inst &i, const InstCheck &c);
  void findPending(Wave &w, const Inst &i, Shadow &s, const Registers &r,
                   uint64_t lanes, bool writes, Token::Counter allowed);
  void findScalarPending(Wave &w, const Inst &i, Shadow &s, uint64_t low,
                         uint64_t high, bool writes);
  void issue(Wave &w, const Inst &i, const InstCheck &c, uint64_t lanes);
  void wait(Shadow &s, const InstCheck &c);

  // CheckerUndefined.cpp
  void flowScalar(Wave &w, const Inst &i, const InstCheck &c);
  void flowVector(Wave &w, const Inst &i, const InstCheck &c);
  void flowMatrix(Wave &w, const Inst &i, const InstCheck &c);
  void flowWmma(Wave &w, const Inst &i, const InstCheck &c);
  void flowPair(Wave &w, const Inst &i, const InstCheck &c);
  void checkBranch(Wave &w, const Inst &i, const InstCheck &c);
  uint64_t scalarBits(const Shadow &s, const Operand &o) const;
  uint64_t sourceLanes(Wave &w, const Inst &i, Shadow &s, unsigned operand,
                       unsigned part) const;
  void setScalar(Wave &w, const Inst &i, const Operand &o, uint64_t undefined,
                 const Origin &origin);
  Origin originOf(const Shadow &s, const Inst &i, const InstCheck &c) const;
  void reportUndefined(Wave &w, const Inst &i, const char *what, int lane,
                       const Origin &origin);

  // CheckerMemory.cpp
  uint64_t locate(Wave &w, const Inst &i, const InstCheck &c, uint64_t lanes);
  void checkMemory(Wave &w, const Inst &i, const InstCheck &c);
  void touchByDma(Wave &w, const Inst &i, const InstCheck &c, uint64_t lanes,
                  uint64_t undefined, uint32_t sequence);
  void checkScalarLoad(Wave &w, const Inst &i, const InstCheck &c);
  void findPadding(const Shadow &s, const Operand &data, uint64_t lanes,
                   uint64_t (&padding)[4]) const;
  bool mayStoreUndefined(uint64_t lanes) const;
  uint8_t *definedShadow(const Inst &i, uint64_t address, unsigned bytes);
  uint64_t checkAddress(Wave &w, const Inst &i, const InstCheck &c,
                        uint64_t lanes);

  // CheckerLds.cpp
  struct Outcome;
  struct Outcomes;
  const Outcome *look(Outcomes &outcomes, const LdsAccess &access,
                      uint64_t word) const;
  void checkLds(Wave &w, const Inst &i, const InstCheck &c);
  uint64_t touchLanes(Wave &w, const Inst &i, const uint64_t *at,
                      unsigned bytes, uint64_t lanes, uint64_t undefined,
                      LdsAccess access);
  template <unsigned words>
  uint64_t touchDwords(Wave &w, const Inst &i, const uint64_t *at,
                       uint64_t lanes, const LdsAccess &access);
  uint64_t touchBytes(Wave &w, const Inst &i, const uint64_t *at,
                      unsigned bytes, uint64_t lanes, uint64_t undefined,
                      LdsAccess access);
  bool touchRun(uint64_t first, unsigned count, const LdsAccess &access);
  void spoil(const LdsAccess &access, uint64_t address, unsigned bytes);
  bool touch(Wave &w, const Inst &i, Outcomes &outcomes,
             const LdsAccess &access, uint64_t dword, unsigned lane);
  void explain(Wave &w, const Inst &i, const Cell &cell,
               const LdsAccess &access, uint64_t dword, int lane);
  void forgetReaders();
  void forgetOldWrites(unsigned wave, bool dma, uint32_t issued);
  void reportRace(Wave &w, const Inst &i, const char *what, uint64_t address,
                  int lane, unsigned other, uint32_t inst);
  void reportLdsPending(Wave &w, const Inst &i, uint64_t address, int lane,
                        uint32_t sequence);
  /// Whether a sequence number of a cell is before one of a counter.
  static bool isBefore(uint32_t sequence, uint32_t count) {
    return ((count - sequence - 1) & 0xffffff) < 0x800000;
  }
  /// Whether the write happened before now for all waves.
  bool ordered(const Cell &cell) const {
    return isBefore(cell.sequence, atBarrier[cell.dma][cell.writer]);
  }
  bool settled(const Cell &cell, unsigned wave) const {
    if (cell.writer != wave || cell.dma) {
      return ordered(cell) ||
             (cell.writer == wave &&
              isBefore(cell.sequence, shadows[wave].vm.completed));
    }
    return true;
  }
  bool readByOthers(const Cell &cell, unsigned wave, unsigned bytes) const {
    return (cell.readBytes & bytes) && cell.readEpoch == epoch &&
           (cell.reader != wave || cell.otherReader != wave);
  }
  bool isFine(const Cell &cell, const LdsAccess &access) const;
  void apply(Cell &cell, const LdsAccess &access) const;
  uint32_t writerOf(const Cell &cell) const;

  /// Scalar and vector arithmetic on values that are defined and there needs no
  /// closer look: the results are defined in the lanes that EXEC names.
  bool isQuick(const Wave &w, const InstCheck &c) {
    Shadow &s = shadows[w.index];
    uint64_t notice =
        (s.scalarPending[0] & (c.scalarReadMask[0] | c.scalarWriteMask[0])) |
        (s.scalarPending[1] & (c.scalarReadMask[1] | c.scalarWriteMask[1])) |
        (c.readsScc & s.sccUndefined);
    for (unsigned n = 0; n < c.scalarsRead; ++n) {
      notice |= s.scalarUndefined[c.scalarsOf[n]];
    }
    for (unsigned n = 0; n < c.rowsRead; ++n) {
      notice |= s.undefined[c.rowRead[n]];
    }
    if (!s.idle) {
      auto pending = [&](unsigned row) {
        return s.pending[row / 64] >> (row % 64) & 1;
      };
      for (unsigned n = 0; n < c.rowsRead; ++n) {
        notice |= pending(c.rowRead[n]);
      }
      for (unsigned n = 0; n < c.rowsWritten; ++n) {
        notice |= pending(c.rowWritten[n]);
      }
    }
    if (notice != 0) {
      return false;
    }
    uint64_t others = ~exec(w);
    for (unsigned n = 0; n < c.rowsWritten; ++n) {
      s.undefined[c.rowWritten[n]] &= others;
    }
    for (unsigned n = 0; n < c.scalarsWritten; ++n) {
      s.scalarUndefined[c.scalarsTo[n]] = 0;
    }
    s.sccUndefined &= !c.writesScc;
    return true;
  }

  // Checker.cpp
  void runBefore(Wave &w, const Inst &i, const InstCheck &c);
  void runAfter(Wave &w, const Inst &i);
  void watchJump(Wave &w, const Inst &i);
};

/// Whether a rule has been reported for an instruction.
bool isReported(const Launch &launch, const Inst &i, CheckRule rule);

/// Reports a broken rule, once per site of a program; stops the launch when
/// the mode is Trap.
void report(Wave &w, const Inst &i, CheckRule rule, const std::string &what,
            int lane = -1, uint64_t address = ~0ull, unsigned bytes = 0,
            const std::string &note = "");

/// The text of a report about an instruction.
std::string describe(const Wave &w, const Inst &i, const std::string &what,
                     int lane, uint64_t address, unsigned bytes,
                     const std::string &note = "");

/// The offset of an instruction in its code, as disassemblers print it.
std::string describeAddress(const Launch &launch, const Inst &i);

/// Like `runWave`, under the checker.
void runWaveChecked(Wave &w, uint64_t count, GroupChecker &checker);

} // namespace moesaic::sim

#endif
