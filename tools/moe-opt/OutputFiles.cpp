//===- OutputFiles.cpp - several files, whole or not at all ---------------===//

#include "OutputFiles.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"
#include <optional>

using namespace llvm;
using namespace moesaic;
using sys::fs::TempFile;

raw_ostream &moesaic::printError() {
  errs() << "moe-opt: ";
  return WithColor::error(errs());
}

namespace {
/// A file that is written but has not got its name yet, or a stream that has no
/// name to wait for.
struct Pending {
  OutputFile file;
  std::optional<TempFile> temporary;
};
} // namespace

static Error cannotWrite(StringRef path, std::error_code error) {
  return createStringError(error, "cannot write '%s': %s", path.str().c_str(),
                           error.message().c_str());
}

/// Whether `path` is a device or a pipe, which cannot be replaced.
static bool isStream(StringRef path) {
  sys::fs::file_status status;
  return path == "-" ||
         (!sys::fs::status(path, status) && sys::fs::exists(status) &&
          !sys::fs::is_regular_file(status));
}

static Error writeStream(const OutputFile &file) {
  std::error_code error;
  raw_fd_ostream stream(file.path, error);
  if (!error) {
    stream << file.contents;
    stream.flush();
    error = stream.error();
    stream.clear_error();
  }
  return error ? cannotWrite(file.path, error) : Error::success();
}

static Error writeTemporary(Pending &pending) {
  StringRef path = pending.file.path;
  Expected<TempFile> temporary = TempFile::create(path + ".%%%%%%.tmp");
  if (!temporary) {
    return cannotWrite(path, errorToErrorCode(temporary.takeError()));
  }
  pending.temporary = std::move(*temporary);
  raw_fd_ostream stream(pending.temporary->FD, /*shouldClose=*/false);
  stream << pending.file.contents;
  stream.flush();
  std::error_code error = stream.error();
  stream.clear_error();
  return error ? cannotWrite(path, error) : Error::success();
}

/// Gives the file its name, or writes the stream.
static Error finish(Pending &pending) {
  if (!pending.temporary) {
    return writeStream(pending.file);
  }
  if (Error error = pending.temporary->keep(pending.file.path)) {
    return cannotWrite(pending.file.path, errorToErrorCode(std::move(error)));
  }
  pending.temporary.reset();
  return Error::success();
}

static Error write(MutableArrayRef<Pending> all) {
  for (Pending &pending : all) {
    if (!isStream(pending.file.path)) {
      if (Error error = writeTemporary(pending)) {
        return error;
      }
    }
  }
  for (Pending &pending : all) {
    if (Error error = finish(pending)) {
      return error;
    }
  }
  return Error::success();
}

bool moesaic::writeFiles(ArrayRef<OutputFile> files) {
  SmallVector<Pending> all;
  for (const OutputFile &file : files) {
    all.push_back({file, std::nullopt});
  }
  Error error = write(all);
  for (Pending &pending : all) {
    if (pending.temporary) {
      consumeError(pending.temporary->discard());
    }
  }
  if (error) {
    printError() << toString(std::move(error)) << "\n";
    return false;
  }
  return true;
}
