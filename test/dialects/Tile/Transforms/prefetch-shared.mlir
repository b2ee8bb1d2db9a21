// RUN: moe-opt %s --moe-prefetch-shared=target=gfx950 | FileCheck %s
// RUN: moe-opt %s --moe-prefetch-shared=target=gfx942 | FileCheck %s --check-prefix=REGISTERS
// Tiles of later steps are copied straight to LDS, on the chip that does it 16
// bytes at a time.

#rows = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]], wave = [], fragment = 8>
#narrow = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [16, 0]], lane = [[0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0]], wave = [], fragment = 4>
#operand = #tile.layout<shape = [32, 16], register = [[0, 1], [0, 2], [0, 4]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 8]], wave = [], fragment = 8>
#transposed = #tile.layout<shape = [16, 32], register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 4], [0, 8], [0, 16], [8, 0]], wave = [], fragment = 8>
#row = #tile.layout<shape = [32], register = [], lane = [[0], [1], [2], [4], [8], [16]], wave = [], fragment = 1>
#column = #tile.layout<shape = [16], register = [[1], [2], [4]], lane = [[8], [0], [0], [8], [0], [0]], wave = [], fragment = 4>
#nrow = #tile.layout<shape = [32], register = [[16]], lane = [[0], [0], [1], [2], [4], [8]], wave = [], fragment = 1>
#ncolumn = #tile.layout<shape = [16], register = [[1], [2]], lane = [[4], [8], [0], [0], [0], [0]], wave = [], fragment = 4>
#acc = #tile.layout<shape = [32, 32], register = [[0, 1], [0, 2], [0, 8], [0, 16]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [0, 4]], wave = [], fragment = 4>
#shared = #tile.shared_layout<shape = [32, 16], offset = [[0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0]]>

// Three stages: two steps are copied in front of the loop, each with indices of
// its own; each iteration waits for the older of them. Tokens and buffers move
// up one place. The buffers keep what the lanes ask for in their order.
// CHECK-DAG: #[[$ROWS:.*]] = #tile.layout<shape = [32, 16], register = {{\[\[}}0, 1], [0, 2], [0, 4]], lane = {{\[\[}}0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]], wave = [], fragment = 8>
// CHECK-DAG: #[[$SHARED:.*]] = #tile.shared_layout<shape = [32, 16], offset = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]]>
// CHECK-LABEL: tile.kernel @three
// CHECK: body {
// CHECK-NEXT: %[[B0:.*]] = tile.alloc_shared : !tile.shared<32x16xbf16, #[[$SHARED]]>
// CHECK-NEXT: %[[B1:.*]] = tile.alloc_shared : !tile.shared<32x16xbf16, #[[$SHARED]]>
// CHECK-NEXT: %[[B2:.*]] = tile.alloc_shared : !tile.shared<32x16xbf16, #[[$SHARED]]>
// CHECK-NOT: tile.alloc_shared
// CHECK: %[[COLUMNS:.*]] = tile.range : tensor<16xi32
// CHECK: %[[K0:.*]] = tile.splat %c0_i32
// CHECK-NEXT: %[[I0:.*]] = arith.addi %[[K0]], %[[COLUMNS]]
// CHECK-NEXT: %[[T0:.*]] = tile.shared_copy %{{.*}}[%{{.*}}, %[[I0]]] layout #[[$ROWS]] to %[[B0]]
// CHECK: %[[K1:.*]] = tile.splat %c16_i32
// CHECK-NEXT: %[[I1:.*]] = arith.addi %[[K1]], %[[COLUMNS]]
// CHECK-NEXT: %[[T1:.*]] = tile.shared_copy %{{.*}}[%{{.*}}, %[[I1]]] layout #[[$ROWS]] to %[[B1]]
// CHECK-NEXT: %[[LOOP:.*]]:6 = scf.for %[[K:.*]] = %c0_i32 to %{{.*}} step %c16_i32 iter_args(%[[ACC:.*]] = %{{[^,]*}}, %[[OLD:.*]] = %[[T0]], %[[NEW:.*]] = %[[T1]], %[[P0:.*]] = %[[B0]], %[[P1:.*]] = %[[B1]], %[[P2:.*]] = %[[B2]])
// CHECK-NEXT: tile.shared_wait %[[OLD]]
// CHECK-NEXT: %[[NEXT:.*]] = arith.addi %[[K]], %c16_i32
// CHECK-NEXT: %[[AHEAD:.*]] = arith.addi %[[NEXT]], %c16_i32
// CHECK-NEXT: %[[K2:.*]] = tile.splat %[[AHEAD]]
// CHECK-NEXT: %[[I2:.*]] = arith.addi %[[K2]], %[[COLUMNS]]
// CHECK-NEXT: %[[T2:.*]] = tile.shared_copy %{{.*}}[%{{.*}}, %[[I2]]] layout #[[$ROWS]] to %[[P2]]
// CHECK-NEXT: %[[X:.*]] = tile.shared_load %[[P0]]
// CHECK-NEXT: %[[SUM:.*]] = tile.mma %[[X]], %{{.*}}, %[[ACC]]
// CHECK-NEXT: scf.yield %[[SUM]], %[[NEW]], %[[T2]], %[[P1]], %[[P2]], %[[P0]]
// CHECK-NEXT: } {tile.rotation = 3 : i32}
// CHECK-NEXT: tile.shared_wait %[[LOOP]]#1, %[[LOOP]]#2
// REGISTERS-LABEL: tile.kernel @three
// REGISTERS-NOT: tile.shared_copy
tile.kernel @three(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                   %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 3 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %w = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// A pad that copies could not write.
// CHECK-LABEL: tile.kernel @padded
// CHECK-NOT: tile.shared_copy
// CHECK: tile.return
tile.kernel @padded(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                    %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %one = arith.constant 1.0 : bf16
  %w = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] pad %one : bf16 : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// Fragments of 8 bytes where the chip copies 16.
// CHECK-LABEL: tile.kernel @narrow
// CHECK-NOT: tile.shared_copy
// CHECK: tile.return
tile.kernel @narrow(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                    %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %one = arith.constant 1.0 : bf16
  %w = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #nrow>
  %columns = tile.range : tensor<16xi32, #ncolumn>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #ncolumn>
    %j = arith.addi %splat, %columns : tensor<16xi32, #ncolumn>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #nrow>, tensor<16xi32, #ncolumn>] -> tensor<32x16xbf16, #narrow>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #narrow>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// An array that the kernel may write.
// CHECK-LABEL: tile.kernel @written
// CHECK-NOT: tile.shared_copy
// CHECK: tile.return
tile.kernel @written(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "inout"},
                    %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %one = arith.constant 1.0 : bf16
  %w = arith.constant dense<1.0> : tensor<16x32xbf16, #transposed>
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}

// The other operand is loaded to registers: a wait for copies would be one for
// those loads, too.
// CHECK-LABEL: tile.kernel @mixed
// CHECK-NOT: tile.shared_copy
// CHECK: tile.return
tile.kernel @mixed(%a: !tile.ptr<bf16> {tile.name = "a", tile.access = "in"},
                    %k: i32 {tile.name = "K", tile.role = "extent", tile.divisible = 8 : i64})
    waves(1) attributes {tile.stages = 2 : i32} launch {
^bb0(%la: !tile.ptr<bf16>, %lk: i32):
  tile.grid %lk
} body {
  %buffer = tile.alloc_shared : !tile.shared<32x16xbf16, #shared>
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c32 = arith.constant 32 : i32
  %one = arith.constant 1.0 : bf16
  %zeros = arith.constant dense<0.0> : tensor<32x32xf32, #acc>
  %av = tile.view %a[%c32, %k] : !tile.ptr<bf16> -> !tile.array<?x?xbf16>
  %rows = tile.range : tensor<32xi32, #row>
  %columns = tile.range : tensor<16xi32, #column>
  %r = scf.for %i = %c0 to %k step %c16 iter_args(%acc = %zeros) -> (tensor<32x32xf32, #acc>) : i32 {
    %splat = tile.splat %i : i32 -> tensor<16xi32, #column>
    %j = arith.addi %splat, %columns : tensor<16xi32, #column>
    %x = tile.load %av[%rows, %j] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<32x16xbf16, #rows>
    %w = tile.load %av[%rows, %j] order [1, 0] : !tile.array<?x?xbf16>[tensor<32xi32, #row>, tensor<16xi32, #column>] -> tensor<16x32xbf16, #transposed>
    tile.shared_store %x, %buffer : tensor<32x16xbf16, #rows>, !tile.shared<32x16xbf16, #shared>
    %y = tile.shared_load %buffer : !tile.shared<32x16xbf16, #shared> -> tensor<32x16xbf16, #operand>
    %s = tile.mma %y, %w, %acc : tensor<32x16xbf16, #operand>, tensor<16x32xbf16, #transposed>, tensor<32x32xf32, #acc>
    scf.yield %s : tensor<32x32xf32, #acc>
  }
  tile.return
}
