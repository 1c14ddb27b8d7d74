// What an estimate adds up, layer by layer.

import { countLogic, type LogicCount } from '../../estimate/cell-features.ts'
import { type Cost, nothing } from '../../estimate/design-estimate.ts'
import { lutsOf, productLuts } from '../../estimate/logic-costs.ts'
import { layerOfSketch, type ProductSketch } from '../../estimate/sketch-product.ts'
import type { Netlist } from '../../netlist/netlist.ts'
import type { RtlModule } from '../../rtl/module.ts'
import type { Design } from './design.ts'

/** Sums by layer; '' for what stands around them. */
export interface Tally {
  readonly layers: ReadonlyMap<string, Cost>
  /** A layer's sum in whole numbers. */
  rounded(layer: string): Cost
  /** Cells of a layer, or of the layers that they name; `registered` as `countLogic` takes it. */
  logic(netlist: Netlist, layer: string | undefined, registered?: Uint8Array): void
  /** `used`: the share of its additions' bits that reach an output. */
  product(sketch: ProductSketch, used: number): void
  flipFlops(layer: string, bits: number): void
  /** A module and all it contains, but those given. */
  module(module: RtlModule, layer: string, except?: ReadonlySet<RtlModule>): void
  around(design: Design): void
  /** Takes back what was counted and is not built. */
  without(layer: string, cost: Cost): void
  /** A part of another tally's layer. */
  share(other: Tally, layer: string, part: number): void
}

type Sum = { -readonly [K in keyof Cost]: Cost[K] }

export function createTally(): Tally {
  const layers = new Map<string, Sum>()
  const of = (layer: string) => {
    const known = layers.get(layer) ?? { lut: 0, ff: 0, dsp: 0, bram18: 0 }
    layers.set(layer, known)
    return known
  }
  const tally: Tally = {
    layers,
    rounded: layer => {
      const { lut, ff, dsp, bram18 } = layers.get(layer) ?? nothing
      return { lut: Math.round(lut), ff: Math.round(ff), dsp: Math.round(dsp), bram18: Math.round(bram18) }
    },
    logic: (netlist, layer, registered) => {
      for (const [name, count] of countLogic(netlist, registered)) {
        const { layer: own, isProduct, copies } = layerOfSketch(name)
        if (!isProduct) addLogic(of(layer ?? own), count, copies)
      }
    },
    product: (sketch, used) => {
      of(sketch.layer).lut += used * productLuts(sketch)
    },
    flipFlops: (layer, bits) => {
      of(layer).ff += bits
    },
    module: (module, layer, except) => {
      if (except?.has(module)) return
      tally.logic(withInstances(module), layer)
      for (const instance of module.instances) tally.module(instance.module, layer, except)
    },
    share: (other, layer, part) => {
      const { lut, ff, dsp, bram18 } = other.layers.get(layer) ?? nothing
      const to = of(layer)
      to.lut += part * lut
      to.ff += part * ff
      to.dsp += part * dsp
      to.bram18 += part * bram18
    },
    without: (layer, { lut, ff }) => {
      const from = of(layer)
      from.lut -= lut
      from.ff -= ff
    },
    around: design => {
      const parts = design.parts.map(part =>
        part.kind === 'folded' ? part.stage.module : part.datapath.core,
      )
      tally.module(design.top.top, '', new Set(parts))
    },
  }
  return tally
}

/** The module's netlist; what its instances read leaves it too. */
function withInstances({ netlist, instances }: RtlModule): Netlist {
  const read = instances.flatMap(({ name, inputs }) =>
    Object.values(inputs).flatMap(nets => nets.map(net => ({ name, net }))),
  )
  return { ...netlist, outputs: [...netlist.outputs, ...read] }
}

function addLogic(to: Sum, { bits, ff, dsp, bram18, lutram }: LogicCount, copies: number): void {
  to.lut += copies * lutsOf(bits) + lutram
  to.ff += copies * ff
  to.dsp += copies * dsp
  to.bram18 += copies * bram18
}
