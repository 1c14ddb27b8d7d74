// A design as an accelerator: between its words, with registers, behind the interface that a board takes.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Conversion } from '../../fixed/types.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt, sizeOf } from '../../ir/tensor-type.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { buildAxiDesign } from '../../rtl/axi/axi-design.ts'
import type { BusSubject } from '../../rtl/axi/bench/script.ts'
import { type Bus, portsOf } from '../../rtl/axi/bus-interface.ts'
import type { WordForm } from '../../rtl/axi/word-stream.ts'
import type { RtlModule } from '../../rtl/module.ts'
import type { Design, DesignPort } from './design.ts'

/** `interface` and `link`: streams behind a mover unless said otherwise. */
export interface AcceleratorOptions extends Partial<Bus> {
  /** 16 hexadecimal digits. */
  readonly buildHash: string
  readonly form: WordForm
  readonly wordsPerBeat: number
}

export interface Accelerator {
  /** Its ports are those of `buildAxiDesign`. */
  readonly module: RtlModule
  readonly input: DesignPort
  readonly output: DesignPort
  /** How a number becomes each element of the input. */
  readonly conversions: readonly Conversion[]
  /** What test benches have to know of it. */
  readonly subject: BusSubject
  /** What its shell is printed from. */
  readonly shell: Bus & Pick<AcceleratorOptions, 'buildHash' | 'wordsPerBeat'> & { readonly project: string }
}

/** Wraps a design of one input and one output tensor. Fails with `package/*` for what the interface cannot carry. */
export function buildAccelerator(graph: OpGraph, design: Design, options: AcceleratorOptions): Accelerator {
  const { buildHash } = options
  const [input, output] = onlyPorts(design)
  const { project, clockNs, family, grade } = design.options
  const conversions = conversionsOf(graph, input)
  const module = buildAxiDesign({
    ...options,
    name: `${project}_axi`,
    design: design.top.top,
    inputs: conversions,
    outputs: output.types,
    clockNs,
    family,
    grade,
    buildHash: BigInt(`0x${buildHash}`),
  })
  const { interface: chosen = 'axi_stream', link = 'mover', wordsPerBeat } = options
  const subject = { ports: portsOf(options), wordsPerBeat }
  const shell = { project, buildHash, interface: chosen, link, wordsPerBeat }
  return { module, input, output, conversions, subject, shell }
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
