//===- CommandLine.cpp - the command line of moe-run ----------------------===//

#include "Run/CommandLine.h"
#include "llvm/ADT/StringExtras.h"

using namespace moesaic::run;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

StringRef moesaic::run::getHelp() {
  return R"(Usage: moe-run FILE.tile|FILE.mlir --kernel=NAME|--entry=NAME [options]

Runs a kernel or an entry on NumPy files.

  moe-run add.tile --kernel=add --device=sim:gfx942 \
      --in a=a.npy --in b=b.npy --out c=c.npy --stats

Options:
  --kernel=NAME         run this kernel
  --entry=NAME          run this entry
  -D NAME=VALUE         set a compile-time parameter (also --define)
  -I FOLDER             look for imports there, too
  --device=DEVICE       sim:CHIP, such as sim:gfx942; interp (the default); or
                        interp:checked, which refuses a store of two elements
                        to one place
  --in ARRAY=FILE       take an input from a .npy file
  --out ARRAY=FILE      write an output to a .npy file
  --inout ARRAY=IN:OUT  take an array from one file, write it to another
  --set SCALAR=VALUE    set a scalar argument
  --extent NAME=VALUE   set an extent that no input fixes
  --fill=nan|0xBYTE     what outputs and workspace hold before they are written
                        (default: nan, which is -1 for integers)
  --stats               print what each launch did
  --help                print this

Extents come from the shapes of the inputs. bf16 arrays are uint16 files and fp8
arrays uint8 files. An output without --out is discarded. Nothing is written
unless all succeeds; the exit status is then 0, otherwise 1.
)";
}

/// Splits "name=value"; `form` shows what was expected.
static Expected<std::pair<std::string, std::string>> splitPair(StringRef text,
                                                               StringRef form) {
  auto [name, value] = text.split('=');
  if (name.empty() || value.empty()) {
    return createStringError("expected " + form + ", got '" + text + "'");
  }
  return std::pair(name.str(), value.str());
}

/// Applies one option that takes a value.
static Error apply(StringRef option, StringRef value, CommandLine &line) {
  auto once = [&](std::string &target) -> Error {
    if (!target.empty()) {
      return createStringError("--" + option + " is given twice");
    }
    target = value.str();
    return Error::success();
  };
  if (option == "kernel") {
    return once(line.program.kernel);
  }
  if (option == "entry") {
    return once(line.program.entry);
  }
  if (option == "import-path") {
    line.program.importPaths.push_back(value.str());
    return Error::success();
  }
  if (option == "device") {
    line.device = value.str();
    return Error::success();
  }
  if (option == "fill") {
    unsigned byte;
    StringRef digits = value;
    if (value == "nan") {
      line.fill.byte.reset();
    } else if (!digits.consume_front("0x") || digits.getAsInteger(16, byte) ||
               byte > 255) {
      return createStringError(
          "expected --fill=nan or a byte such as --fill=0x7f, got '" + value +
          "'");
    } else {
      line.fill.byte = byte;
    }
    return Error::success();
  }
  StringRef form = llvm::StringSwitch<StringRef>(option)
                       .Case("define", "-D NAME=VALUE")
                       .Case("in", "--in ARRAY=FILE")
                       .Case("out", "--out ARRAY=FILE")
                       .Case("inout", "--inout ARRAY=IN:OUT")
                       .Case("set", "--set SCALAR=VALUE")
                       .Default("--extent NAME=VALUE");
  auto pair = splitPair(value, form);
  if (!pair) {
    return pair.takeError();
  }
  auto &[name, right] = *pair;
  if (option == "define") {
    line.program.defines.push_back(*pair);
  } else if (option == "in") {
    line.arguments.files.push_back({name, right, ""});
  } else if (option == "out") {
    line.arguments.files.push_back({name, "", right});
  } else if (option == "inout") {
    auto [input, output] = StringRef(right).split(':');
    if (input.empty() || output.empty()) {
      return createStringError("expected " + form + ", got '" + value + "'");
    }
    line.arguments.files.push_back({name, input.str(), output.str()});
  } else if (option == "set") {
    line.arguments.scalars.push_back(*pair);
  } else {
    int64_t extent;
    if (StringRef(right).getAsInteger(0, extent) || extent < 0 ||
        extent > std::numeric_limits<int32_t>::max()) {
      return createStringError(
          "expected --extent NAME=VALUE with a value from 0 to 2147483647, "
          "got '" +
          value + "'");
    }
    line.arguments.extents.emplace_back(name, extent);
  }
  return Error::success();
}

Expected<CommandLine>
moesaic::run::parseCommandLine(llvm::ArrayRef<const char *> arguments) {
  static constexpr StringRef valued[] = {
      "kernel", "entry", "define", "device", "in",         "out",
      "inout",  "set",   "extent", "fill",   "import-path"};
  CommandLine line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef text = arguments[i];
    if (!text.starts_with("-") || text == "-") {
      if (!line.program.file.empty()) {
        return createStringError("expected one file, got '" +
                                 line.program.file + "' and '" + text + "'");
      }
      line.program.file = text.str();
      continue;
    }
    StringRef option, value;
    bool hasValue = false;
    if (text.starts_with("-D") || text.starts_with("-I")) {
      option = text[1] == 'D' ? "define" : "import-path";
      value = text.drop_front(2);
      hasValue = !value.empty();
    } else {
      hasValue = text.contains('=');
      std::tie(option, value) = text.ltrim('-').split('=');
    }
    if (option == "help" || option == "h") {
      line.help = true;
      return line;
    }
    if (option == "stats" && !hasValue) {
      line.stats = true;
      continue;
    }
    if (!llvm::is_contained(valued, option)) {
      StringRef nearest = "help";
      for (StringRef known : valued) {
        if (option.edit_distance(known) < option.edit_distance(nearest)) {
          nearest = known;
        }
      }
      return createStringError("unknown option '" + text + "'\nhelp: --" +
                               nearest);
    }
    if (!hasValue) {
      if (i + 1 == arguments.size()) {
        return createStringError("expected a value after '" + text + "'");
      }
      value = arguments[++i];
    }
    if (value.empty()) {
      return createStringError("expected a value in '" + text + "'");
    }
    if (Error error = apply(option, value, line)) {
      return error;
    }
  }
  if (line.program.file.empty()) {
    return createStringError("expected a file\nhelp: moe-run --help");
  }
  return line;
}
