// b = a * factor over n floats, and a count that the device holds.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void scale(global const float *a, global float *b, float factor, int n) {
  int i = get_group_id(0) * 64 + get_local_id(0);
  if (i < n) {
    b[i] = a[i] * factor;
  }
}

// Only the first *count elements.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void scale_some(global const float *a, global float *b, global const int *count) {
  int i = get_group_id(0) * 64 + get_local_id(0);
  if (i < *count) {
    b[i] = a[i] * 2;
  }
}
