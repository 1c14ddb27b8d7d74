// One node's plan over many rows: row by row at first, and as vector code once it was run often enough for compiling to
// have paid. Both give the same bits.

import { type Plan, type PlanBuffer, perElement, type Step } from '../../fixed/kernels.ts'
import { conversion } from '../../fixed/types.ts'
import type { RawBatch } from '../engine.ts'
import { compileProgram, rowsAtOnce } from './batch.ts'
import { isNumeric, newValues, type Values } from './forms.ts'
import { createLowering } from './lanes/lower-graph.ts'
import { createRunner, newResults } from './lanes/run-program.ts'
import { compilePlan, type PlanRunner } from './run-plan.ts'

export interface NodeRunner {
  readonly plan: Plan
  /** Raw results of so many rows, all that the sources have. */
  run(sources: readonly RawBatch[], rows: number): RawBatch
  /** Compiles where that pays for what was run before and so many rows to come; to be awaited before `run`. */
  prepare(rows: number): Promise<void>
}

/** Operations that are done row by row in the time that compiling takes. */
const worthCompiling = 20_000_000

export function createNodeRunner(plan: Plan): NodeRunner {
  const work = operationsOf(plan)
  let plain: PlanRunner | undefined
  let compiled: NodeRunner['run'] | undefined
  let [done, isTried] = [0, false]
  return {
    plan,
    run: (sources, rows) => {
      if (compiled !== undefined) return compiled(sources, rows)
      done += work * rows
      plain ??= compilePlan(plan)
      return byRow(plan, plain, sources, rows)
    },
    prepare: async rows => {
      if (isTried || done + work * rows < worthCompiling || !canBeCompiled(plan)) return
      isTried = true
      compiled = await compile(plan)
    },
  }
}

function byRow(plan: Plan, run: PlanRunner, sources: readonly RawBatch[], rows: number): RawBatch {
  const { size, types } = plan.buffers[plan.output]!
  const raw = newValues({ size: rows * size, types })
  for (let row = 0; row < rows; row++) {
    const values = run(sources.map(source => rowOf(source, row)))
    if (raw instanceof Float64Array && values instanceof Float64Array) raw.set(values, row * size)
    else for (let k = 0; k < size; k++) (raw as unknown[])[row * size + k] = values[k]
  }
  return { rows, size, raw }
}

function rowOf({ raw, size }: RawBatch, row: number): Values {
  const [from, to] = [row * size, (row + 1) * size]
  return raw instanceof Float64Array ? raw.subarray(from, to) : raw.slice(from, to)
}

/** What it reads enters as numbers, exactly. */
function canBeCompiled({ buffers, inputs }: Plan): boolean {
  return inputs.every(
    id => isNumeric(buffers[id]!) && buffers[id]!.types.every(({ frac }) => Math.abs(frac) <= 900),
  )
}

async function compile(plan: Plan): Promise<NodeRunner['run']> {
  const lowering = createLowering()
  const declared = plan.inputs.map(id => plan.buffers[id]!)
  const ids = declared.map((buffer, k) =>
    lowering.addInput(
      `${k}`,
      buffer.types.map(type => conversion(type)),
      buffer,
    ),
  )
  const program = lowering.finish(new Map([['result', lowering.addPlan(plan, ids)]]))
  const { runnable, module } = await compileProgram('node', program)
  const runner = await createRunner(runnable, module)
  return (sources, rows) => {
    const inputs = sources.map((source, k) => numbersOf(source, declared[k]!))
    const results = newResults(runnable, ['result'], rows)
    for (let row = 0; row < rows; row += rowsAtOnce)
      runner.run(inputs, results, row, Math.min(rows, row + rowsAtOnce))
    return results.get('result')!
  }
}

/** The numbers that raw values stand for. */
function numbersOf({ rows, size, raw }: RawBatch, { types }: PlanBuffer) {
  const factors = Float64Array.from({ length: size }, (_, k) => 2 ** -perElement(types, k).frac)
  const data = new Float64Array(rows * size)
  for (let k = 0, at = 0; k < data.length; k++, at = at + 1 === size ? 0 : at + 1)
    data[k] = (raw as Float64Array)[k]! * factors[at]!
  return { rows, shape: [size], data }
}

/** Products and elements of one row, roughly. */
function operationsOf({ steps, buffers }: Plan): number {
  const ofStep = (step: Step): number => {
    if (step.kernel === 'multiply-accumulate') return step.rows * step.inputs * step.outputs
    if (step.kernel === 'scan') return step.steps * operationsOf(step.body)
    return 3 * buffers[step.into]!.size
  }
  return steps.reduce((sum, step) => sum + ofStep(step), 0)
}
