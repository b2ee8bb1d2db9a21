//===- CheckerTable.cpp - what instructions read and write ----------------===//

#include "Sim/Checker/Checker.h"

using namespace llvm;
using namespace moesaic::sim;

namespace {

/// Fills the entry of one instruction.
class Builder {
public:
  Builder(const Inst &inst, StringRef name, StringRef text,
          const ChipModel &chip, unsigned lanes, InstCheck &out)
      : inst(inst), name(name), text(text), chip(chip),
        maskWidth(lanes == kLanes ? 2 : 1), c(out) {}

  void build();

private:
  const Inst &inst;
  StringRef name, text;
  const ChipModel &chip;
  unsigned maskWidth; ///< Registers of VCC and EXEC.
  InstCheck &c;

  void source(unsigned n) { sourceOf(inst.op[n], n); }
  void sourceOf(const Operand &o, unsigned n);
  void destination(unsigned n);
  void scalarSource(unsigned first, unsigned count);
  void scalarDestination(unsigned first, unsigned count);
  void sources(unsigned from) {
    for (unsigned n = from; n < inst.operands; ++n) {
      source(n);
    }
  }

  void listRegisters();
  void scalar();
  void vector();
  void matrix();
  void memory();
  void lds();
  void other();
  bool rdnaWait();
};

} // namespace

void Builder::scalarSource(unsigned first, unsigned count) {
  for (unsigned n = first; n < first + count && n < 128; ++n) {
    c.scalarReadMask[n / 64] |= uint64_t(1) << (n % 64);
  }
  if (c.scalarReads < 5) {
    c.scalarRead[c.scalarReads++] = {uint16_t(first), uint8_t(count), 0};
  }
}

void Builder::scalarDestination(unsigned first, unsigned count) {
  for (unsigned n = first; n < first + count && n < 128; ++n) {
    c.scalarWriteMask[n / 64] |= uint64_t(1) << (n % 64);
  }
  if (c.scalarWrites < 3) {
    c.scalarWrite[c.scalarWrites++] = {uint16_t(first), uint8_t(count), 0};
  }
}

void Builder::sourceOf(const Operand &o, unsigned n) {
  if (o.kind == Operand::Vector && c.reads < 5) {
    c.read[c.reads++] = {o.reg, o.width, uint8_t(n)};
  } else if (o.kind == Operand::Scalar) {
    scalarSource(o.reg, o.width);
    c.scalarRead[c.scalarReads - 1].operand = n;
  } else if (o.kind == Operand::Special && o.reg == Operand::Scc) {
    c.readsScc = true;
  }
}

void Builder::destination(unsigned n) {
  const Operand &o = inst.op[n];
  if (o.kind == Operand::Vector && c.writes < 2) {
    c.write[c.writes++] = {o.reg, o.width, uint8_t(n)};
  } else if (o.kind == Operand::Scalar) {
    scalarDestination(o.reg, o.width);
    c.scalarWrite[c.scalarWrites - 1].operand = n;
  }
}

void Builder::scalar() {
  c.kind = CheckKind::Scalar;
  bool isCompare = name.starts_with("s_cmp") || name.starts_with("s_bitcmp");
  bool keepsScc = name.starts_with("s_mov") || name.starts_with("s_cmov") ||
                  name.starts_with("s_cselect") || name.starts_with("s_mul") ||
                  name.starts_with("s_brev") || name.starts_with("s_ff") ||
                  name.starts_with("s_flbit") || name.starts_with("s_sext") ||
                  name.starts_with("s_bitset") || name.starts_with("s_get") ||
                  name.starts_with("s_set") || name.starts_with("s_pack") ||
                  name.starts_with("s_bfm") || name.starts_with("s_bitrep") ||
                  name.starts_with("s_call") || name.starts_with("s_swappc");
  c.writesScc = !keepsScc;
  c.readsScc |= name.starts_with("s_cselect") || name.starts_with("s_cmov") ||
                name.starts_with("s_addc") || name.starts_with("s_subb_");
  c.indexed = name.starts_with("s_movrel");
  c.pieces = name.contains("relsd_2") ? 2 : 1;
  if (isCompare || name.starts_with("s_setreg") ||
      name.starts_with("s_set_gpr")) {
    c.flow = Flow::Compare;
    c.writesScc = isCompare;
    sources(0);
    return;
  }
  destination(0);
  if (name.starts_with("s_bitset") || name.starts_with("s_cmov") ||
      name.starts_with("s_addk") || name.starts_with("s_mulk")) {
    source(0);
  }
  sources(1);
  if (name.contains("saveexec") || name.contains("wrexec")) {
    scalarSource(kExec, maskWidth);
    scalarDestination(kExec, maskWidth);
    c.flow = Flow::SaveExec;
    c.isOr = name.contains("_or") || name.contains("_nor");
    c.invertFirst = name.contains("n1_");
    c.invertSecond = name.contains("n2_");
    c.flow = name.contains("_x") ? Flow::Any : Flow::SaveExec;
  } else if (name.starts_with("s_mov_") || name.starts_with("s_not_") ||
             name.starts_with("s_xor") || name.starts_with("s_xnor")) {
    c.flow = Flow::Copy;
  } else if (name.starts_with("s_and") || name.starts_with("s_nand")) {
    c.flow = Flow::And;
    c.invertSecond = name.contains("n2_");
  } else if (name.starts_with("s_or") || name.starts_with("s_nor")) {
    c.flow = Flow::Or;
    c.invertSecond = name.contains("n2_");
  } else if (name.starts_with("s_cselect")) {
    c.flow = Flow::Select;
  }
}

void Builder::vector() {
  c.kind = CheckKind::Vector;
  c.indexed = inst.indexed || name.starts_with("v_movrel") ||
              name.starts_with("v_swaprel");
  unsigned first = inst.firstSource;
  if (name.starts_with("v_div_scale") || name.starts_with("v_mad_u64") ||
      name.starts_with("v_mad_i64")) {
    first = 2;
  }
  for (unsigned n = 0; n < first && n < inst.operands; ++n) {
    destination(n);
  }
  if (name.starts_with("v_fmac") || name.starts_with("v_mac_") ||
      name.starts_with("v_dot2c") || name.starts_with("v_dot4c") ||
      name.starts_with("v_dot8c") || name.starts_with("v_pk_fmac") ||
      name.starts_with("v_cvt_pkaccum") ||
      name.starts_with("v_permlane16_b32") ||
      name.starts_with("v_permlanex16") ||
      name.starts_with("v_permlane16_var")) {
    source(0);
  }
  sources(first);
  c.partial = (inst.sdwa && inst.dstUnused == 2) || (inst.opSel & 8) ||
              name.contains("mixlo") || name.contains("mixhi") ||
              name.contains("_fp8") || name.contains("_bf8");
  if (name.starts_with("v_cmp")) {
    c.flow = Flow::Compare;
    if (name.starts_with("v_cmpx")) {
      scalarDestination(kExec, maskWidth);
    }
  } else if (name.starts_with("v_cndmask")) {
    c.flow = Flow::Select;
    c.laneMask = 3;
  } else if (name == "v_readfirstlane_b32" || name == "v_readlane_b32") {
    c.flow = Flow::ReadLane;
    c.allLanes = true;
  } else if (name == "v_writelane_b32") {
    c.flow = Flow::WriteLane;
  } else if (name.starts_with("v_swap") || name.starts_with("v_permlane")) {
    c.flow = Flow::Defined;
    source(0);
    destination(1);
  } else if (name == "v_lshlrev_b64" || name == "v_mad_u64_u32" ||
             name == "v_mad_i64_i32" || name == "v_lshl_add_u64" ||
             name == "v_mov_b64") {
    c.flow = Flow::LowFirst;
  } else if (name == "v_pk_mov_b32") {
    c.flow = Flow::PackedMov;
  } else if (name.starts_with("v_pk_") && name.ends_with("_f32")) {
    c.flow = Flow::Packed;
  } else if (name == "v_perm_b32") {
    c.flow = Flow::Permute;
  } else if (name.starts_with("v_addc_co") || name.starts_with("v_subb_co") ||
             name.starts_with("v_subbrev_co")) {
    c.laneMask = 4;
  } else if (name.starts_with("v_div_fmas")) {
    scalarSource(kVcc, maskWidth);
  }
}

void Builder::matrix() {
  c.kind = CheckKind::Matrix;
  c.allLanes = true;
  destination(0);
  if (name.contains("smfmac") || name.contains("swmmac")) {
    source(0);
  }
  sources(1);
  // v_mfma_f32_32x32x4_2b_f16: M x N x K, and blocks if more than one.
  SmallVector<StringRef, 8> parts;
  name.split(parts, '_');
  for (StringRef part : parts) {
    SmallVector<StringRef, 3> sizes;
    part.split(sizes, 'x');
    unsigned m, n, k;
    if (sizes.size() == 3 && !sizes[0].getAsInteger(10, m) &&
        !sizes[1].getAsInteger(10, n) && !sizes[2].getAsInteger(10, k)) {
      c.m = m;
      c.n = n;
    } else if (c.m && part.consume_back("b") && !part.getAsInteger(10, k)) {
      c.blocks = k;
    }
  }
}

/// Bytes that a mnemonic's type moves for one lane.
static unsigned accessBytes(StringRef name, bool isAtomic) {
  if (isAtomic) {
    return name.contains("_x2") || name.contains("f64") || name.ends_with("64")
               ? 8
               : 4;
  }
  if (name.contains("x4") || name.contains("b128")) {
    return 16;
  }
  if (name.contains("x3") || name.contains("b96")) {
    return 12;
  }
  if (name.contains("x2") || name.contains("b64")) {
    return 8;
  }
  if (name.contains("dword") || name.contains("b32")) {
    return 4;
  }
  if (name.contains("short") || name.contains("16")) {
    return name.contains("byte") || name.contains("u8") ||
                   name.contains("i8") || name.contains("b8")
               ? 1
               : 2;
  }
  return 1;
}

/// The last operand; where no instruction has one.
static constexpr int kNoOperand = 6;

void Builder::memory() {
  c.kind = CheckKind::Memory;
  c.space = name.starts_with("global") ? CheckSpace::Global
            : name.starts_with("flat") ? CheckSpace::Flat
            : name.starts_with("buffer") || name.starts_with("tbuffer")
                ? CheckSpace::Buffer
                : CheckSpace::Scratch;
  c.isAtomic = inst.kind == InstClass::VmemAtomic;
  c.isLoad = inst.kind == InstClass::VmemLoad || (c.isAtomic && inst.returns);
  c.isStore = inst.kind == InstClass::VmemStore;
  c.toLds = inst.lds || name.contains("_lds_");
  c.perLane = name.contains("addtid");
  // Those of a typed access are known when it runs.
  c.bytes = name.contains("format") ? 0 : accessBytes(name, c.isAtomic);
  c.partial = name.contains("d16");
  bool isBuffer = c.space == CheckSpace::Buffer;
  if (isBuffer) {
    c.address = c.toLds ? 0 : 1;
    c.data = c.isLoad && !c.isAtomic ? -1 : 0;
  } else {
    bool hasResult = c.isLoad && !c.toLds;
    c.address = hasResult;
    c.data = c.isLoad && !c.isAtomic ? -1 : c.address + 1;
    c.scalarAddress = c.toLds ? 1 : c.data < 0 ? 2 : c.address + 2;
  }
  if (c.perLane) {
    c.address = kNoOperand;
    c.scalarAddress = 1;
    c.data = c.isStore ? 0 : -1;
  }
  if (c.isLoad && !c.toLds) {
    destination(0);
    if (isBuffer && c.isAtomic) {
      source(0);
    }
    sources(1);
  } else {
    sources(0);
  }
  if (c.toLds) {
    scalarSource(kM0, 1);
  }
}

void Builder::lds() {
  c.kind = CheckKind::Lds;
  c.space = CheckSpace::Lds;
  bool lane = name.contains("permute") || name.contains("swizzle");
  bool reads = name.starts_with("ds_read") || name.starts_with("ds_load");
  bool writes = name.starts_with("ds_write") || name.starts_with("ds_store");
  bool counts = name == "ds_append" || name == "ds_consume";
  c.perLane = name.contains("addtid");
  c.fromM0 = counts || c.perLane;
  bool result = reads || lane || name.contains("_rtn") || counts;
  c.isAtomic = !reads && !writes && !lane;
  c.swap = name.contains("cmpst");
  c.isLoad = reads;
  c.isStore = writes;
  c.transposes = name.contains("_tr_");
  c.bytes = lane ? 0 : accessBytes(name, c.isAtomic);
  c.partial = name.contains("d16");
  if (name.contains("read2") || name.contains("write2") ||
      name.contains("load_2addr") || name.contains("store_2addr") ||
      name.contains("wrxchg2")) {
    c.pieces = 2;
    c.scale = c.bytes * (name.contains("st64") ? 64 : 1);
  }
  if (result) {
    destination(0);
  }
  c.address = lane ? -1 : c.fromM0 ? kNoOperand : result;
  c.data = c.fromM0               ? (writes ? 0 : -1)
           : writes || c.isAtomic ? result + 1
                                  : -1;
  c.data2 = c.pieces == 2 && !reads ? c.data + 1 : -1;
  sources(result);
  if (c.fromM0) {
    scalarSource(kM0, 1);
  }
}

/// The number in `counter(n)`, or -1.
static int countOf(StringRef text, StringRef counter) {
  size_t at = text.find(counter);
  unsigned count;
  return at == StringRef::npos ||
                 text.substr(at + counter.size()).consumeInteger(10, count)
             ? -1
             : int(count);
}

/// The waits of chips with more than two counters.
bool Builder::rdnaWait() {
  unsigned count;
  bool counted =
      !text.rsplit(' ').second.getAsInteger(0, count) && count <= 0xffff;
  if (name == "s_waitcnt" && counted) {
    c.vmWait = count >> 10 & 63; // gfx11's encoding, when printed as a number
    c.lgkmWait = c.scalarWait = count >> 4 & 63;
  } else if (name == "s_waitcnt_vmcnt" || name == "s_wait_loadcnt") {
    c.vmWait = count;
  } else if (name == "s_waitcnt_lgkmcnt") {
    c.lgkmWait = c.scalarWait = count;
  } else if (name == "s_wait_dscnt" || name == "s_wait_storecnt_dscnt") {
    c.lgkmWait = count & 63;
  } else if (name == "s_wait_kmcnt") {
    c.scalarWait = count;
  } else if (name == "s_wait_loadcnt_dscnt") {
    c.vmWait = count >> 8 & 63;
    c.lgkmWait = count & 63;
  } else if (name == "s_wait_idle") {
    c.vmWait = c.lgkmWait = c.scalarWait = 0;
  } else {
    return false;
  }
  return true;
}

void Builder::other() {
  if (isRdna(chip) && rdnaWait()) {
    c.kind = CheckKind::Wait;
  } else if (name.starts_with("s_barrier_signal")) {
    c.kind = CheckKind::Signal;
  } else if (name == "s_barrier_wait") {
    c.kind = CheckKind::Barrier;
    c.afterSignal = true;
  } else if (name == "s_waitcnt") {
    c.kind = CheckKind::Wait;
    c.vmWait = countOf(text, "vmcnt(");
    c.lgkmWait = countOf(text, "lgkmcnt(");
    unsigned raw;
    if (!text.split(' ').second.getAsInteger(0, raw)) {
      c.vmWait = (raw & 15) | (raw >> 14 & 3) << 4;
      c.lgkmWait = raw >> 8 & 15;
    }
    c.scalarWait = c.lgkmWait;
  } else if (name == "s_barrier") {
    c.kind = CheckKind::Barrier;
  } else if (name == "s_endpgm") {
    c.kind = CheckKind::End;
  }
}

/// Fills the lists of `InstCheck::quick`.
void Builder::listRegisters() {
  bool isScalar = c.kind == CheckKind::Scalar;
  if (c.indexed || (!isScalar && c.kind != CheckKind::Vector) ||
      c.flow == Flow::WriteLane || inst.dpp != Dpp::None) {
    return; // What is written depends on more than EXEC.
  }
  c.quick = true;
  auto add = [&](auto &list, uint8_t &count, const Registers *runs,
                 unsigned runCount, unsigned limit) {
    for (unsigned n = 0; n < runCount; ++n) {
      for (unsigned k = 0; k < runs[n].count; ++k) {
        unsigned reg = runs[n].first + k;
        if (count == std::size(list) || reg >= limit) {
          c.quick = false;
          return;
        }
        list[count++] = reg;
      }
    }
  };
  add(c.rowRead, c.rowsRead, c.read, c.reads, kRows);
  add(c.rowWritten, c.rowsWritten, c.write, c.writes, kRows);
  add(c.scalarsOf, c.scalarsRead, c.scalarRead, c.scalarReads, 128);
  add(c.scalarsTo, c.scalarsWritten, c.scalarWrite, c.scalarWrites, 128);
}

void Builder::build() {
  switch (inst.kind) {
  case InstClass::Salu:
    scalar();
    break;
  case InstClass::Valu:
    vector();
    break;
  case InstClass::Mfma:
    matrix();
    break;
  case InstClass::Smem:
    c.kind = CheckKind::ScalarLoad;
    c.isStore = name.contains("_store_") || name.contains("_atomic_");
    c.bytes = name.contains("x4") ? 16 : name.contains("x2") ? 8 : 4;
    if (!c.isStore || inst.returns) {
      destination(0);
    }
    sources(c.isStore ? 0 : 1);
    break;
  case InstClass::VmemLoad:
  case InstClass::VmemStore:
  case InstClass::VmemAtomic:
    memory();
    break;
  case InstClass::Lds:
    lds();
    break;
  case InstClass::Branch:
    c.kind = CheckKind::Branch;
    if (name.contains("_scc")) {
      c.readsScc = true;
    } else if (name.contains("_vcc")) {
      scalarSource(kVcc, maskWidth);
    } else if (name.contains("setpc")) {
      source(0);
    } else if (name.contains("swappc") || name.contains("s_call")) {
      destination(0);
      sources(1);
    }
    break;
  case InstClass::Other:
    other();
    break;
  }
  listRegisters();
  c.hasAfter = c.kind == CheckKind::Branch || c.isStore || c.isAtomic ||
               c.toLds || c.kind == CheckKind::Lds;
}

moesaic::sim::CheckTable::CheckTable(const Code &code, const ChipModel &chip,
                                     unsigned lanes) {
  insts.resize(code.insts.size());
  for (size_t n = 0; n < code.insts.size(); ++n) {
    const Inst &inst = code.insts[n];
    if (!inst.pair) {
      Builder(inst, code.mnemonics[n], code.text[n], chip, lanes, insts[n])
          .build();
      continue;
    }
    auto &halves = pairs.emplace_back();
    auto [first, second] = StringRef(code.text[n]).split(" :: ");
    for (unsigned half = 0; half < 2; ++half) {
      StringRef text = half ? second : first;
      std::string name = "v_" + text.split(' ').first.substr(7).str();
      Builder(inst.pair[half], name, text, chip, lanes, halves[half]).build();
    }
    insts[n].kind = CheckKind::Pair;
    insts[n].pair = int32_t(pairs.size()) - 1;
  }
}
