// RUN: moe-opt %s --moe-allocate-shared | FileCheck %s
// Buffers share bytes when their lifetimes allow it and LDS would be more than
// half full otherwise.

#rows = #tile.layout<shape = [128, 64], register = [[0, 1], [0, 2], [0, 4], [8, 0], [16, 0], [32, 0], [64, 0]], lane = [[0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0]], wave = [], fragment = 8>
#shared = #tile.shared_layout<shape = [128, 64], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [0, 32], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0], [64, 0]]>

// CHECK-LABEL: tile.kernel @apart
// CHECK-SAME: tile.lds_bytes = 32768
// CHECK: tile.alloc_shared {offset = 0 : i64}
// CHECK: tile.alloc_shared {offset = 16384 : i64}
tile.kernel @apart() waves(1) launch {
  %c1 = arith.constant 1 : i32
  tile.grid %c1
} body {
  %a = tile.alloc_shared : !tile.shared<128x64xf16, #shared>
  %b = tile.alloc_shared : !tile.shared<128x64xf16, #shared>
  %x = arith.constant dense<1.0> : tensor<128x64xf16, #rows>
  tile.shared_store %x, %a : tensor<128x64xf16, #rows>, !tile.shared<128x64xf16, #shared>
  %y = tile.shared_load %a : !tile.shared<128x64xf16, #shared> -> tensor<128x64xf16, #rows>
  tile.shared_store %y, %b : tensor<128x64xf16, #rows>, !tile.shared<128x64xf16, #shared>
  %z = tile.shared_load %b : !tile.shared<128x64xf16, #shared> -> tensor<128x64xf16, #rows>
  tile.return
}

// %a is dead when %b is stored. %c lives through the loop, which reads what the
// iteration before has stored, so it shares with neither %b nor %d.
// CHECK-LABEL: tile.kernel @together
// CHECK-SAME: tile.lds_bytes = 65536
// CHECK: tile.alloc_shared {offset = 0 : i64} : !tile.shared<128x64xf32
// CHECK: tile.alloc_shared {offset = 0 : i64} : !tile.shared<128x64xf32
// CHECK: tile.alloc_shared {offset = 32768 : i64} : !tile.shared<128x64xf16
// CHECK: tile.alloc_shared {offset = 49152 : i64} : !tile.shared<128x64xf16
tile.kernel @together(%n: i32 {tile.name = "n", tile.role = "scalar"}) waves(1) launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  %a = tile.alloc_shared : !tile.shared<128x64xf32, #shared>
  %b = tile.alloc_shared : !tile.shared<128x64xf32, #shared>
  %c = tile.alloc_shared : !tile.shared<128x64xf16, #shared>
  %d = tile.alloc_shared : !tile.shared<128x64xf16, #shared>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %x = arith.constant dense<1.0> : tensor<128x64xf32, #rows>
  %h = arith.constant dense<1.0> : tensor<128x64xf16, #rows>
  tile.shared_store %x, %a : tensor<128x64xf32, #rows>, !tile.shared<128x64xf32, #shared>
  %ya = tile.shared_load %a : !tile.shared<128x64xf32, #shared> -> tensor<128x64xf32, #rows>
  scf.for %i = %c0 to %n step %c1 : i32 {
    tile.shared_store %x, %b : tensor<128x64xf32, #rows>, !tile.shared<128x64xf32, #shared>
    %yb = tile.shared_load %b : !tile.shared<128x64xf32, #shared> -> tensor<128x64xf32, #rows>
    %yc = tile.shared_load %c : !tile.shared<128x64xf16, #shared> -> tensor<128x64xf16, #rows>
    tile.shared_store %h, %c : tensor<128x64xf16, #rows>, !tile.shared<128x64xf16, #shared>
    tile.shared_store %h, %d : tensor<128x64xf16, #rows>, !tile.shared<128x64xf16, #shared>
    %zb = tile.shared_load %b : !tile.shared<128x64xf32, #shared> -> tensor<128x64xf32, #rows>
    %yd = tile.shared_load %d : !tile.shared<128x64xf16, #shared> -> tensor<128x64xf16, #rows>
  }
  tile.return
}
