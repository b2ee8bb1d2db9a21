//===- ReportMode.cpp - moe-opt --report ----------------------------------===//

#include "CommandLine.h"
#include "OutputFiles.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::report;

static Expected<std::string> compareWith(ArrayRef<KernelReport> reports,
                                         StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    return createStringError("cannot read '" + path +
                             "': " + buffer.getError().message());
  }
  Expected<std::string> changes = compare(reports, (*buffer)->getBuffer());
  if (!changes) {
    return createStringError("cannot use '" + path + "' as a baseline: " +
                             toString(changes.takeError()));
  }
  return changes;
}

static Error makeReport(const ReportOptions &options,
                        ArrayRef<TargetObject> objects) {
  std::vector<KernelReport> reports;
  for (auto [chip, object] : objects) {
    Expected<std::vector<KernelReport>> some = makeReports(*chip, object);
    if (!some) {
      return some.takeError();
    }
    llvm::move(*some, std::back_inserter(reports));
  }
  std::string changes;
  if (!options.baseline.empty()) {
    Expected<std::string> text = compareWith(reports, options.baseline);
    if (!text) {
      return text.takeError();
    }
    changes = text->empty() ? "nothing changed since the baseline\n" : *text;
  }
  // JSON on standard output stays parsable; what it changes goes beside it.
  if (options.json) {
    outs() << formatv("{0:2}\n", toJson(reports));
    errs() << changes;
  } else {
    for (const KernelReport &report : reports) {
      printText(report, outs());
    }
    outs() << changes;
  }
  std::vector<std::string> violations = checkLimits(reports, options.limits);
  if (!violations.empty()) {
    return createStringError(join(violations, "\n"));
  }
  return Error::success();
}

bool moesaic::printReport(const ReportOptions &options,
                          ArrayRef<TargetObject> objects) {
  Error error = makeReport(options, objects);
  if (!error) {
    return true;
  }
  printError() << toString(std::move(error)) << "\n";
  return false;
}
