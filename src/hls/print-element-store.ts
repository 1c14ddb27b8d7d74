// Every element stored in a type of its own: a function template over arrays and one over streams. Types that repeat,
// one for each channel say, are written once.

import type { Conversion } from '../fixed/types.ts'
import { beatSize, type HlsElementStore, type HlsTensor } from './call.ts'
import { block, indent } from './source-builder.ts'
import { cppType } from './types.ts'

/** The functions `name` that store `input` in `output`, a tensor of the same shape. */
export function printElementStore(
  name: string,
  { elements }: HlsElementStore,
  input: HlsTensor,
  output: HlsTensor,
): string {
  const period = periodOf(elements)
  const stores = elements.slice(0, period).map((type, k) => {
    const at = period === elements.length ? `${k}` : k === 0 ? 'i' : `i + ${k}`
    return `y[${at}] = y_T(${cppType(type)}(x[${at}]));`
  })
  const repeats = period < elements.length
  const body = repeats
    ? `for (unsigned i = 0; i < count; i += ${period}) {\n${indent(block(...stores))}\n}`
    : block(...stores)
  const count = repeats ? `, unsigned count = ${elements.length}` : ''
  const onArrays = `template <class x_T, class y_T> void ${name}(const x_T *x, y_T *y${count}) {\n${indent(body)}\n}`
  if (output.form === 'array') return onArrays
  const byBeat = repeats && beatSize(output) % period === 0 && beatSize(input) === beatSize(output)
  return `${onArrays}\n\n${byBeat ? printByBeat(name, elements.length) : printByFrame(name, elements.length)}`
}

/** After how many elements the types begin anew. */
function periodOf(elements: readonly Conversion[]): number {
  const names = elements.map(cppType)
  for (let period = 1; period < names.length; period++) {
    if (names.length % period === 0 && names.every((name, k) => name === names[k % period])) return period
  }
  return names.length
}

const overStreams = 'template <class x_T, class y_T> void'
const streams = 'hls::stream<x_T> &x, hls::stream<y_T> &y'

function printByBeat(name: string, size: number): string {
  return `${overStreams} ${name}(${streams}) {
    for (unsigned beat = 0; beat < ${size} / y_T::size; beat++) {
        const x_T in = x.read();
        y_T out;
        ${name}(in.data, out.data, y_T::size);
        y.write(out);
    }
}`
}

function printByFrame(name: string, size: number): string {
  return `${overStreams} ${name}(${streams}) {
    typename x_T::value_type in[${size}];
    typename y_T::value_type out[${size}];
    nnet::read_frame(x, in, ${size});
    ${name}(in, out);
    nnet::write_frame(out, y, ${size});
}`
}
