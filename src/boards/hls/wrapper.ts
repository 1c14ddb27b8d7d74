// `<project>_axi.cpp`: the network of an HLS project between words on AXI4-Stream, as a DMA sends and takes them. The same
// text is compiled by g++ with Lutra's own types, and by an HLS tool with its vendor's (LUTRA_VENDOR_TYPES).

import { bug, fail } from '../../diagnostics/diagnostic.ts'
import { type HlsProgram, type HlsTensor, tensorSize } from '../../hls/call.ts'
import { tensorOf } from '../../hls/print.ts'
import { cppType } from '../../hls/types.ts'
import type { PackageDescription } from '../package-description.ts'

/** Bits that float32 holds without rounding. */
const floatBits = 24

/** The top function's text. Fails with `package/ip` for what has no such wrapper. */
export function printWrapper(description: PackageDescription, program: HlsProgram): string {
  const { project, buildHash, form } = description
  const [x, y] = [tensorOf(program, program.inputs[0]!), tensorOf(program, program.outputs[0]!)]
  if (program.inputs.length !== 1 || program.outputs.length !== 1) bug(`${project}: not one tensor each way`)
  checkForms(description, [x, y])
  return `// ${project}: words of 32 bits on AXI4-Stream around ${program.name}. Build ${buildHash}.
//
// A frame is ${tensorSize(x)} words in and ${tensorSize(y)} out, ${form === 'float' ? 'float32' : 'integers with their sign extended'}. TLAST of a frame's last word is that of its result: a
// transfer of many frames, its last word marked, gives a transfer of as many results.
#include "${project}_axi.h"

#include "firmware/${program.name}.h"

namespace {

${[form === 'float' ? floatWords : rawWords, ...elementWords(x, y, form)].join('\n')}
} // namespace

void ${project}_axi(hls::stream<beat_t> &s_axis, hls::stream<beat_t> &m_axis) {
#pragma HLS INTERFACE axis port = s_axis
#pragma HLS INTERFACE axis port = m_axis
#pragma HLS INTERFACE ap_ctrl_none port = return
    ${x.name}_t x[${tensorSize(x)}];
    ${y.name}_t y[${tensorSize(y)}];
    bool last = false;
read_words:
    for (unsigned k = 0; k < ${tensorSize(x)}; k++) {
#pragma HLS PIPELINE II = 1
        const beat_t beat = s_axis.read();
        x[k] = ${x.elements === undefined ? `value_of<${x.name}_t>(beat.data.to_uint())` : 'element_of(k, beat.data.to_uint())'};
        last = beat.last != 0;
    }
    ${program.name}(x, y);
write_words:
    for (unsigned k = 0; k < ${tensorSize(y)}; k++) {
#pragma HLS PIPELINE II = 1
        beat_t beat;
        beat.data = ${y.elements === undefined ? 'word_of(y[k])' : 'word_of(k, y[k])'};
        beat.keep = 15;
        beat.strb = 15;
        beat.last = last && k == ${tensorSize(y) - 1} ? 1 : 0;
        m_axis.write(beat);
    }
}
`
}

/** \`<project>_axi.h\`: the beat, the vendor's where there is one. */
export function printWrapperHeader({ project }: PackageDescription): string {
  const guard = `${project.toUpperCase()}_AXI_H_`
  return `// The accelerator on AXI4-Stream.
#ifndef ${guard}
#define ${guard}

#include "firmware/nnet_utils/lutra_types.h"

#if defined(LUTRA_VENDOR_TYPES)
#include <ap_axi_sdata.h>
typedef ap_axiu<32, 0, 0, 0> beat_t;
#else
struct beat_t {
    ap_uint<32> data;
    ap_uint<4> keep, strb;
    ap_uint<1> last;
};
#endif

void ${project}_axi(hls::stream<beat_t> &s_axis, hls::stream<beat_t> &m_axis);

#endif
`
}

function checkForms({ form, project }: PackageDescription, [x, y]: readonly [HlsTensor, HlsTensor]): void {
  const problem =
    x.form === 'stream' || y.form === 'stream'
      ? 'its C++ has streams for input or output, and the wrapper reads arrays'
      : Math.max(widthOf(x), widthOf(y)) > 32
        ? 'its input or output has more than 32 bits, a word of the bus'
        : form === 'float' && widthOf(y) > floatBits
          ? `its output has ${widthOf(y)} bits, of which float32 holds ${floatBits}`
          : undefined
  if (problem === undefined) return
  fail({
    code: 'package/ip',
    place: project,
    problem,
    expected: 'arrays of at most 32 bits, 24 for float words',
    remedy: 'Package with Lutra’s own RTL (leave out --ip hls), or take --words raw for wide outputs.',
  })
}

/** Of its widest element. */
function widthOf({ type, elements }: HlsTensor): number {
  return Math.max(...(elements ?? [type]).map(({ to }) => to.width))
}

/** Words of elements that have types of their own: a word is one of its element's type. */
function elementWords(x: HlsTensor, y: HlsTensor, form: PackageDescription['form']): string[] {
  const [input, output] = [`${x.name}_t`, `${y.name}_t`]
  const read = x.elements?.map(
    type => `${input}(${type.to.width === 0 ? 0 : `value_of<${cppType(type)}>(word)`})`,
  )
  const written = y.elements?.map(type =>
    type.to.width === 0 ? '0' : form === 'float' ? 'word_of(y)' : `word_of(${cppType(type)}(y))`,
  )
  return [
    ...(read === undefined
      ? []
      : [
          chosen(
            '// Element k of a frame, from a word of its own type.',
            `${input} element_of(unsigned k, uint32_t word)`,
            read,
          ),
        ]),
    ...(written === undefined
      ? []
      : [
          chosen(
            '// The word of element k of a result.',
            `uint32_t word_of(unsigned k, const ${output} &y)`,
            written,
          ),
        ]),
  ]
}

/** A function of k; what comes last answers for all that is beyond it too. */
function chosen(comment: string, head: string, answers: readonly string[]): string {
  const cases = answers.slice(0, -1).map((answer, k) => `    case ${k}:\n        return ${answer};`)
  const last = `    default:\n        return ${answers.at(-1)};`
  return `${comment}\n${head} {\n    switch (k) {\n${[...cases, last].join('\n')}\n    }\n}\n`
}

const floatWords = `// The number of a float32 word as the type holds it; what is not finite is 0.
template <class T> T value_of(uint32_t word) {
    union {
        uint32_t bits;
        float number;
    } both;
    both.bits = (word >> 23 & 255u) == 255u ? 0u : word;
    return T(both.number);
}

// The float32 of a value, which holds it exactly.
template <class T> uint32_t word_of(const T &value) {
    union {
        uint32_t bits;
        float number;
    } both;
    both.number = float(value);
    return both.bits;
}
`

const rawWords = `// The value whose integer the word is.
template <class T> T value_of(uint32_t word) {
    T value = T(0);
    nnet::set_raw_word(value, 0, word);
    return value;
}

// A value's integer, its sign extended.
template <class T> uint32_t word_of(const T &value) {
    const int above = 32 - nnet::traits<T>::width;
    const uint32_t low = uint32_t(nnet::raw_word(value, 0)) << above;
    return nnet::traits<T>::is_signed ? uint32_t(int32_t(low) >> above) : low >> above;
}
`
