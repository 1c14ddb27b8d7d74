// A design as an accelerator: between streams of words, with registers, as boards take it.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Conversion } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt, sizeOf } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { buildAxiDesign } from '../../rtl/axi/axi-design.ts'
import { beatsOfWords, type WordForm } from '../../rtl/axi/word-stream.ts'
import type { RtlModule } from '../../rtl/module.ts'
import type { Design, DesignPort } from './design.ts'

export interface AcceleratorOptions {
  /** 16 hexadecimal digits. */
  readonly buildHash: string
  readonly form: WordForm
  readonly wordsPerBeat: number
}

export interface Accelerator {
  /** Streams `s` and `m` of words with `last`, registers on `s_axi`. */
  readonly module: RtlModule
  readonly input: DesignPort
  readonly output: DesignPort
  /** How a number becomes each element of the input. */
  readonly conversions: readonly Conversion[]
  /** Beats of a frame by data port, for test benches. */
  readonly beatsPerFrame: Readonly<Record<string, number>>
}

/** Wraps a design of one input and one output tensor. */
export function buildAccelerator(graph: OpGraph, design: Design, options: AcceleratorOptions): Accelerator {
  const { form, wordsPerBeat, buildHash } = options
  const [input, output] = onlyPorts(design)
  const { project, clockNs, family, grade } = design.options
  const conversions = conversionsOf(graph, input)
  const module = buildAxiDesign({
    name: `${project}_axi`,
    design: design.top.top,
    inputs: conversions,
    outputs: output.types,
    form,
    wordsPerBeat,
    clockNs,
    family,
    grade,
    buildHash: BigInt(`0x${buildHash}`),
  })
  const beatsPerFrame = {
    s_data: beatsOfWords(input.types.length, wordsPerBeat),
    m_data: beatsOfWords(output.types.length, wordsPerBeat),
  }
  return { module, input, output, conversions, beatsPerFrame }
}

function onlyPorts({ inputs, outputs, options }: Design): [DesignPort, DesignPort] {
  const [input, output] = [inputs[0]!, outputs[0]!]
  if (inputs.length === 1 && outputs.length === 1) return [input, output]
  return fail({
    code: 'package/several-streams',
    place: options.project,
    problem: `the network has ${inputs.length} inputs and ${outputs.length} outputs`,
    expected: 'one of each: an accelerator has a stream in and a stream out',
    remedy: 'Concatenate them in the model.',
  })
}

function conversionsOf(graph: OpGraph, { name, shape }: DesignPort): Conversion[] {
  const result = nodeNamed(graph, name).resolved.result!
  return Array.from({ length: sizeOf(shape) }, (_, k) => conversionAt(result, shape, k))
}
