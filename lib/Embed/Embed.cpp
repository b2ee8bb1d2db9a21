//===- Embed.cpp - a program as an object and a header --------------------===//

#include "Embed/Embed.h"
#include "Driver/Compiler.h"
#include "Embed/Header.h"
#include "Embed/HostCode.h"
#include "Embed/HostObject.h"
#include "Embed/Image.h"
#include "Embed/Manifest.h"
#include "Target/CrashGuard.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::embed;

/// Compiles for one target; with several, messages say which.
static FailureOr<TargetCode> compileTarget(ModuleOp program, const Chip &chip,
                                           const EmbedOptions &options) {
  ScopedDiagnosticHandler addTarget(
      program.getContext(), [&](Diagnostic &diagnostic) {
        if (options.targets.size() > 1) {
          diagnostic.attachNote(diagnostic.getLocation())
              << "in the code for " << chip.name;
        }
        return failure(); // let the next handler print it
      });
  CompileOptions compileOptions;
  compileOptions.target = chip.name.str();
  compileOptions.lineTables = options.lineTables;
  compileOptions.remarks = options.remarks;
  TargetCode code;
  code.chip = &chip;
  llvm::raw_svector_ostream stream(code.object);
  if (failed(emitStage(program, /*kernel=*/"", Stage::CodeObject,
                       compileOptions, stream))) {
    return failure();
  }
  llvm::Expected<SmallVector<KernelResources>> kernels =
      readResources(stream.str());
  if (!kernels) {
    return program.emitError() << "internal compiler error: "
                               << llvm::toString(kernels.takeError());
  }
  code.kernels = std::move(*kernels);
  return code;
}

/// Host code and image as an object, protected from crashes of the code
/// generator.
static LogicalResult emitObject(ModuleOp program, const Interface &interface,
                                StringRef image, const EmbedOptions &options,
                                Artifacts &artifacts) {
  OwningOpRef<ModuleOp> host = buildHostModule(program, interface);
  if (!host) {
    return failure();
  }
  LogicalResult result = failure();
  std::string reason;
  bool finished = runGuarded(
      [&] {
        result = emitHostObject(*host, image, interface.source, options.host,
                                artifacts.object);
      },
      reason);
  if (!finished) {
    host.release(); // in an unknown state
    return program.emitError() << "internal compiler error: " << reason
                               << ", while generating host code";
  }
  return result;
}

LogicalResult embed::embedProgram(ModuleOp program, const EmbedOptions &options,
                                  Artifacts &artifacts) {
  if (program.getOps<tile::KernelOp>().empty()) {
    return program.emitError()
           << "expected a tile.kernel to embed, got a module without any";
  }
  FailureOr<Interface> interface =
      describeInterface(program, options.prefix, options.sourcePath);
  if (failed(interface)) {
    return failure();
  }
  std::vector<TargetCode> targets;
  SmallVector<const Chip *> chips;
  for (const std::string &name : options.targets) {
    const Chip *chip = findChip(name);
    if (!chip) {
      return program.emitError() << "unknown target '" << name << "'";
    }
    FailureOr<TargetCode> code = compileTarget(program, *chip, options);
    if (failed(code)) {
      artifacts.failedTargets.push_back(name);
      continue;
    }
    artifacts.compiledTargets.push_back(name);
    if (llvm::Error error = checkAgainstMetadata(*code, *interface)) {
      return program.emitError()
             << "internal compiler error: " << llvm::toString(std::move(error));
    }
    chips.push_back(chip);
    targets.push_back(std::move(*code));
  }
  if (!artifacts.failedTargets.empty() ||
      failed(emitObject(program, *interface, getImage(*interface, targets),
                        options, artifacts))) {
    return failure();
  }
  artifacts.header = getHeader(*interface, chips);
  artifacts.manifest = getManifest(*interface, targets, options.host);
  artifacts.code = std::move(targets);
  return success();
}
