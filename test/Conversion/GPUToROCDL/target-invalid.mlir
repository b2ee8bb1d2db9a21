// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(convert-lane-to-rocdl{target=gfx000}))' -verify-diagnostics
// Only chips of the table are targets.

// expected-error @below {{unknown target 'gfx000'}}
gpu.module @kernels {
}
