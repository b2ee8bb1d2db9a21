//===- Baseline.cpp - reports against saved reports and limits ------------===//

#include "Report/KernelReport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace llvm;
using namespace moesaic::report;

static std::string describe(const KernelReport &report) {
  return report.resources.name + " on " + report.chip->name.str();
}

/// The figures of the saved kernel that has the report's name and target.
static const json::Object *findSaved(const json::Array &kernels,
                                     const KernelReport &report) {
  for (const json::Value &value : kernels) {
    const json::Object *kernel = value.getAsObject();
    if (kernel && kernel->getString("kernel") == report.resources.name &&
        kernel->getString("target") == report.chip->name) {
      return kernel->getObject("figures");
    }
  }
  return nullptr;
}

Expected<std::string> moesaic::report::compare(ArrayRef<KernelReport> reports,
                                               StringRef baselineJson) {
  Expected<json::Value> baseline = json::parse(baselineJson);
  if (!baseline) {
    return baseline.takeError();
  }
  const json::Object *root = baseline->getAsObject();
  const json::Array *kernels = root ? root->getArray("kernels") : nullptr;
  if (!kernels || root->getInteger("version") != 1) {
    return createStringError("expected a report of version 1 with kernels");
  }
  std::string text;
  raw_string_ostream out(text);
  StringSet<> known;
  for (const KernelReport &report : reports) {
    known.insert(describe(report));
    const json::Object *saved = findSaved(*kernels, report);
    if (!saved) {
      out << describe(report) << ": not in the baseline\n";
      continue;
    }
    for (const Figure &figure : figuresOf(report)) {
      std::optional<double> before = saved->getNumber(figure.name);
      if (before && std::abs(*before - figure.value) >
                        1e-9 * std::max(1.0, std::abs(*before))) {
        bool better = (figure.value > *before) == figure.moreIsBetter;
        out << describe(report) << ": " << figure.name << " "
            << format("%g", *before) << " -> " << format("%g", figure.value)
            << (better ? " (better)\n" : " (worse)\n");
      }
    }
  }
  for (const json::Value &value : *kernels) {
    const json::Object *kernel = value.getAsObject();
    std::string name = kernel
                           ? (kernel->getString("kernel").value_or("") +
                              " on " + kernel->getString("target").value_or(""))
                                 .str()
                           : "";
    if (!known.contains(name)) {
      out << name << ": only in the baseline\n";
    }
  }
  return text;
}

Expected<Limit> moesaic::report::parseLimit(StringRef text) {
  auto [name, value] = text.split('=');
  Limit limit{name.str(), 0};
  if (!is_contained(figureNames(), name)) {
    return createStringError("unknown figure '" + name + "'; there are " +
                             join(figureNames(), ", "));
  }
  if (value.getAsDouble(limit.bound)) {
    return createStringError("expected FIGURE=NUMBER, got '" + text + "'");
  }
  return limit;
}

std::vector<std::string>
moesaic::report::checkLimits(ArrayRef<KernelReport> reports,
                             ArrayRef<Limit> limits) {
  std::vector<std::string> violations;
  for (const KernelReport &report : reports) {
    for (const Figure &figure : figuresOf(report)) {
      for (const Limit &limit : limits) {
        bool violated = limit.figure == figure.name &&
                        (figure.moreIsBetter ? figure.value < limit.bound
                                             : figure.value > limit.bound);
        if (violated) {
          std::string line;
          raw_string_ostream(line)
              << describe(report) << ": " << figure.name << " is "
              << format("%g", figure.value) << ", the limit "
              << format("%g", limit.bound);
          violations.push_back(std::move(line));
        }
      }
    }
  }
  return violations;
}
