//===- Decode.h - machine code to decoded instructions ----------*- C++ -*-===//

#ifndef MOESAIC_SIM_DECODE_DECODE_H
#define MOESAIC_SIM_DECODE_DECODE_H

#include "Sim/Machine.h"
#include "Sim/Simulator.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace moesaic::sim {

/// The decoded instructions that a set of entry points can reach, by address.
struct Code {
  uint64_t begin = 0, end = 0;   ///< Bytes that were decoded from.
  std::vector<Inst> insts;       ///< Sorted by address; the last one is a stop.
  std::vector<std::string> text; ///< Disassembly of each instruction.
  std::vector<std::string> mnemonics; ///< Without the encoding's suffix.
  std::vector<uint32_t> indexAt;      ///< By (address - begin) / 4; ~0: none.
  std::deque<DppTable> dppTables;
  std::deque<std::array<Inst, 2>> pairs; ///< The halves of VOPD instructions.

  const Inst *at(uint64_t address) const;
};

/// LLVM's disassembler for one chip and the table of known opcodes.
class Decoder {
public:
  /// `lanes` is the size of the waves on chips that have both.
  static llvm::Expected<std::unique_ptr<Decoder>> create(const ChipModel &chip,
                                                         unsigned lanes);
  ~Decoder();

  /// Decodes everything that `entries` reach in [begin, end). `functions` are
  /// the targets that computed calls may have. Fails with the list of all
  /// instructions that are not understood.
  llvm::Expected<Code> decode(uint64_t begin, uint64_t end,
                              llvm::ArrayRef<uint64_t> entries,
                              llvm::ArrayRef<uint64_t> functions);

  /// The disassembly of the instruction at `bytes`, or an empty string.
  std::string disassemble(llvm::ArrayRef<uint8_t> bytes, uint64_t address,
                          uint64_t &size);

  /// The mnemonics of the opcode table, sorted; some are of other chips.
  std::vector<std::string> mnemonics() const;

private:
  Decoder();
  struct Impl;
  std::unique_ptr<Impl> impl;
};

/// Parses one line of disassembly. Returns an empty string, or why not.
std::string parseInstruction(llvm::StringRef text,
                             const llvm::StringMap<Opcode> &opcodes, Inst &inst,
                             std::string &mnemonic);

/// What the DPP control of an instruction means.
DppTable dppTable(const Inst &inst);

/// Executes both halves of a VOPD instruction.
void runPair(Wave &w, const Inst &i);

/// Gives the operations that RDNA renamed their new names.
void addRdnaNames(llvm::StringMap<Opcode> &opcodes);

/// The mnemonics that the simulator executes on `chip`, and those that it does
/// not, sorted.
llvm::Expected<std::vector<std::string>>
listInstructions(const ChipModel &chip);
llvm::Expected<std::vector<std::string>> listMissing(const ChipModel &chip);

} // namespace moesaic::sim

#endif
