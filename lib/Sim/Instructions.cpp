//===- Instructions.cpp - which instructions a simulated chip has ---------===//
//
// The opcode table serves all chips; LLVM's assembler knows which chip has
// which mnemonic. Every mnemonic is given to it alone on a line: what the chip
// lacks is an unknown instruction there, what it has lacks operands.
//
//===----------------------------------------------------------------------===//

#include "Sim/Decode.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectFileInfo.h"
#include "llvm/MC/MCParser/MCAsmParser.h"
#include "llvm/MC/MCParser/MCTargetAsmParser.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <set>

extern "C" {
void LLVMInitializeAMDGPUAsmParser();
void LLVMInitializeAMDGPUTargetInfo();
void LLVMInitializeAMDGPUTargetMC();
}

using namespace llvm;
using namespace moesaic::sim;

/// The lines of `text` that the assembler refuses for want of such an
/// instruction.
static void collect(const SMDiagnostic &diagnostic, void *lines) {
  StringRef message = diagnostic.getMessage();
  if (message.contains("not supported on this GPU") ||
      message.contains("invalid instruction")) {
    static_cast<std::set<int> *>(lines)->insert(diagnostic.getLineNo());
  }
}

Expected<std::vector<std::string>>
moesaic::sim::listInstructions(const ChipModel &chip) {
  auto decoder = Decoder::create(chip, isRdna(chip) ? 32 : kLanes);
  if (!decoder) {
    return decoder.takeError();
  }
  std::vector<std::string> names = (*decoder)->mnemonics();
  LLVMInitializeAMDGPUAsmParser();
  Triple triple("amdgcn-amd-amdhsa");
  std::string error, text;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  for (const std::string &name : names) {
    text += name + "\n";
  }
  std::set<int> refused;
  SourceMgr sources;
  sources.setDiagHandler(collect, &refused);
  sources.AddNewSourceBuffer(MemoryBuffer::getMemBufferCopy(text), SMLoc());
  MCTargetOptions options;
  std::unique_ptr<MCRegisterInfo> registers(target->createMCRegInfo(triple));
  std::unique_ptr<MCAsmInfo> asmInfo(
      target->createMCAsmInfo(*registers, triple, options));
  std::unique_ptr<MCInstrInfo> instructions(target->createMCInstrInfo());
  std::unique_ptr<MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(triple, chip.name, ""));
  MCContext context(triple, asmInfo.get(), registers.get(), subtarget.get(),
                    &sources);
  std::unique_ptr<MCObjectFileInfo> file(
      target->createMCObjectFileInfo(context, /*PIC=*/true));
  context.setObjectFileInfo(file.get());
  std::unique_ptr<MCStreamer> streamer(createNullStreamer(context));
  target->createNullTargetStreamer(*streamer);
  std::unique_ptr<MCAsmParser> parser(
      createMCAsmParser(sources, context, *streamer, *asmInfo));
  std::unique_ptr<MCTargetAsmParser> targetParser(
      target->createMCAsmParser(*subtarget, *parser, *instructions, options));
  if (!targetParser) {
    return createStringError("no AMDGPU assembler in LLVM");
  }
  parser->setTargetParser(*targetParser);
  parser->Run(/*NoInitialTextSection=*/false);
  std::vector<std::string> result;
  for (size_t n = 0; n < names.size(); ++n) {
    if (!refused.count(int(n) + 1)) {
      result.push_back(std::move(names[n]));
    }
  }
  return std::move(result);
}
