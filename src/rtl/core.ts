// A combinational function as a pipelined module: data in, data out, constant latency, `ce` on every register.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../netlist/builder.ts'
import type { Family, SpeedGrade } from '../netlist/delay.ts'
import type { Net } from '../netlist/netlist.ts'
import { type PipelineStage, pipeline } from '../netlist/pipeline.ts'
import type { ProductSolver } from '../netlist/product-solver.ts'
import type { RtlModule } from './module.ts'
import { bitType } from './module-builder.ts'
import { partitionByLayer } from './partition.ts'

/** A bundle of elements at the core's border. */
export interface CoreBundle {
  readonly name: string
  readonly types: readonly FixedType[]
}

/** A bundle that leaves the core; without types every element has the narrowest its interval allows. */
export interface CoreResult {
  readonly name: string
  readonly types?: readonly FixedType[]
}

export interface CoreOptions {
  readonly name: string
  /** Layer that the cells belong to. */
  readonly layer: string
  readonly clockNs: number
  readonly family: Family
  readonly grade?: SpeedGrade | undefined
  readonly inputs: readonly CoreBundle[]
  readonly outputs: readonly CoreResult[]
  /** False: registers are never held, and there is no port `ce`. */
  readonly enable?: boolean
  /** In place of the optimiser of constant products. */
  readonly solver?: ProductSolver | undefined
  /** Lowers the function; gives the nets of every output bundle, each value within its type. */
  lower(builder: NetlistBuilder, inputs: readonly (readonly Net[])[]): readonly (readonly Net[])[]
}

export interface Core {
  /** Ports: `ce` unless it runs free, then one per bundle. */
  readonly module: RtlModule
  readonly latency: number
  readonly stages: readonly PipelineStage[]
  readonly findings: readonly Diagnostic[]
}

/** Lowers and pipelines a function for the clock asked for. */
export function buildCore(options: CoreOptions): Core {
  const { name, layer, clockNs, family, grade, inputs, outputs } = options
  const builder = createBuilder({ solver: options.solver })
  builder.layer(layer)
  const taken = inputs.map(bundle =>
    bundle.types.map((type, k) => builder.input(`${bundle.name}_${k}`, type)),
  )
  const given = options.lower(builder, taken).map((nets, n) => {
    const bundle = outputs[n]!
    const types = bundle.types ?? nets.map(net => builder.type(net))
    nets.forEach((net, k) => {
      builder.output(`${bundle.name}_${k}`, underFrac(builder, net, types[k]!))
    })
    return { name: bundle.name, types }
  })
  const enabled = options.enable ?? true
  const made = pipeline(builder.finish(), { clockNs, family, grade, enable: enabled ? 'ce' : undefined })
  const port = (direction: 'in' | 'out') => (bundle: CoreBundle) =>
    ({ name: bundle.name, direction, elements: bundle.types }) as const
  const enablePort = { name: 'ce', direction: 'in', elements: [bitType] } as const
  const module = partitionByLayer(made.netlist, name, [
    ...(enabled ? [enablePort] : []),
    ...inputs.map(port('in')),
    ...given.map(port('out')),
  ])
  return { module, latency: made.latency, stages: made.stages, findings: made.findings }
}

/** A value under its type's frac: ports carry the type's bits, also those known to be zero. */
function underFrac(builder: NetlistBuilder, net: Net, type: FixedType): Net {
  return builder.bits(net, builder.interval(net).frac - type.frac, type.width, type.signed, type.frac)
}
