// b = a * factor over n floats, and a count that the device holds.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void scale(global const float *a, global float *b, float factor, int n) {
  int i = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
  if (i < n) {
    b[i] = a[i] * factor;
  }
}

// Only the first *count elements.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void scale_some(global const float *a, global float *b, global const int *count) {
  int i = __builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x();
  if (i < *count) {
    b[i] = a[i] * 2;
  }
}
