//===- MachineCode.h - the instructions of a kernel -------------*- C++ -*-===//
//
// What reports are made from: the code object as it will run, disassembled, so
// that no figure depends on what a pass believed.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_REPORT_MACHINECODE_H
#define MOESAIC_REPORT_MACHINECODE_H

#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrAnalysis.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace moesaic::report {

struct MachineInstruction {
  uint64_t address = 0;
  llvm::MCInst inst;
  std::string mnemonic; ///< As printed, such as "ds_read_b128".
  std::string text;     ///< With operands.
  std::optional<uint64_t> branchTarget;
};

/// LLVM's descriptions of one chip.
class MachineTarget {
public:
  static llvm::Expected<std::unique_ptr<MachineTarget>>
  create(llvm::StringRef chip);

  /// Disassembles a kernel of a code object.
  llvm::Expected<std::vector<MachineInstruction>>
  disassemble(llvm::StringRef codeObject, llvm::StringRef kernel) const;

  /// Cycles of one pass over straight-line code in a loop, as llvm-mca models
  /// one wave alone; none if its model lacks an instruction.
  std::optional<double>
  modelCycles(llvm::ArrayRef<MachineInstruction> code) const;

  /// Cycles for which an instruction keeps its unit busy, in the same model.
  unsigned busyCycles(const llvm::MCInst &inst) const;

private:
  const llvm::Target *target = nullptr;
  llvm::Triple triple;
  std::unique_ptr<llvm::MCRegisterInfo> registers;
  std::unique_ptr<llvm::MCAsmInfo> asmInfo;
  std::unique_ptr<llvm::MCInstrInfo> instructions;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::unique_ptr<llvm::MCInstrAnalysis> analysis;
};

} // namespace moesaic::report

#endif
