// `host.cpp`: the host of a card in C++ by XRT's native interface. It runs words of a file, compares, and tells the rate.

import type { Conversion } from '../../fixed/types.ts'
import { idWord, registerMap } from '../../rtl/axi/register-map.ts'
import { beatsOfWords } from '../../rtl/axi/word-stream.ts'
import { conversionsSource, wrapped } from '../baremetal/words.ts'
import { registerBase } from '../bus.ts'
import type { PackageDescription, WordFrame } from '../package-description.ts'
import { doubleText } from '../pynq/driver-words.ts'
import { rowsFile } from './golden-words.ts'
import { kernelName, unitName } from './kernel.ts'

/** `inputs` says how a number becomes each element of the input. */
export function printCppHost(description: PackageDescription, inputs: readonly Conversion[]): string {
  const { project, board, buildHash, lutra } = description
  return `// ${project} on ${board.title} by XRT: build ${buildHash}, Lutra ${lutra}.
//
//   host build/${project}.hw.xclbin ${rowsFile(description)} y_words.bin [device]
//
${filesText(description)}
// Exit: 0 all words equal, 1 some differ, 2 it could not be run.

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "xrt/xrt_bo.h"
#include "xrt/xrt_device.h"
#include "xrt/xrt_kernel.h"

namespace {

${constants(description)}
${scaling(description, inputs)}${program(description)}`
}

function filesText({ scaler }: PackageDescription): string {
  return scaler === undefined
    ? '// Both files are words of 32 bits, little endian, a frame behind another: what is sent, and what must come back.'
    : `// Rows are physical values, float32, little endian, a frame behind another, and are scaled and made words here; the other
// file has the words of 32 bits that must come back.`
}

/** Numbers to words behind the scaler, to the bits of every other driver; nothing where the file has words. */
function scaling({ scaler, form, input }: PackageDescription, inputs: readonly Conversion[]): string {
  if (scaler === undefined) return ''
  const table = (name: string, values: readonly number[]) =>
    `constexpr double ${name}[] = {\n${wrapped(values.map(doubleText), 4)}\n};`
  const { tables, quantise, indexOf } = conversionsSource(inputs, String(input.types.length))
  const isRaw = form === 'raw'
  return `
// The scaling of the training: (x - offset) * factor in doubles, rounded once to float32.
${table('input_offset', scaler.offset)}
${table('input_factor', scaler.factor)}
${isRaw ? `\n// Integers as the types of the input hold them.\n${tables}${quantise}` : ''}
// Words of rows, whose numbers are given by their bits.
void encode(std::vector<std::uint32_t> &words)
{
    for (std::size_t k = 0; k < words.size(); k++) {
        const std::size_t element = k % input_words;
        const std::size_t entry = element % (sizeof input_offset / sizeof *input_offset);
        float number;
        std::memcpy(&number, &words[k], sizeof number);
        const float scaled = static_cast<float>((static_cast<double>(number) - input_offset[entry]) * input_factor[entry]);
        std::uint32_t bits;
        std::memcpy(&bits, &scaled, sizeof bits);
        if ((bits >> 23 & 0xffu) == 0xffu)
            throw std::runtime_error("row " + std::to_string(k / input_words) + ", element " + std::to_string(element)
                                     + " is no number that float32 holds when it is scaled");
        words[k] = ${isRaw ? `static_cast<std::uint32_t>(quantise(bits, &conversions[${indexOf('element')}]))` : 'bits'};
    }
}
`
}

function constants(description: PackageDescription): string {
  const { buildHash, clockMhz, latencyCycles, intervalCycles, form, wordsPerBeat, input, output } =
    description
  const base = registerBase(description)
  const at = (name: keyof typeof registerMap) => `0x${(base + registerMap[name].address).toString(16)}`
  const stride = ({ types }: WordFrame) => beatsOfWords(types.length, wordsPerBeat) * wordsPerBeat
  const { STATUS } = registerMap
  return `// The compute unit is called for its build: an .xclbin of another has none of this name.
constexpr const char *unit_name = "${kernelName(description)}:{${unitName(description)}}";
constexpr std::uint64_t build_hash = 0x${buildHash}u;
constexpr double clock_hz = ${Math.round(clockMhz * 1e6)}.0;
constexpr double latency_cycles = ${Math.ceil(latencyCycles)}.0;
constexpr double interval_cycles = ${Math.ceil(intervalCycles)}.0;
constexpr bool words_are_floats = ${form === 'float'};
// Words of a frame, and what a frame takes in memory: whole beats.
constexpr std::size_t input_words = ${input.types.length};
constexpr std::size_t input_stride = ${stride(input)};
constexpr std::size_t output_words = ${output.types.length};
constexpr std::size_t output_stride = ${stride(output)};
constexpr std::size_t buffer_words = ${2 ** 22};

// Registers of the accelerator, beside those that XRT itself uses.
constexpr std::uint32_t reg_status = ${at('STATUS')};
constexpr std::uint32_t reg_hash_low = ${at('HASH_LOW')};
constexpr std::uint32_t reg_hash_high = ${at('HASH_HIGH')};
constexpr std::uint32_t reg_frames_in = ${at('FRAMES_IN')};
constexpr std::uint32_t reg_frames_out = ${at('FRAMES_OUT')};
constexpr std::uint32_t reg_busy_cycles = ${at('BUSY_CYCLES')};
constexpr std::uint32_t reg_id = ${at('ID')};
constexpr std::uint32_t id_word = 0x${idWord.toString(16)};
constexpr std::uint32_t status_not_finite = 1u << ${STATUS.bits.not_finite[0]};
constexpr std::uint32_t status_bus_error = 1u << ${STATUS.bits.bus_error[0]};
`
}

const program = ({ scaler }: PackageDescription) => `
std::vector<std::uint32_t> read_words(const std::string &path, std::size_t words_of_frame)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path + " cannot be read");
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (bytes.empty() || bytes.size() % (4 * words_of_frame) != 0)
        throw std::runtime_error(path + " has " + std::to_string(bytes.size()) + " bytes, expected frames of "
                                 + std::to_string(4 * words_of_frame));
    std::vector<std::uint32_t> words(bytes.size() / 4);
    for (std::size_t k = 0; k < words.size(); k++) {
        std::uint32_t word = 0;
        for (unsigned byte = 0; byte < 4; byte++)
            word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[4 * k + byte])) << (8 * byte);
        words[k] = word;
    }
    return words;
}

// The kernel is opened for this program alone, which is what XRT asks of who reads registers (xrt_kernel.h). Later
// versions warn and point at xrt::ip, which is for blocks that XRT does not start.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
std::uint32_t read_register(const xrt::kernel &kernel, std::uint32_t offset) { return kernel.read_register(offset); }
#pragma GCC diagnostic pop

void check_build(const xrt::kernel &kernel)
{
    char text[160];
    const std::uint32_t id = read_register(kernel, reg_id);
    if (id != id_word) {
        std::snprintf(text, sizeof text, "the kernel's ID register reads 0x%08" PRIx32 ", expected 0x%08" PRIx32, id, id_word);
        throw std::runtime_error(text);
    }
    const std::uint64_t hash = static_cast<std::uint64_t>(read_register(kernel, reg_hash_high)) << 32
                               | read_register(kernel, reg_hash_low);
    if (hash != build_hash) {
        std::snprintf(text, sizeof text, "the .xclbin is of build %016" PRIx64 ", this host of build %016" PRIx64, hash, build_hash);
        throw std::runtime_error(text);
    }
}

struct Totals {
    std::size_t frames = 0;
    std::size_t different = 0;
    double seconds = 0;
};

std::string spelled(std::uint32_t word)
{
    char text[40];
    if (words_are_floats) {
        float value;
        std::memcpy(&value, &word, sizeof value);
        std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
    } else {
        std::snprintf(text, sizeof text, "%" PRId32, static_cast<std::int32_t>(word));
    }
    return text;
}

// Compares a run's results; tells the first five words that differ.
void compare(const std::uint32_t *got, const std::uint32_t *expected, std::size_t frames, Totals &totals)
{
    for (std::size_t frame = 0; frame < frames; frame++)
        for (std::size_t word = 0; word < output_words; word++) {
            const std::uint32_t own = got[frame * output_stride + word];
            const std::uint32_t wanted = expected[frame * output_words + word];
            if (own == wanted) continue;
            if (totals.different++ < 5)
                std::printf("frame %zu, word %zu: %s on the card, %s expected\\n", totals.frames + frame, word,
                            spelled(own).c_str(), spelled(wanted).c_str());
        }
    totals.frames += frames;
}

Totals run_all(const xrt::device &device, xrt::kernel &kernel, const std::vector<std::uint32_t> &x,
               const std::vector<std::uint32_t> &y)
{
    const std::size_t all = x.size() / input_words;
    const std::size_t stride = input_stride > output_stride ? input_stride : output_stride;
    const std::size_t most = buffer_words / stride > 0 ? buffer_words / stride : 1;
    const std::size_t at_once = all < most ? all : most;
    xrt::bo input(device, 4 * at_once * input_stride, kernel.group_id(0));
    xrt::bo output(device, 4 * at_once * output_stride, kernel.group_id(1));
    auto *sent = input.map<std::uint32_t *>();
    auto *results = output.map<std::uint32_t *>();
    std::memset(sent, 0, 4 * at_once * input_stride);
    Totals totals;
    for (std::size_t first = 0; first < all; first += at_once) {
        const std::size_t frames = all - first < at_once ? all - first : at_once;
        for (std::size_t frame = 0; frame < frames; frame++)
            std::memcpy(sent + frame * input_stride, &x[(first + frame) * input_words], 4 * input_words);
        const auto begin = std::chrono::steady_clock::now();
        input.sync(XCL_BO_SYNC_BO_TO_DEVICE, 4 * frames * input_stride, 0);
        const double limit = 2.0 + 4 * (latency_cycles + static_cast<double>(frames) * interval_cycles) / clock_hz;
        auto run = kernel(input, output, static_cast<std::uint32_t>(frames));
        const ert_cmd_state state = run.wait(std::chrono::milliseconds(static_cast<long>(1000 * limit)));
        if (state != ERT_CMD_STATE_COMPLETED)
            throw std::runtime_error("the run of " + std::to_string(frames) + " frames ended in state " + std::to_string(state)
                                     + " after at most " + std::to_string(limit) + " s: reset the card (xrt-smi reset)");
        output.sync(XCL_BO_SYNC_BO_FROM_DEVICE, 4 * frames * output_stride, 0);
        totals.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        compare(results, &y[first * output_words], frames, totals);
    }
    return totals;
}

int check(int count, char **words)
{
    const std::string xclbin = words[1];
    const unsigned index = count > 4 ? static_cast<unsigned>(std::strtoul(words[4], nullptr, 0)) : 0;
${
  scaler === undefined
    ? '    const auto x = read_words(words[2], input_words);'
    : '    auto x = read_words(words[2], input_words);\n    encode(x);'
}
    const auto y = read_words(words[3], output_words);
    if (x.size() / input_words != y.size() / output_words) throw std::runtime_error("the files have different numbers of frames");
    xrt::device device(index);
    const auto uuid = device.load_xclbin(xclbin);
    xrt::kernel kernel(device, uuid, unit_name, xrt::kernel::cu_access_mode::exclusive);
    check_build(kernel);
    const std::uint32_t came = read_register(kernel, reg_frames_in);
    const std::uint32_t went = read_register(kernel, reg_frames_out);
    const std::uint32_t busy = read_register(kernel, reg_busy_cycles);
    const Totals totals = run_all(device, kernel, x, y);
    const std::uint32_t cycles = read_register(kernel, reg_busy_cycles) - busy;
    const std::uint32_t status = read_register(kernel, reg_status);
    std::printf("%zu frames in %.6g s, transfers included: %.6g frames / s\\n", totals.frames, totals.seconds,
                static_cast<double>(totals.frames) / totals.seconds);
    std::printf("%" PRIu32 " cycles in the kernel, %.6g a frame\\n", cycles,
                static_cast<double>(cycles) / static_cast<double>(totals.frames));
    if ((status & (status_not_finite | status_bus_error)) != 0)
        std::printf("STATUS 0x%" PRIx32 ":%s%s\\n", status, (status & status_bus_error) != 0 ? " memory answered with an error" : "",
                    (status & status_not_finite) != 0 ? " a word was not finite" : "");
    const auto expected = static_cast<std::uint32_t>(totals.frames);
    const std::uint32_t in = read_register(kernel, reg_frames_in) - came;
    const std::uint32_t out = read_register(kernel, reg_frames_out) - went;
    const bool counted = in == expected && out == expected;
    if (!counted) std::printf("%" PRIu32 " frames came in, %" PRIu32 " results went out\\n", in, out);
    std::printf("%zu of %zu words differ\\n", totals.different, totals.frames * output_words);
    return totals.different == 0 && counted && (status & status_bus_error) == 0 ? 0 : 1;
}

} // namespace

int main(int count, char **words)
{
    if (count < 4 || count > 5) {
        std::fprintf(stderr, "usage: %s XCLBIN ${scaler === undefined ? 'X_WORDS' : 'X_ROWS'} Y_WORDS [DEVICE]\\n", words[0]);
        return 2;
    }
    try {
        return check(count, words);
    } catch (const std::exception &problem) {
        std::fprintf(stderr, "%s\\n", problem.what());
        return 2;
    }
}
`
