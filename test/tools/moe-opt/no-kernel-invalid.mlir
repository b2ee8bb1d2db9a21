// RUN: not moe-opt %s --target=gfx942 --emit=asm 2>&1 | FileCheck %s
// A module without a kernel is not a program.

// CHECK: error: expected a kernel, got a module without any
func.func @helper() {
  return
}
