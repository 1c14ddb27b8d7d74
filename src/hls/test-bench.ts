// A main() around a program that reads raw integers from stdin and writes raw integers to stdout, so that results are
// compared bit for bit. Form of both: frame after frame, tensor after tensor, element after element, each as the
// fewest little-endian 64-bit words that hold its type (a 16-bit value: 8 bytes, its bits above the width ignored).
// Elements that have types of their own are integers under these outside, and under the tensor's type inside.
import { bug } from '../diagnostics/diagnostic.ts'
import { type HlsProgram, type HlsTensor, type RawValues, tensorSize } from './call.ts'
import { tensorOf } from './print.ts'
import { block, indent } from './source-builder.ts'

/** The text of a main() that runs every frame on stdin; its path must stand beside `firmware/`. */
export function emitTestBench(program: HlsProgram): string {
  const inputs = program.inputs.map(name => tensorOf(program, name))
  const outputs = program.outputs.map(name => tensorOf(program, name))
  const body = block(
    ...[...inputs, ...outputs].map(declare),
    ...inputs.map(
      (tensor, k) => `if (!get(${tensor.name}, ${tensorSize(tensor)})) return ${k === 0 ? '0' : 'cut()'};`,
    ),
    `${program.name}(${[...inputs, ...outputs].map(({ name }) => name).join(', ')});`,
    ...inputs.filter(isStream).map(({ name }) => `if (!${name}.empty()) return left("${name}");`),
    ...outputs.map(tensor => `put(${tensor.name}, ${tensorSize(tensor)});`),
    ...outputs.filter(isStream).map(({ name }) => `if (!${name}.empty()) return left("${name}");`),
  )
  return `#include "firmware/${program.name}.h"\n${support}\nint main() {\n    for (;;) {\n${indent(body, 2)}\n    }\n}\n`
}

const isStream = (tensor: HlsTensor): boolean => tensor.form === 'stream'

function declare(tensor: HlsTensor): string {
  return isStream(tensor)
    ? `hls::stream<${tensor.name}_t> ${tensor.name}("${tensor.name}");`
    : `static ${tensor.name}_t ${tensor.name}[${tensorSize(tensor)}];`
}

const support = `#include <cstdio>

static int cut() {
    std::fprintf(stderr, "the last frame on stdin is incomplete\\n");
    return 4;
}

static int left(const char *name) {
    std::fprintf(stderr, "stream '%s' still holds beats after a frame\\n", name);
    return 5;
}

template <class T> static bool get_value(T &value) {
    for (int at = 0; 64 * at < nnet::traits<T>::width; at++) {
        unsigned char bytes[8];
        if (std::fread(bytes, 1, 8, stdin) != 8)
            return false;
        uint64_t word = 0;
        for (int k = 7; k >= 0; k--)
            word = (word << 8) | bytes[k];
        nnet::set_raw_word(value, at, word);
    }
    return true;
}

template <class T> static void put_value(const T &value) {
    for (int at = 0; 64 * at < nnet::traits<T>::width; at++) {
        const uint64_t word = nnet::raw_word(value, at);
        unsigned char bytes[8];
        for (int k = 0; k < 8; k++)
            bytes[k] = (unsigned char)(word >> (8 * k));
        std::fwrite(bytes, 1, 8, stdout);
    }
}

template <class T> static bool get(T *values, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (!get_value(values[i]))
            return false;
    return true;
}

template <class T> static void put(const T *values, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        put_value(values[i]);
}

template <class T> static bool get(hls::stream<T> &stream, unsigned count) {
    for (unsigned i = 0; i < count; i += T::size) {
        T beat;
        if (!get(beat.data, T::size))
            return false;
        stream.write(beat);
    }
    return true;
}

template <class T> static void put(hls::stream<T> &stream, unsigned count) {
    for (unsigned i = 0; i < count; i += T::size) {
        const T beat = stream.read();
        put(beat.data, T::size);
    }
}
`

/** The test bench's stdin for frames given per input tensor, frame after frame. */
export function encodeFrames(program: HlsProgram, values: readonly RawValues[]): Uint8Array {
  const tensors = program.inputs.map(name => tensorOf(program, name))
  const frames = Math.floor(values[0]!.length / tensorSize(tensors[0]!))
  const bytes = new Uint8Array(8 * frames * wordsPerFrame(tensors))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (let frame = 0; frame < frames; frame++) {
    tensors.forEach((tensor, k) => {
      const size = tensorSize(tensor)
      const raws = values[k]!
      if (raws.length !== frames * size)
        bug(`input ${tensor.name} has ${raws.length} values for ${frames} frames`)
      for (let i = frame * size; i < (frame + 1) * size; i++) {
        const raw = BigInt(raws[i]!) << ownShift(tensor, i - frame * size)
        at = writeWords(view, at, raw, wordsPerElement(tensor))
      }
    })
  }
  return bytes
}

/** What the test bench wrote, per output tensor: doubles where a type has at most 53 bits, else bigint. */
export function decodeFrames(program: HlsProgram, bytes: Uint8Array): RawValues[] {
  const tensors = program.outputs.map(name => tensorOf(program, name))
  const frames = bytes.length / (8 * wordsPerFrame(tensors))
  if (!Number.isInteger(frames)) bug(`${bytes.length} bytes are no whole number of frames`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const columns: bigint[][] = tensors.map(() => [])
  let at = 0
  for (let frame = 0; frame < frames; frame++) {
    tensors.forEach((tensor, k) => {
      for (let i = 0; i < tensorSize(tensor); i++) {
        columns[k]!.push(readWords(view, at, tensor) >> ownShift(tensor, i))
        at += 8 * wordsPerElement(tensor)
      }
    })
  }
  return columns.map((raws, k) => (tensors[k]!.type.to.width <= 53 ? Float64Array.from(raws, Number) : raws))
}

/** Places by which an element's own point stands left of the tensor's; its integers are multiples of 2 to that. */
function ownShift({ type, elements }: HlsTensor, at: number): bigint {
  const own = elements?.[at]?.to
  return own === undefined || own.width === 0 ? 0n : BigInt(type.to.frac - own.frac)
}

function wordsPerElement(tensor: HlsTensor): number {
  return Math.max(1, Math.ceil(tensor.type.to.width / 64))
}

function wordsPerFrame(tensors: readonly HlsTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + tensorSize(tensor) * wordsPerElement(tensor), 0)
}

function writeWords(view: DataView, at: number, raw: bigint, words: number): number {
  for (let k = 0; k < words; k++)
    view.setBigUint64(at + 8 * k, BigInt.asUintN(64, raw >> BigInt(64 * k)), true)
  return at + 8 * words
}

function readWords(view: DataView, at: number, { type }: HlsTensor): bigint {
  const words = Math.max(1, Math.ceil(type.to.width / 64))
  let bits = 0n
  for (let k = words - 1; k >= 0; k--) bits = (bits << 64n) | view.getBigUint64(at + 8 * k, true)
  return type.to.signed ? BigInt.asIntN(type.to.width, bits) : BigInt.asUintN(type.to.width, bits)
}
