// c[M, N] = a[M, N] * f for rows that are multiples of 4; sums[M / 2] is written
// by nobody.
tile.kernel @scale(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "in"},
                   %c: !tile.ptr<f32> {tile.name = "c", tile.access = "out"},
                   %sums: !tile.ptr<bf16> {tile.name = "sums", tile.access = "out"},
                   %f: f32 {tile.name = "f", tile.role = "scalar"},
                   %m: i32 {tile.name = "M", tile.role = "extent"},
                   %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%a: !tile.ptr<f32>, %c: !tile.ptr<f32>, %sums: !tile.ptr<bf16>, %f: f32, %m: i32, %n: i32):
  %2 = arith.constant 2 : i32
  %half = arith.divsi %m, %2 : i32
  tile.shape %a[%m, %n] : !tile.ptr<f32>
  tile.shape %c[%m, %n] : !tile.ptr<f32>
  tile.shape %sums[%half] : !tile.ptr<bf16>
  %0 = arith.constant 0 : i32
  %4 = arith.constant 4 : i32
  %rest = arith.remsi %n, %4 : i32
  %ok = arith.cmpi eq, %rest, %0 : i32
  tile.require %ok, "N % 4 == 0"
  tile.grid %m
} body {
  %i = tile.range : tensor<8xi32>
  %pid = tile.program_id
  %av = tile.view %a[%m, %n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %cv = tile.view %c[%m, %n] : !tile.ptr<f32> -> !tile.array<?x?xf32>
  %x = tile.load %av[%pid, %i] : !tile.array<?x?xf32>[i32, tensor<8xi32>] -> tensor<8xf32>
  %t = tile.splat %f : f32 -> tensor<8xf32>
  %y = arith.mulf %x, %t : tensor<8xf32>
  tile.store %y, %cv[%pid, %i] : tensor<8xf32>, !tile.array<?x?xf32>[i32, tensor<8xi32>]
  tile.return
}

// x[N] += y[N], with a stride.
tile.kernel @accumulate(%x: !tile.ptr<i32> {tile.name = "x", tile.access = "inout"},
                        %y: !tile.ptr<i32> {tile.name = "y", tile.access = "in"},
                        %replicas: i8 {tile.name = "replicas", tile.role = "scalar"},
                        %n: i32 {tile.name = "N", tile.role = "extent"},
                        %s: i64 {tile.name = "row", tile.role = "stride"}) waves(1) launch {
^bb0(%x: !tile.ptr<i32>, %y: !tile.ptr<i32>, %replicas: i8, %n: i32, %s: i64):
  %2 = arith.constant 2 : i32
  %1 = arith.constant 1 : i64
  tile.shape %x[%n] : !tile.ptr<i32>
  tile.shape %y[%2, %n] strides [%s, %1] : !tile.ptr<i32>
  tile.grid %2
} body {
  %1 = arith.constant 1 : i64
  %one = arith.constant 1 : i32
  %2 = arith.constant 2 : i32
  %i = tile.range : tensor<8xi32>
  %xv = tile.view %x[%n] : !tile.ptr<i32> -> !tile.array<?xi32>
  %yv = tile.view %y[%2, %n] strides [%s, %1] : !tile.ptr<i32> -> !tile.array<?x?xi32>
  %pid = tile.program_id
  %isFirst = arith.cmpi slt, %pid, %one : i32
  scf.if %isFirst {
    %a = tile.load %xv[%i] : !tile.array<?xi32>[tensor<8xi32>] -> tensor<8xi32>
    %b = tile.load %yv[%one, %i] : !tile.array<?x?xi32>[i32, tensor<8xi32>] -> tensor<8xi32>
    %sum = arith.addi %a, %b : tensor<8xi32>
    tile.store %sum, %xv[%i] : tensor<8xi32>, !tile.array<?xi32>[tensor<8xi32>]
  }
  tile.return
}

// Writes nothing.
tile.kernel @poison(%a: !tile.ptr<f32> {tile.name = "a", tile.access = "out"},
                    %b: !tile.ptr<f8E4M3FNUZ> {tile.name = "b", tile.access = "out"},
                    %c: !tile.ptr<i16> {tile.name = "c", tile.access = "out"},
                    %d: !tile.ptr<bf16> {tile.name = "d", tile.access = "out"},
                    %n: i32 {tile.name = "N", tile.role = "extent"}) waves(1) launch {
^bb0(%a: !tile.ptr<f32>, %b: !tile.ptr<f8E4M3FNUZ>, %c: !tile.ptr<i16>, %d: !tile.ptr<bf16>, %n: i32):
  tile.shape %a[%n] : !tile.ptr<f32>
  tile.shape %b[%n] : !tile.ptr<f8E4M3FNUZ>
  tile.shape %c[%n] : !tile.ptr<i16>
  tile.shape %d[%n] : !tile.ptr<bf16>
  %0 = arith.constant 0 : i32
  tile.grid %0
} body {
  tile.return
}
