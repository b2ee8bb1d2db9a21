//===- CheckerReport.cpp - the text of reports ----------------------------===//

#include "Sim/Checker/Checker.h"
#include "Sim/Engine.h"
#include "llvm/DebugInfo/DWARF/DWARFContext.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace moesaic::sim;

/// `file:line:column` of an instruction, or an empty string. The line table is
/// read at the first report; a compressed one is not, because LLVM's reader
/// believes its header's size and runs out of memory if it is wrong.
static std::string sourceOf(const Program::Impl &program, const Inst &i) {
  auto object = object::ObjectFile::createObjectFile(
      MemoryBufferRef(program.bytes, "code object"));
  if (!object) {
    consumeError(object.takeError());
    return "";
  }
  if (any_of((*object)->sections(), [](const object::SectionRef &section) {
        return section.isCompressed();
      })) {
    return "";
  }
  auto dwarf = DWARFContext::create(
      **object, DWARFContext::ProcessDebugRelocations::Process, nullptr, "",
      [](Error e) { consumeError(std::move(e)); },
      [](Error e) { consumeError(std::move(e)); });
  uint64_t address = i.address - program.object.base + program.object.lowest;
  uint64_t section = object::SectionedAddress::UndefSection;
  for (const object::SectionRef &candidate : (*object)->sections()) {
    if (candidate.isText() && address >= candidate.getAddress() &&
        address - candidate.getAddress() < candidate.getSize()) {
      section = candidate.getIndex();
    }
  }
  DILineInfoSpecifier specifier(
      DILineInfoSpecifier::FileLineInfoKind::RelativeFilePath);
  auto info = dwarf->getLineInfoForAddress({address, section}, specifier);
  if (!info || info->Line == 0 || info->FileName == DILineInfo::BadString) {
    return "";
  }
  std::string text = info->FileName + ":" + std::to_string(info->Line);
  return info->Column ? text + ":" + std::to_string(info->Column) : text;
}

std::string moesaic::sim::describeAddress(const Launch &launch, const Inst &i) {
  std::string text;
  raw_string_ostream(text) << format_hex(i.address - launch.program->code.begin,
                                         1);
  return text;
}

std::string moesaic::sim::describe(const Wave &w, const Inst &i,
                                   const std::string &what, int lane,
                                   uint64_t address, unsigned bytes,
                                   const std::string &note) {
  const Launch &launch = *w.worker->launch;
  const Code &code = launch.program->code;
  std::string text;
  raw_string_ostream os(text);
  os << "kernel `" << launch.kernel->info.name << "`: " << what;
  if (address - kSharedBase <= UINT32_MAX) {
    os << ": " << bytes << " bytes at LDS address " << address - kSharedBase
       << " of " << w.group->ldsBytes;
  } else if (address - kPrivateBase <= UINT32_MAX) {
    os << ": " << bytes << " bytes at offset " << address - kPrivateBase
       << " of " << w.scratchBytes;
  } else if (address != ~0ull) {
    os << ": " << bytes << " bytes at " << format_hex(address, 1);
  }
  os << "\n  at " << describeAddress(launch, i) << ": " << code.text[i.index];
  std::string source = sourceOf(*launch.program, i);
  if (!source.empty()) {
    os << "\n  from " << source;
  }
  os << "\n  in workgroup (" << w.group->id[0] << ", " << w.group->id[1] << ", "
     << w.group->id[2] << "), wave " << w.index;
  if (lane >= 0) {
    os << ", lane " << lane;
  }
  if (!note.empty()) {
    os << "\n  " << note;
  }
  if (address == ~0ull || address >= kSharedBase) {
    return text;
  }
  std::string freed = launch.memory->findFreed(address);
  if (!freed.empty()) {
    os << "\n  inside `" << freed << "`, which has been freed";
  }
  if (const Memory::Allocation *a = launch.memory->nearest(address)) {
    os << "\n  nearest allocation: `" << a->name << "`, " << (a->end - a->begin)
       << " bytes at " << format_hex(a->begin, 1);
    if (address < a->begin) {
      os << ", " << (a->begin - address) << " bytes behind the address";
    } else {
      os << ", the address is at offset " << (address - a->begin);
    }
  }
  return text;
}

static uint64_t siteOf(const Inst &i, CheckRule rule) {
  return uint64_t(i.index) << 8 | uint64_t(rule);
}

bool moesaic::sim::isReported(const Launch &launch, const Inst &i,
                              CheckRule rule) {
  std::lock_guard<std::mutex> lock(launch.program->checking);
  return launch.check != CheckMode::Trap &&
         launch.program->reported.count(siteOf(i, rule)) != 0;
}

void moesaic::sim::report(Wave &w, const Inst &i, CheckRule rule,
                          const std::string &what, int lane, uint64_t address,
                          unsigned bytes, const std::string &note) {
  Launch &launch = *w.worker->launch;
  std::lock_guard<std::mutex> lock(launch.mutex);
  {
    std::lock_guard<std::mutex> checking(launch.program->checking);
    if (!launch.program->reported.insert(siteOf(i, rule)).second &&
        launch.check != CheckMode::Trap) {
      return;
    }
  }
  std::string text = describe(w, i, what, lane, address, bytes, note);
  if (launch.check == CheckMode::Trap) {
    if (launch.report.empty()) {
      launch.report = text;
    }
    launch.stop = true;
    w.state = WaveState::Fault;
    return;
  }
  launch.reports.push_back(text);
  if (launch.config.onReport) {
    launch.config.onReport(text);
  } else {
    errs() << "warning: " << text << "\n";
  }
}
