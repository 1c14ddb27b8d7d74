// Layers of several steps written out as layers of their own, so that all that prints a program meets single steps.
// Steps that read arrays stand, on streams, between kernels that turn whole frames into arrays and back.

import { bug } from '../diagnostics/diagnostic.ts'
import {
  type HlsCall,
  type HlsComposite,
  type HlsLayer,
  type HlsPart,
  type HlsPlace,
  type HlsProgram,
  type HlsTensor,
  isComposite,
  tensorSize,
} from './call.ts'

/** The same program without composites; parts and tensors are named after their layer. */
export function expandProgram(program: HlsProgram): HlsProgram {
  const taken = new Set([...program.layers, ...program.tensors].map(({ name }) => name))
  const expanded = program.layers.map(layer =>
    isComposite(layer.call)
      ? expandLayer(program, layer, layer.call, taken)
      : { layers: [layer], tensors: [] as HlsTensor[] },
  )
  return {
    ...program,
    layers: expanded.flatMap(({ layers }) => layers),
    tensors: [...program.tensors, ...expanded.flatMap(({ tensors }) => tensors)],
  }
}

interface Expanded {
  readonly layers: readonly HlsLayer[]
  readonly tensors: readonly HlsTensor[]
}

function expandLayer(
  program: HlsProgram,
  layer: HlsLayer,
  composite: HlsComposite,
  taken: Set<string>,
): Expanded {
  const own = (word: string) => freshName(`${layer.name}_${word}`, taken)
  const outer = (name: string) =>
    program.tensors.find(tensor => tensor.name === name) ?? bug(`no tensor '${name}'`)
  const isStreamed = [...layer.inputs, ...layer.outputs].some(name => outer(name).form === 'stream')
  const form = isStreamed && !composite.onArrays ? 'stream' : 'array'
  const between = composite.between.map(tensor => ({ ...tensor, name: own(tensor.name), form }) as const)
  const frames = isStreamed && composite.onArrays ? framesOf(layer, outer, own) : noFrames(layer)
  const nameOf = (place: HlsPlace): string => {
    if ('between' in place)
      return between[composite.between.findIndex(({ name }) => name === place.between)]!.name
    return (place.role === 'input' ? frames.inputs : frames.outputs)[place.index]!
  }
  const partOf = ({ name, step, inputs, output }: HlsPart): HlsLayer => ({
    name: own(name),
    call: step,
    inputs: inputs.map(nameOf),
    outputs: [nameOf(output)],
  })
  return {
    layers: [...frames.before, ...composite.parts.map(partOf), ...frames.after],
    tensors: [...frames.tensors, ...between],
  }
}

interface Frames {
  /** Names of the arrays that stand for the layer's tensors. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly tensors: readonly HlsTensor[]
  readonly before: readonly HlsLayer[]
  readonly after: readonly HlsLayer[]
}

function noFrames({ inputs, outputs }: HlsLayer): Frames {
  return { inputs, outputs, tensors: [], before: [], after: [] }
}

function framesOf(
  layer: HlsLayer,
  outer: (name: string) => HlsTensor,
  own: (word: string) => string,
): Frames {
  const arrayOf = (word: string) => (name: string, k: number) =>
    ({ ...outer(name), name: own(`${word}${k}`), form: 'array' }) as const
  const [inputs, outputs] = [layer.inputs.map(arrayOf('in')), layer.outputs.map(arrayOf('out'))]
  const copy = (kernel: string, k: number, from: string, to: string, array: HlsTensor): HlsLayer => ({
    name: own(`${kernel}${k}`),
    call: frameCall(kernel, tensorSize(array)),
    inputs: [from],
    outputs: [to],
  })
  return {
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
    tensors: [...inputs, ...outputs],
    before: inputs.map((array, k) => copy('read', k, layer.inputs[k]!, array.name, array)),
    after: outputs.map((array, k) => copy('write', k, array.name, layer.outputs[k]!, array)),
  }
}

function frameCall(kernel: string, size: number): HlsCall {
  return {
    kernel: `nnet::frame_${kernel}`,
    header: 'lutra_frame.h',
    config: { n_in: size },
    arguments: [
      { role: 'input', index: 0 },
      { role: 'output', index: 0 },
    ],
  }
}

function freshName(base: string, taken: Set<string>): string {
  let name = base
  for (let k = 2; taken.has(name); k++) name = `${base}_${k}`
  taken.add(name)
  return name
}
