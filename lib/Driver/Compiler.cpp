//===- Compiler.cpp - from a module to any stage of its kernels -----------===//

#include "Driver/Compiler.h"
#include "Conversion/GPUToROCDL/GPUToROCDL.h"
#include "Conversion/TileToGPU/TileToGPU.h"
#include "Driver/Kernels.h"
#include "Report/KernelReport.h"
#include "Target/CrashGuard.h"
#include "dialects/Tile/IR/Tile.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace moesaic;

std::optional<Stage> moesaic::parseStage(StringRef name) {
  return llvm::StringSwitch<std::optional<Stage>>(name)
      .Case("ast", Stage::AST)
      .Case("tile", Stage::Tile)
      .Case("layout", Stage::Layout)
      .Case("gpu", Stage::GPU)
      .Case("llvm", Stage::LLVM)
      .Case("asm", Stage::Assembly)
      .Case("hsaco", Stage::CodeObject)
      .Default(std::nullopt);
}

StringRef moesaic::stageNames() {
  return "ast, tile, layout, gpu, llvm, asm, hsaco";
}

void moesaic::registerMoesaicDialects(DialectRegistry &registry) {
  registry
      .insert<tile::TileDialect, arith::ArithDialect, math::MathDialect,
              scf::SCFDialect, cf::ControlFlowDialect, func::FuncDialect,
              vector::VectorDialect, gpu::GPUDialect, amdgpu::AMDGPUDialect,
              LLVM::LLVMDialect, ROCDL::ROCDLDialect, memref::MemRefDialect>();
  registerTranslations(registry);
}

namespace {

/// One compilation: the module as it is changed, and its state at the last
/// boundary between stages, from which an internal error can be reproduced.
class Compilation {
public:
  Compilation(ModuleOp input, StringRef kernel, const CompileOptions &options)
      : input(input), kernel(kernel.str()), options(options),
        location(input.getLoc()) {}

  /// Runs up to `stage` under a guard and appends its form to `out`.
  LogicalResult run(Stage stage, SmallVectorImpl<char> &out);

private:
  LogicalResult runStages(Stage stage, SmallVectorImpl<char> &out);
  LogicalResult lowerToLane(InputLevel level, Stage stage);
  LogicalResult emitTarget(Stage stage, SmallVectorImpl<char> &out);
  /// Warns of spills, and remarks where a few registers less would help.
  LogicalResult explainResources(StringRef codeObject);
  LogicalResult runPipeline(StringRef what,
                            function_ref<void(OpPassManager &)> build);
  /// Takes `module` as what reproduces an internal error from now on.
  void markBoundary();
  void reportInternalError(StringRef reason);

  ModuleOp input;
  std::string kernel;
  const CompileOptions &options;
  Location location; ///< Of the kernel, if there is just one.
  const Chip *chip = nullptr;
  OwningOpRef<ModuleOp> module;
  OwningOpRef<ModuleOp> boundary;
  StringRef activity = "reading the module";
};

} // namespace

LogicalResult Compilation::run(Stage stage, SmallVectorImpl<char> &out) {
  int errors = 0;
  LogicalResult result = failure();
  std::string reason;
  bool finished = false;
  {
    ScopedDiagnosticHandler counter(
        input.getContext(), [&](Diagnostic &diagnostic) {
          errors += diagnostic.getSeverity() == DiagnosticSeverity::Error;
          return failure(); // let the next handler print it
        });
    finished = runGuarded([&] { result = runStages(stage, out); }, reason);
  }
  if (!finished) {
    // What the crash interrupted is in an unknown state: never touch it again.
    module.release();
    reportInternalError(reason);
    return failure();
  }
  if (failed(result) && errors == 0) {
    reportInternalError("a stage failed without saying why");
  }
  return result;
}

void Compilation::markBoundary() {
  boundary = OwningOpRef<ModuleOp>(module->clone());
}

void Compilation::reportInternalError(StringRef reason) {
  InFlightDiagnostic error = emitError(location) << "internal compiler error: ";
  if (!kernel.empty()) {
    error << "kernel '" << kernel << "': ";
  }
  error << reason << ", while " << activity;
  int descriptor = -1;
  SmallString<128> path;
  if (!boundary || llvm::sys::fs::createTemporaryFile(
                       "moesaic-reproducer", "mlir", descriptor, path)) {
    return;
  }
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  boundary->print(stream, OpPrintingFlags().enableDebugInfo());
  error.attachNote() << "please report this with " << path
                     << "; it reproduces by moe-opt " << path
                     << " --target=" << options.target
                     << " --emit=hsaco -o /dev/null";
}

LogicalResult
Compilation::runPipeline(StringRef what,
                         function_ref<void(OpPassManager &)> build) {
  activity = what;
  PassManager manager(module->getContext());
  build(manager);
  return manager.run(*module);
}

LogicalResult Compilation::lowerToLane(InputLevel level, Stage stage) {
  if (level == InputLevel::Lane) {
    if (stage < Stage::GPU) {
      return input.emitError() << "expected a tile.kernel for this stage, got "
                                  "kernels at one lane's level";
    }
    return success();
  }
  if (stage == Stage::Tile) {
    return success();
  }
  if (failed(runPipeline("distributing tiles", [&](OpPassManager &manager) {
        tile::buildTilePipeline(manager, chip->name);
        if (options.remarks) {
          manager.nest<tile::KernelOp>().addPass(
              tile::createExplainPerformance({chip->name.str()}));
        }
      }))) {
    return failure();
  }
  if (stage == Stage::Layout) {
    return success();
  }
  markBoundary();
  return runPipeline("lowering tiles to one lane", [&](OpPassManager &manager) {
    manager.addPass(createConvertTileToGPU({chip->name.str()}));
    OpPassManager &lane = manager.nest<gpu::GPUModuleOp>();
    lane.addPass(createCanonicalizerPass());
    lane.addPass(createCSEPass());
    lane.addPass(createAlternateWaves());
    lane.addPass(createScheduleLoops());
  });
}

LogicalResult Compilation::runStages(Stage stage, SmallVectorImpl<char> &out) {
  module = OwningOpRef<ModuleOp>(input.clone());
  FailureOr<InputLevel> level = getInputLevel(*module);
  if (failed(level) || failed(keepKernel(*module, kernel))) {
    return failure();
  }
  if (stage > Stage::Layout) {
    eraseEntries(*module);
  }
  if (Operation *only = getOnlyKernel(*module)) {
    location = only->getLoc();
    kernel = SymbolTable::getSymbolName(only).str();
  }
  if (stage != Stage::Tile) {
    chip = findChip(options.target);
    if (!chip) {
      return input.emitError() << "unknown target '" << options.target << "'";
    }
  }
  markBoundary();
  if (failed(lowerToLane(*level, stage))) {
    return failure();
  }
  if (stage > Stage::GPU) {
    return emitTarget(stage, out);
  }
  llvm::raw_svector_ostream stream(out);
  module->print(stream);
  return success();
}

LogicalResult Compilation::emitTarget(Stage stage, SmallVectorImpl<char> &out) {
  markBoundary();
  if (failed(runPipeline("converting to the llvm dialect",
                         [&](OpPassManager &manager) {
                           buildLaneToROCDLPipeline(manager, chip->name);
                         }))) {
    return failure();
  }
  activity = "translating to LLVM IR";
  if (options.lineTables) {
    addLineTables(*module);
  }
  std::string reason;
  std::unique_ptr<llvm::TargetMachine> machine =
      createTargetMachine(*chip, reason);
  if (!machine) {
    return input.emitError()
           << "no code generator for '" << chip->name << "': " << reason;
  }
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateToLLVM(*module, context, *machine);
  if (!llvmModule) {
    return failure();
  }
  std::string invalid;
  llvm::raw_string_ostream invalidStream(invalid);
  if (llvm::verifyModule(*llvmModule, &invalidStream)) {
    reportInternalError("invalid LLVM IR: " + StringRef(invalid).rtrim().str());
    return failure();
  }
  activity = "optimising";
  optimize(*llvmModule, *machine);
  llvm::raw_svector_ostream stream(out);
  if (stage == Stage::LLVM) {
    llvmModule->print(stream, nullptr);
    return success();
  }
  activity = "generating machine code";
  if (stage == Stage::Assembly) {
    return emitMachineCode(*llvmModule, *module, *machine,
                           llvm::CodeGenFileType::AssemblyFile, out);
  }
  SmallVector<char, 0> object;
  if (failed(emitMachineCode(*llvmModule, *module, *machine,
                             llvm::CodeGenFileType::ObjectFile, object))) {
    return failure();
  }
  activity = "linking";
  if (llvm::Error error =
          linkCodeObject(StringRef(object.data(), object.size()), out)) {
    return input.emitError() << llvm::toString(std::move(error));
  }
  return explainResources(StringRef(out.data(), out.size()));
}

LogicalResult Compilation::explainResources(StringRef codeObject) {
  llvm::Expected<SmallVector<KernelResources>> kernels =
      readResources(codeObject);
  if (!kernels) {
    return input.emitError() << "internal compiler error: "
                             << llvm::toString(kernels.takeError());
  }
  module->walk([&](LLVM::LLVMFuncOp function) {
    const KernelResources *kernel =
        llvm::find_if(*kernels, [&](const KernelResources &kernel) {
          return kernel.name == function.getName();
        });
    if (kernel == kernels->end()) {
      return;
    }
    if (kernel->vgprSpills != 0) {
      InFlightDiagnostic warning = emitWarning(function.getLoc());
      warning << "kernel '" << kernel->name << "' keeps " << kernel->vgprSpills
              << " vector registers in scratch memory, which is slow";
      warning.attachNote()
          << "help: smaller tiles or more waves need fewer registers per lane";
    }
    std::optional<report::OccupancyStep> step =
        report::nextOccupancy(*chip, *kernel);
    if (options.remarks && step) {
      emitRemark(function.getLoc())
          << "kernel '" << kernel->name << "' takes " << step->registers
          << " vector registers, with " << step->registersForMore
          << " one more workgroup would fit on a compute unit";
    }
  });
  return success();
}

LogicalResult moesaic::emitStage(ModuleOp module, StringRef kernel, Stage stage,
                                 const CompileOptions &options,
                                 raw_ostream &out) {
  SmallVector<char, 0> result;
  if (failed(Compilation(module, kernel, options).run(stage, result))) {
    return failure();
  }
  out.write(result.data(), result.size());
  return success();
}

FailureOr<CompiledKernel>
moesaic::compileKernel(ModuleOp module, StringRef kernel,
                       const CompileOptions &options) {
  CompiledKernel result;
  if (failed(Compilation(module, kernel, options)
                 .run(Stage::CodeObject, result.object))) {
    return failure();
  }
  llvm::Expected<SmallVector<KernelResources>> resources =
      readResources(StringRef(result.object.data(), result.object.size()));
  if (!resources) {
    return module.emitError() << "internal compiler error: "
                              << llvm::toString(resources.takeError());
  }
  if (resources->size() != 1) {
    return module.emitError()
           << "expected one kernel, got " << resources->size()
           << "; name the one to compile";
  }
  result.resources = std::move(resources->front());
  result.symbol = result.resources.name;
  result.blockSize = result.resources.workgroupSize;
  return result;
}
