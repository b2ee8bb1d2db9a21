// A plate in two halves on two devices: each step exchanges the rows at the
// border by peer copies, in streams that wait for each other's events.
// RUN: %hipcc --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t | FileCheck %s

#include "check.h"
#include <cmath>

constexpr int kWidth = 96, kRows = 40, kSteps = 12; // rows of one half

/// Rows 0 and kRows + 1 belong to the neighbour or are the edge.
__global__ void step(const float *from, float *to) {
  __shared__ float tile[10][34];
  int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y + 1;
  auto at = [&](int row, int column) {
    return column < 0 || column >= kWidth ? 0.0f : from[row * kWidth + column];
  };
  int tx = threadIdx.x + 1, ty = threadIdx.y + 1;
  tile[ty][tx] = at(y, x);
  if (threadIdx.y == 0) {
    tile[0][tx] = at(y - 1, x);
  }
  if (threadIdx.y == 7) {
    tile[9][tx] = at(y + 1, x);
  }
  if (threadIdx.x == 0) {
    tile[ty][0] = at(y, x - 1);
  }
  if (threadIdx.x == 31) {
    tile[ty][33] = at(y, x + 1);
  }
  __syncthreads();
  to[y * kWidth + x] = 0.25f * (tile[ty - 1][tx] + tile[ty + 1][tx] +
                                tile[ty][tx - 1] + tile[ty][tx + 1]);
}

int main() {
  std::vector<float> plate((2 * kRows + 2) * kWidth), next = plate;
  for (int y = 1; y <= 2 * kRows; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      plate[y * kWidth + x] = float((x * y) % 17);
    }
  }
  const size_t half = (kRows + 2) * kWidth, row = kWidth * sizeof(float);
  float *now[2], *later[2];
  hipStream_t streams[2];
  hipEvent_t stepped[2], received[2];
  for (int d = 0; d < 2; ++d) {
    CHECK(hipSetDevice(d));
    int can = 0;
    CHECK(hipDeviceCanAccessPeer(&can, d, 1 - d));
    EXPECT(can);
    CHECK(hipDeviceEnablePeerAccess(1 - d, 0));
    CHECK(hipMalloc(&now[d], half * sizeof(float)));
    CHECK(hipMalloc(&later[d], half * sizeof(float)));
    CHECK(hipMemset(later[d], 0, half * sizeof(float)));
    CHECK(hipMemcpy(now[d], &plate[d * kRows * kWidth], half * sizeof(float),
                    hipMemcpyHostToDevice));
    CHECK(hipStreamCreateWithFlags(&streams[d], hipStreamNonBlocking));
    CHECK(hipEventCreateWithFlags(&stepped[d], hipEventDisableTiming));
    CHECK(hipEventCreateWithFlags(&received[d], hipEventDisableTiming));
    CHECK(hipEventRecord(received[d], streams[d]));
  }
  // The edges of the plate stay as they are.
  for (int s = 0; s < kSteps; ++s) {
    for (int d = 0; d < 2; ++d) {
      CHECK(hipSetDevice(d));
      CHECK(hipStreamWaitEvent(streams[d], received[1 - d], 0));
      step<<<dim3(kWidth / 32, kRows / 8), dim3(32, 8), 0, streams[d]>>>(
          now[d], later[d]);
      CHECK(hipGetLastError());
      CHECK(hipEventRecord(stepped[d], streams[d]));
      std::swap(now[d], later[d]);
    }
    for (int d = 0; d < 2; ++d) {
      CHECK(hipSetDevice(d));
      CHECK(hipStreamWaitEvent(streams[d], stepped[1 - d], 0));
      float *to = now[d] + (d == 0 ? kRows + 1 : 0) * kWidth;
      float *from = now[1 - d] + (d == 0 ? 1 : kRows) * kWidth;
      CHECK(hipMemcpyPeerAsync(to, d, from, 1 - d, row, streams[d]));
      CHECK(hipEventRecord(received[d], streams[d]));
    }
  }
  for (int s = 0; s < kSteps; ++s) {
    for (int y = 1; y <= 2 * kRows; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        auto at = [&](int r, int c) {
          return c < 0 || c >= kWidth ? 0.0f : plate[r * kWidth + c];
        };
        next[y * kWidth + x] =
            0.25f * (at(y - 1, x) + at(y + 1, x) + at(y, x - 1) + at(y, x + 1));
      }
    }
    std::swap(plate, next);
  }
  double worst = 0, total = 0;
  for (int d = 0; d < 2; ++d) {
    CHECK(hipSetDevice(d));
    CHECK(hipDeviceSynchronize());
    std::vector<float> part = download(now[d], half);
    for (int y = 1; y <= kRows; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        double exact = plate[(d * kRows + y) * kWidth + x];
        worst = std::max(worst, std::fabs(part[y * kWidth + x] - exact));
        total += exact;
      }
    }
  }
  EXPECT(total > 1000);
  EXPECT(worst < 1e-4);
  puts("done");
  // CHECK: done
}
