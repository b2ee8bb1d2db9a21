// Copies and fills of every shape and way to say it: linear, rows, boxes, to
// and from variables, in the null stream, a stream and the thread's own.
// RUN: %hipcc -Wno-deprecated-declarations --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t | FileCheck %s
// RUN: %hipcc -Wno-deprecated-declarations -DHIP_API_PER_THREAD_DEFAULT_STREAM --offload-arch=gfx942 %s -o %t -lamdhip64
// RUN: %hiprun MOESAIC_DEVICE=gfx942:2 %t | FileCheck %s

#include "check.h"
#include <cstring>

__device__ int variable[8];

static std::vector<uint8_t> pattern(size_t n) {
  std::vector<uint8_t> bytes(n);
  for (size_t i = 0; i < n; ++i) {
    bytes[i] = uint8_t(i * 7 + 3);
  }
  return bytes;
}

static void checkLinear(hipStream_t stream) {
  std::vector<uint8_t> from = pattern(100), to(100);
  uint8_t *a, *b;
  CHECK(hipMalloc(&a, 100));
  CHECK(hipMalloc(&b, 100));
  auto expect = [&](size_t n) {
    EXPECT(!memcmp(from.data(), to.data(), n));
    std::fill(to.begin(), to.end(), 0);
  };
  CHECK(hipMemcpyHtoD(a, from.data(), 100));
  CHECK(hipMemcpyDtoD(b, a, 100));
  CHECK(hipMemcpyDtoH(to.data(), b, 100));
  expect(100);
  CHECK(hipMemset(b, 0, 100));
  CHECK(hipMemcpyHtoDAsync(a, from.data(), 50, stream));
  CHECK(hipMemcpyDtoDAsync(b, a, 50, stream));
  CHECK(hipMemcpyDtoHAsync(to.data(), b, 50, stream));
  CHECK(hipStreamSynchronize(stream));
  expect(50);
  CHECK(hipMemcpyWithStream(to.data(), a, 50, hipMemcpyDefault, stream));
  expect(50);
  CHECK(hipMemcpy(to.data(), from.data(), 100, hipMemcpyHostToHost));
  expect(100);
  CHECK(hipMemcpyPeer(b, 1, a, 0, 50));
  CHECK(hipMemcpy(to.data(), b, 50, hipMemcpyDeviceToHost));
  expect(50);
  CHECK(hipMemcpy(a, nullptr, 0, hipMemcpyHostToDevice)); // nothing to do
  EXPECT_HIP(hipErrorInvalidDevice, hipMemcpyPeer(b, 2, a, 0, 50));
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpyDtoH(to.data(), b + 60, 41));
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpyHtoD(nullptr, from.data(), 4));
  CHECK(hipFree(a));
  CHECK(hipFree(b));
}

static void checkFills(hipStream_t stream) {
  uint8_t *a;
  CHECK(hipMalloc(&a, 64));
  auto at = [&](int i) { return download(a, 64)[i]; };
  CHECK(hipMemsetD8(a, 0x11, 64));
  EXPECT(at(0) == 0x11 && at(63) == 0x11);
  CHECK(hipMemsetD16(a, 0x2233, 2));
  EXPECT(at(0) == 0x33 && at(3) == 0x22 && at(4) == 0x11);
  CHECK(hipMemsetD32(a + 32, 0x44556677, 2));
  EXPECT(at(32) == 0x77 && at(39) == 0x44 && at(40) == 0x11);
  CHECK(hipMemsetD8Async(a, 1, 4, stream));
  CHECK(hipMemsetD16Async(a + 4, 0x0302, 2, stream));
  CHECK(hipMemsetD32Async(a + 8, 0x07060504, 1, stream));
  CHECK(hipMemsetAsync(a + 12, 8, 4, stream));
  CHECK(hipStreamSynchronize(stream));
  EXPECT(at(3) == 1 && at(4) == 2 && at(5) == 3 && at(8) == 4 && at(15) == 8);
  EXPECT_HIP(hipErrorInvalidValue, hipMemsetD32(a, 0, 17));
  CHECK(hipFree(a));

  size_t pitch;
  CHECK(hipMallocPitch(reinterpret_cast<void **>(&a), &pitch, 100, 6));
  EXPECT(pitch >= 100);
  CHECK(hipMemset(a, 0, pitch * 6));
  CHECK(hipMemset2D(a + 10, pitch, 5, 3, 2));
  CHECK(hipMemset2DAsync(a + 4 * pitch, pitch, 6, 100, 2, stream));
  CHECK(hipStreamSynchronize(stream));
  std::vector<uint8_t> all = download(a, pitch * 6);
  EXPECT(all[9] == 0 && all[10] == 5 && all[12] == 5 && all[13] == 0);
  EXPECT(all[pitch + 12] == 5 && all[2 * pitch + 12] == 0);
  EXPECT(all[4 * pitch] == 6 && all[5 * pitch + 99] == 6);
  EXPECT_HIP(hipErrorInvalidPitchValue, hipMemset2D(a, 50, 0, 60, 2));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset2D(a, pitch, 0, 100, 7));
  CHECK(hipFree(a));

  hipPitchedPtr box;
  CHECK(hipMalloc3D(&box, make_hipExtent(20, 4, 3)));
  EXPECT(box.pitch >= 20 && box.ysize == 4);
  CHECK(hipMemset3D(box, 1, make_hipExtent(20, 4, 3)));
  CHECK(hipMemset3DAsync(box, 9, make_hipExtent(5, 2, 2), stream));
  CHECK(hipStreamSynchronize(stream));
  all = download(static_cast<uint8_t *>(box.ptr), box.pitch * 12);
  EXPECT(all[4] == 9 && all[5] == 1 && all[2 * box.pitch] == 1);
  EXPECT(all[5 * box.pitch + 4] == 9 && all[8 * box.pitch] == 1);
  CHECK(hipFree(box.ptr));
}

static void checkRows(hipStream_t stream) {
  const size_t width = 30, height = 5;
  std::vector<uint8_t> from = pattern(40 * height), to(50 * height);
  uint8_t *a;
  size_t pitch;
  CHECK(hipMemAllocPitch(reinterpret_cast<void **>(&a), &pitch, width, height,
                         4));
  auto expect = [&] {
    for (size_t y = 0; y < height; ++y) {
      for (size_t x = 0; x < 50; ++x) {
        EXPECT(to[y * 50 + x] == (x < width ? from[y * 40 + x] : 0));
      }
    }
    std::fill(to.begin(), to.end(), 0);
  };
  CHECK(hipMemcpy2D(a, pitch, from.data(), 40, width, height,
                    hipMemcpyHostToDevice));
  CHECK(hipMemcpy2D(to.data(), 50, a, pitch, width, height,
                    hipMemcpyDeviceToHost));
  expect();
  CHECK(hipMemset(a, 0, pitch * height));
  CHECK(hipMemcpy2DAsync(a, pitch, from.data(), 40, width, height,
                         hipMemcpyHostToDevice, stream));
  hip_Memcpy2D rows = {};
  rows.srcMemoryType = hipMemoryTypeDevice;
  rows.srcDevice = a;
  rows.srcPitch = pitch;
  rows.dstMemoryType = hipMemoryTypeHost;
  rows.dstHost = to.data();
  rows.dstPitch = 50;
  rows.WidthInBytes = width;
  rows.Height = height;
  CHECK(hipMemcpyParam2DAsync(&rows, stream));
  CHECK(hipStreamSynchronize(stream));
  expect();
  rows.srcXInBytes = rows.dstXInBytes = 10; // a part of it
  rows.srcY = rows.dstY = 2;
  rows.WidthInBytes = 7;
  rows.Height = 2;
  CHECK(hipMemcpyParam2D(&rows));
  CHECK(hipDrvMemcpy2DUnaligned(&rows));
  EXPECT(to[2 * 50 + 9] == 0 && to[2 * 50 + 10] == from[2 * 40 + 10]);
  EXPECT(to[3 * 50 + 16] == from[3 * 40 + 16] && to[3 * 50 + 17] == 0);
  EXPECT(to[4 * 50 + 10] == 0);
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpyParam2D(nullptr));
  EXPECT_HIP(hipErrorInvalidPitchValue,
             hipMemcpy2D(a, pitch, from.data(), 20, width, height,
                         hipMemcpyHostToDevice));
  EXPECT_HIP(hipErrorInvalidValue,
             hipMemcpy2D(a, pitch, from.data(), 40, width, height + 1,
                         hipMemcpyHostToDevice));
  CHECK(hipFree(a));
}

static void checkBoxes(hipStream_t stream) {
  const hipExtent extent = make_hipExtent(12, 3, 4);
  std::vector<uint8_t> from = pattern(12 * 3 * 4), to(12 * 3 * 4);
  hipPitchedPtr box;
  CHECK(hipMalloc3D(&box, extent));
  hipMemcpy3DParms in = {}, out = {};
  in.srcPtr = make_hipPitchedPtr(from.data(), 12, 12, 3);
  in.dstPtr = box;
  in.extent = extent;
  in.kind = hipMemcpyHostToDevice;
  out.srcPtr = box;
  out.dstPtr = make_hipPitchedPtr(to.data(), 12, 12, 3);
  out.extent = extent;
  out.kind = hipMemcpyDeviceToHost;
  CHECK(hipMemcpy3D(&in));
  CHECK(hipMemcpy3D(&out));
  EXPECT(from == to);
  std::fill(to.begin(), to.end(), 0);
  out.srcPos = out.dstPos = make_hipPos(3, 1, 2);
  out.extent = make_hipExtent(4, 2, 2);
  CHECK(hipMemcpy3DAsync(&out, stream));
  CHECK(hipStreamSynchronize(stream));
  for (size_t i = 0; i < from.size(); ++i) {
    size_t x = i % 12, y = i / 12 % 3, z = i / 36;
    bool inside = x >= 3 && x < 7 && y >= 1 && z >= 2;
    EXPECT(to[i] == (inside ? from[i] : 0));
  }
  HIP_MEMCPY3D driver = {};
  driver.srcMemoryType = hipMemoryTypeDevice;
  driver.srcDevice = box.ptr;
  driver.srcPitch = box.pitch;
  driver.srcHeight = 3;
  driver.dstMemoryType = hipMemoryTypeHost;
  driver.dstHost = to.data();
  driver.WidthInBytes = 12;
  driver.Height = 3;
  driver.Depth = 4;
  CHECK(hipDrvMemcpy3D(&driver));
  EXPECT(from == to);
  std::fill(to.begin(), to.end(), 0);
  CHECK(hipDrvMemcpy3DAsync(&driver, stream));
  CHECK(hipStreamSynchronize(stream));
  EXPECT(from == to);
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpy3D(nullptr));
  EXPECT_HIP(hipErrorInvalidValue, hipDrvMemcpy3D(nullptr));
  out.extent.depth = 5;
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpy3D(&out));
  CHECK(hipFree(box.ptr));
}

static void checkVariables(hipStream_t stream) {
  int in[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[8] = {};
  CHECK(hipMemcpyToSymbol(variable, in, sizeof in));
  CHECK(hipMemcpyToSymbolAsync(variable, in, 8, 8, hipMemcpyHostToDevice,
                               stream));
  CHECK(hipMemcpyFromSymbolAsync(out, variable, 16, 4, hipMemcpyDeviceToHost,
                                 stream));
  CHECK(hipStreamSynchronize(stream));
  EXPECT(out[0] == 2 && out[1] == 1 && out[2] == 2 && out[3] == 5);
  CHECK(hipMemcpyFromSymbol(out, variable, 4, 28, hipMemcpyDeviceToHost));
  EXPECT(out[0] == 8);
  EXPECT_HIP(hipErrorInvalidValue, hipMemcpyToSymbol(variable, in, 32, 4));
  void *address;
  size_t bytes;
  CHECK(hipGetSymbolAddress(&address, variable));
  CHECK(hipGetSymbolSize(&bytes, variable));
  EXPECT(bytes == sizeof in);
  EXPECT(download(static_cast<int *>(address), 8)[7] == 8);
}

static void checkPinned() {
  char *a, *b, *c, own[64];
  unsigned flags;
  CHECK(hipHostAlloc(reinterpret_cast<void **>(&a), 64, hipHostMallocMapped));
  CHECK(hipHostGetFlags(&flags, a));
  EXPECT(flags == hipHostMallocMapped);
  CHECK(hipMallocHost(reinterpret_cast<void **>(&b), 64));
  CHECK(hipMemAllocHost(reinterpret_cast<void **>(&c), 64));
  CHECK(hipHostRegister(own, sizeof own, hipHostRegisterDefault));
  EXPECT_HIP(hipErrorHostMemoryAlreadyRegistered,
             hipHostRegister(own, sizeof own, hipHostRegisterDefault));
  void *device, *base;
  size_t bytes;
  CHECK(hipHostGetDevicePointer(&device, own + 5, 0));
  CHECK(hipMemset(device, 7, 3));
  EXPECT(own[5] == 7 && own[7] == 7);
  CHECK(hipMemGetAddressRange(&base, &bytes, a + 9));
  EXPECT(base == a && bytes == 64);
  CHECK(hipMemPtrGetInfo(b, &bytes));
  EXPECT(bytes == 64);
  unsigned type;
  CHECK(hipPointerGetAttribute(&type, HIP_POINTER_ATTRIBUTE_MEMORY_TYPE, c));
  EXPECT(type == hipMemoryTypeHost);
  hipPointer_attribute wanted[] = {HIP_POINTER_ATTRIBUTE_RANGE_SIZE,
                                   HIP_POINTER_ATTRIBUTE_RANGE_START_ADDR};
  void *answers[] = {&bytes, &base};
  CHECK(hipDrvPointerGetAttributes(2, wanted, answers, c + 1));
  EXPECT(bytes == 64 && base == c);
  CHECK(hipHostUnregister(own));
  EXPECT_HIP(hipErrorInvalidValue, hipMemset(own, 0, 1));
  EXPECT_HIP(hipErrorInvalidValue, hipFree(a));
  CHECK(hipHostFree(a));
  CHECK(hipFreeHost(b));
  CHECK(hipHostFree(c));
  void *fine;
  CHECK(hipExtMallocWithFlags(&fine, 64, hipDeviceMallocFinegrained));
  CHECK(hipFree(fine));
  EXPECT_HIP(hipErrorInvalidValue, hipExtMallocWithFlags(&fine, 64, 0x80));
}

int main() {
  hipStream_t made;
  CHECK(hipStreamCreateWithFlags(&made, hipStreamNonBlocking));
  for (hipStream_t stream : {hipStream_t(nullptr), made, hipStreamPerThread}) {
    checkLinear(stream);
    checkFills(stream);
    checkRows(stream);
    checkBoxes(stream);
    checkVariables(stream);
  }
  checkPinned();
  puts("done");
  // CHECK: done
}
