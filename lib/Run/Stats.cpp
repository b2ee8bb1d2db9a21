//===- Stats.cpp - what launches did, as text -----------------------------===//

#include "Run/Stats.h"
#include "llvm/Support/Format.h"

using namespace moesaic::run;

void moesaic::run::printStats(llvm::ArrayRef<LaunchReport> reports,
                              llvm::raw_ostream &os) {
  for (const LaunchReport &report : reports) {
    os << report.kernel << ": " << report.blocks << " workgroups";
    if (report.resources) {
      os << " of " << report.resources->threads << " threads";
    }
    os << ", " << llvm::format("%.3f", report.seconds * 1e3) << " ms\n";
    os << "  memory: " << report.bytesRead << " bytes read, "
       << report.bytesWritten << " bytes written\n";
    if (const auto &resources = report.resources) {
      os << "  registers: " << resources->vgprs << " VGPRs, "
         << resources->agprs << " AGPRs, " << resources->sgprs << " SGPRs; "
         << "LDS: " << resources->ldsBytes << " bytes\n";
    }
    if (!report.instructions.empty()) {
      uint64_t total = 0;
      for (const auto &[name, count] : report.instructions) {
        total += count;
      }
      os << "  instructions: " << total;
      const char *separator = " (";
      for (const auto &[name, count] : report.instructions) {
        os << separator << name << " " << count;
        separator = ", ";
      }
      os << ")\n";
    }
    if (report.matrixInstructions) {
      os << "  MFMA: " << *report.matrixInstructions << "\n";
    }
    if (report.ldsBanks) {
      os << "  LDS: " << report.ldsBanks->accesses << " accesses, "
         << report.ldsBanks->conflicts << " cycles of bank conflicts\n";
    }
  }
}
