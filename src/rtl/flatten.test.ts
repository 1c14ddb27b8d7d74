import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomValues, runModel } from '../../test/support/netlist-model.ts'
import { buildModule, programs } from '../../test/support/random-module.ts'
import { streamTop } from '../../test/support/stream-top.ts'
import { fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import { createBuilder } from '../netlist/builder.ts'
import { createSimulator } from '../netlist/simulate.ts'
import { flatten } from './flatten.ts'
import type { RtlModule } from './module.ts'

const byte = fixedType(true, 8, 0)
const nine = fixedType(true, 9, 0)

/** y = x + 1, or that one cycle later, on a port of nine bits. */
function increment(name: string, registered: boolean): RtlModule {
  const b = createBuilder()
  b.layer(name)
  const x = b.input('x', byte)
  const sum = b.name(b.add(x, b.constant(1n, 0)), 'sum')
  const y = registered ? b.register(b.bits(sum, 0, 8, true, 0), { reset: 5n }) : sum
  return {
    name,
    summary: '',
    ports: [
      { name: 'x', direction: 'in', elements: [{ net: x, type: byte }] },
      { name: 'y', direction: 'out', elements: [{ net: y, type: nine }] },
    ],
    netlist: b.finish(),
    instances: [],
  }
}

/** Two instances, each feeding the other's input, cut to eight bits. */
function ring(first: RtlModule, second: RtlModule): RtlModule {
  const b = createBuilder()
  const ends = [first, second].map(() => b.instanceOutput({ min: minRaw(nine), max: maxRaw(nine), frac: 0 }))
  const cut = ends.map(net => b.bits(net, 0, 8, true, 0))
  return {
    name: 'ring',
    summary: '',
    ports: [{ name: 'y', direction: 'out', elements: [{ net: ends[1]!, type: nine }] }],
    netlist: b.finish(),
    instances: [
      { name: 'first', module: first, inputs: { x: [cut[1]!] }, outputs: { y: [ends[0]!] } },
      { name: 'second', module: second, inputs: { x: [cut[0]!] }, outputs: { y: [ends[1]!] } },
    ],
  }
}

describe('flatten', () => {
  it('sorts cells that a later instance feeds', () => {
    const flat = flatten(ring(increment('plain', false), increment('counted', true)))
    const simulator = createSimulator(flat)
    const seen = Array.from({ length: 3 }, () => {
      const value = simulator.get('y[0]')
      simulator.tick()
      return value
    })
    expect(seen).toEqual([5n, 7n, 9n])
    expect([...flat.names.values()]).toEqual(['first.sum', 'second.sum'])
    expect(flat.layers).toContain('counted')
  })

  it('calls a combinational loop a fault', () => {
    expect(() => flatten(ring(increment('a', false), increment('b', false)))).toThrow(
      /combinational loop in ring through (first|second)\.sum/,
    )
  })

  it('refuses values that a port cannot carry', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(true, 8, 2))
    const y = b.instanceOutput({ min: minRaw(nine), max: maxRaw(nine), frac: 0 })
    const top: RtlModule = {
      name: 'top',
      summary: '',
      ports: [
        { name: 'x', direction: 'in', elements: [{ net: x, type: fixedType(true, 8, 2) }] },
        { name: 'y', direction: 'out', elements: [{ net: y, type: nine }] },
      ],
      netlist: b.finish(),
      instances: [{ name: 'u', module: increment('i', false), inputs: { x: [x] }, outputs: { y: [y] } }],
    }
    expect(() => flatten(top)).toThrow(/u\.x\[0\] would lose 2 bits/)
  })

  it('keeps the bits of random modules side by side and in a row', () => {
    fc.assert(
      fc.property(fc.array(programs(20), { minLength: 1, maxLength: 3 }), fc.nat(), (list, seed) => {
        const modules = list.map((program, k) => buildModule(program, `m${k}`))
        const top = streamTop(modules)
        const flat = flatten(top)
        const random = randomValues(seed)
        const cycles = Array.from({ length: 12 }, () => ({
          values: flat.inputs.map(({ net }) => random.within(flat.min[net]!, flat.max[net]!)),
        }))
        const together = runModel(flat, cycles)
        expect(together).toEqual(apart(modules, top, cycles))
      }),
      { numRuns: 100 },
    )
  })
})

/** Runs each module alone, one after the other, taking from the one before what the top would bring it. */
function apart(modules: readonly RtlModule[], top: RtlModule, cycles: { values: bigint[] }[]): bigint[][] {
  const results = cycles.map(({ values }) => [values.at(-1)!, values[0]!])
  let at = 1
  let before: { values: bigint[]; frac: number }[] | undefined
  modules.forEach((module, k) => {
    const types = module.ports[0]!.elements.map(element => element.type)
    const fresh = types.length - 1 - (k === 0 ? 0 : 1)
    const inputs = cycles.map(({ values }, cycle) => {
      const own = values.slice(at, at + fresh)
      if (k > 0) own.unshift(cutTo(before![cycle]!.values[0]!, types[0]!))
      return { values: [values[0]!, ...own] }
    })
    at += fresh
    const outputs = module.ports[1]!.elements
    const { netlist } = module
    before = runModel(netlist, inputs).map(values => ({
      values: values.map(
        (raw, y) => raw << BigInt(gap(netlist.frac[outputs[y]!.net]!, outputs[y]!.type, raw)),
      ),
      frac: 0,
    }))
    before.forEach(({ values }, cycle) => {
      results[cycle]!.push(...values)
    })
  })
  expect(top.ports.filter(port => port.direction === 'out')).toHaveLength(3)
  return results
}

function gap(frac: number, type: { frac: number }, raw: bigint): number {
  return raw === 0n ? 0 : type.frac - frac
}

function cutTo(raw: bigint, type: { signed: boolean; width: number }): bigint {
  return type.signed ? BigInt.asIntN(type.width, raw) : BigInt.asUintN(type.width, raw)
}
