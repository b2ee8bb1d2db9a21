//===- moe-sim.cpp - runs a kernel of any AMDGPU code object --------------===//

#include "InstructionTable.h"
#include "Sim/Simulator.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace llvm;
using namespace moesaic::sim;

static cl::OptionCategory category("moe-sim options");
static cl::opt<std::string> input(cl::Positional, cl::desc("<code object>"),
                                  cl::cat(category));
static cl::opt<std::string> chip("chip", cl::desc("Chip to simulate"),
                                 cl::init("gfx942"), cl::cat(category));
static cl::opt<std::string> kernelName("kernel", cl::desc("Kernel to run"),
                                       cl::cat(category));
static cl::opt<std::string> grid("grid", cl::desc("Workgroups: X[,Y[,Z]]"),
                                 cl::init("1"), cl::cat(category));
static cl::opt<std::string> block("block",
                                  cl::desc("Lanes of a workgroup: X[,Y[,Z]]"),
                                  cl::init("64"), cl::cat(category));
static cl::opt<unsigned> dynamicLds("lds", cl::desc("Bytes of dynamic LDS"),
                                    cl::init(0), cl::cat(category));
static cl::opt<unsigned> threads("host-threads",
                                 cl::desc("Host threads; 0: one per core"),
                                 cl::init(0), cl::cat(category));
static cl::list<std::string> arguments(
    "arg",
    cl::desc("Next argument: TYPE:VALUE for a scalar, in:TYPE:COUNT:VALUE or "
             "in:TYPE:COUNT:iota for a buffer, out:TYPE:COUNT for a zeroed "
             "buffer that is printed; TYPE is i32, i64, f32 or f64"),
    cl::cat(category));
static cl::opt<bool> list("list", cl::desc("Describe the kernels and stop"),
                          cl::cat(category));
static cl::opt<std::string> instructions(
    "instructions",
    cl::desc("List the instructions that are simulated on a chip, or with "
             "`table` those of every chip, or with `summary` count them, and "
             "stop"),
    cl::cat(category));
static cl::opt<bool> stats("counts", cl::desc("Print what was executed"),
                           cl::cat(category));

static int fail(const Twine &message) {
  errs() << "moe-sim: error: " << message << "\n";
  return 1;
}

static bool parseSizes(StringRef text, std::array<uint32_t, 3> &sizes) {
  SmallVector<StringRef, 3> parts;
  text.split(parts, ',');
  if (parts.size() > 3) {
    return false;
  }
  for (size_t n = 0; n < parts.size(); ++n) {
    if (parts[n].getAsInteger(0, sizes[n])) {
      return false;
    }
  }
  return true;
}

static unsigned typeSize(StringRef type) {
  return type == "i32" || type == "f32"   ? 4
         : type == "i64" || type == "f64" ? 8
                                          : 0;
}

/// Writes `text` as a `type` to `to`.
static bool writeScalar(StringRef type, StringRef text, void *to) {
  double real;
  int64_t integer;
  if (type[0] == 'f') {
    if (text.getAsDouble(real)) {
      return false;
    }
    float narrow = float(real);
    memcpy(to, type == "f32" ? static_cast<void *>(&narrow) : &real,
           typeSize(type));
    return true;
  }
  if (text.getAsInteger(0, integer)) {
    return false;
  }
  memcpy(to, &integer, typeSize(type));
  return true;
}

static void printElement(StringRef type, const uint8_t *p) {
  if (type == "i32") {
    int32_t v;
    memcpy(&v, p, 4);
    outs() << v;
  } else if (type == "i64") {
    int64_t v;
    memcpy(&v, p, 8);
    outs() << v;
  } else {
    double v;
    float narrow;
    memcpy(&narrow, p, 4);
    memcpy(&v, p, typeSize(type));
    outs() << format("%g", type == "f32" ? double(narrow) : v);
  }
}

static void describe(const KernelInfo &k) {
  outs() << k.name << ": " << k.vgprs << " VGPRs (" << k.agprs << " AGPRs), "
         << k.sgprs << " SGPRs, " << k.ldsBytes << " bytes LDS, "
         << k.scratchBytes << " bytes scratch, at most " << k.maxWorkgroupSize
         << " lanes\n";
  for (const KernelArgument &a : k.arguments) {
    if (!StringRef(a.kind).starts_with("hidden_")) {
      outs() << "  " << format("%4u", a.offset) << "  " << a.size << " bytes  "
             << a.kind << (a.name.empty() ? "" : " ") << a.name << "\n";
    }
  }
}

/// Mnemonics of one chip, or for `table` a Markdown table of all.
static void printStats(const LaunchStats &s) {
  outs() << "workgroups " << s.workgroups << ", waves " << s.waves << ", "
         << format("%.3f", s.seconds) << " s\n"
         << "instructions " << s.instructions() << ": SALU " << s.salu
         << ", VALU " << s.valu << ", MFMA " << s.mfma << ", SMEM " << s.smem
         << ", loads " << s.vmemLoads << ", stores " << s.vmemStores
         << ", atomics " << s.vmemAtomics << ", LDS " << s.lds << ", branches "
         << s.branches << ", other " << s.other << "\n"
         << "bytes: read " << s.globalBytesRead << ", written "
         << s.globalBytesWritten << ", scalar " << s.scalarBytesRead << ", LDS "
         << s.ldsBytes << "\n"
         << "LDS accesses " << s.ldsAccesses << ", cycles of bank conflicts "
         << s.ldsConflicts << "\n";
  for (const auto &entry : s.matrixOpcodes) {
    outs() << entry.first << " " << entry.second << "\n";
  }
}

namespace {
struct Output {
  std::string type;
  size_t count;
  const uint8_t *data;
};
} // namespace

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "runs a kernel on the simulated GPU\n");
  if (!instructions.empty()) {
    Error failed = printInstructions(instructions);
    return failed ? fail(toString(std::move(failed))) : 0;
  }
  if (input.empty()) {
    return fail("expected a code object (see --help)");
  }
  auto file = MemoryBuffer::getFile(input);
  if (!file) {
    return fail("cannot read `" + input + "`: " + file.getError().message());
  }
  auto device = Device::create(chip);
  if (!device) {
    return fail(toString(device.takeError()));
  }
  auto program = Program::load((*file)->getMemBufferRef(), **device);
  if (!program) {
    return fail(toString(program.takeError()));
  }
  if (list) {
    for (const KernelInfo &kernel : (*program)->kernels()) {
      describe(kernel);
    }
    return 0;
  }
  if (kernelName.empty() && (*program)->kernels().size() == 1) {
    kernelName = (*program)->kernels()[0].name;
  }
  LaunchConfig config;
  if (!parseSizes(grid, config.grid) || !parseSizes(block, config.block)) {
    return fail("expected X[,Y[,Z]] for --grid and --block");
  }
  config.dynamicLdsBytes = dynamicLds;
  config.threads = threads;
  config.countLdsConflicts = stats;

  std::vector<uint8_t> kernargs;
  std::vector<Output> outputs;
  auto append = [&](const void *value, size_t size) {
    kernargs.resize((kernargs.size() + size - 1) / size * size);
    const auto *raw = static_cast<const uint8_t *>(value);
    kernargs.insert(kernargs.end(), raw, raw + size);
  };
  for (const std::string &text : arguments) {
    SmallVector<StringRef, 4> parts;
    StringRef(text).split(parts, ':');
    uint64_t scalar = 0;
    if (parts.size() == 2 && typeSize(parts[0]) != 0) {
      if (!writeScalar(parts[0], parts[1], &scalar)) {
        return fail("expected a number in --arg=" + text);
      }
      append(&scalar, typeSize(parts[0]));
      continue;
    }
    bool isInput = parts.size() == 4 && parts[0] == "in";
    uint64_t count;
    if ((!isInput && !(parts.size() == 3 && parts[0] == "out")) ||
        typeSize(parts[1]) == 0 || parts[2].getAsInteger(0, count)) {
      return fail("cannot understand --arg=" + text + " (see --help)");
    }
    unsigned size = typeSize(parts[1]);
    auto *data = static_cast<uint8_t *>(
        (*device)->memory().allocate(count * size, text));
    if (!data) {
      return fail("no memory for --arg=" + text);
    }
    for (uint64_t n = 0; isInput && n < count; ++n) {
      std::string value =
          parts[3] == "iota" ? std::to_string(n) : parts[3].str();
      if (!writeScalar(parts[1], value, data + n * size)) {
        return fail("expected a number or `iota` in --arg=" + text);
      }
    }
    if (!isInput) {
      outputs.push_back({parts[1].str(), size_t(count), data});
    }
    append(&data, sizeof(data));
  }

  auto result = (*device)->launch(**program, kernelName, config, kernargs);
  if (!result) {
    return fail(toString(result.takeError()));
  }
  for (const Output &output : outputs) {
    for (size_t n = 0; n < output.count; ++n) {
      outs() << (n == 0 ? "" : n % 16 ? " " : "\n");
      printElement(output.type, output.data + n * typeSize(output.type));
    }
    outs() << "\n";
  }
  if (stats) {
    printStats(*result);
  }
  return 0;
}
