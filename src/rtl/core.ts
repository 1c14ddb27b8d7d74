// A combinational function as a pipelined module: data in, data out, constant latency, `ce` on every register.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../netlist/builder.ts'
import type { Family } from '../netlist/delay.ts'
import type { Net } from '../netlist/netlist.ts'
import { pipeline } from '../netlist/pipeline.ts'
import type { RtlModule } from './module.ts'
import { bitType } from './module-builder.ts'
import { partitionByLayer } from './partition.ts'

/** A bundle of elements at the core's border. */
export interface CoreBundle {
  readonly name: string
  readonly types: readonly FixedType[]
}

export interface CoreOptions {
  readonly name: string
  /** Layer that the cells belong to. */
  readonly layer: string
  readonly clockNs: number
  readonly family: Family
  readonly inputs: readonly CoreBundle[]
  readonly outputs: readonly CoreBundle[]
  /** Lowers the function; gives the nets of every output bundle, each value within its type. */
  lower(builder: NetlistBuilder, inputs: readonly (readonly Net[])[]): readonly (readonly Net[])[]
}

export interface Core {
  /** Ports `ce`, then one per bundle. */
  readonly module: RtlModule
  readonly latency: number
  readonly findings: readonly Diagnostic[]
}

/** Lowers and pipelines a function for the clock asked for. */
export function buildCore(options: CoreOptions): Core {
  const { name, layer, clockNs, family, inputs, outputs } = options
  const builder = createBuilder()
  builder.layer(layer)
  const taken = inputs.map(bundle =>
    bundle.types.map((type, k) => builder.input(`${bundle.name}_${k}`, type)),
  )
  options.lower(builder, taken).forEach((nets, n) => {
    const bundle = outputs[n]!
    nets.forEach((net, k) => {
      builder.output(`${bundle.name}_${k}`, underFrac(builder, net, bundle.types[k]!))
    })
  })
  const made = pipeline(builder.finish(), { clockNs, family, enable: 'ce' })
  const port = (direction: 'in' | 'out') => (bundle: CoreBundle) =>
    ({ name: bundle.name, direction, elements: bundle.types }) as const
  const module = partitionByLayer(made.netlist, name, [
    { name: 'ce', direction: 'in', elements: [bitType] },
    ...inputs.map(port('in')),
    ...outputs.map(port('out')),
  ])
  return { module, latency: made.latency, findings: made.findings }
}

/** A value under its type's frac: ports carry the type's bits, also those known to be zero. */
function underFrac(builder: NetlistBuilder, net: Net, type: FixedType): Net {
  return builder.bits(net, builder.interval(net).frac - type.frac, type.width, type.signed, type.frac)
}
