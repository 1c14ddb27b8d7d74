import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { orderLayers } from './layer-order.ts'
import { isFixedNet, operandsOf } from './live.ts'
import { kindOf, type Net, type Netlist } from './netlist.ts'

/** Pairs of layers between which a value flows. */
function flows(netlist: Netlist): [number, number][] {
  return Array.from(netlist.layer).flatMap((own, net) =>
    operandsOf(netlist, net as Net)
      .filter(operand => !isFixedNet(netlist, operand) && kindOf(netlist, operand) !== 'input')
      .map((operand): [number, number] => [netlist.layer[operand]!, own]),
  )
}

test('what two layers share belongs to the first of them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(3)), { minLength: 1, maxLength: 40 }), cells => {
      const b = createBuilder()
      const order = ['one', 'two', 'three', 'four']
      for (const name of order) b.layer(name)
      const nets = [b.input('x', fixedType(true, 8, 0)), b.input('y', fixedType(true, 8, 0))]
      for (const [left, right, layer] of cells) {
        b.layer(order[layer]!)
        const [a, c] = [nets[left % nets.length]!, nets[right % nets.length]!]
        nets.push(b.bits(b.add(a, c), 0, 8, true, 0))
      }
      b.output('z', nets.at(-1)!)
      const netlist = b.finish()
      const made = orderLayers(netlist, order)
      const rank = (k: number) => order.indexOf(made.layers[k]!)
      for (const [from, to] of flows(made)) expect(rank(from)).toBeLessThanOrEqual(rank(to))
      expect({ ...made, layer: netlist.layer }).toEqual(netlist)
    }),
    { seed: 1, numRuns: 100 },
  )
})
