// A program for HIP 6 or 7, with the numbers of its headers. The last of the
// functions is not in the library and is not called.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
struct Attributes {
  unsigned type;
  int device;
  void *devicePointer, *hostPointer;
  int isManaged;
  unsigned flags;
};
struct Rows {
  size_t srcX, srcY;
  unsigned srcType;
  const void *srcHost;
  void *srcDevice, *srcArray;
  size_t srcPitch, dstX, dstY;
  unsigned dstType;
  void *dstHost, *dstDevice, *dstArray;
  size_t dstPitch, width, height;
};
int hipMalloc(void **, size_t);
int hipHostMalloc(void **, size_t, unsigned);
int hipMemcpy(void *, const void *, size_t, int);
int hipMemcpyParam2D(const Rows *);
int hipModuleLoad(void **, const char *);
int hipModuleGetFunction(void **, void *, const char *);
int hipPointerGetAttributes(Attributes *, const void *);
int hipRuntimeGetVersion(int *);
int hipStreamGetDevice(void *, int *);
int hipGraphCreate(void **, unsigned);
int hipGraphAddEmptyNode(void **, void *, void **, size_t);
int hipGraphNodeGetType(void *, unsigned *);
int hipEventRecord_spt(void *, void *);
int hipDeviceSetLimit(unsigned, size_t);
int hipDrvGetErrorName(int, const char **);
int hipModuleLaunchCooperativeKernel(void *, unsigned, unsigned, unsigned,
                                     unsigned, unsigned, unsigned, unsigned,
                                     void *, void **);
int hipExtGetLastError();
int hipGetProcAddress(const char *, void **, int, uint64_t, int *);
int hipSetValidDevices(int *, int);
int hipEventRecordWithFlags(void *, void *, unsigned);
int hipOfTheFuture();
}

#define EXPECT(fact)                                                           \
  do {                                                                         \
    if (!(fact)) {                                                             \
      printf("%d: not so: %s\n", __LINE__, #fact);                             \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

int main(int argc, char **argv) {
  int version, device = -1, host[4] = {};
  EXPECT(hipRuntimeGetVersion(&version) == 0);
  printf("HIP %d\n", version / 10000000);
  if (argc > 2) {
    return hipOfTheFuture();
  }
  int *data, *pinned;
  EXPECT(hipMalloc(reinterpret_cast<void **>(&data), 16) == 0);
  EXPECT(hipHostMalloc(reinterpret_cast<void **>(&pinned), 16, 0) == 0);
  void *module, *function;
  EXPECT(hipModuleLoad(&module, argv[1]) == 0);
  EXPECT(hipModuleGetFunction(&function, module, "one") == 0);
  void *arguments[] = {&data};
  EXPECT(hipModuleLaunchCooperativeKernel(function, 1, 1, 1, 4, 1, 1, 0,
                                          nullptr, arguments) == 0);
  Attributes attributes;
  EXPECT(hipPointerGetAttributes(&attributes, data) == 0);
  EXPECT(attributes.type == 2 && attributes.device == 0);
  EXPECT(hipPointerGetAttributes(&attributes, pinned) == 0);
  EXPECT(attributes.type == 1);
  EXPECT(hipPointerGetAttributes(&attributes, host) == 0);
  EXPECT(attributes.type == 0 && !attributes.devicePointer);
  Rows rows = {};
  rows.srcType = 2;
  rows.srcDevice = data;
  rows.dstType = 1;
  rows.dstHost = host;
  rows.width = 16;
  rows.height = 1;
  EXPECT(hipMemcpyParam2D(&rows) == 0);
  EXPECT(host[0] == 1 && host[3] == 1);
  void *graph, *node;
  unsigned type;
  EXPECT(hipGraphCreate(&graph, 0) == 0);
  EXPECT(hipGraphAddEmptyNode(&node, graph, nullptr, 0) == 0);
  EXPECT(hipGraphNodeGetType(node, &type) == 0 && type == 5);
  EXPECT(hipStreamGetDevice(nullptr, &device) == 0 && device == 0);
  EXPECT(hipEventRecord_spt(nullptr, nullptr) == 400);
  EXPECT(hipEventRecordWithFlags(nullptr, nullptr, 7) == 1);
  EXPECT(hipExtGetLastError() == 1 && hipExtGetLastError() == 0);
  EXPECT(hipDeviceSetLimit(2, 1 << 20) == 0);
  EXPECT(hipDeviceSetLimit(99, 0) == 215);
  const char *name;
  EXPECT(hipDrvGetErrorName(1, &name) == 0);
  EXPECT(!strcmp(name, "hipErrorInvalidValue"));
  int wrong = 1, status = -1;
  EXPECT(hipSetValidDevices(&device, 1) == 0);
  EXPECT(hipSetValidDevices(&wrong, 1) == 101);
  void *found;
  EXPECT(hipGetProcAddress("hipMemcpy", &found, 0, 0, &status) == 0);
  EXPECT(found == reinterpret_cast<void *>(&hipMemcpy) && status == 0);
  EXPECT(hipGetProcAddress("hipNothing", &found, 0, 0, &status) != 0);
  puts("done");
}
