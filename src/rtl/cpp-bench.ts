// The C++ test bench of a top module for Verilator: the same protocol, vectors, stalls and log as the Verilog one.
// Numbers come as `name=value` arguments, so that one build serves any vectors.

import { type BenchChannel, type BenchSetup, expectedFile, inputFile } from './bench-setup.ts'
import { sinkSpell, sourceSpell } from './stream-ports.ts'

/** The bench's text; Verilator's prefix for the model is `Vtop`. */
export function printCppBench(setup: BenchSetup): string {
  const { top, inputs, outputs, idle } = setup
  const lines = [
    `// Test bench of ${top.name} for Verilator (--prefix Vtop): vectors from .mem files, one beat per line. It ends`,
    '// with PASS or FAIL when called with check=1, and writes a log with a line per beat that moved.',
    '// A cycle ends at a rising clock edge; cycle 0 is the first one after reset.',
    ...head,
    '',
    `static Source sources[] = {${inputs.map(channel => sourceText(channel)).join(', ')}};`,
    `static Sink sinks[] = {${outputs.map(channel => sinkText(channel)).join(', ')}};`,
    '',
    "// Puts the sources' and sinks' signals on the model's ports.",
    'static void drive(Vtop& top) {',
    ...inputs.flatMap(({ name, valid, last, width }, k) => [
      `  top.${valid} = sources[${k}].valid;`,
      ...(last === undefined ? [] : [`  top.${last} = sources[${k}].last();`]),
      ...(width === 0 ? [] : [`  put(top.${name}, sources[${k}].bus());`]),
    ]),
    ...outputs.flatMap(({ ready }, k) =>
      ready === undefined ? [] : [`  top.${ready} = sinks[${k}].ready;`],
    ),
    '}',
    '',
    '// What moves at the end of the cycle.',
    'static void observe(Vtop& top, long cycle) {',
    ...inputs.map(
      ({ ready }, k) => `  sources[${k}].observe(${ready === undefined ? '1' : `top.${ready}`}, cycle);`,
    ),
    ...outputs.map(({ name, valid, width }, k) =>
      width === 0
        ? `  sinks[${k}].observe(top.${valid}, "0", cycle);`
        : `  sinks[${k}].observe(top.${valid}, top.${valid} ? text(top.${name}, ${width}) : "", cycle);`,
    ),
    '}',
    '',
    'static void rest_unused(Vtop& top) {',
    ...idle.map(({ name }) => `  put(top.${name}, Words());`),
    '  (void)top;',
    '}',
    ...tail,
  ]
  return `${lines.join('\n')}\n`
}

function common({ name, beatsPerFrame, seed }: BenchChannel): string {
  return `"${name}", ${beatsPerFrame}, ${seed}u`
}

function sourceText(channel: BenchChannel): string {
  return `Source(${common(channel)}, "${channel.width === 0 ? '' : inputFile(channel)}")`
}

function sinkText(channel: BenchChannel): string {
  const waits = channel.ready === undefined ? 'false' : 'true'
  return `Sink(${common(channel)}, "${channel.width === 0 ? '' : expectedFile(channel)}", ${waits})`
}

/** Arguments that make the bench run as set up; vectors and log are files of its working folder. */
export function cppBenchArguments({ frames, inputs, outputs, options, settings }: BenchSetup): string[] {
  const { stall } = options
  const channels = [...inputs, ...outputs]
  return [
    `frames=${frames}`,
    `stall=${stall === undefined ? 0 : 1}`,
    `light=${stall?.light ?? 96}`,
    `heavy=${stall?.heavy ?? 224}`,
    `reset_at=${options.resetAt ?? -1}`,
    `reset_cycles=${settings.resetCycles}`,
    `hang_after=${settings.hangAfter}`,
    `max_cycles=${settings.maxCycles}`,
    `drain=${settings.drainCycles}`,
    ...channels.map(({ name, beatsPerFrame }) => `${name}.beats=${beatsPerFrame}`),
    ...channels.map(({ name, seed }) => `${name}.seed=${seed}`),
  ]
}

const head = `
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>
#include "Vtop.h"
#include "verilated.h"

typedef std::vector<uint32_t> Words;  // lowest bits first

static std::map<std::string, std::string> arguments;
static FILE* stream_log;
static long frames, moved_at;
static bool stall, check;
static uint32_t light, heavy;
static long mismatches;
static const char* verdict;

static long number(const std::string& name, long otherwise) {
  return arguments.count(name) ? std::atol(arguments[name].c_str()) : otherwise;
}

static Words parse(const std::string& line) {
  Words words((line.size() + 7) / 8);
  for (size_t k = 0; k < words.size(); k++) {
    size_t end = line.size() - 8 * k, begin = end > 8 ? end - 8 : 0;
    words[k] = std::strtoul(line.substr(begin, end - begin).c_str(), nullptr, 16);
  }
  return words;
}

static std::vector<std::string> read_lines(const std::string& name) {
  std::vector<std::string> lines;
  std::ifstream file(arguments["path"] + name);
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) lines.push_back(line);
  if (lines.empty()) {
    std::fprintf(stderr, "%s: no vectors\\n", name.c_str());
    std::exit(2);
  }
  return lines;
}

static uint32_t word(const Words& words, size_t k) { return k < words.size() ? words[k] : 0; }

template <typename T> void put(T& port, const Words& words) {
  port = static_cast<T>(word(words, 0) | (static_cast<uint64_t>(word(words, 1)) << 32));
}
template <size_t N> void put(VlWide<N>& port, const Words& words) {
  for (size_t k = 0; k < N; k++) port[k] = word(words, k);
}

// The lowest \`width\` bits in hexadecimal.
static std::string digits(const Words& words, int width) {
  std::string text;
  for (int k = (width + 3) / 4 - 1; k >= 0; k--) text += "0123456789abcdef"[(word(words, k / 8) >> (k % 8 * 4)) & 15];
  return text;
}
template <typename T> std::string text(const T& port, int width) {
  uint64_t bits = port;
  return digits(Words{static_cast<uint32_t>(bits), static_cast<uint32_t>(bits >> 32)}, width);
}
template <size_t N> std::string text(const VlWide<N>& port, int width) {
  Words words(N);
  for (size_t k = 0; k < N; k++) words[k] = port[k];
  return digits(words, width);
}

struct Channel {
  std::string name;
  long beats_per_frame, moved = 0;
  uint32_t seed, random = 0;
  std::vector<long> start;  // of each frame's first beat

  Channel(const char* name, long beats, uint32_t seed) : name(name), beats_per_frame(beats), seed(seed) {}
  long total() const { return frames * beats_per_frame; }
  bool done() const { return moved == total(); }
  void restart() {
    beats_per_frame = number(name + ".beats", beats_per_frame);
    seed = number(name + ".seed", seed);
    moved = 0;
    random = seed;
    start.clear();
  }
  bool goes_ahead(bool in_heavy) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    return !stall || ((random >> 8) & 255) >= (in_heavy ? heavy : light);
  }
  void interval() const {
    long last = static_cast<long>(start.size()) - 1;
    if (last >= 2)
      std::printf("%s: a frame every %.2f cycles\\n", name.c_str(),
                  1.0 * (start[last] - start[last / 2]) / (last - last / 2));
  }
};

struct Source : Channel {
  std::string file;
  std::vector<Words> beats;
  bool valid = false;

  Source(const char* name, long beats, uint32_t seed, const char* file) : Channel(name, beats, seed), file(file) {}
  void load() {
    if (!file.empty())
      for (const std::string& line : read_lines(file)) beats.push_back(parse(line));
  }
  // A beat once offered stays until it is taken.
  void choose(long cycle) {
    bool go = goes_ahead(cycle & ${sourceSpell});
    if (!valid) valid = go && !done();
  }
  bool last() const { return valid && moved % beats_per_frame == beats_per_frame - 1; }
  const Words& bus() const {
    static const Words none;
    return valid ? beats[moved] : none;
  }
  void observe(bool ready, long cycle) {
    if (!valid || !ready) return;
    std::fprintf(stream_log, "in %s %ld\\n", name.c_str(), cycle);
    if (moved % beats_per_frame == 0) start.push_back(cycle);
    moved++;
    valid = false;
    moved_at = cycle;
  }
};

struct Sink : Channel {
  std::string file;
  std::vector<std::string> expected;
  bool waits, ready = false;
  long offered = 0, offer_at = 0, latency = 0;

  Sink(const char* name, long beats, uint32_t seed, const char* file, bool waits)
      : Channel(name, beats, seed), file(file), waits(waits) {}
  void load() {
    if (check && !file.empty()) expected = read_lines(file);
  }
  void choose(long cycle) {
    bool go = goes_ahead(cycle & ${sinkSpell});
    ready = !waits || go;
  }
  void observe(bool valid, const std::string& bits, long cycle) {
    if (!valid) return;
    if (done()) {
      std::fprintf(stream_log, "extra %s\\n", name.c_str());
      verdict = "extra";
      return;
    }
    if (offered == moved) {
      offered = moved + 1;
      offer_at = cycle;
      if (moved % beats_per_frame == 0) start.push_back(cycle);
      if (moved == beats_per_frame - 1) latency = cycle;
    }
    if (!ready) return;
    std::fprintf(stream_log, "out %s %ld %ld %s\\n", name.c_str(), offer_at, cycle, bits.c_str());
    if (check && !file.empty() && bits != expected[moved]) {
      std::printf("%s, beat %ld: %s, expected %s\\n", name.c_str(), moved, bits.c_str(), expected[moved].c_str());
      mismatches++;
    }
    moved++;
    moved_at = cycle;
  }
};`.split('\n')

const tail = `
static void restart() {
  moved_at = 0;
  mismatches = 0;
  for (Source& source : sources) source.restart(), source.valid = false;
  for (Sink& sink : sinks) sink.restart(), sink.offered = 0;
}

// Signals settle, then the clock rises.
static void edge(Vtop& top) {
  top.clk = 1;
  top.eval();
  top.clk = 0;
  top.eval();
}

static void reset(Vtop& top, long cycles) {
  for (Source& source : sources) source.valid = false;
  for (Sink& sink : sinks) sink.ready = false;
  drive(top);
  top.rst = 1;
  top.eval();
  for (long k = 0; k < cycles; k++) edge(top);
  top.rst = 0;
  restart();
}

static bool complete() {
  for (Source& source : sources)
    if (!source.done()) return false;
  for (Sink& sink : sinks)
    if (!sink.done()) return false;
  return true;
}

// Runs all frames, or up to a cycle; false when that came first.
static bool run(Vtop& top, long until) {
  const long drain = number("drain", 16), hang_after = number("hang_after", 20000);
  const long max_cycles = number("max_cycles", 100000000);
  long finished_at = -1;
  for (long cycle = 0; !verdict; cycle++) {
    if (cycle == until) return false;
    for (Source& source : sources) source.choose(cycle);
    for (Sink& sink : sinks) sink.choose(cycle);
    drive(top);
    top.eval();
    observe(top, cycle);
    if (verdict) break;
    edge(top);
    if (finished_at < 0 && complete()) finished_at = cycle;
    if (finished_at >= 0 && cycle - finished_at >= drain) verdict = "done";
    else if (finished_at < 0 && cycle - moved_at >= hang_after) verdict = "hang";
    else if (cycle + 1 >= max_cycles) verdict = "too-long";
  }
  return true;
}

static void report() {
  for (const Source& source : sources) source.interval();
  for (const Sink& sink : sinks) {
    std::printf("%s: latency of the first frame %ld cycles\\n", sink.name.c_str(), sink.latency - sources[0].start[0]);
    sink.interval();
  }
  if (!check) std::printf("DONE: %ld frames, not compared\\n", frames);
  else if (mismatches == 0) std::printf("PASS: %ld frames\\n", frames);
  else std::printf("FAIL: %ld beats differ\\n", mismatches);
}

int main(int argc, char** argv) {
  Verilated::commandArgs(argc, argv);
  for (int k = 1; k < argc; k++)
    if (const char* sign = std::strchr(argv[k], '=')) arguments[std::string(argv[k], sign - argv[k])] = sign + 1;
  frames = number("frames", 1);
  stall = number("stall", 0);
  check = number("check", 0);
  light = number("light", 96);
  heavy = number("heavy", 224);
  if (!arguments.count("path")) arguments["path"] = "./";
  stream_log = std::fopen(arguments.count("log") ? arguments["log"].c_str() : "stream.log", "w");
  if (!stream_log) return 2;
  for (Source& source : sources) source.load();
  for (Sink& sink : sinks) sink.load();
  static Vtop top;
  top.clk = 0;
  rest_unused(top);
  const long reset_cycles = number("reset_cycles", 2);
  reset(top, reset_cycles);
  if (!run(top, number("reset_at", -1))) {
    std::fprintf(stream_log, "reset\\n");
    reset(top, reset_cycles);
    run(top, -1);
  }
  std::fprintf(stream_log, "%s\\n", verdict);
  std::fclose(stream_log);
  if (std::strcmp(verdict, "done") == 0) report();
  else std::printf("FAIL: %s\\n", verdict);
  return 0;
}`.split('\n')
