//===- MatrixLoop.cpp - the loop that does a kernel's products ------------===//

#include "Report/MatrixLoop.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Regex.h"

using namespace llvm;
using namespace moesaic::report;

namespace {

enum class Kind { Matrix, Lds, Global, Valu, Salu, Sync };

} // namespace

static bool startsWithAny(StringRef name, ArrayRef<StringRef> prefixes) {
  return any_of(prefixes,
                [&](StringRef prefix) { return name.starts_with(prefix); });
}

static Kind classify(StringRef name) {
  if (startsWithAny(name, {"v_mfma", "v_smfmac", "v_wmma", "v_swmmac"})) {
    return Kind::Matrix;
  }
  if (name.starts_with("ds_")) {
    return Kind::Lds;
  }
  if (startsWithAny(name, {"global_", "buffer_", "flat_", "scratch_"})) {
    return Kind::Global;
  }
  if (startsWithAny(name,
                    {"s_wait", "s_barrier", "s_cbranch", "s_branch", "s_nop",
                     "s_sleep", "s_set", "s_sched", "s_delay", "s_clause"})) {
    return Kind::Sync;
  }
  return name.starts_with("s_") ? Kind::Salu : Kind::Valu;
}

unsigned moesaic::report::accessBytes(StringRef name) {
  static const std::pair<StringRef, unsigned> widths[] = {
      {"dwordx4", 16}, {"b128", 16}, {"dwordx3", 12}, {"b96", 12},
      {"dwordx2", 8},  {"b64", 8},   {"u64", 8},      {"dword", 4},
      {"b32", 4},      {"u32", 4},   {"short", 2},    {"b16", 2},
      {"u16", 2},      {"i16", 2},   {"byte", 1},     {"b8", 1},
      {"u8", 1},       {"i8", 1}};
  Kind kind = classify(name);
  if (kind != Kind::Lds && kind != Kind::Global) {
    return 0;
  }
  for (auto [part, bytes] : widths) {
    if (name.contains(part)) {
      bool isPair = name.contains("read2") || name.contains("write2") ||
                    name.contains("_2addr_");
      return isPair ? 2 * bytes : bytes;
    }
  }
  return 0;
}

/// 2 m n k of the shape in the mnemonic, times its number of blocks.
static uint64_t matrixFlops(StringRef name) {
  static const Regex shape("([0-9]+)x([0-9]+)x([0-9]+)(_([0-9]+)b)?");
  SmallVector<StringRef> parts;
  if (!shape.match(name, &parts)) {
    return 0;
  }
  uint64_t result = 2;
  for (unsigned i : {1, 2, 3, 5}) {
    uint64_t factor = 1;
    if (!parts[i].empty()) {
      parts[i].getAsInteger(10, factor);
    }
    result *= factor;
  }
  return result;
}

std::optional<unsigned> moesaic::report::loadsLeft(StringRef text) {
  // One counter is for all memory before gfx12, which has one for loads.
  static const Regex older("s_waitcnt .*vmcnt\\(([0-9]+)\\)");
  static const Regex newer("s_wait_loadcnt(_dscnt)? +([0-9a-fx]+)");
  SmallVector<StringRef> parts;
  unsigned left = 0;
  if (older.match(text, &parts) && !parts[1].getAsInteger(10, left)) {
    return left;
  }
  if (newer.match(text, &parts) && !parts[2].getAsInteger(0, left)) {
    // Bits 13:8 of both counters (RDNA4 ISA, S_WAIT_LOADCNT_DSCNT).
    return parts[1].empty() ? left : left >> 8 & 0x3f;
  }
  return std::nullopt;
}

static bool isLoad(const MachineInstruction &instruction) {
  StringRef name = instruction.mnemonic;
  return classify(name) == Kind::Global && name.contains("_load");
}

/// Loads come back in order: a wait leaves the youngest.
static unsigned countLoadsInFlight(ArrayRef<MachineInstruction> loop) {
  unsigned underWay = 0, most = 0;
  for (int round = 0; round < 2; ++round) { // The first fills the pipeline.
    for (const MachineInstruction &instruction : loop) {
      if (std::optional<unsigned> left = loadsLeft(instruction.text)) {
        underWay = std::min(underWay, *left);
      }
      underWay += isLoad(instruction);
      most = std::max(most, underWay);
    }
  }
  return most;
}

static void narrow(unsigned &narrowest, unsigned bytes) {
  if (bytes != 0) {
    narrowest = narrowest == 0 ? bytes : std::min(narrowest, bytes);
  }
}

static MatrixLoop count(const MachineTarget &target,
                        ArrayRef<MachineInstruction> code) {
  MatrixLoop loop;
  StringMap<unsigned> used;
  loop.instructions = code.size();
  for (const MachineInstruction &instruction : code) {
    StringRef name = instruction.mnemonic;
    unsigned bytes = accessBytes(name);
    switch (classify(name)) {
    case Kind::Matrix:
      ++loop.matrix;
      loop.flops += matrixFlops(name);
      loop.busyCycles += target.busyCycles(instruction.inst);
      if (++used[name] > used.lookup(loop.instruction)) {
        loop.instruction = name.str();
      }
      break;
    case Kind::Lds:
      ++loop.lds;
      narrow(loop.narrowestLds, bytes);
      break;
    case Kind::Global:
      ++loop.global;
      narrow(loop.narrowestGlobal, bytes);
      loop.loadedBytes += isLoad(instruction) ? bytes : 0;
      break;
    case Kind::Valu:
      ++loop.valu;
      break;
    case Kind::Salu:
      ++loop.salu;
      break;
    case Kind::Sync:
      ++loop.sync;
      break;
    }
  }
  loop.loadsInFlight = countLoadsInFlight(code);
  if (loop.matrix != 0) {
    loop.cycles = target.modelCycles(code);
  }
  return loop;
}

std::optional<double> MatrixLoop::share() const {
  // A model without the matrix unit says one cycle for everything.
  if (!cycles || *cycles == 0 || busyCycles <= matrix) {
    return std::nullopt;
  }
  return busyCycles / *cycles;
}

std::optional<MatrixLoop>
moesaic::report::findMatrixLoop(const MachineTarget &target,
                                ArrayRef<MachineInstruction> code) {
  // Loops are contiguous: from a branch's target up to the branch back.
  SmallVector<std::pair<size_t, size_t>> loops;
  for (size_t last = 0; last < code.size(); ++last) {
    if (!code[last].branchTarget ||
        *code[last].branchTarget > code[last].address) {
      continue;
    }
    size_t first = lower_bound(code, *code[last].branchTarget,
                               [](const MachineInstruction &instruction,
                                  uint64_t address) {
                                 return instruction.address < address;
                               }) -
                   code.begin();
    loops.emplace_back(first, last);
  }
  std::optional<MatrixLoop> best;
  for (auto [first, last] : loops) {
    bool hasInner = any_of(loops, [&, begin = first, end = last](auto other) {
      return other.first >= begin && other.second < end;
    });
    if (hasInner) {
      continue;
    }
    auto body = code.slice(first, last - first + 1);
    size_t matrix = count_if(body, [](const MachineInstruction &instruction) {
      return classify(instruction.mnemonic) == Kind::Matrix;
    });
    if (matrix == 0 || (best && (matrix < best->matrix ||
                                 (matrix == best->matrix &&
                                  body.size() >= best->instructions)))) {
      continue;
    }
    best = count(target, body);
  }
  return best;
}
