//===- GlobalSync.cpp - global wave sync ----------------------------------===//
//
// The ds_gws instructions: 64 counters of the whole chip, at which waves of
// different workgroups wait for each other (CDNA3 ISA guide, "Global wave
// sync"). A barrier counts down what the last one, or ds_gws_init, has left;
// the wave that finds zero lets all go and leaves its own count, one less than
// the waves that take part. A wave that waits executes its instruction again.
// Unlike hardware, the first barrier of a launch needs no ds_gws_init.
//
//===----------------------------------------------------------------------===//

#include "Sim/Engine.h"

using namespace moesaic::sim;

static SyncCounter &counterOf(Wave &w, const Inst &i) {
  unsigned number = ((w.s[kM0] >> 16) + unsigned(i.offset)) % 64;
  return w.worker->launch->sync.counters[number];
}

/// Counts are of the first active lane.
static int64_t valueOf(Wave &w, const Inst &i) {
  uint64_t mask = exec(w);
  return w.v[i.op[0].reg].lane[mask ? __builtin_ctzll(mask) : 0];
}

bool moesaic::sim::isSyncing(const Wave &w) {
  const SyncCounter *c = w.waitsFor;
  return c && c->releases == w.ticket && !(c->isSemaphore && c->count > 0);
}

/// Lets the wave go on, or come back to the instruction.
static void proceed(Wave &w) { w.waitsFor = nullptr; }
static void stay(Wave &w, const Inst &i, const SyncCounter &c) {
  w.waitsFor = &c;
  w.next = &i;
  w.yield = true;
}

static void initialise(Wave &w, const Inst &i) {
  std::lock_guard<std::mutex> lock(w.worker->launch->sync.mutex);
  SyncCounter &c = counterOf(w, i);
  c.count = valueOf(w, i);
  c.isSet = true;
}

static void barrier(Wave &w, const Inst &i) {
  std::lock_guard<std::mutex> lock(w.worker->launch->sync.mutex);
  SyncCounter &c = counterOf(w, i);
  if (w.waitsFor) {
    c.releases != w.ticket ? proceed(w) : stay(w, i, c);
    return;
  }
  if (!c.isSet) {
    c.count = valueOf(w, i);
    c.isSet = true;
  }
  if (c.count <= 0) {
    ++c.releases;
    c.count = valueOf(w, i);
    w.worker->countChange();
    return;
  }
  --c.count;
  w.ticket = c.releases;
  w.worker->countChange();
  stay(w, i, c);
}

/// ds_gws_sema_v and ds_gws_sema_br let one wave, or as many as they say, go.
template <bool many>
static void give(Wave &w, const Inst &i) {
  std::lock_guard<std::mutex> lock(w.worker->launch->sync.mutex);
  SyncCounter &c = counterOf(w, i);
  c.count += many ? valueOf(w, i) : 1;
  c.isSet = c.isSemaphore = true;
  w.worker->countChange();
}

static void take(Wave &w, const Inst &i) {
  std::lock_guard<std::mutex> lock(w.worker->launch->sync.mutex);
  SyncCounter &c = counterOf(w, i);
  c.isSemaphore = true;
  if (!w.waitsFor) {
    w.ticket = c.releases;
  }
  if (c.releases != w.ticket) { // All that waited were let go.
    proceed(w);
  } else if (c.count > 0) {
    --c.count;
    proceed(w);
  } else {
    stay(w, i, c);
  }
}

static void releaseAll(Wave &w, const Inst &i) {
  std::lock_guard<std::mutex> lock(w.worker->launch->sync.mutex);
  ++counterOf(w, i).releases;
  w.worker->countChange();
}

void moesaic::sim::addGlobalSyncOps(OpcodeTable &t) {
  t.add("ds_gws_init", {initialise, InstClass::Other});
  t.add("ds_gws_barrier", {barrier, InstClass::Other});
  t.add("ds_gws_sema_v", {give<false>, InstClass::Other});
  t.add("ds_gws_sema_br", {give<true>, InstClass::Other});
  t.add("ds_gws_sema_p", {take, InstClass::Other});
  t.add("ds_gws_sema_release_all", {releaseAll, InstClass::Other});
}
