// The core of a design with folded layers: its parts one behind another. A frame's token runs through them: `start` of a
// part is `done` of the one before, so that the whole has a fixed latency and takes a frame every `interval` cycles.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Interval } from '../../fixed/interval.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { elementTypes } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Family, SpeedGrade } from '../../netlist/delay.ts'
import type { Net } from '../../netlist/netlist.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { FoldedStage } from '../../rtl/folded-stage.ts'
import type { RtlModule } from '../../rtl/module.ts'
import { createModule, type ModuleBuilder } from '../../rtl/module-builder.ts'
import { laneTypes } from '../../rtl/width-adapter.ts'
import { type Datapath, lowerPart, type PartLowering } from './lower-graph.ts'
import type { DatapathPart, FoldedPart, Forms } from './parts.ts'

export interface FoldedCoreOptions {
  readonly name: string
  readonly clockNs: number
  readonly family: Family
  readonly grade?: SpeedGrade | undefined
  readonly dsp: boolean
  readonly effort?: number
  /** Elements of a beat where the first layer works while its input comes; absent: whole frames. */
  readonly perBeat?: number
}

/** A part as built; `start` is the cycle of its frame in which it begins. */
export type BuiltPart =
  | { readonly kind: 'datapath'; readonly start: number; readonly datapath: Datapath }
  | {
      readonly kind: 'folded'
      readonly start: number
      readonly layer: string
      readonly source: string
      readonly stage: FoldedStage
    }

export interface FoldedCore {
  readonly module: RtlModule
  readonly parts: readonly BuiltPart[]
  /** Cycles from `start` to `done`. */
  readonly latency: number
  /** Fewest cycles between frames. */
  readonly interval: number
}

/** Cycles a part takes. */
export function latencyOf(part: BuiltPart): number {
  return part.kind === 'datapath' ? part.datapath.pipeline.latency : part.stage.latency
}

/** The token and the tensors that stand at the border between two parts. */
interface Border {
  readonly token: Net
  readonly tensors: ReadonlyMap<string, readonly Net[]>
  readonly cycle: number
}

/** Builds the core: ports `start`, `s_<input>`, `done`, `m_<output>`. */
export function buildFoldedCore(
  graph: OpGraph,
  forms: Forms,
  parts: readonly (DatapathPart | FoldedPart)[],
  options: FoldedCoreOptions,
  lower: PartLowering = lowerPart,
): FoldedCore {
  const module = createModule(
    options.name,
    `${options.name}: layers that fold their products, one behind another`,
  )
  let border: Border = { ...takeInputs(module, graph, options.perBeat), cycle: 0 }
  const built = parts.map((part, k) => {
    const { perBeat, ...rest } = options
    const beats = k === 0 && perBeat !== undefined ? { perBeat } : {}
    const own = { ...rest, ...beats, name: `${options.name}_${partName(part, k)}` }
    const made =
      part.kind === 'datapath'
        ? placeDatapath(module, graph, forms, part, border, own, lower)
        : placeFolded(module, graph, forms, part, border, own)
    border = made.border
    return made.part
  })
  for (const name of graph.outputs)
    module.output(`m_${name}`, border.tensors.get(name)!, typesOf(graph, name))
  module.outputBit('done', border.token)
  return {
    module: module.finish(),
    parts: built,
    latency: border.cycle,
    interval: Math.max(1, ...built.map(part => (part.kind === 'folded' ? part.stage.interval : 1))),
  }
}

function partName(part: DatapathPart | FoldedPart, index: number): string {
  return part.kind === 'folded' ? part.node.name : `datapath_${index}`
}

function typesOf(graph: OpGraph, name: string) {
  return elementTypes(typeOfNode(nodeNamed(graph, name)))
}

/** What a core's input port carries: a tensor's elements, or the lanes of its beats. */
function inputTypes(graph: OpGraph, name: string, perBeat: number | undefined) {
  const types = typesOf(graph, name)
  return perBeat === undefined ? types : laneTypes(types, perBeat)
}

function takeInputs(
  module: ModuleBuilder,
  graph: OpGraph,
  perBeat: number | undefined,
): Pick<Border, 'token' | 'tensors'> {
  const inputs = graph.nodes.filter(node => node.kind === 'input')
  return {
    token: module.inputBit('start'),
    tensors: new Map(
      inputs.map(({ name }) => [name, module.input(`s_${name}`, inputTypes(graph, name, perBeat))]),
    ),
  }
}

interface Placed {
  readonly part: BuiltPart
  readonly border: Border
}

function placeDatapath(
  module: ModuleBuilder,
  graph: OpGraph,
  forms: Forms,
  part: DatapathPart,
  border: Border,
  options: FoldedCoreOptions,
  lower: PartLowering,
): Placed {
  const b = module.netlist
  const known = new Map(part.inputs.map(name => [name, knownOf(b, border.tensors.get(name)!)]))
  const datapath = lower(graph, forms, part, { ...options, enable: false, known })
  const instance = module.place(`u_${options.name}`, datapath.core)
  instance.connect(Object.fromEntries(part.inputs.map(name => [`s_${name}`, border.tensors.get(name)!])))
  let token = border.token
  for (let rank = 0; rank < datapath.pipeline.latency; rank++) token = b.register(token, { reset: 0n })
  return {
    part: { kind: 'datapath', start: border.cycle, datapath },
    border: {
      token,
      tensors: new Map(part.outputs.map(name => [name, instance.out(`m_${name}`)])),
      cycle: border.cycle + datapath.pipeline.latency,
    },
  }
}

function placeFolded(
  module: ModuleBuilder,
  graph: OpGraph,
  forms: Forms,
  { node }: FoldedPart,
  border: Border,
  options: FoldedCoreOptions,
): Placed {
  const form = forms.get(node.name)!
  const source = node.inputs[0]!
  const x = border.tensors.get(source)!
  if (form.form !== 'folded') bug(`${node.name} is not folded`)
  const stage = form.build({
    ...options,
    inputs: knownInputs(module.netlist, x, typesOf(graph, source).length),
  })
  const instance = module.place(`u_${options.name}`, stage.module)
  instance.connect({ start: [border.token], x })
  return {
    part: { kind: 'folded', start: border.cycle, layer: node.name, source, stage },
    border: {
      token: instance.bit('done'),
      tensors: new Map([[node.name, instance.out('y')]]),
      cycle: border.cycle + stage.latency,
    },
  }
}

/** Of a beat's lanes, whose elements have one type, every element is known as much. */
function knownInputs(b: NetlistBuilder, x: readonly Net[], size: number): Interval[] {
  const known = knownOf(b, x)
  return Array.from({ length: size }, (_, k) => known[k % known.length]!)
}

/** What is proved of nets, each under its own frac. */
function knownOf(b: NetlistBuilder, nets: readonly Net[]): Interval[] {
  return nets.map(net => b.interval(net))
}
