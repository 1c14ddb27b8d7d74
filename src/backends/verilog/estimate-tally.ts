// What an estimate adds up, layer by layer.

import { countLogic, type Features, featureNames, noLogic } from '../../estimate/cell-features.ts'
import { type Cost, nothing } from '../../estimate/design-estimate.ts'
import { lutsOf, sharedBits } from '../../estimate/logic-costs.ts'
import { layerOfSketch, type ProductSketch } from '../../estimate/sketch-product.ts'
import type { Netlist } from '../../netlist/netlist.ts'
import type { RtlModule } from '../../rtl/module.ts'
import type { Design } from './design.ts'

/** What a layer is made of, before any figure of how many LUTs a bit of it is. */
export interface LayerMakeup {
  readonly bits: Features
  /** LUTs that are certain, of memories. */
  readonly lutram: number
  readonly ff: number
  readonly dsp: number
  readonly bram18: number
}

type Sum = { -readonly [K in keyof LayerMakeup]: LayerMakeup[K] }

/** Sums by layer; '' for what stands around them. */
export interface Tally {
  readonly layers: ReadonlyMap<string, LayerMakeup>
  /** A layer's cost in whole numbers. */
  rounded(layer: string): Cost
  /** Cells of a layer, or of the layers that they name; `registered` as `countLogic` takes it. */
  logic(netlist: Netlist, layer: string | undefined, registered?: Uint8Array): void
  /** `used`: the share of its additions' bits that reach an output. */
  product(sketch: ProductSketch, used: number): void
  flipFlops(layer: string, bits: number): void
  /** Says that some product is not what will be built, and by how many cycles a part may be earlier or later for it. */
  sketched(earlier: number, later: number): void
  readonly isSketched: boolean
  /** Cycles that the design may be earlier, and later, in all. */
  readonly slack: readonly [earlier: number, later: number]
  /** A module and all it contains, but those given. */
  module(module: RtlModule, layer: string, except?: ReadonlySet<RtlModule>): void
  around(design: Design): void
  /** Takes back bits of additions and flip-flops that were counted and are not built. */
  without(layer: string, built: { readonly met: number; readonly ff: number }): void
  /** A part of another tally's layer. */
  share(other: Tally, layer: string, part: number): void
}

export function createTally(): Tally {
  const layers = new Map<string, Sum>()
  const of = (layer: string) => {
    const known = layers.get(layer) ?? noLogic()
    layers.set(layer, known)
    return known
  }
  let isSketched = false
  let slack: readonly [number, number] = [0, 0]
  const tally: Tally = {
    layers,
    get isSketched() {
      return isSketched
    },
    get slack() {
      return slack
    },
    sketched: (earlier, later) => {
      isSketched = true
      slack = [slack[0] + earlier, slack[1] + later]
    },
    rounded: layer => {
      const own = layers.get(layer)
      if (own === undefined) return nothing
      const { bits, lutram, ff, dsp, bram18 } = own
      const lut = Math.round(lutsOf(bits) + lutram)
      return { lut, ff: Math.round(ff), dsp: Math.round(dsp), bram18: Math.round(bram18) }
    },
    logic: (netlist, layer, registered) => {
      for (const [name, count] of countLogic(netlist, registered)) {
        const { layer: own, part, copies } = layerOfSketch(name)
        if (part !== 'product') add(of(layer ?? own), count, copies)
      }
    },
    product: (sketch, used) => {
      of(sketch.layer).bits.product += used * sharedBits(sketch)
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
      const own = other.layers.get(layer)
      if (own !== undefined) add(of(layer), own, part)
      if (other.isSketched) tally.sketched(...other.slack)
    },
    without: (layer, { met, ff }) => {
      const from = of(layer)
      from.bits.met -= met
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

function add(to: Sum, { bits, lutram, ff, dsp, bram18 }: LayerMakeup, times: number): void {
  for (const name of featureNames) to.bits[name] += times * bits[name]
  to.lutram += times * lutram
  to.ff += times * ff
  to.dsp += times * dsp
  to.bram18 += times * bram18
}

/** The module's netlist; what its instances read leaves it too. */
function withInstances({ netlist, instances }: RtlModule): Netlist {
  const read = instances.flatMap(({ name, inputs }) =>
    Object.values(inputs).flatMap(nets => nets.map(net => ({ name, net }))),
  )
  return { ...netlist, outputs: [...netlist.outputs, ...read] }
}
