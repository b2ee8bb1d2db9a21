gpu.module @kernels {
  gpu.func @first(%x: !llvm.ptr<1> {tile.name = "x"}) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
  gpu.func @second(%x: !llvm.ptr<1> {tile.name = "x"}) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
}
