// Vector code against the kernels' plain meaning: random steps over random types, inputs of every rounding, and the
// edges of types and of blocks.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import { runStep } from '../../fixed/kernel-meaning.ts'
import { fracAt, type Plan, type PlanBuffer } from '../../fixed/kernels.ts'
import {
  type Conversion,
  conversion,
  fixedType,
  maxRaw,
  minRaw,
  overflows,
  roundings,
} from '../../fixed/types.ts'
import { type Batch, rawRow } from '../engine.ts'
import { compileProgram } from './batch.ts'
import { createLowering } from './lanes/lower-graph.ts'
import type { LaneProgram } from './lanes/program.ts'
import { createRunner, newResults } from './lanes/run-program.ts'
import { compilePlan } from './run-plan.ts'
import { type Chain, chains, conversions } from './testing/random-steps.ts'

const seed = 20261121

/** Raw results by node name and row, through compiled code. */
async function runLanes(
  program: LaneProgram,
  inputs: readonly Batch[],
  rows: number,
): Promise<Map<string, bigint[][]>> {
  const { runnable, module } = await compileProgram('test', program)
  const runner = await createRunner(runnable, module)
  const results = newResults(runnable, [...program.nodes.keys()], rows)
  runner.run(inputs, results, 0, rows)
  const list = (name: string) =>
    Array.from({ length: rows }, (_, row) => [...rawRow(results.get(name)!, row)])
  return new Map([...program.nodes.keys()].map(name => [name, list(name)]))
}

const exactly = (buffer: PlanBuffer): Conversion[] => buffer.types.map(type => conversion(type))

/** Values that a double holds exactly, for a buffer of one type. */
function batchOf(buffer: PlanBuffer, raws: readonly (readonly bigint[])[]): Batch {
  const data = Float64Array.from(raws.flat(), (raw, k) => rawToNumber(raw, fracAt(buffer, k % buffer.size)))
  return { rows: raws.length, shape: [buffer.size], data }
}

function lowerChain(chain: Chain): LaneProgram {
  const lowering = createLowering()
  const ids = chain.inputs.map((buffer, k) => lowering.addInput(`x${k}`, exactly(buffer), buffer))
  const buffers = [...chain.inputs, ...chain.steps.map(({ result }) => result)]
  const nodes = new Map<string, number>()
  chain.steps.forEach(({ step }, k) => {
    const plan: Plan = { buffers, inputs: ids.map((_, id) => id), output: step.into, steps: [step] }
    ids.push(lowering.addPlan(plan, ids))
    nodes.set(`s${k}`, ids.at(-1)!)
  })
  return lowering.finish(nodes)
}

/** The plain meaning of every step, for one sample. */
function plainly(chain: Chain, sample: readonly (readonly bigint[])[]): bigint[][] {
  const buffers = [...chain.inputs, ...chain.steps.map(({ result }) => result)]
  const values = sample.map(raws => [...raws])
  for (const { step } of chain.steps) values.push([...runStep(step, buffers, values)])
  return values.slice(sample.length)
}

const samples = (chain: Chain, rows: number): fc.Arbitrary<bigint[][][]> =>
  fc.array(
    fc.tuple(
      ...chain.inputs.map(({ size, types }) =>
        fc.array(
          fc.oneof(
            fc.constantFrom(minRaw(types[0]!), maxRaw(types[0]!), 0n),
            fc.bigInt({ min: minRaw(types[0]!), max: maxRaw(types[0]!) }),
          ),
          { minLength: size, maxLength: size },
        ),
      ),
    ),
    { minLength: rows, maxLength: rows },
  )

const cases = fc
  .record({ chain: chains, rows: fc.constantFrom(1, 7, 8, 20) })
  .chain(({ chain, rows }) => samples(chain, rows).map(raws => ({ chain, raws })))

describe('steps in vector lanes', () => {
  const taken = { lanes: 0, plain: 0 }

  it(`give the plain meaning's bits (seed ${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ chain, raws }) => {
        const program = lowerChain(chain)
        for (const { kind } of program.steps) taken[kind === 'plain' ? 'plain' : 'lanes']++
        const inputs = chain.inputs.map((buffer, k) =>
          batchOf(
            buffer,
            raws.map(sample => sample[k]!),
          ),
        )
        const found = await runLanes(program, inputs, raws.length)
        raws.forEach((sample, row) => {
          plainly(chain, sample).forEach((expected, k) => {
            expect(found.get(`s${k}`)![row], `${k}: ${chain.steps[k]!.step.kernel}`).toEqual(expected)
          })
        })
      }),
      { seed, numRuns: 60 },
    )
    console.log(`steps in lanes: ${taken.lanes}, plain: ${taken.plain}`)
  })

  it(`and so do kernels on doubles (seed ${seed})`, () => {
    fc.assert(
      fc.property(cases, ({ chain, raws }) => {
        const buffers = [...chain.inputs, ...chain.steps.map(({ result }) => result)]
        const inputs = chain.inputs.map((_, id) => id)
        const steps = chain.steps.map(({ step }) => step)
        const runs = steps.map((step, k) =>
          compilePlan({ buffers, inputs, output: step.into, steps: steps.slice(0, k + 1) }),
        )
        for (const sample of raws.slice(0, 4)) {
          const values = sample.map(row => Float64Array.from(row, Number))
          const expected = plainly(chain, sample)
          expect(Array.from(runs.at(-1)!(values) as ArrayLike<number | bigint>, BigInt)).toEqual(
            expected.at(-1),
          )
        }
      }),
      { seed, numRuns: 100 },
    )
  })
})

/** One product over a buffer of the type, its weights given by output. */
function productChain(
  type: ReturnType<typeof fixedType>,
  weights: readonly bigint[],
  accumulator: Conversion | undefined,
  result: Conversion,
): Chain {
  const buffer = { size: weights.length, types: [type] }
  return {
    inputs: [buffer],
    steps: [
      {
        step: {
          kernel: 'multiply-accumulate',
          from: 0,
          into: 1,
          rows: 1,
          inputs: weights.length,
          outputs: 1,
          weights,
          weightFrac: 4,
          bias: [5n],
          biasFrac: 2,
          product: { kind: 'multiply' },
          accumulator,
          order: undefined,
          conversions: [result],
        },
        result: { size: 1, types: [result.to] },
      },
    ],
  }
}

describe('products at their edges', () => {
  const short = fixedType(true, 16, 4)
  const lowest = -32768n
  const wide = conversion(fixedType(true, 48, 8))
  const forms: [string, bigint[], Conversion | undefined][] = [
    ['most negative times most negative, pairwise', [lowest, lowest], undefined],
    [
      'most negative times most negative, wrapped to 32 bits',
      new Array(9).fill(lowest),
      conversion(fixedType(true, 32, 8)),
    ],
    ['sums beyond 32 bits', new Array(70).fill(lowest), undefined],
    ['weights beyond 16 bits', [100_000n, -70_000n, 3n], undefined],
    ['products cut, many of them', new Array(300).fill(-4097n), conversion(fixedType(true, 14, 0))],
    ['products cut by 14 bits', new Array(33).fill(lowest), conversion(fixedType(true, 12, -6))],
    ['products cut by more', new Array(33).fill(lowest), conversion(fixedType(true, 12, -9))],
    ['products rounded half up', new Array(40).fill(-3n), conversion(fixedType(false, 15, 3), 'RND')],
    ['products rounded half down', new Array(7).fill(-3n), conversion(fixedType(true, 15, 3), 'RND_MIN_INF')],
    [
      'a saturating accumulator',
      [lowest, 32767n, lowest, 9n],
      conversion(fixedType(true, 20, 4), 'RND_CONV', 'SAT'),
    ],
    [
      'a symmetric accumulator of 40 bits',
      new Array(70).fill(lowest),
      conversion(fixedType(true, 33, 8), 'TRN', 'SAT_SYM'),
    ],
  ]

  it.each(forms)('%s', async (_title, weights, accumulator) => {
    const chain = productChain(short, weights, accumulator, wide)
    const fill = (at: (k: number) => bigint) => [Array.from({ length: weights.length }, (_, k) => at(k))]
    const raws = [
      fill(() => lowest),
      fill(() => 32767n),
      fill(() => 0n),
      fill(() => -1n),
      fill(k => (k % 2 === 0 ? lowest : 32767n)),
      ...Array.from({ length: 8 }, (_, n) => fill(k => BigInt(((k + 7) * (n + 3) * 7919) % 65536) - 32768n)),
    ]
    const program = lowerChain(chain)
    expect(program.steps.map(({ kind }) => kind)).toEqual(['product'])
    const inputs = [
      batchOf(
        chain.inputs[0]!,
        raws.map(sample => sample[0]!),
      ),
    ]
    const found = await runLanes(program, inputs, raws.length)
    expect(found.get('s0')).toEqual(raws.map(sample => plainly(chain, sample)[0]))
  })
})

describe('inputs', () => {
  const awkward = [
    0.5,
    1.5,
    2.5,
    0.49999999999999994,
    0.5000000000000001,
    3.9999999999999996,
    1e-300,
    5e-324,
    2 ** 31 - 0.5,
    2 ** 31,
    2 ** 52 + 1,
    2 ** 53,
    1e20,
    1e300,
  ]
  const near = (frac: number) => awkward.flatMap(x => [x, -x, x * 2 ** -frac, -x * 2 ** -frac])

  it.each(roundings.flatMap(rounding => overflows.map(overflow => ({ rounding, overflow }))))(
    '$rounding, $overflow',
    async ({ rounding, overflow }) => {
      const to = [
        fixedType(true, 9, 3),
        fixedType(false, 8, 10),
        fixedType(true, 12, -2),
        fixedType(true, 32, 4),
      ]
      const used = to.filter(type => overflow !== 'WRAP_SM' || type.signed)
      const lowering = createLowering()
      const list = used.map((type, k) => conversion(type, rounding, overflow, k === 1 ? 1 : 0))
      const nodes = new Map(
        list.map((own, k) => [`x${k}`, lowering.addInput(`x${k}`, [own], { size: 3, types: [own.to] })]),
      )
      const data = list.map(own => {
        const values = near(own.to.frac)
        return Float64Array.from(
          { length: 3 * values.length },
          (_, k) => values[Math.floor(k / 3)]! + (k % 3) * 0.125,
        )
      })
      const rows = data[0]!.length / 3
      const found = await runLanes(
        lowering.finish(nodes),
        data.map(own => ({ rows, shape: [3], data: own })),
        rows,
      )
      list.forEach((own, k) => {
        const expected = Array.from(data[k]!, value => quantiseNumber(value, own))
        expect(found.get(`x${k}`)!.flat()).toEqual(expected)
      })
    },
  )

  it(`of a conversion per element (seed ${seed})`, async () => {
    const values = fc.array(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.float({ min: -40, max: 40, noNaN: true }),
      ),
      { minLength: 40, maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(conversions(20), { minLength: 4, maxLength: 4 }),
        values,
        async (list, data) => {
          const lowering = createLowering()
          const x = lowering.addInput('x', list, { size: 4, types: list.map(({ to }) => to) })
          const batch = { rows: 10, shape: [4], data: Float64Array.from(data) }
          const found = await runLanes(lowering.finish(new Map([['x', x]])), [batch], 10)
          expect(found.get('x')!.flat()).toEqual(data.map((value, k) => quantiseNumber(value, list[k % 4]!)))
        },
      ),
      { seed, numRuns: 40 },
    )
  })

  it('that are not finite are refused as everywhere', async () => {
    const lowering = createLowering()
    const x = lowering.addInput('x', [conversion(fixedType(true, 9, 3))], {
      size: 1,
      types: [fixedType(true, 9, 3)],
    })
    const batch = { rows: 3, shape: [1], data: Float64Array.of(1, Number.NaN, 2) }
    await expect(runLanes(lowering.finish(new Map([['x', x]])), [batch], 3)).rejects.toThrow(
      'fixed/not-finite: x: NaN',
    )
  })
})
