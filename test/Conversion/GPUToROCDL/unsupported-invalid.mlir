// RUN: moe-opt %s --pass-pipeline='builtin.module(gpu.module(convert-lane-to-rocdl{target=gfx942}))' -split-input-file -verify-diagnostics
// What the chip cannot do is said at the op, before the code generator sees it.

gpu.module @kernels {
  gpu.func @device_library(%x: f32) -> f32 {
    // expected-error @below {{'math.sin' of type 'f32' is unsupported on gfx942}}
    %0 = math.sin %x : f32
    gpu.return %0 : f32
  }
}

// -----

gpu.module @kernels {
  gpu.func @double_exp(%x: f64) -> f64 {
    // expected-error @below {{'math.exp' of type 'f64' is unsupported on gfx942}}
    %0 = math.exp %x : f64
    gpu.return %0 : f64
  }
}

// -----

gpu.module @kernels {
  gpu.func @library_remainder(%x: f32, %y: f32) -> f32 {
    // expected-error @below {{library function '__ocml_fmod_f32' is unsupported on gfx942}}
    %0 = arith.remf %x, %y : f32
    gpu.return %0 : f32
  }
}

// -----

gpu.module @kernels {
  gpu.func @other_flavour_of_fp8(%x: f8E4M3FN) -> f32 {
    // expected-error @below {{'arith.extf' is unsupported on gfx942 with a result of type 'f32'}}
    %0 = arith.extf %x : f8E4M3FN to f32
    gpu.return %0 : f32
  }
}

// -----

gpu.module @kernels {
  // expected-error @below {{kernel 'k' needs 'known_block_size', the extents of its workgroup}}
  gpu.func @k(%x: !llvm.ptr<1>) kernel {
    gpu.return
  }
}

// -----

gpu.module @kernels {
  gpu.func @fma_would_round_twice(%x: bf16) -> bf16 {
    // expected-error @below {{'math.fma' with a result of type 'bf16' is unsupported on gfx942: it would be rounded twice}}
    %0 = math.fma %x, %x, %x : bf16
    gpu.return %0 : bf16
  }
}

// -----

gpu.module @kernels {
  gpu.func @f64_would_round_twice(%x: f64) -> bf16 {
    // expected-error @below {{'arith.truncf' with a result of type 'bf16' is unsupported on gfx942: it would be rounded twice}}
    %0 = arith.truncf %x : f64 to bf16
    gpu.return %0 : bf16
  }
}
