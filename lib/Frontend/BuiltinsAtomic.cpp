//===- BuiltinsAtomic.cpp - shared arrays, atomics and fences -------------===//

#include "Frontend/Builtins.h"
#include "Frontend/Emitter.h"

using namespace llvm;
using namespace mlir;
using namespace moesaic;
using namespace moesaic::frontend;

using tile::AtomicKind;
using tile::MemoryOrder;
using tile::MemoryScope;

static Datum emitShared(const BuiltinCall &b) {
  return b.emitter.emitSharedArray(b.call, b.type, *b.arguments[0]);
}

/// One of a few words that mean something only here.
template <typename T>
static std::optional<T> getKeyword(const BuiltinCall &b, const Expr *expr,
                                   StringRef argument, ArrayRef<T> allowed,
                                   StringRef (*spell)(T), T missing) {
  if (!expr) {
    return missing;
  }
  auto *name = dyn_cast<NameExpr>(expr);
  std::string list;
  for (T value : allowed) {
    if (name && name->name == spell(value)) {
      return value;
    }
    list += (list.empty() ? "'" : ", '") + spell(value).str() + "'";
  }
  b.emitter.getDiagnostics().error(*expr, Diag::MemoryKeyword, argument, list);
  return std::nullopt;
}

static std::optional<MemoryOrder> getOrder(const BuiltinCall &b,
                                           const Expr *expr,
                                           ArrayRef<MemoryOrder> allowed) {
  return getKeyword<MemoryOrder>(b, expr, "'order'", allowed,
                                 tile::stringifyMemoryOrder,
                                 MemoryOrder::Relaxed);
}

static std::optional<MemoryScope> getScope(const BuiltinCall &b,
                                           const Expr *expr) {
  static constexpr MemoryScope all[] = {
      MemoryScope::Workgroup, MemoryScope::Agent, MemoryScope::System};
  return getKeyword<MemoryScope>(
      b, expr, "'scope'", all, tile::stringifyMemoryScope, MemoryScope::Agent);
}

/// Arguments: the element, then values, then order and scope.
static Datum emit(const BuiltinCall &b, AtomicKind kind, const Expr *value,
                  const Expr *expected, ArrayRef<MemoryOrder> orders) {
  size_t count = b.arguments.size();
  std::optional<MemoryOrder> order =
      getOrder(b, b.arguments[count - 2], orders);
  std::optional<MemoryScope> scope = getScope(b, b.arguments[count - 1]);
  if (!order || !scope) {
    return {};
  }
  return b.emitter.emitAtomic(b.call, kind, *b.arguments[0], value, expected,
                              *order, *scope);
}

static constexpr MemoryOrder allOrders[] = {
    MemoryOrder::Relaxed, MemoryOrder::Acquire, MemoryOrder::Release,
    MemoryOrder::AcqRel};

template <AtomicKind kind>
static Datum emitAtomic(const BuiltinCall &b) {
  return emit(b, kind, b.arguments[1], nullptr, allOrders);
}

static Datum emitCas(const BuiltinCall &b) {
  return emit(b, AtomicKind::Cas, b.arguments[2], b.arguments[1], allOrders);
}

static Datum emitAtomicLoad(const BuiltinCall &b) {
  return emit(b, AtomicKind::Load, nullptr, nullptr,
              {MemoryOrder::Relaxed, MemoryOrder::Acquire});
}

/// An exchange whose result nobody takes.
static Datum emitAtomicStore(const BuiltinCall &b) {
  Datum old = emit(b, AtomicKind::Exchange, b.arguments[1], nullptr,
                   {MemoryOrder::Relaxed, MemoryOrder::Release});
  return old.isError() ? old : Datum::nothing();
}

static Datum emitFence(const BuiltinCall &b) {
  if (!b.emitter.require(Mode::Kernel, b.call, "'fence'")) {
    return {};
  }
  std::optional<MemoryOrder> order =
      getOrder(b, b.arguments[0], ArrayRef(allOrders).drop_front());
  std::optional<MemoryScope> scope = getScope(b, b.arguments[1]);
  if (!order || !scope) {
    return {};
  }
  tile::FenceOp::create(b.emitter.getBuilder(), b.emitter.getLoc(b.call.loc),
                        *order, *scope);
  return Datum::nothing();
}

ArrayRef<Builtin> moesaic::frontend::getAtomicBuiltins() {
  static constexpr llvm::StringLiteral one = "element value [order scope";
  static constexpr Builtin table[] = {
      {"shared", "extents", true, emitShared},
      {"atomic_add", one, false, emitAtomic<AtomicKind::Add>, true},
      {"atomic_min", one, false, emitAtomic<AtomicKind::Min>, true},
      {"atomic_max", one, false, emitAtomic<AtomicKind::Max>, true},
      {"atomic_and", one, false, emitAtomic<AtomicKind::And>, true},
      {"atomic_or", one, false, emitAtomic<AtomicKind::Or>, true},
      {"atomic_xor", one, false, emitAtomic<AtomicKind::Xor>, true},
      {"atomic_exchange", one, false, emitAtomic<AtomicKind::Exchange>, true},
      {"atomic_cas", "element expected value [order scope", false, emitCas,
       true},
      {"atomic_load", "element [order scope", false, emitAtomicLoad, true},
      {"atomic_store", one, false, emitAtomicStore},
      {"fence", "order [scope", false, emitFence},
  };
  return table;
}
