//===- CodeObject.h - LLVM dialect to code object ---------------*- C++ -*-===//
//
// translate -> optimize -> emitMachineCode -> linkCodeObject, all in process
// and without ROCm. Problems are reported through MLIR's diagnostics, at the
// kernel or at the source line that LLVM names.
//
//===----------------------------------------------------------------------===//

#ifndef MOESAIC_TARGET_CODEOBJECT_H
#define MOESAIC_TARGET_CODEOBJECT_H

#include "Target/Chips.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace moesaic {

/// Where an argument lies in the kernarg segment.
struct KernelArgument {
  std::string name;
  unsigned offset = 0, bytes = 0;
};

/// What a kernel takes of the machine, from the metadata and the kernel
/// descriptor of its code object.
struct KernelResources {
  std::string name;
  unsigned vgprs = 0;        ///< Registers that VALU instructions address.
  unsigned agprs = 0;        ///< Accumulation registers, allocated beside them.
  unsigned sgprs = 0;        ///< Scalar registers, VCC and the like included.
  unsigned vgprSpills = 0;   ///< Vector registers kept in scratch.
  unsigned sgprSpills = 0;   ///< Scalar registers kept in vector registers.
  unsigned ldsBytes = 0;     ///< Of a workgroup.
  unsigned scratchBytes = 0; ///< Of a lane.
  unsigned kernargBytes = 0; ///< Hidden arguments included.
  unsigned workgroupSize = 0; ///< Lanes of a workgroup.
  /// Without hidden ones.
  llvm::SmallVector<KernelArgument> arguments;
};

/// The version that ROCm 5.7 and later load; LLVM's own default is newer.
inline constexpr unsigned codeObjectVersion = 5;

/// What translation to LLVM IR needs to know of the dialects.
void registerTranslations(mlir::DialectRegistry &);

/// A code generator for `chip`, or null with a reason.
std::unique_ptr<llvm::TargetMachine> createTargetMachine(const Chip &chip,
                                                         std::string &reason);

/// All `gpu.module`s of `module`, whose functions consist of llvm and rocdl
/// ops, as one LLVM module, ready for `machine`. Null after an error.
std::unique_ptr<llvm::Module> translateToLLVM(mlir::ModuleOp module,
                                              llvm::LLVMContext &context,
                                              llvm::TargetMachine &machine);

/// Gives every function a line table, where it has a location in a file.
void addLineTables(mlir::ModuleOp module);

/// LLVM's O3.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// Assembly text or a relocatable object. `module` supplies the locations of
/// diagnostics.
mlir::LogicalResult emitMachineCode(llvm::Module &llvmModule,
                                    mlir::ModuleOp module,
                                    llvm::TargetMachine &machine,
                                    llvm::CodeGenFileType kind,
                                    llvm::SmallVectorImpl<char> &out);

/// A loadable code object from a relocatable one.
///
/// lld resets every `cl::opt` of the process: callers keep options elsewhere.
llvm::Error linkCodeObject(llvm::StringRef object,
                           llvm::SmallVectorImpl<char> &out);

/// The resources of every kernel in a code object.
llvm::Expected<llvm::SmallVector<KernelResources>>
readResources(llvm::StringRef codeObject);

} // namespace moesaic

#endif
