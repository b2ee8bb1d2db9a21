// RUN: moe-opt %s --target=gfx942 --emit=hsaco -o %t.hsaco
// RUN: llvm-readelf --notes %t.hsaco | FileCheck %s --check-prefix=NOTES
// RUN: llvm-readelf --file-header %t.hsaco | FileCheck %s --check-prefix=HEADER
// RUN: llvm-objdump -d %t.hsaco | FileCheck %s --check-prefix=CODE
// A matrix product C[16, N] = A[16, K] * B[N, K]^T, one wave and 16 columns per
// workgroup: the code object describes every argument and holds good code.

// The ABI version of code object version 5:
// HEADER: ABI Version: 3
// HEADER: Flags: {{.*}}gfx942

// NOTES: amdhsa.kernels:
// NOTES: .agpr_count: 0
// NOTES: .args:
// NOTES: .name: a
// NOTES-NEXT: .offset: 0
// NOTES-NEXT: .size: 8
// NOTES: .name: b
// NOTES-NEXT: .offset: 8
// NOTES-NEXT: .size: 8
// NOTES: .name: c
// NOTES-NEXT: .offset: 16
// NOTES-NEXT: .size: 8
// NOTES: .name: unused
// NOTES-NEXT: .offset: 24
// NOTES-NEXT: .size: 4
// NOTES: .name: N
// NOTES-NEXT: .offset: 28
// NOTES-NEXT: .size: 4
// NOTES: .name: K
// NOTES-NEXT: .offset: 32
// NOTES-NEXT: .size: 4
// NOTES: .group_segment_fixed_size: 0
// NOTES: .max_flat_workgroup_size: 64
// NOTES: .name: gemm
// NOTES: .private_segment_fixed_size: 0
// NOTES: .reqd_workgroup_size:
// NOTES-NEXT: - 64
// NOTES-NEXT: - 1
// NOTES-NEXT: - 1
// NOTES: .sgpr_spill_count: 0
// NOTES: .symbol: gemm.kd
// NOTES: .vgpr_spill_count: 0
// NOTES: .wavefront_size: 64
// NOTES: amdhsa.version:
// NOTES-NEXT: - 1
// NOTES-NEXT: - 2

// CODE: <gemm>:
// CODE-COUNT-2: buffer_load_dwordx2
// CODE-NOT: v_accvgpr
// CODE: v_mfma_f32_16x16x16_bf16
// CODE: v_perm_b32
// CODE: buffer_store_dwordx2
// CODE-NOT: scratch_
// CODE: s_endpgm

gpu.module @kernels {
  gpu.func @gemm(%a: !llvm.ptr<1> {tile.name = "a", tile.access = "in"},
                 %b: !llvm.ptr<1> {tile.name = "b", tile.access = "in"},
                 %c: !llvm.ptr<1> {tile.name = "c", tile.access = "out"},
                 %unused: f32 {tile.name = "unused", tile.role = "scalar"},
                 %n: i32 {tile.name = "N", tile.role = "extent"},
                 %k: i32 {tile.name = "K", tile.role = "extent"}) kernel
      attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : i32
    %c0_i16 = arith.constant 0 : i16
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c4 = arith.constant 4 : i32
    %c15 = arith.constant 15 : i32
    %c16 = arith.constant 16 : i32
    %c32 = arith.constant 32 : i32
    %flags = arith.constant 0x27000 : i32
    %zero = arith.constant dense<0.0> : vector<4xf32>
    %tidx = gpu.thread_id x
    %tid = arith.index_cast %tidx : index to i32
    %blockx = gpu.block_id x
    %block = arith.index_cast %blockx : index to i32

    // Lane l holds row l % 16, columns 4 (l / 16) to 4 (l / 16) + 3 of A and B.
    %row = arith.andi %tid, %c15 : i32
    %group = arith.shrui %tid, %c4 : i32
    %first = arith.shli %block, %c4 : i32
    %column = arith.addi %first, %row : i32
    %row_bytes = arith.shli %k, %c1 : i32
    %group_bytes = arith.shli %group, %c2 : i32
    %lane_bytes = arith.shli %group_bytes, %c1 : i32
    %a_row = arith.muli %row, %row_bytes : i32
    %a_lane = arith.addi %a_row, %lane_bytes : i32
    %b_row = arith.muli %column, %row_bytes : i32
    %b_lane = arith.addi %b_row, %lane_bytes : i32
    %row_bytes64 = arith.extui %row_bytes : i32 to i64
    %n64 = arith.extui %n : i32 to i64
    %c16_i64 = arith.constant 16 : i64
    %c32_i64 = arith.constant 32 : i64
    %a_bytes = arith.muli %row_bytes64, %c16_i64 : i64
    %b_bytes = arith.muli %row_bytes64, %n64 : i64
    %c_bytes = arith.muli %n64, %c32_i64 : i64
    %a_array = rocdl.make.buffer.rsrc %a, %c0_i16, %a_bytes, %flags : !llvm.ptr<1> to !llvm.ptr<8>
    %b_array = rocdl.make.buffer.rsrc %b, %c0_i16, %b_bytes, %flags : !llvm.ptr<1> to !llvm.ptr<8>
    %c_array = rocdl.make.buffer.rsrc %c, %c0_i16, %c_bytes, %flags : !llvm.ptr<1> to !llvm.ptr<8>

    %sum = scf.for %i = %c0 to %row_bytes step %c32 iter_args(%acc = %zero) -> (vector<4xf32>) : i32 {
      %a_raw = rocdl.raw.ptr.buffer.load %a_array, %a_lane, %i, %c0 : vector<2xi32>
      %b_raw = rocdl.raw.ptr.buffer.load %b_array, %b_lane, %i, %c0 : vector<2xi32>
      %a_part = vector.bitcast %a_raw : vector<2xi32> to vector<4xbf16>
      %b_part = vector.bitcast %b_raw : vector<2xi32> to vector<4xbf16>
      // Operands exchanged: a lane then owns one row of C and 4 columns.
      %next = amdgpu.mfma 16x16x16 %b_part * %a_part + %acc blgp = none : vector<4xbf16>, vector<4xbf16>, vector<4xf32>
      scf.yield %next : vector<4xf32>
    }

    %narrow = arith.truncf %sum : vector<4xf32> to vector<4xbf16>
    %words = vector.bitcast %narrow : vector<4xbf16> to vector<2xi32>
    %c_row = arith.muli %row, %n : i32
    %c_column = arith.addi %first, %group_bytes : i32
    %c_element = arith.addi %c_row, %c_column : i32
    %c_lane = arith.shli %c_element, %c1 : i32
    rocdl.raw.ptr.buffer.store %words, %c_array, %c_lane, %c0, %c0 : vector<2xi32>
    gpu.return
  }
}
