import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import type { AdderGraph } from '../netlist/adder-graph.ts'
import { wrongCoefficient } from './coefficients.ts'
import type { MatrixProblem } from './problem.ts'
import { solveMatrix, solveWithoutSharing } from './solve.ts'

const problems: fc.Arbitrary<MatrixProblem> = fc
  .record({ rows: fc.integer({ min: 1, max: 5 }), columns: fc.integer({ min: 1, max: 5 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      weights: fc.record({
        rows: fc.constant(rows),
        columns: fc.constant(columns),
        values: fc.array(fc.oneof(fc.bigInt(-40n, 40n), fc.bigInt(-(2n ** 70n), 2n ** 70n)), {
          minLength: rows * columns,
          maxLength: rows * columns,
        }),
        frac: fc.integer({ min: -3, max: 8 }),
      }),
      inputs: fc.array(
        fc
          .tuple(fc.boolean(), fc.integer({ min: 0, max: 9 }), fc.integer({ min: -3, max: 9 }))
          .map(([signed, width, frac]) => fixedType(signed, width, frac)),
        { minLength: rows, maxLength: rows },
      ),
      biases: fc.array(fc.record({ raw: fc.bigInt(-99n, 99n), frac: fc.integer({ min: -2, max: 12 }) }), {
        minLength: columns,
        maxLength: columns,
      }),
    }),
  )

describe('wrongCoefficient', () => {
  it('finds nothing wrong with what the solver makes', () => {
    fc.assert(
      fc.property(problems, problem => {
        expect(wrongCoefficient(solveMatrix(problem, { effort: 0 }).graph, problem)).toBeUndefined()
        expect(wrongCoefficient(solveWithoutSharing(problem).graph, problem)).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })

  it('finds every weight and bias that is changed', () => {
    fc.assert(
      fc.property(problems, fc.nat(), (problem, pick) => {
        const { graph } = solveMatrix(problem, { effort: 0 })
        const { weights, biases = [] } = problem
        const at = pick % weights.values.length
        const values = Array.from(weights.values, (value, k) => (k === at ? BigInt(value) + 1n : value))
        const output = at % weights.columns
        const input = Math.floor(at / weights.columns)
        if (problem.inputs[input]!.width > 0)
          expect(wrongCoefficient(graph, { ...problem, weights: { ...weights, values } })).toEqual({
            output,
            input,
          })
        const moved = biases.map((bias, j) => (j === output ? { ...bias, raw: bias.raw + 1n } : bias))
        expect(wrongCoefficient(graph, { ...problem, biases: moved })).toEqual({ output })
      }),
      { numRuns: 200 },
    )
  })

  it('finds any damage to a graph', () => {
    const values = [3, -5, 7, 11, -13, 6, -2, 9, 1, 4, -7, -3]
    const problem = {
      weights: { rows: 4, columns: 3, values, frac: 0 },
      inputs: values.slice(0, 4).map(() => fixedType(true, 8, 0)),
    }
    const { graph } = solveMatrix(problem)
    const damaged: AdderGraph[] = [
      ...graph.ops.flatMap((op, k) => {
        const replaced = (other: typeof op): AdderGraph => ({
          ...graph,
          ops: graph.ops.map((own, j) => (j === k ? other : own)),
        })
        return [
          replaced({ ...op, sub: !op.sub }),
          replaced({ ...op, shift: op.shift + 1 }),
          replaced({ ...op, a: op.a === 0 ? 1 : 0 }),
        ]
      }),
      ...graph.outputs.flatMap((output, k) => {
        const replaced = (other: typeof output): AdderGraph => ({
          ...graph,
          outputs: graph.outputs.map((own, j) => (j === k ? other : own)),
        })
        return [
          replaced(null),
          replaced({ ...output!, neg: !output!.neg }),
          replaced({ ...output!, shift: output!.shift - 1 }),
        ]
      }),
    ]
    expect(damaged.length).toBeGreaterThan(30)
    expect(damaged.filter(other => wrongCoefficient(other, problem) === undefined)).toEqual([])
  })
})
