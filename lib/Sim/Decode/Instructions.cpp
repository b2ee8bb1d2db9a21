//===- Instructions.cpp - which instructions a simulated chip has ---------===//
//
// The opcode table serves all chips; LLVM's assembler knows which chip has
// which mnemonic. Every mnemonic is given to it alone on a line: what the chip
// lacks is an unknown instruction there, what it has lacks operands. The
// instructions that the opcode table lacks are found likewise, among what the
// disassembler would print for all encodings that LLVM knows.
//
//===----------------------------------------------------------------------===//

#include "Sim/Decode/Decode.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
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
#include <algorithm>
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

/// Whether LLVM's name of an encoding is one of the chip's generation:
/// V_ADD_F32_e32_gfx11, and _vi, which gfx9 chips share. Assemblers of RDNA
/// chips also take former names, which nothing prints.
static bool isOfGeneration(StringRef encoding, const ChipModel &chip) {
  if (isRdna(chip)) {
    return encoding.contains("gfx" + std::to_string(chip.generation));
  }
  return encoding.contains("_vi") || encoding.contains("gfx9") ||
         encoding.contains("gfx8");
}

/// What the disassembler prints for encodings of a chip's generation, without
/// images and exports.
static std::set<std::string> printedNames(const Target &target,
                                          const ChipModel &chip) {
  Triple triple("amdgcn-amd-amdhsa");
  MCTargetOptions options;
  std::unique_ptr<MCRegisterInfo> registers(target.createMCRegInfo(triple));
  std::unique_ptr<MCAsmInfo> asmInfo(
      target.createMCAsmInfo(*registers, triple, options));
  std::unique_ptr<MCInstrInfo> instructions(target.createMCInstrInfo());
  std::unique_ptr<MCInstPrinter> printer(target.createMCInstPrinter(
      triple, 0, *asmInfo, *instructions, *registers));
  std::set<std::string> names;
  for (unsigned n = 0; n < instructions->getNumOpcodes(); ++n) {
    if (!isOfGeneration(instructions->getName(n), chip)) {
      continue;
    }
    MCInst inst;
    inst.setOpcode(n);
    const char *printed = printer->getMnemonic(inst).first;
    StringRef name = StringRef(printed ? printed : "").split(' ').first;
    for (StringRef suffix : {"_dpp", "_sdwa", "_e32", "_e64"}) {
      name.consume_back(suffix);
    }
    for (StringRef kind : {"v_", "s_", "ds_", "lds_", "global_", "flat_",
                           "scratch_", "buffer_", "tbuffer_"}) {
      if (name.starts_with(kind)) {
        names.insert(name.str());
      }
    }
  }
  return names;
}

/// Those of `names` that the chip's assembler knows.
static Expected<std::vector<std::string>>
namesOfChip(std::vector<std::string> names, const ChipModel &chip) {
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

/// The mnemonics of the opcode table.
static Expected<std::vector<std::string>> knownNames(const ChipModel &chip) {
  auto decoder = Decoder::create(chip, isRdna(chip) ? 32 : kLanes);
  if (!decoder) {
    return decoder.takeError();
  }
  return (*decoder)->mnemonics();
}

/// The instructions of the chip that are in the opcode table, or the others.
static Expected<std::vector<std::string>> list(const ChipModel &chip,
                                               bool simulated) {
  auto known = knownNames(chip);
  if (!known) {
    return known;
  }
  std::string error;
  const Target *target =
      TargetRegistry::lookupTarget(Triple("amdgcn-amd-amdhsa"), error);
  std::vector<std::string> names;
  for (const std::string &name : printedNames(*target, chip)) {
    if (std::binary_search(known->begin(), known->end(), name) == simulated) {
      names.push_back(name);
    }
  }
  return namesOfChip(std::move(names), chip);
}

Expected<std::vector<std::string>>
moesaic::sim::listInstructions(const ChipModel &chip) {
  return list(chip, true);
}

Expected<std::vector<std::string>>
moesaic::sim::listMissing(const ChipModel &chip) {
  return list(chip, false);
}

static Expected<const ChipModel *> modelOf(StringRef chip) {
  if (const ChipModel *model = findChipModel(chip.str().c_str())) {
    return model;
  }
  return createStringError("no simulated chip `%s`", chip.str().c_str());
}

Expected<std::vector<std::string>>
moesaic::sim::supportedInstructions(StringRef chip) {
  auto model = modelOf(chip);
  if (!model) {
    return model.takeError();
  }
  return listInstructions(**model);
}

Expected<std::vector<std::string>>
moesaic::sim::missingInstructions(StringRef chip) {
  auto model = modelOf(chip);
  if (!model) {
    return model.takeError();
  }
  return listMissing(**model);
}
