// RUN: moe-opt %s --moe-pipeline-loops --verify-diagnostics
// Stage counts that the pass does not know are refused.

// expected-error @below {{expected 'tile.stages' from 1 to 4, got 5}}
tile.kernel @f(%n: i32 {tile.name = "n", tile.role = "scalar"})
    waves(1) attributes {tile.stages = 5 : i32} launch {
^bb0(%ln: i32):
  tile.grid %ln
} body {
  tile.return
}
