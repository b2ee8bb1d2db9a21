//===- CorpusMemoryTest.cpp - memory of every kind, and how kernels start -===//

#include "Corpus.h"
#include "OpHarness.h"
#include <algorithm>
#include <cmath>

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

class MemoryKinds : public Corpus {};

/// Each width and kind of access moves bytes; the sum over a copy of the input
/// must be that of the input, however it was read.
TEST_P(MemoryKinds, EveryWidthThroughEverySpace) {
  // TYPE vectors go global -> private -> LDS -> generic pointer -> global.
  std::string source = R"(
    #define FENCE __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup")
    #define COPY(NAME, TYPE, LANES) \
      kernel void NAME(global TYPE *out, global const TYPE *in) { \
        local TYPE shared[64 * 3]; \
        uint i = __builtin_amdgcn_workitem_id_x(); \
        TYPE mine[3]; \
        volatile uint one = 1; \
        for (uint n = 0; n < 3; ++n) mine[n] = in[3 * i + n]; \
        for (uint n = 0; n < 3; ++n) shared[3 * (i ^ 1) + (n + one) % 3] = mine[(n + one) % 3]; \
        FENCE; __builtin_amdgcn_s_barrier(); FENCE; \
        TYPE *flat = one == 1 ? (TYPE *)shared : (TYPE *)mine; \
        TYPE *local_copy = mine; \
        if (one == 2) local_copy = flat; \
        for (uint n = 0; n < 3; ++n) local_copy[n] = flat[3 * i + n]; \
        TYPE *to = (TYPE *)out; \
        for (uint n = 0; n < 3; ++n) to[3 * i + n] = local_copy[n]; \
      }
    #define VECTORS(T) COPY(copy_##T##1, T, 1) \
      typedef T T##_2 __attribute__((ext_vector_type(2))); COPY(copy_##T##2, T##_2, 2) \
      typedef T T##_3 __attribute__((ext_vector_type(3))); COPY(copy_##T##3, T##_3, 3) \
      typedef T T##_4 __attribute__((ext_vector_type(4))); COPY(copy_##T##4, T##_4, 4)
    VECTORS(char) VECTORS(short) VECTORS(int) VECTORS(long)
  )";
  Gpu &gpu = compiled(source);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  struct Type {
    const char *name;
    unsigned bytes;
  };
  for (Type type :
       {Type{"char", 1}, Type{"short", 2}, Type{"int", 4}, Type{"long", 8}}) {
    for (unsigned lanes = 1; lanes <= 4; ++lanes) {
      gpu.kernel = std::string("copy_") + type.name + std::to_string(lanes);
      unsigned stride = type.bytes * (lanes == 3 ? 4 : lanes);
      std::vector<uint8_t> in(64 * 3 * stride);
      for (size_t n = 0; n < in.size(); ++n) {
        in[n] = uint8_t(n * 37 + n / 251);
      }
      uint8_t *out = gpu.zeros<uint8_t>(in.size(), "out");
      ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, gpu.upload(in, "in")), "")
          << gpu.kernel;
      for (unsigned i = 0; i < 64; ++i) {
        for (unsigned n = 0; n < 3; ++n) {
          const uint8_t *want = &in[(3 * (i ^ 1) + n) * stride];
          EXPECT_EQ(
              memcmp(out + (3 * i + n) * stride, want, type.bytes * lanes), 0)
              << gpu.kernel << " lane " << i << " element " << n;
        }
      }
    }
  }
}

/// Unaligned vectors, halves of registers, packed structures.
TEST_P(MemoryKinds, UnalignedAndHalves) {
  Gpu &gpu = compiled(R"(
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    typedef int i4 __attribute__((ext_vector_type(4), aligned(1)));
    typedef half h2 __attribute__((ext_vector_type(2)));
    struct __attribute__((packed)) Odd { char c; short s; int i; long l; };
    kernel void k(global uchar *out, global const uchar *in, global h2 *halves, global const half *source) {
      uint i = __builtin_amdgcn_workitem_id_x();
      *(global i4 *)(out + 48 * i + 1) = *(global const i4 *)(in + 48 * i + 3);
      struct Odd odd = *(global const struct Odd *)(in + 48 * i + 21);
      odd.s += 5;
      odd.l ^= odd.i;
      *(global struct Odd *)(out + 48 * i + 17) = odd;
      h2 pair;
      pair.x = source[(i * 3) % 64];
      pair.y = source[(i * 5 + 1) % 64];
      pair.x = pair.x + pair.y;
      halves[i] = pair.yx;
    })");
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<uint8_t> in(48 * 64);
  for (size_t n = 0; n < in.size(); ++n) {
    in[n] = uint8_t(n * 91 + n / 37);
  }
  std::vector<_Float16> source(64);
  for (int n = 0; n < 64; ++n) {
    source[n] = _Float16(float(n) / 4);
  }
  auto *out = gpu.zeros<uint8_t>(48 * 64, "out");
  auto *halves = gpu.zeros<_Float16>(128, "halves");
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, gpu.upload(in), halves,
                    gpu.upload(source)),
            "");
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(memcmp(out + 48 * i + 1, &in[48 * i + 3], 16), 0) << i;
    uint8_t want[15];
    memcpy(want, &in[48 * i + 21], 15);
    int16_t s;
    int32_t word;
    int64_t l;
    memcpy(&s, want + 1, 2);
    memcpy(&word, want + 3, 4);
    memcpy(&l, want + 7, 8);
    s += 5;
    l ^= word;
    memcpy(want + 1, &s, 2);
    memcpy(want + 7, &l, 8);
    EXPECT_EQ(memcmp(out + 48 * i + 17, want, 15), 0) << i;
    EXPECT_EQ(float(halves[2 * i]), float(source[(i * 5 + 1) % 64]));
    EXPECT_EQ(float(halves[2 * i + 1]),
              float(source[(i * 3) % 64]) + float(source[(i * 5 + 1) % 64]));
  }
}

struct AtomicCase {
  const char *name;
  const char *call; ///< Of pointer p and value v.
  bool wide;
  std::function<u64(u64, u64)> f;
};

/// Every read-modify-write on its own cell per lane, in global memory, in LDS
/// and through a generic pointer; and one cell for all lanes.
TEST_P(MemoryKinds, Atomics) {
  auto i32f = [](auto f) {
    return [f](u64 a, u64 b) { return u64(u32(f(i32(a), i32(b)))); };
  };
  auto i64f = [](auto f) {
    return [f](u64 a, u64 b) { return u64(f(i64(a), i64(b))); };
  };
  const AtomicCase cases[] = {
      {"add", "__opencl_atomic_fetch_add(p, v, 0, 2)", false,
       [](u64 a, u64 b) { return u64(u32(a + b)); }},
      {"sub", "__opencl_atomic_fetch_sub(p, v, 0, 2)", false,
       [](u64 a, u64 b) { return u64(u32(a - b)); }},
      {"and", "__opencl_atomic_fetch_and(p, v, 0, 2)", false,
       [](u64 a, u64 b) { return a & b; }},
      {"or", "__opencl_atomic_fetch_or(p, v, 0, 2)", false,
       [](u64 a, u64 b) { return a | b; }},
      {"xor", "__opencl_atomic_fetch_xor(p, v, 0, 2)", false,
       [](u64 a, u64 b) { return a ^ b; }},
      {"min", "__opencl_atomic_fetch_min(p, v, 0, 2)", false,
       i32f([](i32 a, i32 b) { return std::min(a, b); })},
      {"max", "__opencl_atomic_fetch_max(p, v, 0, 2)", false,
       i32f([](i32 a, i32 b) { return std::max(a, b); })},
      {"swap", "__opencl_atomic_exchange(p, v, 0, 2)", false,
       [](u64, u64 b) { return b; }},
      {"add", "__opencl_atomic_fetch_add(p, v, 0, 2)", true,
       [](u64 a, u64 b) { return a + b; }},
      {"sub", "__opencl_atomic_fetch_sub(p, v, 0, 2)", true,
       [](u64 a, u64 b) { return a - b; }},
      {"and", "__opencl_atomic_fetch_and(p, v, 0, 2)", true,
       [](u64 a, u64 b) { return a & b; }},
      {"or", "__opencl_atomic_fetch_or(p, v, 0, 2)", true,
       [](u64 a, u64 b) { return a | b; }},
      {"xor", "__opencl_atomic_fetch_xor(p, v, 0, 2)", true,
       [](u64 a, u64 b) { return a ^ b; }},
      {"min", "__opencl_atomic_fetch_min(p, v, 0, 2)", true,
       i64f([](i64 a, i64 b) { return std::min(a, b); })},
      {"max", "__opencl_atomic_fetch_max(p, v, 0, 2)", true,
       i64f([](i64 a, i64 b) { return std::max(a, b); })},
      {"swap", "__opencl_atomic_exchange(p, v, 0, 2)", true,
       [](u64, u64 b) { return b; }},
  };
  // Per case and space a kernel: `out` gets the old value and the new one.
  std::string source =
      "#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
      "#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n";
  auto kernelName = [](const AtomicCase &c, const char *space) {
    return std::string(space) + "_" + c.name + (c.wide ? "64" : "32");
  };
  for (const AtomicCase &c : cases) {
    std::string type = c.wide ? "long" : "int";
    for (const char *space : {"global", "local", "generic"}) {
      std::string pointer =
          std::string(space) == "global"
              ? "volatile global atomic_" + type +
                    " *p = (volatile global atomic_" + type + " *)cells + i;"
          : std::string(space) == "local"
              ? "volatile local atomic_" + type +
                    " *p = (volatile local atomic_" + type + " *)shared + i;"
              : "volatile atomic_" + type +
                    " *p = (i & 1) ? (volatile atomic_" + type +
                    " *)shared + i : (volatile atomic_" + type +
                    " *)cells + i;";
      source += "kernel void " + kernelName(c, space) + "(global " + type +
                " *out, global " + type + " *cells, global const " + type +
                " *in) { local " + type +
                " shared[64]; uint i = __builtin_amdgcn_workitem_id_x();"
                " shared[i] = in[i]; cells[i] = in[i]; " +
                type + " v = in[64 + i]; " + pointer +
                " out[2 * i] = " + c.call +
                ";"
                " out[2 * i + 1] = __opencl_atomic_load(p, 0, 2); }\n";
    }
  }
  source += R"(
    kernel void together(volatile global atomic_int *total, volatile global atomic_long *wide,
                         global uint *tickets) {
      uint i = __builtin_amdgcn_workgroup_id_x() * 128 + __builtin_amdgcn_workitem_id_x();
      tickets[i] = __opencl_atomic_fetch_add(total, 3, 0, 2);
      __opencl_atomic_fetch_add(wide, (long)i << 33, 0, 2);
      // A compare-and-swap loop: multiply, modulo 2^32.
      int old = __opencl_atomic_load(total + 1, 0, 2);
      while (!__opencl_atomic_compare_exchange_weak(total + 1, &old, old * 5 + 1, 0, 0, 2))
        ;
      // Wrapping counters.
      __builtin_amdgcn_atomic_inc32((volatile global uint *)(total + 2), 99, __ATOMIC_RELAXED, "agent");
      __builtin_amdgcn_atomic_dec32((volatile global uint *)(total + 3), 41, __ATOMIC_RELAXED, "agent");
    })";
  Gpu &gpu = compiled(source);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> narrow = operands32(128, 41);
  std::vector<u64> wide = operands64(128, 42);
  for (const AtomicCase &c : cases) {
    for (const char *space : {"global", "local", "generic"}) {
      gpu.kernel = kernelName(c, space);
      std::vector<uint8_t> in(128 * (c.wide ? 8 : 4));
      memcpy(in.data(),
             c.wide ? static_cast<void *>(wide.data()) : narrow.data(),
             in.size());
      auto *out = gpu.zeros<uint8_t>(in.size(), "out");
      auto *cells = gpu.zeros<uint8_t>(in.size() / 2, "cells");
      ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, cells, gpu.upload(in)),
                "")
          << gpu.kernel;
      for (unsigned i = 0; i < 64; ++i) {
        u64 old = c.wide ? wide[i] : narrow[i],
            v = c.wide ? wide[64 + i] : narrow[64 + i];
        u64 got[2] = {};
        for (unsigned n = 0; n < 2; ++n) {
          memcpy(&got[n], out + (2 * i + n) * (c.wide ? 8 : 4), c.wide ? 8 : 4);
        }
        EXPECT_EQ(got[0], old) << gpu.kernel << " lane " << i;
        EXPECT_EQ(got[1], c.f(old, v)) << gpu.kernel << " lane " << i;
      }
    }
  }
  gpu.kernel = "together";
  std::vector<u32> totals = {10, 1, 0, 0};
  u32 *total = gpu.upload(totals, "totals");
  u64 *sum = gpu.zeros<u64>(1, "sum");
  u32 *tickets = gpu.zeros<u32>(512, "tickets");
  ASSERT_EQ(gpu.run({{4, 1, 1}, {128, 1, 1}}, total, sum, tickets), "");
  u32 product = 1, inc = 0, dec = 0;
  for (unsigned n = 0; n < 512; ++n) {
    product = product * 5 + 1;
    inc = inc >= 99 ? 0 : inc + 1;
    dec = dec == 0 || dec > 41 ? 41 : dec - 1;
  }
  EXPECT_EQ(total[0], 10 + 3 * 512u);
  EXPECT_EQ(total[1], product);
  EXPECT_EQ(total[2], inc);
  EXPECT_EQ(total[3], dec);
  EXPECT_EQ(*sum, u64(511) * 512 / 2 << 33);
  std::vector<u32> sorted(tickets, tickets + 512);
  std::sort(sorted.begin(), sorted.end());
  for (unsigned n = 0; n < 512; ++n) {
    EXPECT_EQ(sorted[n], 10 + 3 * n);
  }
}

/// Float atomics, packed ones included; LDS too.
TEST_P(MemoryKinds, FloatAtomics) {
  Gpu &gpu = compiled(
      R"(
    #pragma OPENCL EXTENSION cl_khr_fp64 : enable
    #pragma OPENCL EXTENSION cl_khr_fp16 : enable
    typedef half h2 __attribute__((ext_vector_type(2)));
    #define FENCE __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup")
    kernel void k(global float *f, global double *d, global h2 *h) {
      local float lf; local double ld;
      uint i = __builtin_amdgcn_workitem_id_x();
      if (i == 0) { lf = 0; ld = 0; }
      FENCE; __builtin_amdgcn_s_barrier(); FENCE;
      float x = i;
      double y = i * 0.5;
      h2 z = {i, 1};
    #ifdef RDNA // f64 in loops that compare and swap; f32 in one instruction
      #define ATOMIC(OP, TYPE, P, X) __opencl_atomic_##OP((volatile TYPE *)(P), X, memory_order_relaxed, memory_scope_device)
      ATOMIC(fetch_add, global atomic_double, d, y);
      ATOMIC(fetch_min, global atomic_double, d + 1, -y);
      ATOMIC(fetch_max, global atomic_double, d + 2, y);
      ATOMIC(fetch_add, atomic_double, (double *)(d + 3), y + 1);
      ATOMIC(fetch_add, local atomic_double, &ld, y);
      ATOMIC(fetch_add, global atomic_float, f + 1, x);
      ATOMIC(fetch_min, global atomic_float, f + 2, -x);
      ATOMIC(fetch_max, global atomic_float, f + 3, x);
      uint seen = *(volatile global uint *)h, next;
      do {
        next = __builtin_astype(__builtin_astype(seen, h2) + z, uint);
      } while (!__opencl_atomic_compare_exchange_strong((volatile global atomic_uint *)h, &seen, next, memory_order_relaxed, memory_order_relaxed, memory_scope_device));
    #else
      __builtin_amdgcn_global_atomic_fadd_f64(d, y);
      __builtin_amdgcn_global_atomic_fmin_f64(d + 1, -y);
      __builtin_amdgcn_global_atomic_fmax_f64(d + 2, y);
      __builtin_amdgcn_flat_atomic_fadd_f64((double *)(d + 3), y + 1);
      __builtin_amdgcn_global_atomic_fadd_v2f16(h, z);
      __builtin_amdgcn_ds_atomic_fadd_f64(&ld, y);
    #endif
      __builtin_amdgcn_ds_faddf(&lf, x, 0, 0, false);
      FENCE; __builtin_amdgcn_s_barrier(); FENCE;
      if (i == 0) { f[0] = lf; d[4] = ld; }
    })",
      isRdna() ? std::vector<std::string>{"-DRDNA", "-munsafe-fp-atomics"}
               : std::vector<std::string>());
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  auto *f = gpu.zeros<float>(4, "floats");
  auto *d = gpu.zeros<double>(8, "doubles");
  auto *h = gpu.zeros<_Float16>(2, "halves");
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, f, d, h), "");
  const double sum = 63 * 64 / 2;
  EXPECT_EQ(f[0], float(sum));
  EXPECT_EQ(d[0], sum / 2);
  EXPECT_EQ(d[1], -31.5);
  EXPECT_EQ(d[2], 31.5);
  EXPECT_EQ(d[3], sum / 2 + 64);
  EXPECT_EQ(d[4], sum / 2);
  EXPECT_EQ(float(h[0]), float(sum)); // every partial sum is exact
  EXPECT_EQ(float(h[1]), 64.0f);
  if (isRdna()) {
    EXPECT_EQ(f[1], float(sum));
    EXPECT_EQ(f[2], -63.0f);
    EXPECT_EQ(f[3], 63.0f);
  }
}

/// Buffer descriptors made by the compiler; what is out of range reads zero and
/// is not written. LDS DMA. Apertures of the flat address space.
TEST_P(MemoryKinds, BuffersDmaAndApertures) {
  // gfx11 does not count soffset in its range check.
  std::vector<std::string> options = {
      isRdna() ? "-DWORD3=0x31014000" : "-DWORD3=0x27000",
      chip() == "gfx1100" ? "-DSOFFSET=0" : "-DSOFFSET=64"};
  if (isCdna3()) {
    options.push_back("-DDMA");
  }
  Gpu &gpu = compiled(R"(
    typedef uint u4 __attribute__((ext_vector_type(4)));
    #define FENCE __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup")
    kernel void k(global uint *out, global uint *in, uint bytes) {
      local uint shared[64];
      uint i = __builtin_amdgcn_workitem_id_x();
      __amdgpu_buffer_rsrc_t r = __builtin_amdgcn_make_buffer_rsrc(in, 0, bytes, WORD3);
      out[8 * i] = __builtin_amdgcn_raw_buffer_load_b32(r, 4 * i, 0, 0);
      u4 wide = __builtin_amdgcn_raw_buffer_load_b128(r, 16 * (i / 4), 0, 0);
      out[8 * i + 1] = wide.x + wide.w;
      out[8 * i + 2] = __builtin_amdgcn_raw_buffer_load_b8(r, i, 3, 0);
      FENCE; __builtin_amdgcn_s_barrier(); FENCE; // RDNA has two waves here
      __builtin_amdgcn_raw_buffer_store_b32(i + 1000, r, 4 * i + 128, 0, 0);
      __builtin_amdgcn_raw_buffer_store_b16((ushort)i, r, 2 * i + 64 - SOFFSET, SOFFSET, 0);
      uint wave = 0;
#ifdef DMA
      __builtin_amdgcn_global_load_lds(in + 192 + i, shared + wave, 4, 0, 0);
#else
      shared[i] = in[192 + i];
#endif
    #ifdef DMA
      __builtin_amdgcn_s_waitcnt(0);
    #endif
      FENCE;
      out[8 * i + 3] = shared[i ^ 5];
      uint mine = i;
      uint *a = &mine, *b = (uint *)&shared[i], *c = (uint *)in;
      uint *pick = i % 3 == 0 ? a : i % 3 == 1 ? b : c;
      out[8 * i + 4] = __builtin_amdgcn_is_private((void *)pick) | __builtin_amdgcn_is_shared((void *)pick) << 1;
    })",
                      options);
  ASSERT_TRUE(gpu.ok()) << gpu.loadError;
  std::vector<u32> in(256);
  for (u32 n = 0; n < 256; ++n) {
    in[n] = n * 2654435761u;
  }
  u32 *device = gpu.upload(in, "in");
  u32 *out = gpu.zeros<u32>(512, "out");
  constexpr u32 bytes = 160; // 40 dwords
  ASSERT_EQ(gpu.run({{1, 1, 1}, {64, 1, 1}}, out, device, bytes), "");
  std::vector<u32> after = in;
  for (u32 i = 0; i < 8; ++i) {
    after[32 + i] = i + 1000;
  }
  auto *raw = reinterpret_cast<uint8_t *>(after.data());
  for (u32 i = 0; i < 48; ++i) { // 64 + 2 i < 160
    raw[64 + 2 * i] = uint8_t(i);
    raw[64 + 2 * i + 1] = 0;
  }
  for (u32 i = 0; i < 64; ++i) {
    u32 q = i / 4 * 4;
    EXPECT_EQ(out[8 * i], i < 40 ? in[i] : 0) << i;
    EXPECT_EQ(out[8 * i + 1], i < 40 ? in[q] + in[q + 3] : 0) << i;
    EXPECT_EQ(out[8 * i + 2], in[(i + 3) / 4] >> (8 * ((i + 3) % 4)) & 255)
        << i;
    EXPECT_EQ(out[8 * i + 3], in[192 + (i ^ 5)]);
    EXPECT_EQ(out[8 * i + 4], i % 3 == 0 ? 1u : i % 3 == 1 ? 2u : 0u);
  }
  for (u32 n = 0; n < 256; ++n) {
    EXPECT_EQ(device[n], after[n]) << n;
  }
}

/// Ids, sizes and hidden arguments for each version of the code object, with
/// preloaded arguments where the chip has them.
TEST_P(MemoryKinds, KernelStart) {
  constexpr const char *source = R"(
    kernel void k(global uint *out, uint salt, ulong wide) {
      uint x = __builtin_amdgcn_workitem_id_x(), y = __builtin_amdgcn_workitem_id_y();
      uint z = __builtin_amdgcn_workitem_id_z();
      uint gx = __builtin_amdgcn_workgroup_id_x(), gy = __builtin_amdgcn_workgroup_id_y();
      uint gz = __builtin_amdgcn_workgroup_id_z();
      uint sx = __builtin_amdgcn_workgroup_size_x(), sy = __builtin_amdgcn_workgroup_size_y();
      uint group = gx + 3 * (gy + 2 * gz), item = x + sx * (y + sy * z);
      global uint *o = out + 8 * (24 * group + item);
      o[0] = x | y << 8 | z << 16;
      o[1] = gx | gy << 8 | gz << 16;
      o[2] = sx | sy << 8 | __builtin_amdgcn_workgroup_size_z() << 16;
      o[3] = __builtin_amdgcn_grid_size_x() | __builtin_amdgcn_grid_size_y() << 8 |
             __builtin_amdgcn_grid_size_z() << 16;
      o[4] = salt + (uint)(wide >> 32);
      o[5] = *((constant uint *)__builtin_amdgcn_dispatch_ptr() + 3); // grid_size_x
    })";
  std::vector<std::vector<std::string>> variants = {
      {"-mcode-object-version=4"},
      {"-mcode-object-version=5"},
      {"-mcode-object-version=6"}};
  if (isCdna3()) {
    variants.push_back({"-mllvm", "-amdgpu-kernarg-preload-count=8"});
  }
  for (const auto &options : variants) {
    SCOPED_TRACE(options.back());
    Gpu &gpu = compiled(source, options);
    ASSERT_TRUE(gpu.ok()) << gpu.loadError;
    u32 *out = gpu.zeros<u32>(8 * 24 * 12, "out");
    ASSERT_EQ(gpu.run({{3, 2, 2}, {4, 3, 2}}, out, 77u, u64(5) << 32), "");
    for (u32 group = 0; group < 12; ++group) {
      for (u32 item = 0; item < 24; ++item) {
        const u32 *o = out + 8 * (24 * group + item);
        EXPECT_EQ(o[0], item % 4 | item / 4 % 3 << 8 | item / 12 << 16);
        EXPECT_EQ(o[1], group % 3 | group / 3 % 2 << 8 | group / 6 << 16);
        EXPECT_EQ(o[2], 4u | 3u << 8 | 2u << 16);
        EXPECT_EQ(o[3], 12u | 6u << 8 | 4u << 16);
        EXPECT_EQ(o[4], 82u);
        EXPECT_EQ(o[5], 12u);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Chips, MemoryKinds, corpusCases(Chips::All),
                         corpusName);

} // namespace
