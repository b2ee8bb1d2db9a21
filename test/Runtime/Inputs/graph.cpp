// The module's first launch happens while a stream is being captured; the graph
// is replayed with other numbers on the device. Usage: graph CHIP=FILE...
#include "program.h"

int main(int argc, char **argv) {
  moesaic_module module = {&makeImage({argv + 1, argv + argc}), nullptr};
  const int capacity = 200;
  float *a = upload(numbers(capacity, 1)), *b = upload(numbers(capacity, 7));
  int *count = upload(std::vector<int>{0});
  hipStream_t stream;
  CHECK(hipStreamCreate(&stream));

  CHECK(hipStreamBeginCapture(stream, hipStreamCaptureModeGlobal));
  ScaleSomeArguments arguments = {a, b, count};
  LAUNCH(moesaic_zero(&module, b, capacity * sizeof(float), stream));
  LAUNCH(moesaic_launch(&module, kScaleSome, &arguments, sizeof arguments,
                        blocksFor(capacity), stream));
  hipGraph_t graph;
  CHECK(hipStreamEndCapture(stream, &graph));
  size_t nodes = 0;
  CHECK(hipGraphGetNodes(graph, nullptr, &nodes));
  EXPECT(nodes == 2);
  EXPECT(download(b, capacity) == numbers(capacity, 7)); // nothing ran yet

  hipGraphExec_t program;
  CHECK(hipGraphInstantiate(&program, graph, nullptr, nullptr, 0));
  for (int used : {200, 3, 0, 64}) {
    CHECK(hipMemcpy(count, &used, sizeof used, hipMemcpyHostToDevice));
    CHECK(hipGraphLaunch(program, stream));
    CHECK(hipStreamSynchronize(stream));
    std::vector<float> result = download(b, capacity);
    for (int i = 0; i < capacity; ++i) {
      EXPECT(result[i] == (i < used ? 2.0f * float(1 + i) : 0.0f));
    }
  }
  puts("done");
}
