//===- KernelReport.cpp - what a kernel costs on a chip -------------------===//

#include "Report/KernelReport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace moesaic;
using namespace moesaic::report;

/// Products of 16-bit elements that the whole chip does, in TFLOP/s.
static double peakTflops(const Chip &chip) {
  double perCycle = 0; // of one SIMD
  for (const MatrixInstruction &matrix : chip.matrixInstructions) {
    perCycle = std::max(perCycle, 2.0 * matrix.m * matrix.n * matrix.k /
                                      (4 * matrix.passes));
  }
  return perCycle * chip.simdsPerCu * chip.computeUnits * chip.clockMHz / 1e6;
}

static std::optional<Roofline> makeRoofline(const Chip &chip,
                                            const MatrixLoop &loop) {
  double bytes = double(loop.loadedBytes) * chip.waveSize;
  double peak = peakTflops(chip);
  if (bytes == 0 || loop.flops == 0 || peak == 0) {
    return std::nullopt;
  }
  Roofline result;
  result.flopsPerByte = loop.flops / bytes;
  result.peakTflops = peak;
  result.boundTflops =
      std::min(peak, result.flopsPerByte * chip.memoryGBs / 1e3);
  return result;
}

Expected<std::vector<KernelReport>>
moesaic::report::makeReports(const Chip &chip, StringRef object) {
  auto kernels = readResources(object);
  if (!kernels) {
    return kernels.takeError();
  }
  auto target = MachineTarget::create(chip.name);
  if (!target) {
    return target.takeError();
  }
  std::vector<KernelReport> result;
  for (KernelResources &kernel : *kernels) {
    auto code = (*target)->disassemble(object, kernel.name);
    if (!code) {
      return code.takeError();
    }
    KernelReport report;
    report.chip = &chip;
    report.occupancy = computeOccupancy(chip, kernel);
    report.resources = std::move(kernel);
    report.loop = findMatrixLoop(**target, *code);
    if (report.loop) {
      report.roofline = makeRoofline(chip, *report.loop);
    }
    result.push_back(std::move(report));
  }
  return std::move(result);
}

ArrayRef<StringRef> moesaic::report::figureNames() {
  static const StringRef names[] = {"vgprs",
                                    "agprs",
                                    "sgprs",
                                    "vgpr_spills",
                                    "sgpr_spills",
                                    "lds_bytes",
                                    "scratch_bytes",
                                    "waves_per_simd",
                                    "loop_matrix",
                                    "loop_instructions",
                                    "instructions_per_matrix",
                                    "loop_valu",
                                    "loop_salu",
                                    "loads_in_flight",
                                    "narrowest_global_bytes",
                                    "narrowest_lds_bytes",
                                    "loop_cycles",
                                    "matrix_share",
                                    "flops_per_byte"};
  return names;
}

std::vector<Figure> moesaic::report::figuresOf(const KernelReport &report) {
  const KernelResources &kernel = report.resources;
  std::vector<Figure> result = {
      {"vgprs", double(kernel.vgprs), false},
      {"agprs", double(kernel.agprs), false},
      {"sgprs", double(kernel.sgprs), false},
      {"vgpr_spills", double(kernel.vgprSpills), false},
      {"sgpr_spills", double(kernel.sgprSpills), false},
      {"lds_bytes", double(kernel.ldsBytes), false},
      {"scratch_bytes", double(kernel.scratchBytes), false},
      {"waves_per_simd", report.occupancy.wavesPerSimd, true}};
  if (!report.loop) {
    return result;
  }
  const MatrixLoop &loop = *report.loop;
  result.insert(result.end(),
                {{"loop_matrix", double(loop.matrix), true},
                 {"loop_instructions", double(loop.instructions), false},
                 {"instructions_per_matrix", loop.perMatrix(), false},
                 {"loop_valu", double(loop.valu), false},
                 {"loop_salu", double(loop.salu), false},
                 {"loads_in_flight", double(loop.loadsInFlight), true}});
  if (loop.narrowestGlobal) {
    result.push_back(
        {"narrowest_global_bytes", double(loop.narrowestGlobal), true});
  }
  if (loop.narrowestLds) {
    result.push_back({"narrowest_lds_bytes", double(loop.narrowestLds), true});
  }
  if (loop.cycles) {
    result.push_back({"loop_cycles", *loop.cycles, false});
  }
  if (std::optional<double> share = loop.share()) {
    result.push_back({"matrix_share", *share, true});
  }
  if (report.roofline) {
    result.push_back({"flops_per_byte", report.roofline->flopsPerByte, true});
  }
  return result;
}

static void printLoop(const MatrixLoop &loop, raw_ostream &out) {
  out << "  matrix loop  " << loop.matrix << " x " << loop.instruction << " in "
      << loop.instructions << " instructions, "
      << format("%.2f", loop.perMatrix()) << " for each\n"
      << "               " << loop.global << " global, " << loop.lds << " LDS, "
      << loop.valu << " other vector, " << loop.salu << " scalar, " << loop.sync
      << " waits and branches\n";
  if (loop.narrowestGlobal || loop.narrowestLds) {
    out << "               narrowest access:";
    if (loop.narrowestGlobal) {
      out << " global " << loop.narrowestGlobal << " bytes";
    }
    if (loop.narrowestLds) {
      out << (loop.narrowestGlobal ? ", LDS " : " LDS ") << loop.narrowestLds
          << " bytes";
    }
    out << "\n";
  }
  if (std::optional<double> share = loop.share()) {
    out << "               matrix unit busy " << format("%.1f", 100 * *share)
        << " % of " << format("%.1f", *loop.cycles)
        << " cycles (modelled by llvm-mca, one wave)\n";
  }
}

void moesaic::report::printText(const KernelReport &report, raw_ostream &out) {
  const KernelResources &kernel = report.resources;
  out << kernel.name << " on " << report.chip->name << ", "
      << kernel.workgroupSize << " lanes\n"
      << "  registers    " << kernel.vgprs << " VGPR, " << kernel.agprs
      << " AGPR, " << kernel.sgprs << " SGPR; spilled " << kernel.vgprSpills
      << " VGPR, " << kernel.sgprSpills << " SGPR\n"
      << "  memory       " << kernel.ldsBytes << " bytes of LDS a workgroup, "
      << kernel.scratchBytes << " bytes of scratch a lane\n"
      << "  occupancy    " << format("%g", report.occupancy.wavesPerSimd)
      << " waves per SIMD of " << report.chip->maxWavesPerSimd
      << ", limited by " << report.occupancy.limiter << "\n";
  if (!report.loop) {
    return;
  }
  printLoop(*report.loop, out);
  if (report.roofline) {
    out << "  roofline     " << format("%.1f", report.roofline->flopsPerByte)
        << " FLOP per byte loaded: at most "
        << format("%.0f", report.roofline->boundTflops) << " of "
        << format("%.0f", report.roofline->peakTflops)
        << " TFLOP/s without cache hits (modelled)\n";
  }
}

json::Value moesaic::report::toJson(ArrayRef<KernelReport> reports) {
  json::Array kernels;
  for (const KernelReport &report : reports) {
    json::Object figures;
    for (const Figure &figure : figuresOf(report)) {
      figures[figure.name] = figure.value;
    }
    json::Object kernel{{"kernel", report.resources.name},
                        {"target", report.chip->name},
                        {"workgroup_lanes", report.resources.workgroupSize},
                        {"occupancy_limiter", report.occupancy.limiter},
                        {"figures", std::move(figures)}};
    if (report.loop) {
      kernel["matrix_instruction"] = report.loop->instruction;
    }
    if (report.roofline) {
      kernel["roofline_tflops"] = report.roofline->boundTflops;
      kernel["peak_tflops"] = report.roofline->peakTflops;
    }
    kernels.push_back(std::move(kernel));
  }
  return json::Object{{"version", 1}, {"kernels", std::move(kernels)}};
}
