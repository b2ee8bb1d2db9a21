//===- WaveSize.cpp - kernels with waves of 32 or of 64 lanes -------------===//

#include "Sim/Engine.h"

using namespace llvm;
using namespace moesaic::sim;

unsigned moesaic::sim::waveLanes(const ChipModel &chip, const Kernel &kernel) {
  return isRdna(chip) && kernel.descriptor.isWave32() ? 32 : kLanes;
}

Expected<Decoder *> moesaic::sim::decoderFor(Device::Impl &gpu,
                                             const CodeObject &object) {
  if (!isRdna(*gpu.model)) {
    return gpu.decoder.get();
  }
  unsigned narrow = 0;
  for (const Kernel &kernel : object.kernels) {
    narrow += kernel.descriptor.isWave32();
  }
  if (narrow == object.kernels.size()) {
    return gpu.decoder.get();
  }
  if (narrow != 0) {
    return createStringError("kernels with waves of 32 and of 64 lanes in one "
                             "code object are not supported");
  }
  if (!gpu.wideDecoder) {
    auto made = Decoder::create(*gpu.model, kLanes);
    if (!made) {
      return made.takeError();
    }
    gpu.wideDecoder = std::move(*made);
  }
  return gpu.wideDecoder.get();
}
