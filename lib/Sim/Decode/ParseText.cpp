//===- ParseText.cpp - disassembly text to decoded instructions -----------===//
//
// The AMDGPU target's operand layouts are private to LLVM; the assembly syntax
// is documented (AMDGPUOperandSyntax, AMDGPUModifierSyntax). So an instruction
// is decoded from its printed form. Whatever is not understood is an error.
//
//===----------------------------------------------------------------------===//

#include "Sim/Decode/Decode.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace moesaic::sim;

/// Splits at `separator` outside (), [] and {}.
static SmallVector<StringRef, 8> splitTop(StringRef text, char separator) {
  SmallVector<StringRef, 8> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t n = 0; n < text.size(); ++n) {
    char c = text[n];
    if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    } else if (c == separator && depth == 0) {
      StringRef part = text.slice(begin, n).trim();
      if (!part.empty()) {
        parts.push_back(part);
      }
      begin = n + 1;
    }
  }
  StringRef last = text.substr(begin).trim();
  if (!last.empty()) {
    parts.push_back(last);
  }
  return parts;
}

/// `4` or `4:7` -> first register and count.
static bool parseRange(StringRef text, unsigned &first, unsigned &count) {
  auto [low, high] = text.split(':');
  unsigned last;
  if (low.getAsInteger(10, first)) {
    return false;
  }
  if (high.empty()) {
    count = 1;
    return !text.contains(':');
  }
  if (high.getAsInteger(10, last) || last < first) {
    return false;
  }
  count = last - first + 1;
  return true;
}

static bool parseRegister(StringRef text, Operand &o) {
  struct File {
    StringRef prefix;
    Operand::Kind kind;
    unsigned base, size;
  };
  static const File files[] = {{"ttmp", Operand::Scalar, 108, 16},
                               {"v", Operand::Vector, 0, 256},
                               {"a", Operand::Vector, kAgprBase, 256},
                               {"s", Operand::Scalar, 0, 106}};
  for (const File &file : files) {
    StringRef rest = text;
    if (!rest.consume_front(file.prefix) || rest.empty()) {
      continue;
    }
    // True 16-bit operands: v1.l, v1.h.
    bool high = file.prefix == "v" && rest.consume_back(".h");
    bool low = file.prefix == "v" && !high && rest.consume_back(".l");
    if (rest.consume_front("[")) {
      if (!rest.consume_back("]")) {
        continue;
      }
    } else if (rest.contains(':')) {
      continue;
    }
    unsigned first, count;
    if (!parseRange(rest, first, count) || first + count > file.size) {
      continue;
    }
    o.kind = file.kind;
    o.reg = file.base + first;
    o.width = count;
    o.half16 = high || low;
    o.select = high ? 5 : 6;
    return true;
  }
  struct Named {
    StringRef name;
    unsigned reg, width;
  };
  static const Named scalars[] = {{"vcc", kVcc, 2},
                                  {"vcc_lo", kVcc, 1},
                                  {"vcc_hi", kVcc + 1, 1},
                                  {"exec", kExec, 2},
                                  {"exec_lo", kExec, 1},
                                  {"exec_hi", kExec + 1, 1},
                                  {"m0", kM0, 1},
                                  {"flat_scratch", 102, 2},
                                  {"flat_scratch_lo", 102, 1},
                                  {"flat_scratch_hi", 103, 1},
                                  {"xnack_mask", 104, 2},
                                  {"xnack_mask_lo", 104, 1},
                                  {"xnack_mask_hi", 105, 1}};
  for (const Named &named : scalars) {
    if (named.name == text) {
      o.kind = Operand::Scalar;
      o.reg = named.reg;
      o.width = named.width;
      return true;
    }
  }
  int special =
      StringSwitch<int>(text)
          .Cases({"scc", "src_scc"}, Operand::Scc)
          .Cases({"vccz", "src_vccz"}, Operand::VccZero)
          .Cases({"execz", "src_execz"}, Operand::ExecZero)
          .Cases({"src_shared_base", "shared_base"}, Operand::SharedBase)
          .Cases({"src_shared_limit", "shared_limit"}, Operand::SharedLimit)
          .Cases({"src_private_base", "private_base"}, Operand::PrivateBase)
          .Cases({"src_private_limit", "private_limit"}, Operand::PrivateLimit)
          .Default(-1);
  if (special >= 0) {
    o.kind = Operand::Special;
    o.reg = special;
    o.width = 2;
    return true;
  }
  return false;
}

/// The half-precision bits of an inline constant; all of them are exact but
/// 1/(2 pi), whose encoding the ISA guide gives as 0x3118.
static uint16_t inlineHalf(double value) {
  if (value == 0) {
    return 0;
  }
  uint64_t raw = bits<uint64_t>(value);
  int exponent = int(raw >> 52 & 0x7ff) - 1023;
  return uint16_t((raw >> 63) << 15 | (exponent + 15) << 10 |
                  (raw >> 42 & 0x3ff));
}

static bool parseConstant(StringRef text, Operand &o) {
  // lit(x): a literal where an inline constant would do.
  if (text.consume_front("lit(") || text.consume_front("lit64(")) {
    text.consume_back(")");
  }
  o.kind = Operand::Constant;
  if (text == "off" || text == "null") {
    o.kind = Operand::None;
    o.reg = kNull;
    o.width = 2;
    return true;
  }
  if (text == "0.15915494" || text == "0.15915494309189532" ||
      text == "0.1592" || text == "0.15915494309189530") {
    o.half = 0x3118; // 1/(2 pi)
    o.word = 0x3e22f983;
    o.wide = o.wideFloat = 0x3fc45f306dc9c882ull;
    return true;
  }
  if (text.contains('.') && !text.starts_with("0x")) {
    double value;
    if (text.getAsDouble(value)) {
      return false;
    }
    o.half = inlineHalf(value);
    o.word = bits<uint32_t>(float(value));
    o.wide = o.wideFloat = bits<uint64_t>(value);
    return true;
  }
  int64_t value;
  uint64_t unsignedValue;
  if (!text.getAsInteger(0, value)) {
    o.wide = uint64_t(value);
  } else if (!text.getAsInteger(0, unsignedValue)) {
    o.wide = unsignedValue;
  } else {
    return false;
  }
  o.word = uint32_t(o.wide);
  o.half = uint16_t(o.wide);
  // A literal is the high half of a 64-bit float operand; a small integer is
  // an inline constant and its bits are taken whole.
  o.wideFloat = text.contains("0x") && o.wide <= 0xffffffffull
                    ? uint64_t(o.word) << 32
                    : o.wide;
  return true;
}

static bool parseOperand(StringRef text, Operand &o) {
  o = Operand();
  if (text.consume_front("sext(")) {
    o.signExtend = true;
    return text.consume_back(")") && parseRegister(text, o);
  }
  if (text.consume_front("neg(")) {
    o.negate = true;
    if (!text.consume_back(")")) {
      return false;
    }
  } else if (text.size() > 1 && text[0] == '-' && !llvm::isDigit(text[1])) {
    o.negate = true;
    text = text.drop_front();
  }
  if (text.consume_front("abs(")) {
    o.absolute = true;
    if (!text.consume_back(")")) {
      return false;
    }
  } else if (text.consume_front("|")) {
    o.absolute = true;
    if (!text.consume_back("|")) {
      return false;
    }
  }
  return parseRegister(text, o) || parseConstant(text, o);
}

/// `[1,0,1]` -> bits, first element lowest. Returns the element count or -1.
static int parseBits(StringRef text, uint8_t &out) {
  if (!text.consume_front("[") || !text.consume_back("]")) {
    return -1;
  }
  int count = 0;
  out = 0;
  for (StringRef element : splitTop(text, ',')) {
    unsigned value;
    if (element.getAsInteger(0, value) || value > 1 || count > 7) {
      return -1;
    }
    out |= value << count++;
  }
  return count;
}

static int sdwaSelect(StringRef text) {
  return StringSwitch<int>(text)
      .Case("BYTE_0", 0)
      .Case("BYTE_1", 1)
      .Case("BYTE_2", 2)
      .Case("BYTE_3", 3)
      .Case("WORD_0", 4)
      .Case("WORD_1", 5)
      .Case("DWORD", 6)
      .Default(-1);
}

/// DPP controls: `row_shl:3`, `quad_perm:[0,1,2,3]`...
static bool parseDpp(StringRef key, StringRef value, Inst &inst) {
  unsigned argument = 0;
  if (key == "quad_perm") {
    if (!value.consume_front("[") || !value.consume_back("]")) {
      return false;
    }
    unsigned shift = 0, lane;
    for (StringRef element : splitTop(value, ',')) {
      if (element.getAsInteger(0, lane) || lane > 3 || shift > 6) {
        return false;
      }
      argument |= lane << shift;
      shift += 2;
    }
    inst.dpp = Dpp::QuadPerm;
    inst.dppArgument = argument;
    return shift == 8;
  }
  if (key == "dpp8") {
    if (!value.consume_front("[") || !value.consume_back("]")) {
      return false;
    }
    unsigned shift = 0, lane;
    for (StringRef element : splitTop(value, ',')) {
      if (element.getAsInteger(0, lane) || lane > 7 || shift > 21) {
        return false;
      }
      argument |= lane << shift;
      shift += 3;
    }
    inst.dpp = Dpp::Lanes8;
    inst.dppArgument = argument;
    inst.boundCtrl = true; // Disabled lanes read as zero.
    return shift == 24;
  }
  Dpp kind = StringSwitch<Dpp>(key)
                 .Case("row_shl", Dpp::RowShl)
                 .Case("row_shr", Dpp::RowShr)
                 .Case("row_ror", Dpp::RowRor)
                 .Case("wave_shl", Dpp::WaveShl)
                 .Case("wave_rol", Dpp::WaveRol)
                 .Case("wave_shr", Dpp::WaveShr)
                 .Case("wave_ror", Dpp::WaveRor)
                 .Case("row_mirror", Dpp::RowMirror)
                 .Case("row_half_mirror", Dpp::RowHalfMirror)
                 .Case("row_bcast", Dpp::RowBcast)
                 .Cases({"row_newbcast", "row_share"}, Dpp::RowNewBcast)
                 .Case("row_xmask", Dpp::RowXmask)
                 .Default(Dpp::None);
  if (kind == Dpp::None ||
      (!value.empty() && value.getAsInteger(0, argument))) {
    return false;
  }
  inst.dpp = kind;
  inst.dppArgument = argument;
  return true;
}

/// `[BUF_DATA_FORMAT_8_8,BUF_NUM_FORMAT_UINT]`, either of them, or RDNA's
/// `[BUF_FMT_8_8_UINT]` -> gfx9's data format and, from bit 4 on, number
/// format.
static int parseBufferFormat(StringRef text) {
  static const StringRef data[] = {
      "8",        "16",          "8_8",        "32",         "16_16",
      "10_11_11", "11_11_10",    "10_10_10_2", "2_10_10_10", "8_8_8_8",
      "32_32",    "16_16_16_16", "32_32_32",   "32_32_32_32"};
  static const StringRef numbers[] = {"UNORM", "SNORM", "USCALED", "SSCALED",
                                      "UINT",  "SINT",  "",        "FLOAT"};
  auto find = [](ArrayRef<StringRef> names, StringRef name) {
    return int(llvm::find(names, name) - names.begin());
  };
  if (!text.consume_front("[") || !text.consume_back("]")) {
    return -1;
  }
  int dataFormat = 1, numberFormat = 0; // What is not printed.
  for (StringRef part : splitTop(text, ',')) {
    if (part.consume_front("BUF_FMT_")) {
      auto [fields, number] = part.rsplit('_');
      dataFormat = find(data, fields) + 1;
      numberFormat = find(numbers, number);
    } else if (part.consume_front("BUF_DATA_FORMAT_")) {
      dataFormat = find(data, part) + 1;
    } else if (part.consume_front("BUF_NUM_FORMAT_")) {
      numberFormat = find(numbers, part);
    }
  }
  return dataFormat <= int(std::size(data)) &&
                 numberFormat < int(std::size(numbers))
             ? dataFormat | numberFormat << 4
             : -1;
}

static bool parseNumber(StringRef value, Inst &inst, StringRef key) {
  int64_t number;
  if (value.getAsInteger(0, number)) {
    return false;
  }
  if (key == "offset" || key == "offset0") {
    inst.offset = number;
  } else if (key == "offset1") {
    inst.offset1 = number;
  } else if (key == "row_mask") {
    inst.rowMask = number;
  } else if (key == "bank_mask") {
    inst.bankMask = number;
  } else if (key == "bound_ctrl") {
    inst.boundCtrl = true; // printed only when the bit is set
  } else if (key == "cbsz") {
    inst.cbsz = number;
  } else if (key == "abid") {
    inst.abid = number;
  } else if (key == "blgp") {
    inst.blgp = number;
  } else if (key == "bitop3") {
    inst.bitop3 = number;
  } else if (key == "fi") {
    // v_permlane*_swap exchange registers also of inactive lanes' sources.
    inst.fetchInactive = number != 0;
  } else if (key == "byte_sel") {
    // What op_sel was before: of the source, or behind those of two sources.
    inst.opSel |= inst.operands > 2 ? number << 2 : number;
  } else if (key == "index_key") {
    inst.abid = number;
  } else if (key == "mul") {
    inst.omod = number == 2 ? 1 : 2;
  } else if (key == "div") {
    inst.omod = 3;
  } else {
    return false;
  }
  return true;
}

static bool parseModifier(StringRef text, Inst &inst) {
  auto [key, value] = text.split(':');
  if (parseDpp(key, value, inst)) {
    return true;
  }
  if (value.empty()) {
    if (key == "clamp") {
      inst.clamp = true;
    } else if (key == "offen") {
      inst.offen = true;
    } else if (key == "idxen") {
      inst.idxen = true;
    } else if (key == "lds") {
      inst.lds = true;
    } else if (key == "sc0" || key == "glc") {
      inst.returns = true;
    } else {
      // Cache policy does not change what a coherent memory returns.
      return key == "sc1" || key == "nt" || key == "slc" || key == "scc" ||
             key == "dlc" || key == "nv" || key == "gds";
    }
    return true;
  }
  if (key == "offset" && value.consume_front("swizzle(")) {
    if (!value.consume_back(")")) {
      return false;
    }
    SmallVector<StringRef, 8> parts = splitTop(value, ',');
    unsigned n[4] = {};
    if (parts.size() < 2) {
      return false;
    }
    if (parts[0] == "QUAD_PERM" && parts.size() == 5) {
      for (unsigned k = 0; k < 4; ++k) {
        if (parts[k + 1].getAsInteger(0, n[k])) {
          return false;
        }
      }
      inst.offset = 0x8000 | n[0] | n[1] << 2 | n[2] << 4 | n[3] << 6;
      return true;
    }
    if (parts[0] == "BITMASK_PERM" && parts.size() == 2) {
      // The letters are the mask bits 4 to 0: 0 and 1 force, p keeps, i flips.
      StringRef mask = parts[1].trim('"');
      if (mask.size() != 5) {
        return false;
      }
      unsigned andMask = 0, orMask = 0, xorMask = 0;
      for (char c : mask) {
        andMask = andMask << 1 | (c == 'p' || c == 'i');
        orMask = orMask << 1 | (c == '1');
        xorMask = xorMask << 1 | (c == 'i');
      }
      inst.offset = andMask | orMask << 5 | xorMask << 10;
      return true;
    }
    if (parts[1].getAsInteger(0, n[0])) {
      return false;
    }
    if (parts[0] == "SWAP" || parts[0] == "REVERSE") {
      unsigned flip = parts[0] == "SWAP" ? n[0] : n[0] - 1;
      inst.offset = 0x1f | flip << 10;
      return true;
    }
    if (parts[0] == "BROADCAST" && parts.size() == 3 &&
        !parts[2].getAsInteger(0, n[1])) {
      inst.offset = (0x1f & ~(n[0] - 1)) | n[1] << 5;
      return true;
    }
    return false;
  }
  if (key == "format") {
    inst.offset1 = parseBufferFormat(value);
    return inst.offset1 >= 0;
  }
  if (key == "th") {
    inst.returns = value.contains("RETURN");
    return true;
  }
  if (key == "scope") {
    return true;
  }
  if (key == "op_sel_hi") {
    return parseBits(value, inst.opSelHi) > 0;
  }
  if (key == "op_sel") {
    int count = parseBits(value, inst.opSel);
    // In VOP3 the last element is the destination's; it goes to bit 3.
    if (count == inst.operands && count < 4) {
      uint8_t last = inst.opSel >> (count - 1) & 1;
      inst.opSel = (inst.opSel & ~(1 << (count - 1))) | last << 3;
    }
    return count > 0;
  }
  if (key == "neg_lo") {
    return parseBits(value, inst.negLo) > 0;
  }
  if (key == "neg_hi") {
    return parseBits(value, inst.negHi) > 0;
  }
  if (key == "neg") { // f64 matrix instructions
    return parseBits(value, inst.blgp) > 0;
  }
  if (key == "dst_unused") {
    inst.sdwa = true;
    int unused = StringSwitch<int>(value)
                     .Case("UNUSED_PAD", 0)
                     .Case("UNUSED_SEXT", 1)
                     .Case("UNUSED_PRESERVE", 2)
                     .Default(-1);
    inst.dstUnused = unused;
    return unused >= 0;
  }
  if (key == "dst_sel" || key == "src0_sel" || key == "src1_sel") {
    int select = sdwaSelect(value);
    inst.sdwa = true;
    if (key == "dst_sel") {
      inst.dstSelect = select;
    } else {
      inst.op[inst.firstSource + (key == "src1_sel")].select = select;
    }
    return select >= 0;
  }
  return parseNumber(value, inst, key);
}

static void finish(Inst &inst) {
  for (unsigned n = 0; n < inst.operands; ++n) {
    Operand &o = inst.op[n];
    if (o.half16) {
      // The register's name says what op_sel repeats.
      unsigned bit = n < inst.firstSource ? 3 : n - 1;
      inst.opSel &= ~(1u << bit);
      if (bit == 3) {
        inst.opSel |= o.select == 5 ? 8 : 0;
        o.select = 6;
      }
    }
    bool fromDpp = inst.dpp != Dpp::None && n == inst.firstSource;
    bool half = n > 0 && (inst.opSel >> (n - 1) & 1);
    o.plain = o.kind == Operand::Vector && !o.negate && !o.absolute &&
              !o.signExtend && o.select == 6 && !fromDpp && !half &&
              !inst.indexed;
  }
  inst.plainResult = !inst.sdwa && !(inst.opSel & 8) && !inst.indexed;
}

/// Ids of `s_getreg` (AMDGPUOperandSyntax, "hwreg"); later chips gave some a
/// new name or a new meaning.
static int hardwareRegister(StringRef name) {
  name.consume_front("HW_REG_");
  name.consume_front("WAVE_"); // gfx12
  return StringSwitch<int>(name)
      .Case("MODE", 1)
      .Case("STATUS", 2)
      .Case("TRAPSTS", 3)
      .Cases({"HW_ID", "STATE_PRIV"}, 4)
      .Case("GPR_ALLOC", 5)
      .Case("LDS_ALLOC", 6)
      .Case("IB_STS", 7)
      .Case("SH_MEM_BASES", 15)
      .Case("EXCP_FLAG_PRIV", 17)
      .Case("EXCP_FLAG_USER", 18)
      .Case("TRAP_CTRL", 19)
      .Cases({"XCC_ID", "FLAT_SCR_LO", "SCRATCH_BASE_LO"}, 20)
      .Cases({"FLAT_SCR_HI", "SCRATCH_BASE_HI"}, 21)
      .Case("HW_ID1", 23)
      .Case("HW_ID2", 24)
      .Cases({"SHADER_CYCLES", "SHADER_CYCLES_LO"}, 29)
      .Case("SHADER_CYCLES_HI", 30)
      .Default(-1);
}

std::string moesaic::sim::parseInstruction(StringRef text,
                                           const StringMap<Opcode> &opcodes,
                                           Inst &inst, std::string &mnemonic) {
  auto [name, rest] = text.split(' ');
  for (StringRef suffix : {"_dpp", "_sdwa", "_e32", "_e64"}) {
    name.consume_back(suffix);
  }
  auto opcode = opcodes.find(name);
  if (opcode != opcodes.end() && opcode->second.formerName) {
    name = opcode->second.formerName;
  }
  mnemonic = name.str();
  SmallVector<StringRef, 8> pieces = splitTop(rest, ',');
  if (rest.contains(" clamp")) {
    // Clamping integers is another operation; floats share one handler.
    auto clamped = opcodes.find(mnemonic + " clamp");
    opcode = clamped != opcodes.end() ? clamped : opcode;
  }
  if (opcode == opcodes.end()) {
    return "unknown instruction";
  }
  inst.run = opcode->second.run;
  inst.kind = opcode->second.kind;
  inst.usesFloat = opcode->second.usesFloat;
  inst.immediate = opcode->second.immediate;
  inst.firstSource = name.contains("_co_") ? 2 : 1;
  if (name.starts_with("v_cmpx_") && pieces.size() == 2) {
    // RDNA's v_cmpx writes EXEC alone, and does not say so.
    parseRegister("exec", inst.op[inst.operands++]);
  }
  // Mixed-precision operands are f32 unless op_sel_hi says otherwise.
  inst.opSelHi = name.contains("_mix") ? 0 : 7;
  if (opcode->second.raw) {
    StringRef number = rest.trim();
    int64_t value;
    if (!number.getAsInteger(0, value)) {
      inst.op[0].word = uint32_t(value);
    }
    return "";
  }
  if (name.starts_with("tbuffer")) {
    inst.offset1 = 1; // 8 bits, normalised: the format that is not printed.
  }
  SmallVector<StringRef, 8> modifiers;
  for (const StringRef &piece : pieces) {
    SmallVector<StringRef, 8> words = splitTop(piece, ' ');
    if (StringRef(words[0]).starts_with("sendmsg(")) {
      Operand &o = inst.op[inst.operands++];
      o.kind = Operand::Constant;
      o.word = words[0].contains("MSG_RTN_GET_REALTIME") ? kMessageRealTime : 0;
      continue;
    }
    if (StringRef(words[0]).starts_with("hwreg(") ||
        StringRef(words[0]).starts_with("gpr_idx(")) {
      StringRef inside = words[0].drop_back().split('(').second;
      Operand &o = inst.op[inst.operands++];
      o.kind = Operand::Constant;
      if (words[0].starts_with("gpr_idx(")) {
        for (StringRef flag : splitTop(inside, ',')) {
          o.word |= StringSwitch<unsigned>(flag)
                        .Case("SRC0", 1)
                        .Case("SRC1", 2)
                        .Case("SRC2", 4)
                        .Case("DST", 8)
                        .Default(16);
        }
        if (o.word & 16) {
          return "unknown operand `" + words[0].str() + "`";
        }
        continue;
      }
      SmallVector<StringRef, 8> fields = splitTop(inside, ',');
      unsigned offset = 0, size = 32;
      int id = hardwareRegister(fields[0]);
      if (id < 0 && fields[0].getAsInteger(0, id)) {
        return "unknown operand `" + words[0].str() + "`";
      }
      if (fields.size() == 3 && (fields[1].getAsInteger(0, offset) ||
                                 fields[2].getAsInteger(0, size))) {
        return "unknown operand `" + words[0].str() + "`";
      }
      o.word = id | offset << 6 | (size - 1) << 11;
      continue;
    }
    unsigned used = 0;
    if (inst.operands < 7 && parseOperand(words[0], inst.op[inst.operands])) {
      ++inst.operands;
      used = 1;
    } else if (&piece != &pieces.back()) {
      return "unknown operand `" + words[0].str() + "`";
    }
    modifiers.append(words.begin() + used, words.end());
  }
  for (StringRef modifier : modifiers) {
    // Of the memory that all workgroups share only the counters are simulated.
    bool isForeign = modifier == "gds" && !name.starts_with("ds_gws");
    if (isForeign || !parseModifier(modifier, inst)) {
      return "unknown operand or modifier `" + modifier.str() + "`";
    }
  }
  if (name == "v_cndmask_b32" && inst.operands == 3) {
    parseRegister("vcc", inst.op[inst.operands++]); // half of a VOPD pair
  }
  finish(inst);
  return "";
}
