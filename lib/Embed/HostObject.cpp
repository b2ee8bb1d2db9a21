//===- HostObject.cpp - the relocatable object for the host ---------------===//

#include "Embed/HostObject.h"
#include "Embed/HostCode.h"
#include "Target/CodeObject.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Constants.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/TargetParser/Host.h"
#include <mutex>

extern "C" {
void LLVMInitializeAArch64TargetInfo();
void LLVMInitializeAArch64Target();
void LLVMInitializeAArch64TargetMC();
void LLVMInitializeAArch64AsmPrinter();
void LLVMInitializeX86TargetInfo();
void LLVMInitializeX86Target();
void LLVMInitializeX86TargetMC();
void LLVMInitializeX86AsmPrinter();
}

using namespace mlir;
using namespace moesaic;

static constexpr llvm::StringLiteral hosts[] = {"x86_64", "aarch64"};

ArrayRef<llvm::StringLiteral> embed::getHosts() { return hosts; }

StringRef embed::getDefaultHost() {
  llvm::Triple triple(llvm::sys::getProcessTriple());
  return triple.isAArch64() ? hosts[1] : hosts[0];
}

static std::unique_ptr<llvm::TargetMachine>
createHostMachine(StringRef host, std::string &reason) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
  });
  llvm::Triple triple(host + "-unknown-linux-gnu");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, reason);
  if (!target) {
    return nullptr;
  }
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, /*CPU=*/"", /*Features=*/"",
                                  llvm::TargetOptions(), llvm::Reloc::PIC_));
}

/// Gives the declared image its bytes.
static void defineImage(llvm::Module &module, StringRef image) {
  llvm::GlobalVariable *declared =
      module.getGlobalVariable(embed::imageName, /*AllowInternal=*/true);
  auto *bytes = llvm::ConstantDataArray::getString(module.getContext(), image,
                                                   /*AddNull=*/false);
  auto *defined =
      new llvm::GlobalVariable(module, bytes->getType(), /*isConstant=*/true,
                               llvm::GlobalValue::InternalLinkage, bytes);
  defined->setAlignment(llvm::Align(256)); // that of the code objects in it
  defined->takeName(declared);
  declared->replaceAllUsesWith(defined);
  declared->eraseFromParent();
}

LogicalResult embed::emitHostObject(ModuleOp module, StringRef image,
                                    StringRef source, StringRef host,
                                    SmallVectorImpl<char> &out) {
  std::string reason;
  std::unique_ptr<llvm::TargetMachine> machine =
      createHostMachine(host, reason);
  if (!machine) {
    return module.emitError()
           << "no code generator for '" << host << "': " << reason;
  }
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(module, context, source);
  if (!llvmModule) {
    return failure();
  }
  llvmModule->setSourceFileName(source);
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  llvmModule->setPICLevel(llvm::PICLevel::BigPIC);
  defineImage(*llvmModule, image);
  for (llvm::Function &function : *llvmModule) {
    function.setDoesNotThrow();
    if (!function.isDeclaration()) {
      function.addFnAttr(llvm::Attribute::OptimizeForSize);
      function.addFnAttr(llvm::Attribute::MinSize);
    }
  }
  optimize(*llvmModule, *machine);
  return emitMachineCode(*llvmModule, module, *machine,
                         llvm::CodeGenFileType::ObjectFile, out);
}
