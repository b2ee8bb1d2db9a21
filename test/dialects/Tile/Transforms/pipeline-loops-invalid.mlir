// RUN: moe-opt %s --moe-pipeline-loops --verify-diagnostics
// Stage counts that the pass does not know are refused.

// expected-error @below {{expected 'tile.stages' of 1 or 2, got 3}}
tile.kernel @f(%n: i32 {tile.name = "n", tile.role = "scalar"})
    waves(1) attributes {tile.stages = 3 : i32} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  tile.return
}
