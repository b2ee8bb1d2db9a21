//===- TypedBuffer.cpp - buffer accesses that convert formats -------------===//
//
// The elements of buffer_load_format and buffer_store_format are in the format
// that the descriptor's word 3 names, those of tbuffer instructions in the
// instruction's own. gfx9 has a data format in bits 18:15 (which fields there
// are) and a number format in bits 14:12 (what they mean), RDNA one number for
// both in bits 17:12. A format's name lists its fields from the highest bit
// down; the first component is the lowest. Loads through the descriptor's
// format choose components with its bits 11:0; components that a format lacks
// are 0, 0, 0, 1.
//
// Results of d16 forms are f16, or the low 16 bits of integers. Conversions to
// normalised numbers round to even, those to integers toward zero; all
// saturate.
//
//===----------------------------------------------------------------------===//

#include "Sim/Semantics/Buffer.h"
#include "Sim/Semantics/MemoryAccess.h"
#include <algorithm>
#include <cmath>
#include <string>

using namespace moesaic::sim;

namespace {

enum Number : uint8_t {
  Unorm,
  Snorm,
  Uscaled,
  Sscaled,
  Uint,
  Sint,
  Reserved,
  Float
};

/// gfx9's numbers of both.
struct Format {
  uint8_t data = 0, number = 0;
};

/// Bits of the components by data format.
constexpr uint8_t fields[16][4] = {{},
                                   {8},
                                   {16},
                                   {8, 8},
                                   {32},
                                   {16, 16},
                                   {11, 11, 10},
                                   {10, 11, 11},
                                   {2, 10, 10, 10},
                                   {10, 10, 10, 2},
                                   {8, 8, 8, 8},
                                   {32, 32},
                                   {16, 16, 16, 16},
                                   {32, 32, 32},
                                   {32, 32, 32, 32},
                                   {}};

constexpr unsigned typeBit(Number number) { return 1u << number; }
constexpr unsigned kIntegers = typeBit(Uint) | typeBit(Sint);
constexpr unsigned kNorms = typeBit(Unorm) | typeBit(Snorm);
constexpr unsigned kNoFloats =
    kIntegers | kNorms | typeBit(Uscaled) | typeBit(Sscaled);

/// RDNA numbers the formats that exist from 1 on: by data format, then by
/// number format.
constexpr unsigned existing[16] = {0,
                                   kNoFloats,
                                   kNoFloats | typeBit(Float),
                                   kNoFloats,
                                   kIntegers | typeBit(Float),
                                   kNoFloats | typeBit(Float),
                                   typeBit(Float),
                                   typeBit(Float),
                                   kNorms | kIntegers,
                                   kNoFloats,
                                   kNoFloats,
                                   kIntegers | typeBit(Float),
                                   kNoFloats | typeBit(Float),
                                   kIntegers | typeBit(Float),
                                   kIntegers | typeBit(Float),
                                   0};

Format unified(unsigned number) {
  unsigned next = 1;
  for (uint8_t data = 1; data < 15; ++data) {
    for (uint8_t type = Unorm; type <= Float; ++type) {
      if ((existing[data] >> type & 1) && next++ == number) {
        return {data, type};
      }
    }
  }
  return {};
}

/// What an opcode's parameter says.
struct Form {
  unsigned components;
  bool d16, high, own; ///< own: the instruction's format.

  explicit Form(const Inst &i)
      : components(unsigned(i.immediate & 7)), d16(i.immediate & 8),
        high(i.immediate & 16), own(i.immediate & 32) {}
  static int64_t encode(unsigned components, bool d16, bool high, bool own) {
    return components | d16 << 3 | high << 4 | own << 5;
  }
};

Format formatOf(const Wave &w, const Inst &i) {
  if (Form(i).own) {
    return {uint8_t(i.offset1 & 15), uint8_t(i.offset1 >> 4 & 7)};
  }
  const uint32_t word = w.s[i.op[2].reg + 3];
  return isRdna(*w.chip)
             ? unified(word >> 12 & 63)
             : Format{uint8_t(word >> 15 & 15), uint8_t(word >> 12 & 7)};
}

/// A field's bits as a register's.
uint32_t widen(uint32_t raw, unsigned width, uint8_t number) {
  const int32_t value = int32_t(raw << (32 - width)) >> (32 - width);
  switch (number) {
  case Unorm:
    return bits<uint32_t>(float(raw / (std::ldexp(1.0, int(width)) - 1)));
  case Snorm:
    return bits<uint32_t>(
        float(std::max(-1.0, value / (std::ldexp(1.0, int(width) - 1) - 1))));
  case Uscaled:
    return bits<uint32_t>(float(raw));
  case Sscaled:
    return bits<uint32_t>(float(value));
  case Sint:
    return uint32_t(value);
  case Float:
    // Those of 11 and 10 bits are f16 without a sign and with less precision.
    return width == 32 ? raw
                       : bits<uint32_t>(halfToFloat(uint16_t(
                             width == 16 ? raw : raw << (15 - width))));
  default:
    return raw;
  }
}

/// A register's bits as a field's.
uint32_t narrow(uint32_t word, unsigned width, uint8_t number) {
  const double top = std::ldexp(1.0, int(width)) - 1;
  const double signedTop = std::ldexp(1.0, int(width) - 1) - 1;
  const uint32_t mask = width == 32 ? ~0u : (1u << width) - 1;
  const double value = double(bits<float>(word));
  auto clamped = [&](double x, double low, double high) {
    return x != x ? 0.0 : std::min(std::max(x, low), high);
  };
  switch (number) {
  case Unorm:
    return uint32_t(std::nearbyint(clamped(value, 0, 1) * top));
  case Snorm:
    return uint32_t(
               int64_t(std::nearbyint(clamped(value, -1, 1) * signedTop))) &
           mask;
  case Uscaled:
    return uint32_t(clamped(value, 0, top));
  case Sscaled:
    return uint32_t(int64_t(clamped(value, -signedTop - 1, signedTop))) & mask;
  case Uint:
    return std::min(word, mask);
  case Sint:
    return uint32_t(
               int64_t(clamped(int32_t(word), -signedTop - 1, signedTop))) &
           mask;
  case Float: {
    if (width == 32) {
      return word;
    }
    uint16_t half = floatToHalf(bits<float>(word));
    bool isNan = (half & 0x7fff) > 0x7c00;
    return width == 16                 ? half
           : (half & 0x8000) && !isNan ? 0
                                       : (half & 0x7fffu) >> (15 - width);
  }
  default:
    return word & mask;
  }
}

bool isInteger(uint8_t number) { return number == Uint || number == Sint; }

/// Says so when a format does not exist.
bool checkFormat(Wave &w, const Inst &i, const Format &format) {
  bool lacksFloat =
      format.number == Float && !(existing[format.data] & typeBit(Float));
  if (fields[format.data][0] == 0 || format.number == Reserved || lacksFloat) {
    fault(w, i, "the buffer's format does not exist");
    return false;
  }
  return true;
}

unsigned sizeOf(const Format &format) {
  unsigned bits = 0;
  for (uint8_t width : fields[format.data]) {
    bits += width;
  }
  return bits / 8;
}

void load(Wave &w, const Inst &i) {
  const Form form(i);
  const Format format = formatOf(w, i);
  if (!checkFormat(w, i, format)) {
    return;
  }
  Buffer buffer(w, i, 1);
  const unsigned bytes = sizeOf(format);
  const uint32_t one = isInteger(format.number) ? 1 : bits<uint32_t>(1.0f);
  const uint32_t select = w.s[i.op[2].reg + 3];
  Row result[4];
  const unsigned registers =
      form.d16 ? (form.components + 1) / 2 : form.components;
  Row *d = &w.v[i.op[0].reg];
  memcpy(static_cast<void *>(result), d, registers * sizeof(Row));
  unsigned read = 0;
  forLanes(exec(w), [&](unsigned lane) {
    buffer.locate(lane);
    uint32_t component[4] = {0, 0, 0, one};
    if (const uint8_t *p = buffer.piece(lane, 0, bytes)) {
      unsigned __int128 raw = 0;
      memcpy(&raw, p, bytes);
      for (unsigned n = 0; n < 4 && fields[format.data][n]; ++n) {
        unsigned width = fields[format.data][n];
        uint32_t mask = width == 32 ? ~0u : (1u << width) - 1;
        component[n] = widen(uint32_t(raw) & mask, width, format.number);
        raw >>= width;
      }
      read += bytes;
    } else if (w.state == WaveState::Fault) {
      return false;
    } else {
      component[3] = 0;
    }
    for (unsigned n = 0; n < form.components; ++n) {
      // The first component's choice is the lowest of the descriptor's.
      unsigned choice = form.own ? 4 + n : select >> (3 * n) & 7;
      uint32_t value = choice >= 4   ? component[choice - 4]
                       : choice == 1 ? one
                                     : 0;
      if (!form.d16) {
        result[n].lane[lane] = value;
        continue;
      }
      uint32_t half = isInteger(format.number)
                          ? value & 0xffff
                          : floatToHalf(bits<float>(value));
      uint32_t &to = result[n / 2].lane[lane];
      to = form.high || n % 2 ? (to & 0xffff) | half << 16
                              : (to & 0xffff0000) | half;
    }
    return true;
  });
  if (w.state != WaveState::Fault) {
    memcpy(static_cast<void *>(d), result, registers * sizeof(Row));
  }
  traffic(w).globalRead += read;
}

void store(Wave &w, const Inst &i) {
  const Form form(i);
  const Format format = formatOf(w, i);
  if (!checkFormat(w, i, format)) {
    return;
  }
  Buffer buffer(w, i, 1);
  const unsigned bytes = sizeOf(format);
  const Row *d = &w.v[i.op[0].reg];
  unsigned written = 0;
  forLanes(exec(w), [&](unsigned lane) {
    buffer.locate(lane);
    uint8_t *p = buffer.piece(lane, 0, bytes);
    if (!p) {
      return w.state != WaveState::Fault;
    }
    unsigned __int128 raw = 0;
    unsigned at = 0;
    for (unsigned n = 0; n < 4 && fields[format.data][n]; ++n) {
      uint32_t value = 0;
      if (n < form.components) {
        value = d[form.d16 ? n / 2 : n].lane[lane];
        if (form.d16) {
          uint16_t half = uint16_t(form.high || n % 2 ? value >> 16 : value);
          value = format.number == Sint   ? uint32_t(int32_t(int16_t(half)))
                  : format.number == Uint ? half
                                          : bits<uint32_t>(halfToFloat(half));
        }
      }
      unsigned width = fields[format.data][n];
      raw |= static_cast<unsigned __int128>(narrow(value, width, format.number))
             << at;
      at += width;
    }
    memcpy(p, &raw, bytes);
    written += bytes;
    return true;
  });
  traffic(w).globalWritten += written;
}

} // namespace

unsigned moesaic::sim::typedBytes(const Wave &w, const Inst &i) {
  return sizeOf(formatOf(w, i));
}

void moesaic::sim::addTypedBufferOps(OpcodeTable &t) {
  auto add = [&](std::string type, unsigned components, bool d16, bool high) {
    for (bool own : {false, true}) {
      std::string prefix = own ? "tbuffer_" : "buffer_";
      int64_t form = Form::encode(components, d16, high, own);
      t.add((prefix + "load_" + type).c_str(),
            {load, InstClass::VmemLoad, false, false, form});
      t.add((prefix + "store_" + type).c_str(),
            {store, InstClass::VmemStore, false, false, form});
    }
  };
  const std::string letters = "xyzw";
  for (unsigned n = 1; n <= 4; ++n) {
    add("format_" + letters.substr(0, n), n, false, false);
    add("format_d16_" + letters.substr(0, n), n, true, false);
  }
  add("format_d16_hi_x", 1, true, true);
}
