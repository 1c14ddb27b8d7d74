// What a folded array's netlists have and its circuit has not: register bits that conversions cut off again, and, on 7
// series, what DSP blocks take in. There Yosys makes products' and weights' registers the blocks' own, and sums between
// lanes the blocks' additions; on later families it leaves them outside.

import { countLogic } from '../../estimate/cell-features.ts'
import { type BitRange, readBits } from '../../estimate/read-bits.ts'
import { isBlockProduct } from '../../netlist/block-product.ts'
import type { Family } from '../../netlist/delay.ts'
import { kindOf, type Net, netType } from '../../netlist/netlist.ts'
import type { RtlModule } from '../../rtl/module.ts'

/** Bits of additions and flip-flops to be taken back from what was counted. */
export function notBuilt(array: RtlModule, family: Family): { readonly met: number; readonly ff: number } {
  const sum = array.instances.find(({ name }) => name === 'sum')
  if (sum === undefined) return { met: 0, ff: 0 }
  const products = blockProducts(array)
  const cut = cutBits(array)
  if (family !== 'xc7') return { met: 0, ff: cut }
  const { netlist } = array
  const packed = products.reduce(
    (bits, net) => bits + widthOf(array, net) + widthOf(array, netlist.b[net]!),
    0,
  )
  const accumulators = sum.module.ports.filter(({ direction }) => direction === 'out').length
  const met = products.length > accumulators ? additionBits(sum.module) : 0
  return { met, ff: Math.max(packed, cut) }
}

function widthOf({ netlist }: RtlModule, net: number): number {
  return netType(netlist, net as Net).width
}

function blockProducts(array: RtlModule): number[] {
  const { netlist } = array
  return Array.from(netlist.kind.keys()).filter(
    net =>
      kindOf(netlist, net as Net) === 'mul' &&
      isBlockProduct(widthOf(array, netlist.a[net]!), widthOf(array, netlist.b[net]!)),
  )
}

function additionBits(module: RtlModule): number {
  const own = [...countLogic(module.netlist).values()].reduce((bits, count) => bits + count.bits.met, 0)
  return module.instances.reduce((bits, instance) => bits + additionBits(instance.module), own)
}

/** Bits of registers that nothing reads behind the instances they feed. */
function cutBits(module: RtlModule): number {
  const { low, high } = readBits(module.netlist, readByInstances(module))
  let bits = 0
  for (let net = 0; net < high.length; net++)
    if (kindOf(module.netlist, net as Net) === 'register' && high[net]! > 0)
      bits += widthOf(module, net) - (high[net]! - low[net]!)
  return bits
}

/** What instances read of a module's nets. */
function readByInstances({ instances }: RtlModule): BitRange[] {
  return instances.flatMap(({ module, inputs }) => {
    const { low, high } = readBits(module.netlist, readByInstances(module))
    return module.ports
      .filter(({ direction }) => direction === 'in')
      .flatMap(port =>
        (inputs[port.name] ?? []).map((net, k) => {
          const inner = port.elements[k]!.net
          return { net, low: low[inner]!, high: high[inner]! }
        }),
      )
  })
}
