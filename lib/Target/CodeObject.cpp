//===- CodeObject.cpp - from LLVM dialect to an AMDGPU code object --------===//

#include "Target/CodeObject.h"
#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "lld/Common/Driver.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/ROCDL/ROCDLToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include <mutex>

// Only AMDGPU is ever initialised: the packaged library holds every target.
extern "C" {
void LLVMInitializeAMDGPUTargetInfo();
void LLVMInitializeAMDGPUTarget();
void LLVMInitializeAMDGPUTargetMC();
void LLVMInitializeAMDGPUAsmPrinter();
void LLVMInitializeAMDGPUAsmParser(); // inline assembly
}

LLD_HAS_DRIVER(elf)

using namespace mlir;
using namespace moesaic;

void moesaic::registerTranslations(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerROCDLDialectTranslation(registry);
}

std::unique_ptr<llvm::TargetMachine>
moesaic::createTargetMachine(const Chip &chip, std::string &reason) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeAMDGPUTargetInfo();
    LLVMInitializeAMDGPUTarget();
    LLVMInitializeAMDGPUTargetMC();
    LLVMInitializeAMDGPUAsmPrinter();
    LLVMInitializeAMDGPUAsmParser();
  });
  llvm::Triple triple("amdgcn-amd-amdhsa");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, reason);
  if (!target) {
    return nullptr;
  }
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, chip.name, /*Features=*/"", llvm::TargetOptions(),
      llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// Argument names reach the metadata through the LLVM arguments' names, which
/// the translation drops.
static void nameArguments(gpu::GPUModuleOp module, llvm::Module &llvmModule) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    auto names = function->getAttrOfType<ArrayAttr>(argumentNamesAttr);
    llvm::Function *llvmFunction = llvmModule.getFunction(function.getName());
    if (!names || !llvmFunction) {
      continue;
    }
    for (auto [name, argument] :
         llvm::zip(names.getAsRange<StringAttr>(), llvmFunction->args())) {
      argument.setName(name.getValue());
    }
  }
}

std::unique_ptr<llvm::Module>
moesaic::translateToLLVM(ModuleOp module, llvm::LLVMContext &context,
                         llvm::TargetMachine &machine) {
  auto result = std::make_unique<llvm::Module>("moesaic", context);
  result->setTargetTriple(machine.getTargetTriple());
  result->setDataLayout(machine.createDataLayout());
  for (auto gpuModule : module.getOps<gpu::GPUModuleOp>()) {
    std::unique_ptr<llvm::Module> part =
        translateModuleToLLVMIR(gpuModule, context, gpuModule.getName());
    if (!part) {
      return nullptr;
    }
    part->setTargetTriple(machine.getTargetTriple());
    part->setDataLayout(machine.createDataLayout());
    nameArguments(gpuModule, *part);
    if (llvm::Linker::linkModules(*result, std::move(part))) {
      gpuModule.emitError()
          << "internal compiler error: could not join the kernels of '"
          << gpuModule.getName() << "'";
      return nullptr;
    }
  }
  // The printed IR then says itself what it is for.
  for (llvm::Function &function : *result) {
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", machine.getTargetCPU());
    }
  }
  result->addModuleFlag(llvm::Module::Error, "amdhsa_code_object_version",
                        codeObjectVersion * 100);
  return result;
}

void moesaic::optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  // With the machine, so that AMDGPU's own passes run: one of them infers that
  // no accumulation registers are needed and saves their copies.
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

namespace {
/// Turns LLVM's diagnostics into MLIR's.
class DiagnosticForwarder : public llvm::DiagnosticHandler {
public:
  DiagnosticForwarder(ModuleOp module, bool &failed)
      : module(module), failed(failed) {}

  bool handleDiagnostics(const llvm::DiagnosticInfo &info) override {
    bool isError = info.getSeverity() == llvm::DS_Error;
    if (!isError && info.getSeverity() != llvm::DS_Warning) {
      return true;
    }
    failed |= isError;
    InFlightDiagnostic diagnostic =
        isError ? emitError(getLocation(info)) : emitWarning(getLocation(info));
    if (auto *limit =
            llvm::dyn_cast<llvm::DiagnosticInfoResourceLimit>(&info)) {
      diagnostic << "kernel '" << limit->getFunction().getName() << "' needs "
                 << limit->getResourceSize() << " bytes of "
                 << limit->getResourceName() << ", the limit is "
                 << limit->getResourceLimit();
    } else if (auto *unsupported =
                   llvm::dyn_cast<llvm::DiagnosticInfoUnsupported>(&info)) {
      diagnostic << "kernel '" << unsupported->getFunction().getName()
                 << "': " << unsupported->getMessage().str();
    } else if (auto waves = getMissedOccupancy(info)) {
      diagnostic << "kernel '" << waves->kernel << "' asks for " << waves->asked
                 << " waves on a SIMD, but LDS or registers "
                 << "leave room for " << waves->reached;
      diagnostic.attachNote() << "help: WAVES_PER_EU=" << waves->reached;
    } else {
      std::string text;
      llvm::raw_string_ostream stream(text);
      llvm::DiagnosticPrinterRawOStream printer(stream);
      info.print(printer);
      diagnostic << text;
    }
    return true;
  }

private:
  struct MissedOccupancy {
    StringRef kernel;
    int asked, reached;
  };

  /// The waves that WAVES_PER_EU asked for in vain. LLVM has them in its text
  /// only.
  static std::optional<MissedOccupancy>
  getMissedOccupancy(const llvm::DiagnosticInfo &info) {
    auto *failure =
        llvm::dyn_cast<llvm::DiagnosticInfoOptimizationFailure>(&info);
    if (!failure) {
      return std::nullopt;
    }
    std::string message = failure->getMsg();
    auto numberAfter = [&](StringRef words, int &number) {
      StringRef rest = message;
      size_t position = rest.find(words);
      return position != StringRef::npos &&
             !rest.drop_front(position + words.size())
                  .consumeInteger(10, number);
    };
    MissedOccupancy result = {failure->getFunction().getName(), 0, 0};
    return numberAfter("desired occupancy was ", result.asked) &&
                   numberAfter("final occupancy is ", result.reached)
               ? std::optional(result)
               : std::nullopt;
  }

  Location getLocation(const llvm::DiagnosticInfo &info) {
    if (!llvm::isa<llvm::DiagnosticInfoUnsupported,
                   llvm::DiagnosticInfoOptimizationFailure,
                   llvm::DiagnosticInfoResourceLimit>(info)) {
      return module.getLoc();
    }
    const auto &located =
        static_cast<const llvm::DiagnosticInfoWithLocationBase &>(info);
    // LLVM gives what concerns a whole function no column.
    if (located.isLocationAvailable() &&
        located.getLocation().getColumn() != 0) {
      StringRef file;
      unsigned line = 0, column = 0;
      located.getLocation(file, line, column);
      return FileLineColLoc::get(module.getContext(), file, line, column);
    }
    Location location = module.getLoc();
    module.walk([&](LLVM::LLVMFuncOp function) {
      if (function.getName() == located.getFunction().getName()) {
        location = function.getLoc();
      }
    });
    return location;
  }

  ModuleOp module;
  bool &failed;
};
} // namespace

namespace {
/// Leaves out a pass that costs a fifth of the time to compile kernels with
/// many stores, and saves no instruction in a loop and few in front of it.
class CostlyPassGate : public llvm::OptPassGate {
public:
  bool isEnabled() const override { return true; }
  bool shouldRunPass(StringRef pass, StringRef) const override {
    return pass != "slsr";
  }
};
} // namespace

LogicalResult moesaic::emitMachineCode(llvm::Module &llvmModule,
                                       ModuleOp module,
                                       llvm::TargetMachine &machine,
                                       llvm::CodeGenFileType kind,
                                       llvm::SmallVectorImpl<char> &out) {
  bool failed = false;
  llvmModule.getContext().setDiagnosticHandler(
      std::make_unique<DiagnosticForwarder>(module, failed));
  static CostlyPassGate gate; // The context outlives this call.
  llvmModule.getContext().setOptPassGate(gate);
  llvm::raw_svector_ostream stream(out);
  llvm::legacy::PassManager manager;
  if (machine.addPassesToEmitFile(manager, stream, nullptr, kind)) {
    return module.emitError()
           << "internal compiler error: no code generator for this output";
  }
  manager.run(llvmModule);
  return success(!failed);
}

namespace {
/// A private file that disappears with this object, and on a signal too.
class TemporaryFile {
public:
  ~TemporaryFile() {
    if (!path.empty()) {
      llvm::sys::fs::remove(path);
      llvm::sys::DontRemoveFileOnSignal(path);
    }
  }

  std::error_code create(StringRef suffix) {
    if (std::error_code error = llvm::sys::fs::createTemporaryFile(
            "moesaic", suffix, descriptor, path)) {
      path.clear();
      return error;
    }
    llvm::sys::RemoveFileOnSignal(path);
    return {};
  }

  /// Writes `contents`, or nothing, and closes the file.
  std::error_code write(StringRef contents) {
    llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
    stream << contents;
    stream.close();
    std::error_code error = stream.error();
    stream.clear_error();
    return error;
  }

  SmallString<128> path;

private:
  int descriptor = -1;
};
} // namespace

llvm::Error moesaic::linkCodeObject(StringRef object,
                                    llvm::SmallVectorImpl<char> &out) {
  TemporaryFile input, output;
  for (auto [file, suffix, contents] :
       {std::tuple(&input, "o", object),
        std::tuple(&output, "hsaco", StringRef())}) {
    std::error_code error = file->create(suffix);
    if (!error) {
      error = file->write(contents);
    }
    if (error) {
      return llvm::createStringError(error, "cannot write a temporary file: %s",
                                     error.message().c_str());
    }
  }
  const char *arguments[] = {
      "ld.lld",           "-shared", "--no-undefined",   "--threads=1",
      input.path.c_str(), "-o",      output.path.c_str()};
  static std::mutex oneLinkAtATime; // lld keeps its state in globals
  std::string messages;
  {
    std::lock_guard<std::mutex> lock(oneLinkAtATime);
    llvm::raw_string_ostream errors(messages);
    lld::Result result = lld::lldMain(arguments, llvm::nulls(), errors,
                                      {{lld::Gnu, &lld::elf::link}});
    if (result.retCode != 0) {
      return llvm::createStringError(
          llvm::inconvertibleErrorCode(), "linking failed: %s",
          StringRef(errors.str()).rtrim().str().c_str());
    }
  }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> linked =
      llvm::MemoryBuffer::getFile(output.path, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false);
  if (!linked) {
    return llvm::createStringError(linked.getError(),
                                   "cannot read the linked code object");
  }
  out.assign((*linked)->getBufferStart(), (*linked)->getBufferEnd());
  return llvm::Error::success();
}
