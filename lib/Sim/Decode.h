//===- Decode.h - machine code to decoded instructions ----------*- C++ -*-===//

#ifndef MOESAIC_SIM_DECODE_H
#define MOESAIC_SIM_DECODE_H

#include "Sim/Machine.h"
#include "Sim/Simulator.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
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

  const Inst *at(uint64_t address) const;
};

/// LLVM's disassembler for one chip and the table of known opcodes.
class Decoder {
public:
  static llvm::Expected<std::unique_ptr<Decoder>> create(const ChipModel &chip);
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

/// The mnemonics of `chip` that the simulator executes, and the others.
llvm::Expected<InstructionList> listInstructions(const ChipModel &chip);

} // namespace moesaic::sim

#endif
