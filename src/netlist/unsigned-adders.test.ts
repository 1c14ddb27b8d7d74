// Random circuits of sums, relus and wraps: the same on every output, no deeper, and no adder of signed operands but
// where a full tree left no room.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBuilder, type NetlistBuilder } from './builder.ts'
import { carryFreeForm } from './carry-free.ts'
import { chooseCarryOperands } from './carry-operand.ts'
import { evaluateCombinational } from './evaluate.ts'
import { isFixedNet, liveCells, operandsOf } from './live.ts'
import { kindOf, type Net, type Netlist, netType } from './netlist.ts'
import { useUnsignedAdders } from './unsigned-adders.ts'

const input = fc.record({
  signed: fc.boolean(),
  width: fc.integer({ min: 1, max: 6 }),
  frac: fc.integer({ min: -1, max: 3 }),
})
const step = fc.record({
  kind: fc.constantFrom(
    'add',
    'sub',
    'add',
    'sub',
    'constant',
    'relu',
    'wrap',
    'scale',
    'negate',
    'within',
    'less',
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  shift: fc.integer({ min: -2, max: 3 }),
  value: fc.integer({ min: -200, max: 200 }),
})
const circuit = fc.record({
  inputs: fc.array(input, { minLength: 2, maxLength: 5 }),
  steps: fc.array(step, { minLength: 1, maxLength: 20 }),
  vectors: fc.array(fc.array(fc.bigInt({ min: 0n, max: 63n }), { minLength: 5, maxLength: 5 }), {
    minLength: 4,
    maxLength: 8,
  }),
})
type Circuit = typeof circuit extends fc.Arbitrary<infer T> ? T : never
type Step = Circuit['steps'][number]

function build({ inputs, steps }: Circuit): Netlist {
  const b = createBuilder()
  const nets = inputs.map((type, k) => b.input(`x${k}`, type))
  for (const one of steps) nets.push(lower(b, one, nets))
  nets.slice(-3).forEach((net, k) => {
    b.output(`y${k}`, net)
  })
  return b.finish()
}

function lower(b: NetlistBuilder, { kind, a, b: second, shift, value }: Step, nets: readonly Net[]): Net {
  const x = nets[a % nets.length]!
  const y = nets[second % nets.length]!
  if (b.type(x).width > 24 || b.type(y).width > 24) return b.bits(x, 0, 4, true, 0)
  switch (kind) {
    case 'add':
      return b.add(x, y, shift)
    case 'sub':
      return b.sub(x, y, shift)
    case 'constant':
      return shift > 0
        ? b.add(x, b.constant(BigInt(value), shift))
        : b.sub(b.constant(BigInt(value), shift), x)
    case 'relu':
      return b.max(x, b.constant(0n, 0))
    case 'wrap':
      return b.bits(x, 0, Math.max(1, b.type(x).width - 1), value > 0, b.type(x).frac)
    case 'scale':
      return b.scale(x, shift)
    case 'negate':
      return b.negate(x)
    case 'within':
      return b.mux(b.lt(x, y), y, x)
    default:
      return b.lt(x, y)
  }
}

function valuesOf({ inputs, vectors }: Circuit): bigint[][] {
  return vectors.map(vector =>
    inputs.map(({ signed, width }, k) =>
      signed ? BigInt.asIntN(width, vector[k]!) : BigInt.asUintN(width, vector[k]!),
    ),
  )
}

function isAdder(netlist: Netlist, net: Net): boolean {
  const kind = kindOf(netlist, net)
  if ((kind !== 'add' && kind !== 'sub') || isFixedNet(netlist, net)) return false
  return carryFreeForm(netlist, net) === undefined
}

function depthOf(netlist: Netlist): number {
  const depth = new Int32Array(netlist.kind.length)
  for (let net = 0 as Net; net < depth.length; net++) {
    if (isFixedNet(netlist, net)) continue
    for (const operand of operandsOf(netlist, net)) depth[net] = Math.max(depth[net]!, depth[operand]!)
    if (isAdder(netlist, net)) depth[net]!++
  }
  return netlist.outputs.reduce((most, { net }) => Math.max(most, depth[net]!), 0)
}

/** Values as numbers of 1/16, so that nets of other fracs compare. */
function outputsOf(netlist: Netlist, inputs: readonly bigint[]): bigint[] {
  return evaluateCombinational(netlist, inputs).map(
    (raw, k) => raw << BigInt(16 - netlist.frac[netlist.outputs[k]!.net]!),
  )
}

function expectSame(netlist: Netlist, made: Netlist, one: Circuit): void {
  for (const values of valuesOf(one)) expect(outputsOf(made, values)).toEqual(outputsOf(netlist, values))
}

describe('useUnsignedAdders', () => {
  it('keeps every output and the depth', () => {
    fc.assert(
      fc.property(circuit, one => {
        const netlist = build(one)
        const made = useUnsignedAdders(netlist)
        expectSame(netlist, made, one)
        expect(depthOf(made)).toBeLessThanOrEqual(depthOf(netlist))
      }),
      { numRuns: 500 },
    )
  })

  it('adds unsigned values where there is room for the constant', () => {
    const b = createBuilder()
    const type = { signed: true, width: 6, frac: 0 }
    const [x, y, z] = ['x', 'y', 'z'].map(name => b.input(name, type)) as [Net, Net, Net]
    b.output('sum', b.add(b.add(b.sub(x, y), z, 3), b.constant(5n, 0)))
    const made = useUnsignedAdders(b.finish())
    const live = liveCells(made)
    const variable = (net: Net) => !isFixedNet(made, net) && carryFreeForm(made, net) !== 'ones-above'
    for (let net = 0 as Net; net < live.length; net++) {
      if (live[net] === 0 || !isAdder(made, net)) continue
      for (const operand of operandsOf(made, net))
        if (variable(operand)) expect(netType(made, operand).signed).toBe(false)
    }
  })

  it('leaves a full tree alone', () => {
    const b = createBuilder()
    const type = { signed: true, width: 6, frac: 0 }
    b.output('sum', b.add(b.input('x', type), b.input('y', type), 1))
    const netlist = b.finish()
    const made = useUnsignedAdders(netlist)
    expect(depthOf(made)).toBe(1)
    expect(Array.from(liveCells(made)).filter(live => live === 1)).toHaveLength(3)
  })
})

describe('chooseCarryOperands', () => {
  it('keeps every output', () => {
    fc.assert(
      fc.property(circuit, one => {
        const netlist = useUnsignedAdders(build(one))
        expectSame(netlist, chooseCarryOperands(netlist), one)
      }),
      { numRuns: 300 },
    )
  })

  it('puts what logic makes second, by a shift too', () => {
    const b = createBuilder()
    const type = { signed: true, width: 6, frac: 0 }
    const [x, y] = [b.input('x', type), b.input('y', type)] as const
    b.output('sum', b.add(b.max(x, b.constant(0n, 0)), y, 2))
    const made = chooseCarryOperands(b.finish())
    const sum = made.outputs[0]!.net
    expect(kindOf(made, made.a[sum]! as Net)).toBe('alias')
    expect(made.a[made.a[sum]!]).toBe(made.inputs[1]!.net)
  })

  it('makes one mask of a star of additions', () => {
    const b = createBuilder()
    const relu = (name: string) =>
      b.max(b.input(name, { signed: true, width: 6, frac: 0 }), b.constant(0n, 0))
    const [hub, ...others] = ['hub', 'p', 'q', 'r'].map(relu) as [Net, ...Net[]]
    for (const other of others) b.output('sum', b.add(other, hub, 1))
    const made = chooseCarryOperands(b.finish())
    const sources = made.outputs.map(({ net }) => made.a[made.a[net]!])
    expect(new Set(sources)).toHaveLength(1)
  })
})
