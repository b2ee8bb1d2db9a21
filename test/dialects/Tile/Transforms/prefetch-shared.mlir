// RUN: moe-opt %s --moe-split-loops --moe-prefetch-shared=target=gfx950 | FileCheck %s
// RUN: moe-opt %s --moe-split-loops --moe-prefetch-shared=target=gfx942 | FileCheck %s --check-prefix=REGISTERS
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
// its own; each step waits for its own copies, the oldest, and starts those of
// the step after next. The loop does three steps, which bring the buffers back
// in place; behind it stand two more, and up to two that do not fill an iteration,
// whose copies are started and awaited only if they exist. The rest has none. The
// buffers keep what the lanes ask for in their order.
// CHECK-DAG: #[[$ROWS:.*]] = #tile.layout<shape = [32, 16], register = {{\[\[}}0, 1], [0, 2], [0, 4]], lane = {{\[\[}}0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]], wave = [], fragment = 8>
// CHECK-DAG: #[[$SHARED:.*]] = #tile.shared_layout<shape = [32, 16], offset = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [1, 0], [2, 0], [4, 8], [8, 0], [16, 0]]>
// CHECK-LABEL: tile.kernel @three
// CHECK: body {
// CHECK-NEXT: %[[B0:.*]] = tile.alloc_shared : !tile.shared<32x16xbf16, #[[$SHARED]]>
// CHECK-NEXT: %[[B1:.*]] = tile.alloc_shared : !tile.shared<32x16xbf16, #[[$SHARED]]>
// CHECK-NEXT: %[[B2:.*]] = tile.alloc_shared : !tile.shared<32x16xbf16, #[[$SHARED]]>
// CHECK: %[[COLUMNS:.*]] = tile.range : tensor<16xi32
// Enough steps, and where the loop ends that does three at a time.
// CHECK: %[[LENGTH:.*]] = arith.subi %[[UPPER:.*]], %c0_i32
// CHECK-NEXT: %[[ENOUGH:.*]] = arith.cmpi sge, %[[LENGTH]], %c32_i32
// CHECK: %[[RUNS:.*]] = arith.andi %{{.*}}, %[[ENOUGH]]
// CHECK-NEXT: %[[ROOM:.*]] = arith.subi %[[LENGTH]], %c32_i32
// CHECK: %[[COUNT:.*]] = arith.divui %[[ROOM]], %c48_i32
// CHECK-NEXT: %[[COVERED:.*]] = arith.muli %[[COUNT]], %c48_i32
// CHECK-NEXT: %[[END:.*]] = arith.addi %c0_i32, %[[COVERED]]
// CHECK-NEXT: %[[STEADY:.*]]:2 = scf.if %[[RUNS]]
// CHECK: %[[T0:.*]] = tile.shared_copy {{.*}} in_bounds [1] layout #[[$ROWS]] to %[[B0]]
// CHECK: %[[T1:.*]] = tile.shared_copy {{.*}} to %[[B1]]
// CHECK: %[[LOOP:.*]]:3 = scf.for %[[K:.*]] = %c0_i32 to %[[END]] step %c48_i32{{.*}} iter_args(%[[ACC:.*]] = %{{[^,]*}}, %[[OLD:.*]] = %[[T0]], %[[NEW:.*]] = %[[T1]])
// CHECK-NEXT: tile.shared_wait %[[OLD]]
// CHECK: %[[AHEAD:.*]] = arith.addi %[[K]], %c32_i32{{.*}} : i32
// CHECK-NEXT: %[[K2:.*]] = tile.splat %[[AHEAD]]
// CHECK-NEXT: %[[I2:.*]] = arith.addi %[[K2]], %[[COLUMNS]]
// CHECK-NEXT: %[[T2:.*]] = tile.shared_copy %{{.*}}[%{{.*}}, %[[I2]]]{{.*}} to %[[B2]]
// CHECK-NEXT: %[[X0:.*]] = tile.shared_load %[[B0]]
// CHECK-NEXT: %[[S0:.*]] = tile.mma %[[X0]], %{{.*}}, %[[ACC]]
// CHECK: tile.shared_wait %[[NEW]]
// CHECK: %[[T3:.*]] = tile.shared_copy {{.*}} to %[[B0]]
// CHECK-NEXT: %[[X1:.*]] = tile.shared_load %[[B1]]
// CHECK: tile.shared_wait %[[T2]]
// CHECK: %[[T4:.*]] = tile.shared_copy {{.*}} to %[[B1]]
// CHECK-NEXT: %[[X2:.*]] = tile.shared_load %[[B2]]
// CHECK-NEXT: %[[S2:.*]] = tile.mma %[[X2]]
// CHECK-NEXT: scf.yield %[[S2]], %[[T3]], %[[T4]]
// CHECK-NEXT: } {tile.steady}
// CHECK: %[[THIRD:.*]] = arith.addi %[[END]], %c32_i32
// CHECK-NEXT: %[[HAS_THIRD:.*]] = arith.cmpi slt, %[[THIRD]], %[[UPPER]]
// CHECK-NEXT: tile.shared_wait %[[LOOP]]#1
// CHECK: %[[T5:.*]] = scf.if %[[HAS_THIRD]] -> (!tile.token) {
// CHECK: %[[COPY:.*]] = tile.shared_copy {{.*}} to %[[B2]]
// CHECK-NEXT: scf.yield %[[COPY]]
// CHECK-NEXT: } else {
// CHECK-NEXT: scf.yield %[[LOOP]]#1
// CHECK: tile.shared_load %[[B0]]
// CHECK: %[[HAS_FOURTH:.*]] = arith.cmpi slt, %{{.*}}, %[[UPPER]]
// CHECK: tile.shared_wait %[[LOOP]]#2
// CHECK: scf.if %[[HAS_FOURTH]] -> (!tile.token) {
// CHECK: tile.shared_copy {{.*}} to %[[B0]]
// CHECK: tile.shared_load %[[B1]]
// CHECK-NEXT: %[[LAST:.*]] = tile.mma
// CHECK: %[[SUM3:.*]] = scf.if %{{.*}} {
// CHECK: tile.shared_wait %[[T5]]
// CHECK: tile.shared_load %[[B2]]
// CHECK: scf.yield %{{.*}} : tensor
// CHECK-NEXT: } else {
// CHECK-NEXT: scf.yield %[[LAST]]
// CHECK: %[[SUM4:.*]] = scf.if %{{.*}} {
// CHECK: tile.shared_load %[[B0]]
// CHECK-NOT: tile.shared_copy
// CHECK: scf.yield %[[SUM4]], %[[UPPER]]
// CHECK: scf.for %{{.*}} = %[[STEADY]]#1 to
// CHECK: tile.load
// CHECK: } {tile.rest}
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
