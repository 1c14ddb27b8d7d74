// The middle of a folded array: products, cut where their types say so, and their sums over the lanes.

import { wrapsPlainly } from '../fixed/types.ts'
import { isBlockProduct } from '../netlist/block-product.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import type { Net } from '../netlist/netlist.ts'
import { sumTree } from '../netlist/partial-sums.ts'
import { lowerProduct } from '../netlist/product.ts'
import { buildCore } from './core.ts'
import type { Front, MacArrayOptions } from './mac-options.ts'
import type { Selected } from './mac-select.ts'
import type { ModuleBuilder } from './module-builder.ts'

export interface Products extends Front {
  /** Per accumulator, what it adds in a step: one sum, or, where each addition saturates, every product by itself. */
  readonly nets: readonly (readonly Net[])[]
}

/** Places the multipliers and the additions between lanes. */
export function placeProducts(module: ModuleBuilder, options: MacArrayOptions, selected: Selected): Products {
  const { name, layer, clockNs, family, grade, schedule, dsp } = options
  const multiply = options.multiply ?? lowerProduct
  const b = module.netlist
  const blocks = schedule.multipliers.map(({ lane }, k) => {
    const [x, w] = [b.type(selected.x[lane]!).width, b.type(selected.weight[k]!).width]
    return dsp && options.multiply === undefined && isBlockProduct(x, w)
  })
  // Where some products are DSP blocks with a register behind them, the factors of the others wait as long.
  const waits = blocks.includes(true)
  const keep = (net: Net) => (waits ? b.register(net) : net)
  const operands = schedule.multipliers.map(({ lane }, k) => {
    const [x, w] = [selected.x[lane]!, selected.weight[k]!]
    return blocks[k] ? [b.register(b.mul(x, w))] : [keep(x), keep(w)]
  })
  const flat = operands.flat()
  const core = buildCore({
    name: `${name}_sum`,
    layer,
    clockNs,
    family,
    grade,
    enable: false,
    inputs: [{ name: 'factor', types: flat.map(net => b.type(net)) }],
    outputs: schedule.accumulators.map((_, a) => ({ name: `sum_${a}` })),
    lower: (builder, [factors]) => {
      let next = 0
      const take = (net: Net) => {
        const { min, max } = b.interval(net)
        return builder.within(factors![next++]!, min, max)
      }
      const products = operands
        .map(own => own.map(take))
        .map(([x, w]) => (w === undefined ? x! : multiply(builder, x!, w)))
      return addends(builder, options, products)
    },
  })
  const instance = module.place('sum', core.module)
  instance.connect({ factor: flat })
  return {
    latency: core.latency + (waits ? 1 : 0),
    stages: core.stages,
    findings: core.findings,
    nets: schedule.accumulators.map((_, a) => instance.out(`sum_${a}`)),
  }
}

function addends(b: NetlistBuilder, options: MacArrayOptions, products: readonly Net[]): Net[][] {
  const { schedule, accumulator } = options
  return schedule.accumulators.map((_, a) => {
    const terms = products.flatMap((product, k) => {
      if (schedule.multipliers[k]!.accumulator !== a) return []
      return [accumulator === undefined ? product : lowerConversion(b, product, accumulator)]
    })
    if (accumulator !== undefined && !wrapsPlainly(accumulator)) return terms
    const sum = sumTree(b, terms)
    return [accumulator === undefined ? sum : lowerConversion(b, sum, accumulator)]
  })
}
