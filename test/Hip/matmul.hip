// A matrix product with tiles in LDS, for sizes that do not fill the tiles.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun %t | FileCheck %s
// RUN: %hipcc --offload-arch=gfx1100 --offload-arch=gfx1200 -O1 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx1100 %t | FileCheck %s
// RUN: %hiprun MOESAIC_DEVICE=gfx1200 %t | FileCheck %s

#include "check.h"

constexpr int kTile = 16;

__global__ void multiply(const float *a, const float *b, float *c, int m,
                         int n, int k) {
  __shared__ float as[kTile][kTile + 1], bs[kTile][kTile + 1];
  int x = threadIdx.x, y = threadIdx.y;
  int row = blockIdx.y * kTile + y, column = blockIdx.x * kTile + x;
  float sum = 0;
  for (int k0 = 0; k0 < k; k0 += kTile) {
    as[y][x] = row < m && k0 + x < k ? a[row * k + k0 + x] : 0;
    bs[y][x] = column < n && k0 + y < k ? b[(k0 + y) * n + column] : 0;
    __syncthreads();
    for (int i = 0; i < kTile; ++i) {
      sum += as[y][i] * bs[i][x];
    }
    __syncthreads();
  }
  if (row < m && column < n) {
    c[row * n + column] = sum;
  }
}

int main() {
  const int sizes[][3] = {{64, 48, 32}, {33, 70, 19}, {1, 1, 1}};
  for (auto [m, n, k] : sizes) {
    std::vector<float> a(m * k), b(k * n);
    for (int i = 0; i < m * k; ++i) {
      a[i] = float(i % 7 - 3);
    }
    for (int i = 0; i < k * n; ++i) {
      b[i] = float(i % 5 - 2);
    }
    float *da = upload(a), *db = upload(b), *dc;
    CHECK(hipMalloc(&dc, m * n * sizeof(float)));
    dim3 grid((n + kTile - 1) / kTile, (m + kTile - 1) / kTile);
    multiply<<<grid, dim3(kTile, kTile)>>>(da, db, dc, m, n, k);
    CHECK(hipGetLastError());
    std::vector<float> c = download(dc, m * n);
    for (int row = 0; row < m; ++row) {
      for (int column = 0; column < n; ++column) {
        float sum = 0; // small integers: exact
        for (int i = 0; i < k; ++i) {
          sum += a[row * k + i] * b[i * n + column];
        }
        EXPECT(c[row * n + column] == sum);
      }
    }
    printf("%d x %d x %d\n", m, n, k);
  }
  // CHECK: 64 x 48 x 32
  // CHECK: 33 x 70 x 19
  // CHECK: 1 x 1 x 1
}
