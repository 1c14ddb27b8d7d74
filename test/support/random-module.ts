// Random modules for tests: a program of small steps, each making a cell from nets made before. All kinds of cells
// occur, with widths up to 100 bits, signed and unsigned mixed. While the input `quiet` is 0 nothing is written to
// memories and every read is enabled, so that holding reset for a while leaves no unknown value anywhere.

import fc from 'fast-check'
import { type FixedType, fixedType } from '../../src/fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../../src/netlist/builder.ts'
import type { Net } from '../../src/netlist/netlist.ts'
import type { PortElement, RtlModule } from '../../src/rtl/module.ts'

export interface Step {
  readonly op: number
  readonly a: number
  readonly b: number
  readonly c: number
  readonly k: number
}

export interface Program {
  readonly inputs: readonly FixedType[]
  readonly steps: readonly Step[]
}

const widest = 100

const type = fc.record({
  signed: fc.boolean(),
  width: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 9, max: 70 })),
  frac: fc.integer({ min: -4, max: 12 }),
})

const step = fc.record({
  op: fc.nat(999),
  a: fc.nat(9999),
  b: fc.nat(9999),
  c: fc.nat(9999),
  k: fc.nat(9999),
})

export function programs(steps = 40): fc.Arbitrary<Program> {
  return fc.record({
    inputs: fc.array(type, { minLength: 1, maxLength: 6 }),
    steps: fc.array(step, { minLength: 1, maxLength: steps }),
  })
}

interface Workbench {
  readonly builder: NetlistBuilder
  readonly pool: Net[]
  readonly quiet: Net
}

type Maker = (bench: Workbench, step: Step) => Net

const pick = ({ pool }: Workbench, n: number): Net => pool[n % pool.length]!

function width(bench: Workbench, net: Net): number {
  return bench.builder.type(net).width
}

/** A single bit of a net. */
function bitOf(bench: Workbench, n: number, k: number): Net {
  const net = pick(bench, n)
  return bench.builder.bits(net, k % Math.max(1, width(bench, net)), 1, false, 0)
}

/** An unsigned number of `size` bits taken from a net. */
function number(bench: Workbench, n: number, size: number): Net {
  return bench.builder.bits(pick(bench, n), 0, size, false, 0)
}

function lookup(bench: Workbench, { a, b, k }: Step): Net {
  const { builder } = bench
  const signed = b % 2 === 0
  const size = 1 + (k % 9)
  const index = builder.bits(pick(bench, a), 0, size, signed, 0)
  const first = signed ? -(1n << BigInt(size - 1)) : 0n
  const spread = BigInt(3 + (b % 5000))
  const values = Array.from({ length: 1 << size }, (_, i) => (BigInt(i * i * 37 + b) % spread) - spread / 3n)
  return builder.table(index, { name: `t${k % 3}`, first, values, frac: b % 5 })
}

function readBack(bench: Workbench, { a, b, c, k }: Step): Net {
  const { builder, quiet } = bench
  const depth = 1 + (k % 20)
  const size = Math.max(1, Math.ceil(Math.log2(depth)))
  const data = pick(bench, a)
  const element = { ...builder.type(data), signed: true, width: width(bench, data) + 1 }
  const initial = Array.from({ length: depth }, (_, i) => -BigInt((i + k) % 2))
  const memory = builder.memory({ name: `m${k % 2}`, depth, element, initial })
  const inside = (n: number): Net => {
    const address = number(bench, n, size)
    const last = builder.constant(BigInt(depth - 1), 0)
    return builder.min(address, last)
  }
  builder.write(memory, inside(b), data, builder.and(bitOf(bench, c, k), quiet))
  const enable = builder.or(bitOf(bench, b, c), builder.not(quiet))
  return builder.read(memory, inside(c), k % 3 === 0 ? undefined : enable)
}

function accumulate(bench: Workbench, { a, b, k }: Step): Net {
  const { builder } = bench
  const data = pick(bench, a)
  const { frac } = builder.interval(data)
  const own = { signed: k % 2 === 0, width: 1 + (k % 60), frac }
  const loop = builder.registerLoop(own, { reset: 0n })
  const next = builder.bits(builder.add(loop, data), 0, own.width, own.signed, frac)
  // The sum's frac is the loop's unless the data is the constant 0.
  builder.connect(loop, next, k % 3 === 0 ? undefined : bitOf(bench, b, k))
  return loop
}

/** Three unsigned numbers under fracs of their own. */
function unsignedWords(bench: Workbench, { a, b, c, k }: Step): [Net, Net, Net] {
  const word = (n: number, size: number, up: number) =>
    bench.builder.scale(number(bench, n, size % 40), (up % 4) - 1)
  return [word(a, k, b), word(b, k >> 3, c), word(c, k >> 6, a)]
}

const makers: readonly Maker[] = [
  (bench, step) => bench.builder.parity(...unsignedWords(bench, step)),
  (bench, step) => bench.builder.majority(...unsignedWords(bench, step)),
  (bench, { a, b, k }) => bench.builder.add(pick(bench, a), pick(bench, b), (k % 7) - 3),
  (bench, { a, b, k }) => bench.builder.sub(pick(bench, a), pick(bench, b), (k % 7) - 3),
  (bench, { a, b, k }) => bench.builder.add(pick(bench, a), pick(bench, b), (k % 31) - 15),
  (bench, { a }) => bench.builder.negate(pick(bench, a)),
  (bench, { a, b }) => bench.builder.mul(pick(bench, a), pick(bench, b)),
  (bench, { a, b, c, k }) => bench.builder.mux(bitOf(bench, a, k), pick(bench, b), pick(bench, c)),
  (bench, { a, b }) => bench.builder.lt(pick(bench, a), pick(bench, b)),
  (bench, { a, b }) => bench.builder.eq(pick(bench, a), pick(bench, b)),
  (bench, { a, b }) => bench.builder.max(pick(bench, a), pick(bench, b)),
  (bench, { a, b, k }) =>
    bench.builder.bits(pick(bench, a), (k % 40) - 5, 1 + (b % 30), k % 2 === 0, (b % 9) - 2),
  (bench, { a, b, k }) => bench.builder.bits(pick(bench, a), k % 12, 20 + (b % 50), k % 2 === 0, (b % 9) - 2),
  (bench, { a, k }) => bench.builder.scale(pick(bench, a), (k % 7) - 3),
  (bench, { a, b, k, c }) => bench.builder.and(bitOf(bench, a, k), bitOf(bench, b, c)),
  (bench, { a, b, k, c }) => bench.builder.or(bitOf(bench, a, k), bitOf(bench, b, c)),
  (bench, { a, b, k, c }) => bench.builder.xor(bitOf(bench, a, k), bitOf(bench, b, c)),
  (bench, { a, k }) => bench.builder.not(bitOf(bench, a, k)),
  (bench, { k, b }) => bench.builder.constant(BigInt(k) - 5000n, b % 10),
  lookup,
  (bench, step) => bench.builder.register(lookup(bench, step)),
  (bench, { a }) => bench.builder.register(pick(bench, a)),
  (bench, { a, k }) => bench.builder.register(pick(bench, a), { reset: BigInt(k % 16) - 8n }),
  (bench, { a, b, k }) =>
    bench.builder.register(pick(bench, a), { reset: BigInt(k % 3) - 1n, enable: bitOf(bench, b, k) }),
  accumulate,
  readBack,
]

/** Keeps nets narrow enough, and constant 0 from taking over. */
function bounded(bench: Workbench, net: Net): Net {
  const { builder } = bench
  const { frac } = builder.interval(net)
  if (Math.abs(frac) > 60) return builder.bits(net, 0, Math.min(width(bench, net), widest), true, 0)
  return width(bench, net) <= widest ? net : builder.bits(net, 3, widest - 5, true, frac - 3)
}

/** Builds the program as a module with ports `x` (its inputs and `quiet`, last) and `y` (the last nets made). */
export function buildModule(program: Program, name: string): RtlModule {
  const builder = createBuilder()
  builder.layer(name)
  const quiet = builder.input('quiet', fixedType(false, 1, 0))
  const ports = program.inputs.map((own, k) => ({ net: builder.input(`x${k}`, own), type: own }))
  const bench: Workbench = { builder, pool: [...ports.map(port => port.net), quiet], quiet }
  program.steps.forEach((step, k) => {
    const net = bounded(bench, makers[step.op % makers.length]!(bench, step))
    if (k % 5 === 0) builder.name(net, `named_${k % 15}`)
    bench.pool.push(net)
  })
  const outputs: PortElement[] = bench.pool.slice(-12).map((net, k) => {
    builder.output(`y${k}`, net)
    return { net, type: outputType(builder, net, k) }
  })
  return {
    name,
    summary: 'A random module',
    ports: [
      {
        name: 'x',
        direction: 'in',
        elements: [...ports, { net: quiet, type: fixedType(false, 1, 0) }],
      },
      { name: 'y', direction: 'out', elements: outputs },
    ],
    netlist: builder.finish(),
    instances: [],
  }
}

/** A type the net's values fit in: its own, or a wider one, with more fraction bits at times. */
function outputType(builder: NetlistBuilder, net: Net, k: number): FixedType {
  const own = builder.type(net)
  if (k % 3 === 0) return own
  const more = k % 3 === 1 ? 0 : 2
  if (own.width === 0) return { signed: true, width: k % 4, frac: own.frac }
  return {
    signed: true,
    width: own.width + (own.signed ? 0 : 1) + more + (k % 2),
    frac: own.frac + more,
  }
}
