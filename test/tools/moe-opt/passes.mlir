// RUN: moe-opt %s --canonicalize | FileCheck %s
// RUN: moe-opt %s -pass-pipeline='builtin.module(func.func(canonicalize))' | FileCheck %s
// Without a compile option it is mlir-opt: every upstream dialect and pass.

// CHECK-LABEL: func @fold
// CHECK: %[[C:.*]] = arith.constant 3 : i32
// CHECK: return %[[C]]
func.func @fold() -> i32 {
  %a = arith.constant 1 : i32
  %b = arith.constant 2 : i32
  %c = arith.addi %a, %b : i32
  return %c : i32
}
