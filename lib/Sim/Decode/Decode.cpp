//===- Decode.cpp - machine code to decoded instructions ------------------===//

#include "Sim/Decode/Decode.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>

extern "C" {
void LLVMInitializeAMDGPUTargetInfo();
void LLVMInitializeAMDGPUTargetMC();
void LLVMInitializeAMDGPUDisassembler();
}

using namespace llvm;
using namespace moesaic::sim;

struct Decoder::Impl {
  std::string chip;
  std::unique_ptr<MCRegisterInfo> registers;
  std::unique_ptr<MCAsmInfo> asmInfo;
  std::unique_ptr<MCInstrInfo> instructions;
  std::unique_ptr<MCSubtargetInfo> subtarget;
  std::unique_ptr<MCContext> context;
  std::unique_ptr<MCDisassembler> disassembler;
  std::unique_ptr<MCInstPrinter> printer;
  StringMap<Opcode> opcodes;
};

Decoder::Decoder() : impl(std::make_unique<Impl>()) {}
Decoder::~Decoder() = default;

void moesaic::sim::OpcodeTable::add(const char *name, Opcode opcode) {
  (*static_cast<StringMap<Opcode> *>(map))[name] = opcode;
}

/// Takes the vector semantics that were compiled for the best instruction set
/// of this host.
static void addOpcodes(StringMap<Opcode> &map, const ChipModel &chip) {
  OpcodeTable table{&map, &chip};
  addScalarOps(table);
  addScalarCompareOps(table);
  addControlOps(table);
  addScalarMemoryOps(table);
  addGlobalOps(table);
  addBufferOps(table);
  addTypedBufferOps(table);
  addLdsOps(table);
  addGlobalSyncOps(table);
  addLaneOps(table);
  if (isRdna(chip)) {
    addPermuteOps(table);
    addScalarFloatOps(table);
    addRdnaControlOps(table);
  }
#define MOESAIC_SIM_ADD(NAMESPACE)                                             \
  NAMESPACE::addVectorFloatOps(table);                                         \
  NAMESPACE::addVectorIntegerOps(table);                                       \
  NAMESPACE::addVectorConvertOps(table);                                       \
  NAMESPACE::addVectorCompareOps(table);                                       \
  NAMESPACE::addVectorPackedOps(table);                                        \
  NAMESPACE::addVectorScaledOps(table);                                        \
  NAMESPACE::addMatrixOps(table);                                              \
  NAMESPACE::addSparseMatrixOps(table);                                        \
  if (isRdna(chip)) {                                                          \
    NAMESPACE::addVectorRdnaOps(table);                                        \
    NAMESPACE::addWmmaOps(table);                                              \
  }
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma")) {
    MOESAIC_SIM_ADD(avx512)
    return;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2")) {
    MOESAIC_SIM_ADD(avx2)
    return;
  }
#endif
  MOESAIC_SIM_ADD(baseline)
#undef MOESAIC_SIM_ADD
}

Expected<std::unique_ptr<Decoder>> Decoder::create(const ChipModel &chip,
                                                   unsigned lanes) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUDisassembler();
  });
  Triple triple("amdgcn-amd-amdhsa");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target) {
    return createStringError("no AMDGPU disassembler in LLVM: %s",
                             error.c_str());
  }
  std::unique_ptr<Decoder> decoder(new Decoder());
  Impl &impl = *decoder->impl;
  impl.chip = chip.name;
  MCTargetOptions options;
  impl.registers.reset(target->createMCRegInfo(triple));
  impl.asmInfo.reset(target->createMCAsmInfo(*impl.registers, triple, options));
  impl.instructions.reset(target->createMCInstrInfo());
  // True 16-bit names say which half an operand is.
  const char *features = !isRdna(chip) ? ""
                         : lanes == 32 ? "+real-true16,+wavefrontsize32"
                                       : "+real-true16,+wavefrontsize64";
  impl.subtarget.reset(
      target->createMCSubtargetInfo(triple, chip.name, features));
  impl.context = std::make_unique<MCContext>(
      triple, impl.asmInfo.get(), impl.registers.get(), impl.subtarget.get());
  impl.disassembler.reset(
      target->createMCDisassembler(*impl.subtarget, *impl.context));
  impl.printer.reset(target->createMCInstPrinter(
      triple, impl.asmInfo->getAssemblerDialect(), *impl.asmInfo,
      *impl.instructions, *impl.registers));
  if (!impl.disassembler || !impl.printer) {
    return createStringError("LLVM cannot disassemble code for %s",
                             impl.chip.c_str());
  }
  addOpcodes(impl.opcodes, chip);
  if (isRdna(chip)) {
    addRdnaNames(impl.opcodes);
  }
  if (chip.generation == 12 && lanes == kLanes) {
    // Another layout, which is not simulated.
    for (const std::string &name : decoder->mnemonics()) {
      if (StringRef(name).starts_with("v_wmma")) {
        impl.opcodes.erase(name);
      }
    }
  }
  return std::move(decoder);
}

std::vector<std::string> Decoder::mnemonics() const {
  std::vector<std::string> names;
  for (const auto &entry : impl->opcodes) {
    if (!entry.getKey().contains(' ')) { // "... clamp" are forms of another
      names.push_back(entry.getKey().str());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Whether a gfx9 instruction of 64 bits names a literal, operand 255, which
/// such encodings have no room for: VOP3 and VOP3P, MUBUF and MTBUF. LLVM's
/// disassembler reads beyond the bytes that it is given then.
static bool lacksLiteral(ArrayRef<uint8_t> bytes) {
  if (bytes.size() < 8) {
    return false;
  }
  const uint32_t low = support::endian::read32le(bytes.data());
  const uint32_t high = support::endian::read32le(bytes.data() + 4);
  switch (low >> 26) {
  case 0x34: {
    bool isCompare = (low >> 16 & 0x3ff) < 0x100; // with a scalar result
    return (high & 511) == 255 || (high >> 9 & 511) == 255 ||
           (high >> 18 & 511) == 255 || (isCompare && (low & 255) == 255);
  }
  case 0x38:
  case 0x3a:
    return high >> 24 == 255;
  default:
    return false;
  }
}

/// Whether a gfx9 SDWA instruction (src0 is 249) selects bytes in a way that is
/// reserved, for which LLVM's printer has no text and crashes.
static bool hasReservedSelect(ArrayRef<uint8_t> bytes) {
  if (bytes.size() < 8) {
    return false;
  }
  const uint32_t low = support::endian::read32le(bytes.data());
  const uint32_t high = support::endian::read32le(bytes.data() + 4);
  if (low >> 31 != 0 || (low & 511) != 249) {
    return false;
  }
  const bool isCompare = low >> 25 == 0x3e, isUnary = low >> 25 == 0x3f;
  const bool result = (high >> 8 & 7) == 7 || (high >> 11 & 3) == 3;
  return (high >> 16 & 7) == 7 || (!isUnary && (high >> 24 & 7) == 7) ||
         (!isCompare && result);
}

std::string Decoder::disassemble(ArrayRef<uint8_t> bytes, uint64_t address,
                                 uint64_t &size) {
  MCInst inst;
  size = 0;
  if (StringRef(impl->chip).starts_with("gfx9") &&
      (lacksLiteral(bytes) || hasReservedSelect(bytes))) {
    return "";
  }
  if (impl->disassembler->getInstruction(inst, size, bytes, address, nulls()) !=
      MCDisassembler::Success) {
    return "";
  }
  std::string text;
  raw_string_ostream os(text);
  impl->printer->printInst(&inst, address, "", *impl->subtarget, os);
  std::replace(text.begin(), text.end(), '\t', ' ');
  return StringRef(text).trim().str();
}

const Inst *Code::at(uint64_t address) const {
  if (address < begin || address >= end || address % 4) {
    return nullptr;
  }
  uint32_t index = indexAt[(address - begin) / 4];
  return index == ~0u ? nullptr : &insts[index];
}

static bool endsBlock(StringRef mnemonic) {
  return mnemonic == "s_endpgm" || mnemonic == "s_branch" ||
         mnemonic == "s_setpc_b64" || mnemonic == "s_rfe_b64" ||
         mnemonic == "s_endpgm_saved";
}

/// The target of a direct branch: the instruction behind plus a signed count
/// of words.
static bool branchTarget(StringRef text, const Inst &inst, uint64_t &target) {
  StringRef last = text.rsplit(' ').second;
  int64_t words;
  if (last.getAsInteger(0, words)) {
    return false;
  }
  target = inst.address + 4 + int64_t(int16_t(words)) * 4;
  return true;
}

static void stop(Wave &w, const Inst &i) {
  fault(w, i, "execution runs into bytes that are not code");
}

Expected<Code> Decoder::decode(uint64_t begin, uint64_t end,
                               ArrayRef<uint64_t> entries,
                               ArrayRef<uint64_t> functions) {
  Code code;
  code.begin = begin;
  code.end = end;
  code.indexAt.assign((end - begin) / 4 + 1, ~0u);

  struct Found {
    Inst inst;
    std::string text, mnemonic;
    uint64_t target = 0;
    std::array<Inst, 2> *pair = nullptr;
  };
  std::map<uint64_t, Found> found;
  std::vector<std::string> unknown;
  std::vector<uint64_t> work(entries.begin(), entries.end());
  bool addedFunctions = false;
  while (!work.empty()) {
    uint64_t address = work.back();
    work.pop_back();
    // s_getpc and an add of a constant make the target of a far jump or the
    // address of a table; only the former lies in the code.
    uint64_t pcValue = 0;
    unsigned pcRegister = 0;
    while (address >= begin && address < end && !found.count(address)) {
      uint64_t size = 0;
      ArrayRef<uint8_t> bytes(reinterpret_cast<const uint8_t *>(address),
                              end - address);
      std::string text = disassemble(bytes, address, size);
      char where[32];
      snprintf(where, sizeof(where),
               "0x%llx: ", static_cast<unsigned long long>(address - begin));
      if (text.empty()) {
        unknown.push_back(std::string(where) + "not an instruction of " +
                          impl->chip);
        break;
      }
      Found &f = found[address];
      f.text = text;
      f.inst.address = address;
      f.inst.size = uint32_t(size);
      std::string reason;
      auto [first, second] = StringRef(text).split(" :: ");
      if (second.empty()) {
        reason = parseInstruction(text, impl->opcodes, f.inst, f.mnemonic);
      } else {
        f.pair = &code.pairs.emplace_back();
        std::string ignored;
        reason = parseInstruction(first, impl->opcodes, (*f.pair)[0], ignored);
        if (reason.empty()) {
          reason =
              parseInstruction(second, impl->opcodes, (*f.pair)[1], ignored);
        }
        f.mnemonic = first.split(' ').first.str();
        f.inst.run = runPair;
        f.inst.kind = InstClass::Valu;
        f.inst.pair = f.pair->data();
        f.inst.usesFloat = (*f.pair)[0].usesFloat || (*f.pair)[1].usesFloat;
      }
      if (f.inst.dpp != Dpp::None) {
        f.inst.dppTable = &code.dppTables.emplace_back(dppTable(f.inst));
      }
      if (!reason.empty()) {
        unknown.push_back(where + text + " (" + reason + ")");
      }
      StringRef name = f.mnemonic;
      if (name == "s_branch" || name.starts_with("s_cbranch_") ||
          name == "s_call_b64") {
        if (branchTarget(text, f.inst, f.target)) {
          work.push_back(f.target);
        }
      }
      if ((name == "s_swappc_b64" || name == "s_setpc_b64" ||
           name == "s_call_b64") &&
          !addedFunctions) {
        addedFunctions = true;
        work.insert(work.end(), functions.begin(), functions.end());
      }
      if (name == "s_getpc_b64") {
        pcValue = address + size;
        pcRegister = f.inst.op[0].reg;
      } else if (name == "s_add_u32" && pcValue != 0 &&
                 f.inst.op[1].reg == pcRegister &&
                 f.inst.op[2].kind == Operand::Constant) {
        work.push_back(pcValue + int64_t(int32_t(f.inst.op[2].word)));
        pcValue = 0;
      }
      if (endsBlock(name)) {
        break;
      }
      address += size;
    }
  }
  if (!unknown.empty()) {
    std::sort(unknown.begin(), unknown.end());
    std::string message = std::to_string(unknown.size()) +
                          " instructions are not supported on " + impl->chip +
                          ":";
    for (const std::string &line : unknown) {
      message += "\n  " + line;
    }
    return createStringError(Twine(message));
  }

  code.insts.reserve(found.size() + 1);
  std::vector<uint64_t> targets;
  bool indexed = false;
  for (auto &entry : found) {
    Found &f = entry.second;
    f.inst.index = code.insts.size();
    for (Inst *half = f.pair ? f.pair->data() : nullptr;
         half && half != f.pair->data() + 2; ++half) {
      half->index = f.inst.index;
      half->address = f.inst.address;
      half->size = f.inst.size;
    }
    // Compilers bracket indexed moves; the mode is taken to be lexical.
    if (f.mnemonic == "s_set_gpr_idx_on") {
      indexed = true;
    } else if (f.mnemonic == "s_set_gpr_idx_off") {
      indexed = false;
    } else if (indexed) {
      f.inst.indexed = true;
      f.inst.plainResult = false;
      for (Operand &o : f.inst.op) {
        o.plain = false;
      }
    }
    code.indexAt[(entry.first - begin) / 4] = f.inst.index;
    code.insts.push_back(f.inst);
    code.text.push_back(std::move(f.text));
    code.mnemonics.push_back(std::move(f.mnemonic));
    targets.push_back(f.target);
  }
  Inst last;
  last.run = stop;
  last.index = code.insts.size();
  last.address = end;
  code.insts.push_back(last);
  code.text.push_back("(end of code)");
  code.mnemonics.push_back("(end of code)");
  for (size_t n = 0; n < targets.size(); ++n) {
    if (targets[n] != 0) {
      const Inst *target = code.at(targets[n]);
      code.insts[n].target = target ? target : &code.insts.back();
    }
  }
  return std::move(code);
}
