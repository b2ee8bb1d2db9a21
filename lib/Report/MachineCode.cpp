//===- MachineCode.cpp - the instructions of a kernel ---------------------===//

#include "Report/MachineCode.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MCA/Context.h"
#include "llvm/MCA/CustomBehaviour.h"
#include "llvm/MCA/InstrBuilder.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/TargetSelect.h"
#include <mutex>

extern "C" {
void LLVMInitializeAMDGPUTargetInfo();
void LLVMInitializeAMDGPUTargetMC();
void LLVMInitializeAMDGPUDisassembler();
void LLVMInitializeAMDGPUTargetMCA();
}

using namespace llvm;
using namespace moesaic::report;

Expected<std::unique_ptr<MachineTarget>> MachineTarget::create(StringRef chip) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUDisassembler();
    LLVMInitializeAMDGPUTargetMCA();
  });
  auto result = std::make_unique<MachineTarget>();
  result->triple = Triple("amdgcn-amd-amdhsa");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(result->triple, error);
  if (!target) {
    return createStringError("no AMDGPU target in LLVM: %s", error.c_str());
  }
  result->target = target;
  result->registers.reset(target->createMCRegInfo(result->triple));
  result->asmInfo.reset(target->createMCAsmInfo(
      *result->registers, result->triple, MCTargetOptions()));
  result->instructions.reset(target->createMCInstrInfo());
  result->subtarget.reset(
      target->createMCSubtargetInfo(result->triple, chip, ""));
  result->analysis.reset(
      target->createMCInstrAnalysis(result->instructions.get()));
  return std::move(result);
}

/// The bytes of a kernel and their address.
static Expected<std::pair<ArrayRef<uint8_t>, uint64_t>>
findCode(const object::ELF64LEObjectFile &file, StringRef kernel) {
  for (const object::ELFSymbolRef &symbol : file.symbols()) {
    Expected<StringRef> name = symbol.getName();
    Expected<uint64_t> address = symbol.getAddress();
    if (!name || !address || *name != kernel ||
        symbol.getELFType() != ELF::STT_FUNC) {
      consumeError(name.takeError());
      consumeError(address.takeError());
      continue;
    }
    auto bytes = file.getELFFile().toMappedAddr(*address);
    if (!bytes) {
      return bytes.takeError();
    }
    StringRef data = file.getData();
    uint64_t offset = *bytes - data.bytes_begin();
    if (offset + symbol.getSize() > data.size()) {
      break;
    }
    return std::make_pair(ArrayRef<uint8_t>(*bytes, symbol.getSize()),
                          *address);
  }
  return createStringError("malformed code object: no code of kernel '%s'",
                           kernel.str().c_str());
}

Expected<std::vector<MachineInstruction>>
MachineTarget::disassemble(StringRef codeObject, StringRef kernel) const {
  auto file = object::ObjectFile::createELFObjectFile(
      MemoryBufferRef(codeObject, "code object"));
  if (!file) {
    return file.takeError();
  }
  auto *elf = dyn_cast<object::ELF64LEObjectFile>(file->get());
  if (!elf) {
    return createStringError("malformed code object: not 64-bit ELF");
  }
  auto code = findCode(*elf, kernel);
  if (!code) {
    return code.takeError();
  }
  MCContext context(triple, asmInfo.get(), registers.get(), subtarget.get());
  std::unique_ptr<MCDisassembler> disassembler(
      target->createMCDisassembler(*subtarget, context));
  std::unique_ptr<MCInstPrinter> printer(
      target->createMCInstPrinter(triple, asmInfo->getAssemblerDialect(),
                                  *asmInfo, *instructions, *registers));
  auto [bytes, begin] = *code;
  std::vector<MachineInstruction> result;
  for (uint64_t offset = 0, size = 0; offset < bytes.size(); offset += size) {
    MachineInstruction instruction;
    instruction.address = begin + offset;
    if (disassembler->getInstruction(
            instruction.inst, size, bytes.drop_front(offset),
            instruction.address, nulls()) != MCDisassembler::Success) {
      return createStringError("kernel '%s': no instruction at 0x%llx",
                               kernel.str().c_str(),
                               (unsigned long long)instruction.address);
    }
    raw_string_ostream stream(instruction.text);
    printer->printInst(&instruction.inst, instruction.address, "", *subtarget,
                       stream);
    StringRef text = StringRef(instruction.text).trim();
    instruction.mnemonic =
        text.take_until([](char c) { return c == ' ' || c == '\t'; }).str();
    uint64_t branchTarget = 0;
    if (analysis->isBranch(instruction.inst) &&
        analysis->evaluateBranch(instruction.inst, instruction.address, size,
                                 branchTarget)) {
      instruction.branchTarget = branchTarget;
    }
    result.push_back(std::move(instruction));
  }
  return result;
}

std::optional<double>
MachineTarget::modelCycles(ArrayRef<MachineInstruction> code) const {
  // The values of the recipe's `llvm-mca -iterations=10`; calls do not occur.
  constexpr unsigned iterations = 10, callLatency = 100;
  std::unique_ptr<mca::InstrumentManager> instruments(
      target->createInstrumentManager(*subtarget, *instructions));
  if (!instruments) {
    instruments =
        std::make_unique<mca::InstrumentManager>(*subtarget, *instructions);
  }
  std::unique_ptr<mca::InstrPostProcess> post(
      target->createInstrPostProcess(*subtarget, *instructions));
  if (!post) {
    post = std::make_unique<mca::InstrPostProcess>(*subtarget, *instructions);
  }
  mca::InstrBuilder builder(*subtarget, *instructions, *registers,
                            analysis.get(), *instruments, callLatency);
  std::vector<std::unique_ptr<mca::Instruction>> sequence;
  for (const MachineInstruction &instruction : code) {
    if (instruction.branchTarget) {
      continue; // the model has no taken branches
    }
    // The disassembler leaves trailing modifiers out, of WMMA for example; the
    // model counts on all operands.
    MCInst inst = instruction.inst;
    while (inst.getNumOperands() <
           instructions->get(inst.getOpcode()).getNumOperands()) {
      inst.addOperand(MCOperand::createImm(0));
    }
    auto lowered = builder.createInstruction(inst, {});
    if (!lowered) {
      consumeError(lowered.takeError());
      return std::nullopt;
    }
    post->postProcessInstruction(**lowered, inst);
    sequence.push_back(std::move(*lowered));
  }
  if (sequence.empty()) {
    return std::nullopt;
  }
  mca::CircularSourceMgr source(sequence, iterations);
  std::unique_ptr<mca::CustomBehaviour> behaviour(
      target->createCustomBehaviour(*subtarget, source, *instructions));
  if (!behaviour) {
    behaviour = std::make_unique<mca::CustomBehaviour>(*subtarget, source,
                                                       *instructions);
  }
  mca::Context context(*registers, *subtarget);
  mca::PipelineOptions options(0, 0, 0, 0, 0, 0, /*NoAlias=*/true);
  std::unique_ptr<mca::Pipeline> pipeline =
      context.createDefaultPipeline(options, source, *behaviour);
  Expected<unsigned> cycles = pipeline->run();
  if (!cycles) {
    consumeError(cycles.takeError());
    return std::nullopt;
  }
  return double(*cycles) / iterations;
}

unsigned MachineTarget::busyCycles(const MCInst &inst) const {
  const MCSchedModel &model = subtarget->getSchedModel();
  unsigned schedClass = instructions->get(inst.getOpcode()).getSchedClass();
  while (schedClass && model.getSchedClassDesc(schedClass)->isVariant()) {
    schedClass = subtarget->resolveVariantSchedClass(
        schedClass, &inst, instructions.get(), model.getProcessorID());
  }
  unsigned busy = 0;
  const MCSchedClassDesc *description = model.getSchedClassDesc(schedClass);
  for (const MCWriteProcResEntry &entry :
       make_range(subtarget->getWriteProcResBegin(description),
                  subtarget->getWriteProcResEnd(description))) {
    busy = std::max<unsigned>(busy, entry.ReleaseAtCycle);
  }
  return busy;
}
