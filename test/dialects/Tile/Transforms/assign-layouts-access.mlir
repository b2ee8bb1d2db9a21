// RUN: moe-opt %s --moe-assign-layouts --cse --moe-verify-layouts | FileCheck %s
// The width of an access follows from what is known about its indices, extents
// and strides: the fragment is what one lane moves at once.

// CHECK-DAG: #[[$ONE:layout[0-9]*]] = #tile.layout<shape = [32, 64], {{.*}}fragment = 1>
// CHECK-DAG: #[[$TWO:layout[0-9]*]] = #tile.layout<shape = [32, 64], {{.*}}fragment = 2>
// CHECK-DAG: #[[$FOUR:layout[0-9]*]] = #tile.layout<shape = [32, 64], {{.*}}fragment = 4>
// CHECK-DAG: #[[$EIGHT:layout[0-9]*]] = #tile.layout<shape = [32, 64], register = {{\[\[}}0, 1], {{.*}}fragment = 8>
// CHECK-DAG: #[[$COLUMN:layout[0-9]*]] = #tile.layout<shape = [32, 64], register = {{\[\[}}1, 0], [2, 0], [4, 0]],{{.*}}fragment = 8>

// CHECK-LABEL: tile.kernel @widths
tile.kernel @widths(%x: !tile.ptr<f16> {tile.name = "x", tile.access = "in"},
                    %y: !tile.ptr<f16> {tile.name = "y", tile.access = "out"},
                    %M: i32 {tile.name = "M", tile.role = "extent"},
                    %N: i32 {tile.name = "N", tile.role = "extent", tile.divisible = 16 : i64},
                    %s: i64 {tile.name = "s", tile.role = "stride", tile.divisible = 4 : i64})
    waves(4) launch {
^bb0(%lx: !tile.ptr<f16>, %ly: !tile.ptr<f16>, %lM: i32, %lN: i32, %ls: i64):
  tile.grid %lM
} body {
  %rowmajor = tile.view %x[%M, %N] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %out = tile.view %y[%M, %N] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %one = arith.constant 1 : i64
  %strided = tile.view %x[%M, %N] strides [%s, %one] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %columns = tile.view %x[%N, %M] strides [%one, %s] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %apart = tile.view %x[%M, %N] strides [%s, %s] : !tile.ptr<f16> -> !tile.array<?x?xf16>
  %pid = tile.program_id
  %i = tile.range : tensor<32xi32>
  %j = tile.range : tensor<64xi32>

  // From a multiple of 64 on: 16 bytes.
  %c64 = arith.constant 64 : i32
  %start = arith.muli %pid, %c64 : i32
  %starts = tile.splat %start : i32 -> tensor<64xi32>
  %blocked = arith.addi %starts, %j : tensor<64xi32>
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[$EIGHT]]>
  %a = tile.load %rowmajor[%i, %blocked] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xf16>
  tile.store %a, %out[%i, %blocked] : tensor<32x64xf16>, !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>]

  // Two elements off.
  %c2 = arith.constant 2 : i32
  %twos = tile.splat %c2 : i32 -> tensor<64xi32>
  %shifted = arith.subi %blocked, %twos : tensor<64xi32>
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[$TWO]]>
  %b = tile.load %rowmajor[%i, %shifted] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xf16>
  tile.store %b, %out[%i, %blocked] : tensor<32x64xf16>, !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>]

  // From anywhere.
  %anywhere = tile.splat %pid : i32 -> tensor<64xi32>
  %unaligned = arith.addi %anywhere, %j : tensor<64xi32>
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[$ONE]]>
  %c = tile.load %rowmajor[%i, %unaligned] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xf16>
  tile.store %c, %out[%i, %blocked] : tensor<32x64xf16>, !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>]

  // Rows that begin at multiples of four elements.
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[$FOUR]]>
  %d = tile.load %strided[%i, %j] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xf16>
  tile.store %d, %out[%i, %j] : tensor<32x64xf16>, !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>]

  // A gather of single elements.
  // CHECK: tile.load {{.*}} -> tensor<32x64xf16, #[[$ONE]]>
  %e = tile.load %apart[%i, %j] : !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>] -> tensor<32x64xf16>
  tile.store %e, %out[%i, %j] : tensor<32x64xf16>, !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>]

  // Lanes follow the axis that is contiguous in memory, wherever `order` puts it.
  // CHECK: tile.load {{.*}} order [1, 0] {{.*}} -> tensor<32x64xf16, #[[$COLUMN]]>
  %f = tile.load %rowmajor[%j, %i] order [1, 0] : !tile.array<?x?xf16>[tensor<64xi32>, tensor<32xi32>] -> tensor<32x64xf16>
  tile.store %f, %out[%i, %j] : tensor<32x64xf16>, !tile.array<?x?xf16>[tensor<32xi32>, tensor<64xi32>]
  tile.return
}
