//===- InstructionTable.cpp - lists of simulated instructions -------------===//

#include "InstructionTable.h"
#include "Sim/Simulator.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <map>

using namespace llvm;
using namespace moesaic::sim;

namespace {

/// Whether a chip has an instruction, and the simulator has it.
enum class State { Absent, Missing, Simulated };

/// All instructions of some chips.
struct Table {
  std::vector<std::string> chips;
  std::map<std::string, std::vector<State>> rows;
};

} // namespace

static Expected<Table> collect(StringRef name) {
  Table table;
  for (StringRef known : simulatedChips()) {
    if (name == "table" || name == "summary" || name == known) {
      table.chips.push_back(known.str());
    }
  }
  if (table.chips.empty()) {
    return createStringError("no simulated chip `%s`", name.str().c_str());
  }
  for (size_t n = 0; n < table.chips.size(); ++n) {
    auto simulated = supportedInstructions(table.chips[n]);
    if (!simulated) {
      return simulated.takeError();
    }
    // The list of one chip is of what it simulates.
    auto missing =
        name == table.chips[n]
            ? Expected<std::vector<std::string>>(std::vector<std::string>())
            : missingInstructions(table.chips[n]);
    if (!missing) {
      return missing.takeError();
    }
    auto add = [&](const std::vector<std::string> &names, State state) {
      for (const std::string &mnemonic : names) {
        std::vector<State> &row = table.rows[mnemonic];
        row.resize(table.chips.size());
        row[n] = state;
      }
    };
    add(*missing, State::Missing);
    add(*simulated, State::Simulated);
  }
  return std::move(table);
}

static void printHead(StringRef first, const Table &table) {
  outs() << "| " << first << " | " << join(table.chips, " | ") << " |\n|---";
  for (size_t n = 0; n < table.chips.size(); ++n) {
    outs() << "|---";
  }
  outs() << "|\n";
}

namespace {

/// A class of instructions by the beginnings of their mnemonics.
struct Class {
  const char *title;
  std::vector<StringRef> prefixes;
};

} // namespace

/// The first class that matches counts.
static const std::vector<Class> &classes() {
  static const std::vector<Class> all = {
      {"scalar memory",
       {"s_load", "s_buffer_", "s_store", "s_scratch_", "s_atomic", "s_dcache",
        "s_atc", "s_memtime", "s_memrealtime"}},
      {"scalar", {"s_"}},
      {"matrix", {"v_mfma", "v_smfmac", "v_wmma", "v_swmmac"}},
      {"vector compare", {"v_cmp"}},
      {"vector conversion", {"v_cvt"}},
      {"vector, packed and dot", {"v_pk_", "v_dot"}},
      {"vector, others", {"v_"}},
      {"LDS", {"ds_"}},
      {"global", {"global_"}},
      {"flat", {"flat_"}},
      {"scratch", {"scratch_"}},
      {"buffer", {"buffer_", "tbuffer_"}}};
  return all;
}

static const Class *classOf(StringRef mnemonic) {
  for (const Class &c : classes()) {
    for (StringRef prefix : c.prefixes) {
      if (mnemonic.starts_with(prefix)) {
        return &c;
      }
    }
  }
  return nullptr;
}

static constexpr const char *kIntroduction = R"(# Instructions

What the simulator executes, by class and chip: simulated instructions of all
that LLVM's assembler knows for the chip. Code that holds another instruction
does not load; the error lists all of them. `moe-sim --instructions=gfx942`
lists the instructions of one chip, `moe-sim --instructions=table` every
instruction by chip. This page is made by `moe-sim --instructions=summary`.

)";

static void printSummary(const Table &table) {
  outs() << kIntroduction;
  printHead("class", table);
  size_t count = table.chips.size();
  std::vector<unsigned> simulated(count), all(count);
  for (const Class &c : classes()) {
    outs() << "| " << c.title << " |";
    for (size_t n = 0; n < count; ++n) {
      unsigned has = 0, runs = 0;
      for (const auto &[mnemonic, states] : table.rows) {
        if (classOf(mnemonic) == &c) {
          has += states[n] != State::Absent;
          runs += states[n] == State::Simulated;
        }
      }
      simulated[n] += runs;
      all[n] += has;
      outs() << " " << runs;
      if (runs != has) {
        outs() << " of " << has;
      }
      outs() << " |";
    }
    outs() << "\n";
  }
  outs() << "| all |";
  for (size_t n = 0; n < count; ++n) {
    outs() << " " << simulated[n] << " of " << all[n] << " |";
  }
  outs() << R"(

## Not simulated

Images and exports are not counted. Left out on purpose is what only graphics
uses (interpolation and loads of parameters, ray traversal, ordered append,
screen partitions), what only trap handlers execute (`s_rfe_b64`,
`s_endpgm_saved`, `s_sendmsghalt`), and control flow that compilers no longer
emit (`s_cbranch_g_fork` and its kin, `s_setvskip`, `s_subvector_loop_begin`).
`v_mfma_ld_scale_b32` is the first half of a scaled MFMA and never alone.

Missing as yet: named barriers, `s_alloc_vgpr`, block loads and stores and
transposing global loads of gfx12, scalar scratch accesses and
`buffer_store_lds_dword`.
)";
  for (const Class &c : classes()) {
    std::vector<std::string> names;
    for (const auto &[mnemonic, states] : table.rows) {
      if (classOf(mnemonic) != &c || !is_contained(states, State::Missing)) {
        continue;
      }
      std::vector<std::string> where;
      for (size_t n = 0; n < count; ++n) {
        if (states[n] == State::Missing) {
          where.push_back(table.chips[n]);
        }
      }
      names.push_back(
          "`" + mnemonic + "`" +
          (where.size() == count ? "" : " (" + join(where, ", ") + ")"));
    }
    if (!names.empty()) {
      outs() << "\n- " << c.title << ": " << join(names, ", ") << "\n";
    }
  }
}

Error moesaic::sim::printInstructions(StringRef name) {
  auto table = collect(name);
  if (!table) {
    return table.takeError();
  }
  if (name == "summary") {
    printSummary(*table);
    return Error::success();
  }
  bool isTable = name == "table";
  if (isTable) {
    printHead("instruction", *table);
  }
  for (const auto &[mnemonic, states] : table->rows) {
    if (!isTable) {
      if (states[0] == State::Simulated) {
        outs() << mnemonic << "\n";
      }
      continue;
    }
    outs() << "| `" << mnemonic << "` |";
    for (State state : states) {
      outs() << (state == State::Simulated ? " yes |"
                 : state == State::Missing ? " no |"
                                           : " |");
    }
    outs() << "\n";
  }
  return Error::success();
}
