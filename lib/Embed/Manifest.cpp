//===- Manifest.cpp - what is in an object, for tools ---------------------===//

#include "Embed/Manifest.h"
#include "moesaic/runtime.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace moesaic;
using namespace moesaic::embed;
using llvm::StringRef;
using llvm::json::OStream;

static void writeArguments(OStream &json, const Layout &layout) {
  json.attributeArray("arguments", [&] {
    for (auto [field, parameter] :
         llvm::zip(layout.fields, layout.callee.parameters)) {
      json.object([&, &field = field, &parameter = parameter] {
        static constexpr StringRef roles[] = {"array", "scalar", "extent",
                                              "stride"};
        json.attribute("name", field.name);
        json.attribute("role", roles[parameter.role]);
        if (parameter.role == run::Parameter::Array) {
          json.attribute("access", parameter.access);
        }
        json.attribute("type", StringRef(field.type).rtrim());
        json.attribute("text", field.text);
        json.attribute("offset", field.offset);
        json.attribute("bytes", field.bytes);
      });
    }
  });
}

static void writeResources(OStream &json, const KernelResources &kernel,
                           StringRef chip) {
  json.attributeObject(chip, [&] {
    json.attribute("block_size", kernel.workgroupSize);
    json.attribute("lds_bytes", kernel.ldsBytes);
    json.attribute("vgprs", kernel.vgprs);
    json.attribute("agprs", kernel.agprs);
    json.attribute("sgprs", kernel.sgprs);
    json.attribute("scratch_bytes", kernel.scratchBytes);
  });
}

std::string embed::getManifest(const Interface &interface,
                               llvm::ArrayRef<TargetCode> targets,
                               StringRef host) {
  static constexpr StringRef flavours[] = {"none", "fnuz", "ocp"};
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("abi_version", MOESAIC_ABI_VERSION);
    json.attribute("code_object_version", codeObjectVersion);
    json.attribute("source", interface.source);
    json.attribute("host", host);
    json.attributeArray("targets", [&] {
      for (const TargetCode &target : targets) {
        json.object([&] {
          json.attribute("name", target.chip->name);
          json.attribute("fp8",
                         flavours[static_cast<unsigned>(target.chip->fp8)]);
          json.attribute("code_bytes", target.object.size());
        });
      }
    });
    json.attributeArray("kernels", [&] {
      for (auto [number, layout] : llvm::enumerate(interface.kernels)) {
        json.object([&, number = number, &layout = layout] {
          json.attribute("symbol", layout.callee.name);
          json.attribute("kernarg_bytes", layout.bytes);
          writeArguments(json, layout);
          json.attributeObject("resources", [&] {
            for (const TargetCode &target : targets) {
              writeResources(json, target.kernels[number], target.chip->name);
            }
          });
        });
      }
    });
    json.attributeArray("functions", [&] {
      for (const Function &function : interface.functions) {
        const Layout &layout = function.layout;
        json.object([&] {
          json.attribute("name", function.name);
          json.attribute("symbol", function.symbol);
          json.attribute("kind", layout.callee.isEntry ? "entry" : "kernel");
          if (!layout.callee.isEntry) {
            json.attribute("kernel", layout.callee.name);
          }
          json.attribute("struct_bytes", llvm::alignTo(layout.structBytes, 8));
          json.attribute("interface",
                         llvm::formatv("{0:x16}", function.interface).str());
          json.attributeObject("parameters", [&] {
            for (auto &[name, value] : function.constants) {
              json.attribute(name, StringRef(value).trim('"'));
            }
          });
          json.attributeArray("clauses", [&] {
            for (const std::string &clause : function.clauses) {
              json.value(clause);
            }
          });
          if (layout.callee.isEntry) {
            writeArguments(json, layout);
          }
        });
      }
    });
  });
  return text + "\n";
}
