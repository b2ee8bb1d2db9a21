//===- CheckMoeSorting.cpp - moe_sorting against lists --------------------===//
//
//   check-moe-sorting FILE [options] CASE...
//
// CASE is T,E,k[,unit[,mask[,local]]]: mask is how many of 100 experts are
// enabled, local how many tokens are there; -1 leaves either out. Options:
// --device=NAME, --path=N (both without it), --random=COUNT, --seed=N, --aux,
// --report.
//
// The reference keeps a list of rows for each expert and concatenates them.
//
//===----------------------------------------------------------------------===//

#include "Driver/Compiler.h"
#include "Run/Program.h"
#include "Run/Runner.h"
#include <map>
#include <random>

using namespace mlir;
using namespace moesaic;
using namespace moesaic::run;

namespace {
/// LLVM's own options are out of the question: compiling resets them.
struct Options {
  std::string file, device = "interp";
  std::vector<std::string> cases;
  std::vector<int> paths = {1, 2};
  int random = 0, seed = 1;
  bool aux = false, report = false;
};
} // namespace
static Options options;

namespace {
struct Case {
  int T, E, k, unit = 32, mask = -1, local = -1;

  int used() const { return local < 0 ? T : local; }
  int rows() const { return T * k + E * unit - k; }
  std::string text() const {
    std::string result;
    for (int number : {T, E, k, unit, mask, local}) {
      result += (result.empty() ? "" : ",") + std::to_string(number);
    }
    return result;
  }
};

struct Inputs {
  std::vector<int32_t> ids, mask, local;
  std::vector<float> weights;
};

/// What the outputs hold. Elements that nobody writes are left out.
struct Outputs {
  std::vector<int32_t> ids, experts, valid, localIds, tokens, reverse;
  std::vector<float> weights;
};

constexpr int columns = 40; ///< of moe_buf
constexpr uint8_t poison = 0xA5;
} // namespace

static Inputs makeInputs(const Case &c, std::mt19937 &random) {
  auto below = [&](int bound) { return int(random() % unsigned(bound)); };
  Inputs in;
  // Some draws crowd a few experts; ids may repeat within a token, and a few
  // are no experts.
  int crowd = below(3) == 0 ? std::max(1, c.E / 8) : c.E;
  static constexpr int none[] = {-1, INT32_MIN, INT32_MAX, 1 << 24};
  for (int slot = 0; slot < c.T * c.k; ++slot) {
    bool isNone = below(97) == 0;
    in.ids.push_back(isNone ? none[below(4)] : below(crowd));
    if (below(61) == 0) {
      in.ids.back() = c.E;
    }
    in.weights.push_back(float(1 + below(1 << 20)) / float(1 << 20));
  }
  for (int expert = 0; expert < c.E; ++expert) {
    in.mask.push_back(below(100) < c.mask);
  }
  in.local = {c.local};
  return in;
}

static Outputs makeReference(const Case &c, const Inputs &in) {
  struct Row {
    int id;
    float weight;
    int token;
  };
  auto isEnabled = [&](int e) {
    return e >= 0 && e < c.E && (c.mask < 0 || in.mask[e]);
  };
  std::vector<std::vector<Row>> lists(c.E);
  std::vector<std::vector<int>> slotsOf(c.E);
  for (int token = 0; token < c.used(); ++token) {
    for (int slot = 0; slot < c.k; ++slot) {
      int flat = token * c.k + slot, e = in.ids[flat];
      if (isEnabled(e)) {
        lists[e].push_back({int(unsigned(slot) << 24 | unsigned(token)),
                            in.weights[flat], token});
        slotsOf[e].push_back(flat);
      }
    }
  }
  Outputs out;
  out.reverse.assign(size_t(c.T) * c.k, -1);
  out.localIds.assign(size_t(c.T) * c.k, -1);
  int name = 0;
  for (int e = 0; e < c.E; ++e) {
    for (size_t i = 0; i < slotsOf[e].size(); ++i) {
      out.reverse[slotsOf[e][i]] = int(out.ids.size() + i);
      out.localIds[slotsOf[e][i]] = name;
    }
    while (lists[e].size() % c.unit) {
      lists[e].push_back({int(unsigned(c.k) << 24 | unsigned(c.T)), 0, c.T});
    }
    for (const Row &row : lists[e]) {
      out.ids.push_back(row.id);
      out.weights.push_back(row.weight);
      out.tokens.push_back(row.token);
    }
    out.experts.insert(out.experts.end(), lists[e].size() / c.unit, name);
    name += isEnabled(e);
  }
  out.valid = {int(out.ids.size()), c.used()};
  return out;
}

namespace {
/// The entry with one set of parameters on one device.
class Sorter {
public:
  Sorter(MLIRContext &context, const Case &c, int path) {
    auto define = [&](StringRef name, const std::string &value) {
      request.defines.push_back({name.str(), value});
    };
    request.file = options.file;
    request.entry = "moe_sorting";
    define("UNIT", std::to_string(c.unit));
    define("PATH", std::to_string(path));
    define("MASKED", c.mask < 0 ? "false" : "true");
    define("LOCAL", c.local < 0 ? "false" : "true");
    for (const char *name : {"LOCAL_IDS", "M_INDICES", "REVERSE"}) {
      define(name, options.aux ? "true" : "false");
    }
    module = loadProgram(request, sources, &context);
    FailureOr<Callee> found =
        module ? findCallee(*module, request) : FailureOr<Callee>();
    FailureOr<std::unique_ptr<Device>> made =
        createDevice(options.device, &context);
    if (failed(found) || failed(made)) {
      exit(1);
    }
    callee = std::make_unique<Callee>(*found);
    device = std::move(*made);
  }

  /// Whether the outputs are those of the reference.
  bool check(const Case &c, const Inputs &in);
  std::vector<LaunchReport> reports;

private:
  void give(Binding &binding, StringRef name, SmallVector<int64_t> shape,
            const void *data, uint64_t elementBytes) {
    for (auto [index, parameter] : llvm::enumerate(callee->parameters)) {
      if (parameter.name != name) {
        continue;
      }
      BoundArray &array = binding.arrays[index];
      array.shape = shape;
      array.bytes = llvm::product_of(shape) * elementBytes;
      if (data) {
        array.input.emplace();
        array.input->data =
            StringRef(static_cast<const char *>(data), array.bytes);
      } else {
        array.outputPath = "kept";
      }
    }
  }
  /// Whether an output begins with `expected` and is untouched behind.
  template <typename T>
  bool matches(const Runner &runner, StringRef name, ArrayRef<T> expected,
               size_t written);

  ProgramRequest request;
  llvm::SourceMgr sources;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<Callee> callee;
  std::unique_ptr<Device> device;
};
} // namespace

template <typename T>
bool Sorter::matches(const Runner &runner, StringRef name, ArrayRef<T> expected,
                     size_t written) {
  for (auto &[index, bytes] : runner.results) {
    if (callee->parameters[index].name != name) {
      continue;
    }
    if (bytes.size() < written * sizeof(T)) {
      llvm::errs() << "'" << name << "' is too short\n";
      return false;
    }
    for (size_t i = 0; i < written; ++i) {
      T got;
      std::memcpy(&got, bytes.data() + i * sizeof(T), sizeof(T));
      if (got != expected[i]) {
        llvm::errs() << "'" << name << "'[" << i << "] is " << got
                     << ", expected " << expected[i] << "\n";
        return false;
      }
    }
    for (size_t i = written * sizeof(T); i < bytes.size(); ++i) {
      if (uint8_t(bytes[i]) != poison) {
        llvm::errs() << "'" << name << "' is written at byte " << i << "\n";
        return false;
      }
    }
  }
  return true;
}

bool Sorter::check(const Case &c, const Inputs &in) {
  Binding binding;
  for (const Parameter &parameter : callee->parameters) {
    binding.bits.push_back(parameter.name == "T"             ? c.T
                           : parameter.name == "k"           ? c.k
                           : parameter.name == "D"           ? columns
                           : parameter.name == "num_experts" ? c.E
                                                             : 0);
  }
  int64_t L = c.rows(), S = int64_t(c.T) * c.k;
  give(binding, "topk_ids", {c.T, c.k}, in.ids.data(), 4);
  give(binding, "topk_weights", {c.T, c.k}, in.weights.data(), 4);
  give(binding, "expert_mask", {c.E}, in.mask.data(), 4);
  give(binding, "num_local_tokens", {1}, in.local.data(), 4);
  for (StringRef name : {"sorted_ids", "sorted_weights", "m_indices"}) {
    give(binding, name, {L}, nullptr, 4);
  }
  give(binding, "sorted_expert_ids", {(L + c.unit - 1) / c.unit}, nullptr, 4);
  give(binding, "num_valid_ids", {2}, nullptr, 4);
  give(binding, "moe_buf", {c.T, columns}, nullptr, 2);
  for (StringRef name : {"local_topk_ids", "reverse_sorted"}) {
    give(binding, name, {S}, nullptr, 4);
  }
  Runner runner(*device, *callee, Fill{poison});
  if (failed(runner.run(binding))) {
    return false;
  }
  reports = runner.reports;
  Outputs expected = makeReference(c, in);
  std::vector<uint16_t> zeros(size_t(c.T) * columns);
  size_t rows = expected.ids.size(), used = size_t(c.used()) * c.k;
  return matches<int32_t>(runner, "num_valid_ids", expected.valid, 2) &&
         matches<int32_t>(runner, "sorted_ids", expected.ids, rows) &&
         matches<float>(runner, "sorted_weights", expected.weights, rows) &&
         matches<int32_t>(runner, "sorted_expert_ids", expected.experts,
                          rows / c.unit) &&
         matches<uint16_t>(runner, "moe_buf", zeros, zeros.size()) &&
         matches<int32_t>(runner, "m_indices", expected.tokens, rows) &&
         matches<int32_t>(runner, "reverse_sorted", expected.reverse, used) &&
         matches<int32_t>(runner, "local_topk_ids", expected.localIds, used);
}

static Case parseCase(StringRef text) {
  Case c{};
  c = {0, 0, 0, 32, -1, -1};
  int *fields[] = {&c.T, &c.E, &c.k, &c.unit, &c.mask, &c.local};
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  bool isWrong = parts.size() < 3 || parts.size() > std::size(fields);
  for (size_t i = 0; !isWrong && i < parts.size(); ++i) {
    isWrong = parts[i].getAsInteger(10, *fields[i]);
  }
  if (isWrong) {
    llvm::errs() << "expected T,E,k[,unit[,mask[,local]]], got " << text
                 << "\n";
    exit(1);
  }
  return c;
}

static Case makeCase(std::mt19937 &random) {
  auto below = [&](int bound) { return int(random() % unsigned(bound)); };
  Case c{};
  c.E = 1 + below(below(3) ? 80 : 1024);
  c.k = 1 + below(std::min(c.E, 16));
  c.T = 1 + below(below(4) ? 60 : 700);
  // Powers of two are usual, but any unit will do.
  static constexpr int units[] = {4, 16, 32, 64, 7};
  c.unit = units[below(5)];
  c.mask = below(2) ? -1 : below(101);
  c.local = below(2) ? -1 : below(c.T + 1);
  return c;
}

/// What was moved for each launch, against what must be.
static void printReport(const Case &c, int path, ArrayRef<LaunchReport> reports,
                        int64_t rows) {
  uint64_t bytes = 0, instructions = 0, lds = 0;
  for (const LaunchReport &launch : reports) {
    bytes += launch.bytesRead + launch.bytesWritten;
    for (auto &[name, count] : launch.instructions) {
      instructions += count;
    }
    if (launch.resources) {
      lds = std::max<uint64_t>(lds, launch.resources->ldsBytes);
    }
  }
  uint64_t slots = uint64_t(c.used()) * c.k, bound = 16 * slots;
  uint64_t padding = 8 * (uint64_t(rows) - std::min(slots, uint64_t(rows)));
  llvm::outs() << c.text() << " path " << path << ": " << reports.size()
               << " launches, " << instructions << " instructions, " << lds
               << " bytes of LDS, " << bytes << " bytes moved, bound " << bound
               << " + " << padding << " of padding, ratio "
               << llvm::format("%.2f",
                               double(bytes - std::min(bytes, padding)) /
                                   double(std::max<uint64_t>(bound, 1)))
               << "\n";
}

static bool parseOptions(ArrayRef<const char *> arguments) {
  for (StringRef argument : arguments) {
    if (argument.consume_front("--device=")) {
      options.device = argument.str();
    } else if (argument.consume_front("--path=")) {
      options.paths.resize(1);
      if (argument.getAsInteger(10, options.paths[0])) {
        return false;
      }
    } else if (argument.consume_front("--random=")) {
      if (argument.getAsInteger(10, options.random)) {
        return false;
      }
    } else if (argument.consume_front("--seed=")) {
      if (argument.getAsInteger(10, options.seed)) {
        return false;
      }
    } else if (argument == "--aux" || argument == "--report") {
      (argument == "--aux" ? options.aux : options.report) = true;
    } else if (argument.starts_with("--")) {
      return false;
    } else if (options.file.empty()) {
      options.file = argument.str();
    } else {
      options.cases.push_back(argument.str());
    }
  }
  return !options.file.empty();
}

int main(int argc, char **argv) {
  if (!parseOptions(ArrayRef<const char *>(argv + 1, argc - 1))) {
    llvm::errs() << "usage: check-moe-sorting FILE [--device=NAME] [--path=N] "
                    "[--random=COUNT] [--seed=N] [--aux] [--report] CASE...\n";
    return 1;
  }
  std::vector<Case> cases;
  for (const std::string &text : options.cases) {
    cases.push_back(parseCase(text));
  }
  std::mt19937 random(options.seed);
  for (int i = 0; i < options.random; ++i) {
    cases.push_back(makeCase(random));
  }
  DialectRegistry registry;
  registerMoesaicDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  int warnings = 0;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    llvm::errs() << diagnostic.str() << "\n";
    ++warnings; // the checker's reports
    return success();
  });
  std::map<std::array<int, 4>, std::unique_ptr<Sorter>> sorters;
  for (const Case &c : cases) {
    Inputs inputs = makeInputs(c, random);
    for (int path : options.paths) {
      std::unique_ptr<Sorter> &sorter =
          sorters[{c.unit, path, c.mask >= 0, c.local >= 0}];
      if (!sorter) {
        sorter = std::make_unique<Sorter>(context, c, path);
      }
      if (!sorter->check(c, inputs) || warnings) {
        llvm::errs() << options.device << ": case " << c.text() << ", path "
                     << path << ", seed " << options.seed << " fails\n";
        return 1;
      }
      if (options.report) {
        printReport(c, path, sorter->reports,
                    makeReference(c, inputs).ids.size());
      }
    }
  }
  llvm::outs() << cases.size() << " cases on " << options.paths.size()
               << " paths agree\n";
  return 0;
}
