// Launches a kernel on the current device. Usage: scale CHIP=FILE...
#include "program.h"

int main(int argc, char **argv) {
  moesaic_module module = {&makeImage({argv + 1, argv + argc}), nullptr};
  const int count = 150;
  float *a = upload(numbers(count, -3)), *b = upload(numbers(count, 0));
  ScaleArguments arguments = {a, b, 0.5f, count};
  moesaic_status status = moesaic_launch(
      &module, kScale, &arguments, sizeof arguments, blocksFor(count), nullptr);
  if (status != MOESAIC_SUCCESS) {
    printf("%s\n%s\n", moesaic_status_name(status), moesaic_last_error());
    return 1;
  }
  std::vector<float> result = download(b, count);
  for (int i = 0; i < count; ++i) {
    EXPECT(result[i] == 0.5f * float(i - 3));
  }
  puts("done");
}
