//===- ASTPrinter.cpp - the syntax tree as source text --------------------===//

#include "Frontend/AST.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace moesaic::frontend;

StringRef moesaic::frontend::getSpelling(BinaryOp op) {
  static constexpr StringLiteral spellings[] = {
      "+",  "-",  "*",  "/", "%",  "&", "|",  "^",   "<<",
      ">>", "==", "!=", "<", "<=", ">", ">=", "and", "or"};
  return spellings[static_cast<unsigned>(op)];
}

bool moesaic::frontend::isComparison(BinaryOp op) {
  return op >= BinaryOp::Eq && op <= BinaryOp::Ge;
}

StringRef moesaic::frontend::getSpelling(Parameter::Kind kind) {
  static constexpr StringLiteral spellings[] = {"int", "bool", "float", "type"};
  return spellings[static_cast<unsigned>(kind)];
}

StringRef moesaic::frontend::getSpelling(Routine::Kind kind) {
  static constexpr StringLiteral names[] = {"function", "kernel", "entry"};
  return names[static_cast<unsigned>(kind)];
}

StringRef moesaic::frontend::getWithArticle(Routine::Kind kind) {
  static constexpr StringLiteral names[] = {"a function", "a kernel",
                                            "an entry"};
  return names[static_cast<unsigned>(kind)];
}

namespace {
class Printer {
public:
  explicit Printer(raw_ostream &stream) : stream(stream) {}

  void printExpr(const Expr *expr);
  void printRoutine(const Routine &routine);

private:
  template <typename Range, typename Print>
  void list(StringRef open, const Range &range, StringRef close, Print print) {
    stream << open;
    interleaveComma(range, stream, print);
    stream << close;
  }
  void printExprs(StringRef open, const std::vector<Expr *> &exprs,
                  StringRef close) {
    list(open, exprs, close, [&](const Expr *expr) { printExpr(expr); });
  }
  void printArguments(StringRef open, const std::vector<Argument> &arguments,
                      StringRef close);
  void printSubscript(const Subscript &subscript);
  void printCall(const CallExpr &call);
  void printType(const TypeSyntax &type);
  void printBlock(const StmtList &block);
  void printStmt(const Stmt *stmt);
  void printFor(const ForStmt &loop);
  void printIf(const IfStmt &branch);

  raw_ostream &stream;
  unsigned indentation = 0;
};
} // namespace

void Printer::printArguments(StringRef open,
                             const std::vector<Argument> &arguments,
                             StringRef close) {
  list(open, arguments, close, [&](const Argument &argument) {
    if (argument.name) {
      stream << argument.name.text << " = ";
    }
    printExpr(argument.value);
  });
}

void Printer::printSubscript(const Subscript &subscript) {
  if (subscript.kind == Subscript::Kind::NewAxis) {
    stream << "None";
    return;
  }
  if (subscript.first) {
    printExpr(subscript.first);
  }
  if (subscript.kind == Subscript::Kind::Slice) {
    stream << ":";
    if (subscript.last) {
      printExpr(subscript.last);
    }
  }
}

void Printer::printCall(const CallExpr &call) {
  stream << call.callee.text;
  if (!call.parameters.empty()) {
    printArguments("<", call.parameters, ">");
  }
  printArguments("(", call.arguments, ")");
}

void Printer::printExpr(const Expr *expr) {
  TypeSwitch<const Expr *>(expr)
      .Case([&](const IntegerExpr *e) { stream << e->value; })
      .Case([&](const FloatExpr *e) { stream << e->spelling; })
      .Case([&](const BoolExpr *e) { stream << (e->value ? "true" : "false"); })
      .Case([&](const NameExpr *e) { stream << e->name; })
      .Case([&](const UnaryExpr *e) {
        stream << (e->op == UnaryOp::Not ? "(not " : "(-");
        printExpr(e->operand);
        stream << ")";
      })
      .Case([&](const BinaryExpr *e) {
        stream << "(";
        printExpr(e->lhs);
        stream << " " << getSpelling(e->op) << " ";
        printExpr(e->rhs);
        stream << ")";
      })
      .Case([&](const CallExpr *e) { printCall(*e); })
      .Case([&](const IndexExpr *e) {
        printExpr(e->base);
        list("[", e->subscripts, "]",
             [&](const Subscript &subscript) { printSubscript(subscript); });
      })
      .Case([&](const ListExpr *e) { printExprs("[", e->elements, "]"); })
      .Case([&](const TupleExpr *e) {
        printExprs("(", e->elements, e->elements.size() == 1 ? ",)" : ")");
      });
}

void Printer::printType(const TypeSyntax &type) {
  if (type.access != TypeSyntax::Access::In) {
    stream << (type.access == TypeSyntax::Access::Out ? "out " : "inout ");
  }
  switch (type.kind) {
  case TypeSyntax::Kind::Scalar:
    printExpr(type.element);
    return;
  case TypeSyntax::Kind::Tuple:
    list("(", type.members, ")",
         [&](const TypeSyntax *member) { printType(*member); });
    return;
  case TypeSyntax::Kind::Array:
  case TypeSyntax::Kind::Tile:
    stream << (type.kind == TypeSyntax::Kind::Array ? "array<" : "tile<");
    printExpr(type.element);
    printExprs(", [", type.extents, "]");
    if (!type.strides.empty()) {
      printExprs(", [", type.strides, "]");
    }
    StringRef separator = ",";
    for (auto [word, given] :
         {std::pair(" blocks [", type.blocks), {" order [", type.order}}) {
      if (given) {
        stream << separator;
        printExprs(word, given->elements, "]");
        separator = "";
      }
    }
    stream << ">";
  }
}

void Printer::printBlock(const StmtList &block) {
  stream << "{\n";
  ++indentation;
  for (const Stmt *stmt : block) {
    stream.indent(2 * indentation);
    printStmt(stmt);
    stream << "\n";
  }
  --indentation;
  stream.indent(2 * indentation) << "}";
}

void Printer::printFor(const ForStmt &loop) {
  stream << (loop.isStatic ? "static for " : "for ") << loop.variable.text
         << " in ";
  printExpr(loop.first);
  stream << "..";
  printExpr(loop.last);
  if (loop.step) {
    stream << " step ";
    printExpr(loop.step);
  }
  stream << " ";
  printBlock(loop.body);
}

void Printer::printIf(const IfStmt &branch) {
  stream << "if ";
  printExpr(branch.condition);
  stream << " ";
  printBlock(branch.thenBlock);
  if (branch.elseBlock.empty()) {
    return;
  }
  stream << " else ";
  if (branch.elseBlock.size() == 1 && isa<IfStmt>(branch.elseBlock.front())) {
    printStmt(branch.elseBlock.front());
  } else {
    printBlock(branch.elseBlock);
  }
}

void Printer::printStmt(const Stmt *stmt) {
  TypeSwitch<const Stmt *>(stmt)
      .Case([&](const LetStmt *s) {
        stream << (s->isVar ? "var " : "let ");
        list(s->isTuple ? "(" : "", s->names, s->isTuple ? ")" : "",
             [&](const Name &name) { stream << name.text; });
        stream << " = ";
        printExpr(s->init);
        stream << ";";
      })
      .Case([&](const AssignStmt *s) {
        printExpr(s->target);
        stream << " " << (s->isCompound ? getSpelling(s->op) : "") << "= ";
        printExpr(s->value);
        stream << ";";
      })
      .Case([&](const ForStmt *s) { printFor(*s); })
      .Case([&](const WhileStmt *s) {
        stream << "while ";
        printExpr(s->condition);
        stream << " ";
        printBlock(s->body);
      })
      .Case([&](const IfStmt *s) { printIf(*s); })
      .Case([&](const ReturnStmt *s) {
        stream << "return";
        if (s->value) {
          stream << " ";
          printExpr(s->value);
        }
        stream << ";";
      })
      .Case([&](const CallStmt *s) {
        printExpr(s->call);
        stream << ";";
      })
      .Case([&](const LaunchStmt *s) {
        stream << "launch ";
        printCall(*s->call);
        stream << ";";
      });
}

void Printer::printRoutine(const Routine &routine) {
  static constexpr StringLiteral keywords[] = {"fn ", "kernel ", "entry "};
  stream << keywords[static_cast<unsigned>(routine.kind)] << routine.name.text;
  if (!routine.parameters.empty()) {
    list("<", routine.parameters, ">", [&](const Parameter &parameter) {
      stream << parameter.name.text << ": " << getSpelling(parameter.kind);
      if (parameter.defaultValue) {
        stream << " = ";
        printExpr(parameter.defaultValue);
      }
    });
  }
  list("(", routine.arguments, ")", [&](const ArgumentDecl &argument) {
    stream << argument.name.text;
    if (argument.type) {
      stream << ": ";
      printType(*argument.type);
    }
    if (argument.condition) {
      stream << " when ";
      printExpr(argument.condition);
    }
  });
  if (routine.result) {
    stream << " -> ";
    printType(*routine.result);
  }
  if (!routine.conditions.empty()) {
    printExprs("\n  where ", routine.conditions, "");
  }
  if (routine.grid) {
    stream << "\n  grid ";
    printExpr(routine.grid);
  }
  stream << "\n";
  printBlock(routine.body);
  stream << "\n";
}

void moesaic::frontend::print(const Expr &expr, raw_ostream &stream) {
  Printer(stream).printExpr(&expr);
}

void moesaic::frontend::print(const File &file, raw_ostream &stream) {
  for (const Import &import : file.imports) {
    stream << "import \"" << import.path << "\";\n";
  }
  Printer printer(stream);
  bool isFirst = file.imports.empty();
  for (const Routine *routine : file.routines) {
    stream << (isFirst ? "" : "\n");
    isFirst = false;
    printer.printRoutine(*routine);
  }
}
