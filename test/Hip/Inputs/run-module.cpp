// Runs kernel `scale` of a code object: b = a * factor, over n floats.
// Usage: run-module OBJECT
#include "check.h"
#include <fstream>
#include <iterator>

int main(int argc, char **argv) {
  hipModule_t module;
  hipFunction_t function;
  CHECK(hipModuleLoad(&module, argv[1]));
  EXPECT_HIP(hipErrorNotFound, hipModuleGetFunction(&function, module, "none"));
  CHECK(hipModuleGetFunction(&function, module, "scale"));
  int n = 1000;
  float factor = 2.5f;
  std::vector<float> a(n);
  for (int i = 0; i < n; ++i) {
    a[i] = float(i) - 300;
  }
  float *da = upload(a), *db;
  CHECK(hipMalloc(&db, n * sizeof(float)));
  struct {
    float *a, *b;
    float factor;
    int n;
  } packed = {da, db, factor, n};
  void *parameters[] = {&da, &db, &factor, &n};
  size_t bytes = sizeof packed;
  void *extra[] = {HIP_LAUNCH_PARAM_BUFFER_POINTER, &packed,
                   HIP_LAUNCH_PARAM_BUFFER_SIZE, &bytes, HIP_LAUNCH_PARAM_END};
  int lanes, blocks;
  CHECK(hipFuncGetAttribute(&lanes, HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
                            function));
  CHECK(hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, function,
                                                           lanes, 0));
  EXPECT(blocks >= 1);
  for (int way = 0; way < 2; ++way) {
    CHECK(hipMemset(db, 0, n * sizeof(float)));
    CHECK(hipModuleLaunchKernel(function, (n + 255) / 256, 1, 1, lanes, 1, 1, 0,
                                nullptr, way ? nullptr : parameters,
                                way ? extra : nullptr));
    std::vector<float> b = download(db, n);
    for (int i = 0; i < n; ++i) {
      EXPECT(b[i] == a[i] * factor);
    }
  }
  CHECK(hipModuleUnload(module));

  // The same bytes from memory, and what is left when the file is cut.
  std::ifstream file(argv[1], std::ios::binary);
  std::vector<char> image((std::istreambuf_iterator<char>(file)), {});
  CHECK(hipModuleLoadData(&module, image.data()));
  CHECK(hipModuleUnload(module));
  std::string cut = std::string(argv[1]) + ".cut";
  for (size_t length : {size_t(0), size_t(3), size_t(63), size_t(64),
                        image.size() / 2, image.size() - 1}) {
    std::ofstream(cut, std::ios::binary).write(image.data(), length);
    EXPECT_HIP(hipErrorInvalidImage, hipModuleLoad(&module, cut.c_str()));
  }
  puts("done");
}
