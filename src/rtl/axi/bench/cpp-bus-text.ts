// The C++ of a bench that does not depend on the accelerator, its parts chosen by HAS_STREAMS, HAS_LITE, HAS_FLAT and
// HAS_MEMORY; run-bus.ts does the same in the built-in simulator.

/** Includes, the script's data, channels and lanes. */
export const benchHead = `
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>
#include "Vtop.h"
#include "verilated.h"

struct Access { char op; uint64_t a, b, c; };
struct Beat { uint32_t words[LANES]; bool last; };

static Vtop* top;
static FILE* log_file;
static std::vector<Access> accesses;
static std::vector<Beat> sent;
static size_t expected;
static std::vector<uint32_t> input_words, output_words;
static uint64_t input_address, output_address;
static std::set<uint64_t> read_errors, write_errors;
static bool stall;
static uint32_t light, heavy, seeds[CHANNELS], states[CHANNELS];
static bool goes[CHANNELS];
static long cycle, last_move, hang_after, max_cycles, drain;
static std::string verdict;

static void step_channels() {
  for (int k = 0; k < CHANNELS; k++) {
    goes[k] = true;
    if (!stall) continue;
    uint32_t x = states[k];
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    states[k] = x;
    const uint32_t level = (cycle & (offering[k] ? SOURCE_SPELL : SINK_SPELL)) ? heavy : light;
    goes[k] = ((x >> 8) & 255) >= level;
  }
}

template <typename T> uint32_t lane(const T& port, int k) { return static_cast<uint32_t>(static_cast<uint64_t>(port) >> (32 * k)); }
template <size_t N> uint32_t lane(const VlWide<N>& port, int k) { return port[k]; }
template <typename T> void put(T& port, const uint32_t* words) {
  uint64_t value = words[0];
  if (LANES > 1) value |= static_cast<uint64_t>(words[LANES > 1 ? 1 : 0]) << 32;
  port = static_cast<T>(value);
}
template <size_t N> void put(VlWide<N>& port, const uint32_t* words) {
  for (size_t k = 0; k < N; k++) port[k] = words[k];
}
static const uint32_t zeros[LANES] = {0};`.split('\n')

/** Streams, memory, master, reset and the run. */
export const benchBody = String.raw`
#if HAS_STREAMS
static bool presenting;
static size_t taken, received, offered;
static long offered_at;
static void streams_restart() {
  presenting = false;
  taken = received = offered = 0;
  top->s_axis_tvalid = top->s_axis_tlast = top->m_axis_tready = 0;
  put(top->s_axis_tdata, zeros);
}
static bool streams_done() { return taken == sent.size() && received == expected; }
static void streams_drive() {
  if (!presenting) {
    presenting = taken < sent.size() && goes[CH_SOURCE];
    top->s_axis_tvalid = presenting;
    top->s_axis_tlast = presenting && sent[taken].last;
    put(top->s_axis_tdata, presenting ? sent[taken].words : zeros);
  }
  top->m_axis_tready = goes[CH_SINK];
}
static void streams_observe() {
  if (presenting && top->s_axis_tready) {
    std::fprintf(log_file, "n %ld\n", cycle);
    taken++;
    presenting = false;
    last_move = cycle;
  }
  if (!top->m_axis_tvalid) return;
  if (received == expected) {
    verdict = "extra";
    return;
  }
  if (offered == received) {
    offered++;
    offered_at = cycle;
  }
  if (!goes[CH_SINK]) return;
  std::fprintf(log_file, "o %ld %d", offered_at, static_cast<int>(top->m_axis_tlast));
  for (int k = 0; k < LANES; k++) std::fprintf(log_file, " %x", lane(top->m_axis_tdata, k));
  std::fprintf(log_file, "\n");
  received++;
  last_move = cycle;
}
#else
static void streams_restart() {}
static bool streams_done() { return true; }
static void streams_drive() {}
static void streams_observe() {}
#endif

#if HAS_MEMORY
struct Burst { uint64_t beat; unsigned left; long at; bool error; };
struct Response { long at; bool error; };
static std::deque<Burst> reads, writes;
static std::deque<Response> responses;
static std::deque<Beat> write_beats;
static bool takes_ar, takes_aw, takes_w, gives_r, gives_b;
static void memory_restart() {
  reads.clear();
  writes.clear();
  responses.clear();
  write_beats.clear();
  gives_r = gives_b = false;
  top->m_axi_arready = top->m_axi_rvalid = top->m_axi_rresp = top->m_axi_rlast = 0;
  top->m_axi_awready = top->m_axi_wready = top->m_axi_bvalid = top->m_axi_bresp = 0;
  put(top->m_axi_rdata, zeros);
  for (uint32_t& word : output_words) word = 0;
}
static long answers_at() { return cycle + (stall ? 1 + ((states[CH_LATENCY] >> 16) & 63) : LATENCY); }
static uint64_t find_beat(uint64_t address, unsigned beats, uint64_t base, size_t words) {
  const uint64_t offset = address - base, beat = offset / (4 * LANES);
  if (address < base || offset % (4 * LANES) != 0) verdict = "a burst begins elsewhere than at a beat";
  else if ((address & 4095) + beats * 4 * LANES > 4096) verdict = "a burst goes beyond 4 KiB";
  else if ((beat + beats) * LANES > words) verdict = "a burst leaves its region";
  return beat;
}
static void memory_drive() {
  takes_ar = goes[CH_MEMORY_AR] && reads.size() < MOST_READS;
  top->m_axi_arready = takes_ar;
  if (!gives_r) {
    gives_r = !reads.empty() && cycle >= reads.front().at && goes[CH_MEMORY_R];
    top->m_axi_rvalid = gives_r;
    top->m_axi_rresp = gives_r && read_errors.count(reads.front().beat) ? 2 : 0;
    top->m_axi_rlast = gives_r && reads.front().left == 1;
    put(top->m_axi_rdata, gives_r ? &input_words[reads.front().beat * LANES] : zeros);
  }
  takes_aw = goes[CH_MEMORY_AW] && writes.size() < MOST_WRITES;
  takes_w = goes[CH_MEMORY_W] && write_beats.size() < MOST_BEATS;
  top->m_axi_awready = takes_aw;
  top->m_axi_wready = takes_w;
  if (!gives_b) {
    gives_b = !responses.empty() && cycle >= responses.front().at && goes[CH_MEMORY_B];
    top->m_axi_bvalid = gives_b;
    top->m_axi_bresp = gives_b && responses.front().error ? 2 : 0;
  }
}
static void memory_observe() {
  if (gives_r && top->m_axi_rready) {
    reads.front().beat++;
    if (--reads.front().left == 0) reads.pop_front();
    gives_r = false;
    last_move = cycle;
  }
  if (takes_ar && top->m_axi_arvalid) {
    Burst burst = {0, top->m_axi_arlen + 1u, answers_at(), false};
    burst.beat = find_beat(top->m_axi_araddr, burst.left, input_address, input_words.size());
    reads.push_back(burst);
  }
  if (gives_b && top->m_axi_bready) {
    responses.pop_front();
    gives_b = false;
    last_move = cycle;
  }
  if (takes_w && top->m_axi_wvalid) {
    Beat beat;
    for (int k = 0; k < LANES; k++) beat.words[k] = lane(top->m_axi_wdata, k);
    beat.last = top->m_axi_wlast;
    write_beats.push_back(beat);
    last_move = cycle;
  }
  if (takes_aw && top->m_axi_awvalid) {
    Burst burst = {0, top->m_axi_awlen + 1u, 0, false};
    burst.beat = find_beat(top->m_axi_awaddr, burst.left, output_address, output_words.size());
    writes.push_back(burst);
  }
  while (verdict.empty() && !writes.empty() && !write_beats.empty()) {
    Burst& burst = writes.front();
    const Beat beat = write_beats.front();
    write_beats.pop_front();
    for (int k = 0; k < LANES; k++) output_words[burst.beat * LANES + k] = beat.words[k];
    if (write_errors.count(burst.beat)) burst.error = true;
    burst.beat++;
    burst.left--;
    if (beat.last != (burst.left == 0)) verdict = "WLAST is not on the last beat";
    if (burst.left > 0) continue;
    const Response response = {answers_at(), burst.error};
    responses.push_back(response);
    writes.pop_front();
  }
}
#else
static void memory_restart() {}
static void memory_drive() {}
static void memory_observe() {}
#endif

// An access's value once it is over.
#if HAS_LITE
static bool left_aw, left_w, left_ar, offers_aw, offers_w, offers_ar;
static char waits_for;
static void port_restart() {
  left_aw = left_w = left_ar = offers_aw = offers_w = offers_ar = false;
  waits_for = 0;
  top->s_axi_awvalid = top->s_axi_wvalid = top->s_axi_arvalid = top->s_axi_bready = top->s_axi_rready = 0;
  top->s_axi_awaddr = top->s_axi_araddr = 0;
  top->s_axi_wdata = top->s_axi_wstrb = 0;
}
static void port_begin(const Access& access) {
  if (access.op == 'w') {
    left_aw = left_w = true;
    top->s_axi_awaddr = access.a;
    top->s_axi_wdata = access.b;
    top->s_axi_wstrb = access.c;
    waits_for = 'b';
  } else if (access.op == 'r' || access.op == 'p') {
    left_ar = true;
    top->s_axi_araddr = access.a;
    waits_for = 'r';
  }
}
static void port_drive() {
  if (left_aw && !offers_aw) offers_aw = goes[CH_AW];
  if (left_w && !offers_w) offers_w = goes[CH_W];
  if (left_ar && !offers_ar) offers_ar = goes[CH_AR];
  top->s_axi_awvalid = offers_aw;
  top->s_axi_wvalid = offers_w;
  top->s_axi_arvalid = offers_ar;
  top->s_axi_bready = goes[CH_B];
  top->s_axi_rready = goes[CH_R];
}
static bool port_observe(uint32_t& value) {
  if (offers_aw && top->s_axi_awready) left_aw = offers_aw = false;
  if (offers_w && top->s_axi_wready) left_w = offers_w = false;
  if (offers_ar && top->s_axi_arready) left_ar = offers_ar = false;
  if (waits_for == 'b' && goes[CH_B] && top->s_axi_bvalid) value = 0;
  else if (waits_for == 'r' && goes[CH_R] && top->s_axi_rvalid) value = top->s_axi_rdata;
  else return false;
  waits_for = 0;
  return true;
}
#else
static Access flat_access;
static bool flat_pending;
static void port_restart() {
  flat_pending = false;
  top->control = 0;
}
static void port_begin(const Access& access) {
  flat_access = access;
  flat_pending = true;
}
static void port_drive() {
  if (flat_pending && flat_access.op == 'w') top->control = flat_access.b;
}
static bool port_observe(uint32_t& value) {
  const bool pending = flat_pending && (flat_access.op == 'w' || flat_access.op == 'r' || flat_access.op == 'p');
  flat_pending = false;
  value = pending && flat_access.op != 'w' ? flat_register(flat_access.a) : 0;
  return pending;
}
#endif

static size_t done_accesses;
static bool started;
static long began;
static unsigned line;
static void master_restart() {
  done_accesses = 0;
  started = false;
  line = 0;
  port_restart();
}
static void master_end(uint32_t value) {
  std::fprintf(log_file, "a %ld %ld %x\n", began, cycle, value);
  done_accesses++;
  last_move = cycle;
  started = false;
}
static void master_drive() {
  while (done_accesses < accesses.size()) {
    const Access& access = accesses[done_accesses];
    if (!started) {
      began = cycle;
      port_begin(access);
    }
    started = true;
    if (access.op == 'w' || access.op == 'r' || access.op == 'p') break;
    if (access.op == 't' && cycle - began < static_cast<long>(access.a)) break;
    if (access.op == 's' && !streams_done()) break;
    if (access.op == 'i' && line != access.a) break;
    master_end(0);
  }
  port_drive();
}
static void master_observe() {
#if HAS_MEMORY
  line = top->__SYM__interrupt;
#endif
  uint32_t value = 0;
  if (!port_observe(value) || done_accesses == accesses.size()) return;
  const Access& access = accesses[done_accesses];
  if (access.op == 'p' && ((value ^ access.c) & access.b)) port_begin(access);
  else master_end(value);
}

// Signals settle, then the clock rises.
static void edge() {
  top->aclk = 1;
  top->eval();
  top->aclk = 0;
  top->eval();
}

// The shell's own register takes the reset a cycle later, and lets it go a cycle later.
static void reset(long cycles) {
  streams_restart();
  memory_restart();
  master_restart();
  for (int k = 0; k < CHANNELS; k++) states[k] = seeds[k];
  cycle = last_move = 0;
  top->aresetn = 0;
  top->eval();
  for (long k = 0; k < cycles; k++) edge();
  top->aresetn = 1;
  top->eval();
  edge();
}

// Runs the script, or up to a cycle; false when that came first.
static bool run(long until) {
  long finished = -1;
  for (; verdict.empty(); cycle++) {
    if (cycle == until) return false;
    if (cycle >= max_cycles) {
      verdict = "too-long";
      break;
    }
    step_channels();
    streams_drive();
    memory_drive();
    master_drive();
    top->eval();
    streams_observe();
    if (verdict.empty()) memory_observe();
    master_observe();
    edge();
    if (!verdict.empty()) {
      // Assertions look at what a fault was seen in, some of them a cycle later.
      edge();
      break;
    }
    if (finished < 0 && done_accesses == accesses.size() && streams_done()) finished = cycle;
    if (finished >= 0 && cycle - finished >= drain) verdict = "done";
    else if (finished < 0 && cycle - last_move >= hang_after) verdict = "hang";
  }
  return true;
}

static void read_script(const char* name) {
  std::ifstream file(name);
  if (!file) std::exit(2);
  char kind;
  for (std::string text; std::getline(file, text);) {
    std::istringstream fields(text);
    fields >> kind >> std::hex;
    if (std::strchr("wrptsi", kind)) {
      Access access = {kind, 0, 0, 0};
      fields >> access.a >> access.b >> access.c;
      accesses.push_back(access);
    } else if (kind == 'b') {
      Beat beat;
      fields >> beat.last;
      for (int k = 0; k < LANES; k++) fields >> beat.words[k];
      sent.push_back(beat);
    } else {
      uint64_t value = 0;
      fields >> value;
      if (kind == 'e') expected = value;
      if (kind == 'I') input_address = value;
      if (kind == 'm') input_words.push_back(value);
      if (kind == 'R') read_errors.insert(value);
      if (kind == 'W') write_errors.insert(value);
      if (kind == 'O') {
        output_address = value;
        fields >> value;
        output_words.resize(value);
      }
    }
  }
}

static long number(int argc, char** argv, const std::string& name, long otherwise) {
  for (int k = 1; k < argc; k++)
    if (std::strncmp(argv[k], (name + "=").c_str(), name.size() + 1) == 0) return std::atol(argv[k] + name.size() + 1);
  return otherwise;
}

int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  const auto given = [&](const std::string& name, long otherwise) { return number(argc, argv, name, otherwise); };
  stall = given("stall", 0);
  light = given("light", 96);
  heavy = given("heavy", 224);
  hang_after = given("hang_after", 20000);
  max_cycles = given("max_cycles", 100000000);
  drain = given("drain", 16);
  for (int k = 0; k < CHANNELS; k++) seeds[k] = given("seed" + std::to_string(k), 1);
  read_script("script.txt");
  log_file = std::fopen("bus.log", "w");
  if (!log_file) return 2;
  static Vtop model;
  top = &model;
  top->aclk = 0;
  const long reset_cycles = given("reset_cycles", 2);
  reset(reset_cycles);
  if (!run(given("reset_at", -1))) {
    log_file = std::freopen("bus.log", "w", log_file);
    reset(reset_cycles);
    run(-1);
  }
  for (const uint32_t word : output_words) std::fprintf(log_file, "m %x\n", word);
  std::fprintf(log_file, "= %s\n", verdict.c_str());
  std::fclose(log_file);
  top->final();
  return 0;
}`.split('\n')
