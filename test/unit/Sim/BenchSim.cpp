//===- BenchSim.cpp - how fast the simulator executes ---------------------===//
//
// ninja bench-sim && build/bin/bench-sim. One host thread unless the name says
// otherwise; rates are wave instructions per second.
//
//===----------------------------------------------------------------------===//

#include "Harness.h"
#include "benchmark/benchmark.h"

using namespace moesaic::sim;
using namespace moesaic::sim::test;

namespace {

/// A loop of 64 instructions, run 2000 times by one wave.
void runLoop(benchmark::State &state, const std::string &instruction,
             CheckMode check) {
  // Everything that is read has been written.
  std::string body = "  s_mov_b64 vcc, 0\n  s_mov_b32 s22, 1\n"
                     "  s_mov_b32 s23, 1\n";
  for (int n = 0; n < 16; ++n) {
    body += "  v_mov_b32 v" + std::to_string(n + 1) + ", 0\n";
    body += "  v_accvgpr_write_b32 a" + std::to_string(n) + ", 0\n";
  }
  for (int n = 0; n < 1024; n += 256) {
    body += "  v_lshlrev_b32 v1, 2, v0\n  ds_write_b32 v1, v2 offset:" +
            std::to_string(n) + "\n";
  }
  // A lane's 16 bytes.
  body += "  v_lshlrev_b32 v17, 4, v0\n  v_lshlrev_b32 v18, 1, v0\n"
          "  s_load_dwordx2 s[4:5], s[0:1], 0\n  s_waitcnt lgkmcnt(0)\n"
          "  s_movk_i32 s20, 2000\nloop:\n";
  for (int n = 0; n < 64; ++n) {
    body += "  " + instruction + "\n";
  }
  body += "  s_sub_u32 s20, s20, 1\n  s_cmp_lg_u32 s20, 0\n"
          "  s_cbranch_scc1 loop\n";
  auto object = assemble(body);
  Gpu gpu(object.get());
  LaunchConfig config{{1, 1, 1}, {64, 1, 1}};
  config.threads = 1;
  config.check = check;
  auto *memory = gpu.zeros<uint32_t>(256);
  uint64_t instructions = 0;
  for (auto _ : state) {
    std::string error = gpu.run(config, memory);
    if (!error.empty()) {
      state.SkipWithError(error.c_str());
      return;
    }
    instructions += gpu.stats.instructions();
  }
  state.counters["instructions"] =
      benchmark::Counter(double(instructions), benchmark::Counter::kIsRate);
}

void matmul(benchmark::State &state) {
  // C[512,512] = A B^T in bf16; a workgroup of four waves makes 64 x 64.
  auto object = compileOpenCL(R"(
    typedef short s8 __attribute__((ext_vector_type(8)));
    typedef short s4 __attribute__((ext_vector_type(4)));
    typedef float f16v __attribute__((ext_vector_type(16)));
    __attribute__((reqd_work_group_size(256, 1, 1)))
    kernel void k(global float *c, global const s8 *a, global const s8 *b) {
      local s8 la[64 * 8], lb[64 * 8];
      uint tid = __builtin_amdgcn_workitem_id_x(), lane = tid & 63, wave = tid / 64;
      uint bi = __builtin_amdgcn_workgroup_id_x(), bj = __builtin_amdgcn_workgroup_id_y();
      f16v acc = 0;
      for (int k = 0; k < 512; k += 64) {
        __builtin_amdgcn_s_barrier();
        for (int n = 0; n < 2; ++n) {
          uint row = tid / 8 + 32 * n, part = tid % 8;
          la[row * 8 + (part ^ row & 7)] = a[((bi * 64 + row) * 512 + k) / 8 + part];
          lb[row * 8 + (part ^ row & 7)] = b[((bj * 64 + row) * 512 + k) / 8 + part];
        }
        __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "workgroup");
        __builtin_amdgcn_s_barrier();
        uint ra = wave / 2 * 32 + lane % 32, rb = wave % 2 * 32 + lane % 32;
        for (int q = 0; q < 4; ++q) {
          uint part = 2 * q + lane / 32;
          s8 x = la[ra * 8 + (part ^ ra & 7)], y = lb[rb * 8 + (part ^ rb & 7)];
          acc = __builtin_amdgcn_mfma_f32_32x32x8bf16_1k(x.lo, y.lo, acc, 0, 0, 0);
          acc = __builtin_amdgcn_mfma_f32_32x32x8bf16_1k(x.hi, y.hi, acc, 0, 0, 0);
        }
      }
      for (int r = 0; r < 16; ++r) {
        uint i = bi * 64 + wave / 2 * 32 + 8 * (r / 4) + 4 * (lane / 32) + r % 4;
        c[i * 512 + bj * 64 + wave % 2 * 32 + lane % 32] = acc[r];
      }
    })");
  Gpu gpu(object.get());
  std::vector<uint16_t> a(512 * 512, 0x3f80), b(512 * 512, 0x4000);
  auto *c = gpu.zeros<float>(512 * 512);
  auto *deviceA = gpu.upload(a), *deviceB = gpu.upload(b);
  LaunchConfig config{{8, 8, 1}, {256, 1, 1}};
  config.threads = unsigned(state.range(0));
  config.check = state.range(1) ? CheckMode::Report : CheckMode::Off;
  for (auto _ : state) {
    std::string error = gpu.run(config, c, deviceA, deviceB);
    if (!error.empty() || c[12345] != 1024.0f) {
      state.SkipWithError("wrong result");
      return;
    }
  }
  state.counters["mfma"] = double(gpu.stats.mfma);
}

} // namespace

/// Each loop runs without and with the checker.
#define LOOP(NAME, INSTRUCTION)                                                \
  BENCHMARK_CAPTURE(runLoop, NAME, INSTRUCTION, CheckMode::Off);               \
  BENCHMARK_CAPTURE(runLoop, NAME##_checked, INSTRUCTION, CheckMode::Report)

LOOP(v_add_f32, "v_add_f32 v2, v3, v4");
LOOP(v_fma_f32, "v_fma_f32 v2, v3, v4, v5");
LOOP(v_add_u32_sgpr, "v_add_u32 v2, s2, v4");
LOOP(v_cmp_lt_u32, "v_cmp_lt_u32 vcc, v2, v4");
LOOP(v_cndmask_b32, "v_cndmask_b32 v2, v3, v4, vcc");
LOOP(v_pk_fma_f32, "v_pk_fma_f32 v[2:3], v[4:5], v[6:7], v[8:9]");
LOOP(v_mov_dpp, "v_mov_b32_dpp v2, v3 row_shr:1 row_mask:0xf bank_mask:0xf");
LOOP(v_exp_f32, "v_exp_f32 v2, v3");
LOOP(s_add_u32, "s_add_u32 s21, s22, s23");
LOOP(ds_read_b128_same, "ds_read_b128 v[4:7], v3");
LOOP(ds_read_b128, "ds_read_b128 v[4:7], v17");
LOOP(ds_write_b64, "ds_write_b64 v17, v[4:5]");
LOOP(ds_write_b16, "ds_write_b16 v18, v4");
LOOP(ds_add_u32, "ds_add_u32 v1, v4");
LOOP(global_load_dwordx4, "global_load_dwordx4 v[4:7], v17, s[4:5]");
LOOP(global_store_dword, "global_store_dword v1, v4, s[4:5]");
LOOP(mfma_32x32x8_bf16,
     "v_mfma_f32_32x32x8_bf16 a[0:15], v[2:3], v[4:5], a[0:15]");
LOOP(mfma_16x16x16_f16,
     "v_mfma_f32_16x16x16_f16 a[0:3], v[2:3], v[4:5], a[0:3]");
// Threads, and whether the checker is on.
BENCHMARK(matmul)
    ->Args({1, 0})
    ->Args({2, 0})
    ->Args({1, 1})
    ->Args({2, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
