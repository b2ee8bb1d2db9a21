//===- OutputFiles.cpp - results, written all or none ---------------------===//

#include "Run/Runner.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

LogicalResult OutputFiles::announce(StringRef path, Location loc) {
  StringRef folder = llvm::sys::path::parent_path(path);
  if (folder.empty()) {
    folder = ".";
  }
  if (!llvm::sys::fs::is_directory(folder)) {
    return emitError(loc) << "cannot write '" << path
                          << "': there is no folder '" << folder << "'";
  }
  if (llvm::sys::fs::is_directory(path)) {
    return emitError(loc) << "cannot write '" << path << "': it is a folder";
  }
  if (auto code =
          llvm::sys::fs::access(folder, llvm::sys::fs::AccessMode::Write)) {
    return emitError(loc) << "cannot write to folder '" << folder
                          << "': " << code.message();
  }
  if (llvm::is_contained(paths, path)) {
    return emitError(loc) << "two outputs go to '" << path << "'";
  }
  paths.push_back(path.str());
  return success();
}

/// Writes one file under a temporary name.
static llvm::Expected<llvm::sys::fs::TempFile>
writeTemporary(StringRef path, StringRef header, ArrayRef<char> elements) {
  auto file = llvm::sys::fs::TempFile::create(path + "-%%%%%%%%.tmp");
  if (!file) {
    return file.takeError();
  }
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << header << StringRef(elements.data(), elements.size());
  stream.flush();
  if (std::error_code code = stream.error()) {
    stream.clear_error();
    llvm::consumeError(file->discard());
    return llvm::errorCodeToError(code);
  }
  return file;
}

LogicalResult OutputFiles::write(const Callee &callee, const Binding &binding,
                                 const Runner &runner) {
  SmallVector<std::pair<std::string, llvm::sys::fs::TempFile>> files;
  auto fail = [&](StringRef path, llvm::Error error) {
    for (auto &[name, file] : files) {
      llvm::consumeError(file.discard());
    }
    return emitError(UnknownLoc::get(callee.op->getContext()))
           << "cannot write '" << path
           << "': " << llvm::toString(std::move(error));
  };
  for (auto &[index, array] : binding.arrays) {
    if (array.outputPath.empty()) {
      continue;
    }
    StringRef descr = array.input ? StringRef(array.input->descr)
                                  : getNpyDescr(callee.parameters[index].type);
    auto file =
        writeTemporary(array.outputPath, makeNpyHeader(descr, array.shape),
                       runner.results.at(index));
    if (!file) {
      return fail(array.outputPath, file.takeError());
    }
    files.emplace_back(array.outputPath, std::move(*file));
  }
  while (!files.empty()) {
    auto [path, file] = std::move(files.front());
    files.erase(files.begin());
    if (llvm::Error error = file.keep(path)) {
      return fail(path, std::move(error));
    }
  }
  return success();
}
