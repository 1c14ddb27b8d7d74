// Every operator's examples through the compiled engine, against the plan's plain meaning.

import { describe, expect, it } from 'vitest'
import { rawRow } from '../../src/engines/engine.ts'
import { compileProgram } from '../../src/engines/fixed/batch.ts'
import { createLowering } from '../../src/engines/fixed/lanes/lower-graph.ts'
import { createRunner, newResults } from '../../src/engines/fixed/lanes/run-program.ts'
import { rawToNumber } from '../../src/fixed/convert.ts'
import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { conversion } from '../../src/fixed/types.ts'
import { sizeOf, typeAt } from '../../src/ir/tensor-type.ts'
import { bufferOf } from '../../src/ops/elementwise.ts'
import { type Subject, samplesOf, subjects } from './subjects.ts'

const rows = 61

/** What the compiled plan gives for samples, and the kernels that have no vector code. */
async function compiled({ op, definition }: Subject, samples: readonly bigint[][][]) {
  const lowering = createLowering()
  const ids = op.inputs.map((type, k) => {
    const buffer = bufferOf(type)
    return lowering.addInput(
      `x${k}`,
      buffer.types.map(own => conversion(own)),
      buffer,
    )
  })
  const result = lowering.addPlan(definition.emulate(op), ids)
  const program = lowering.finish(new Map([['y', result]]))
  const { runnable, module } = await compileProgram(op.name, program)
  const runner = await createRunner(runnable, module)
  const results = newResults(runnable, ['y'], rows)
  const inputs = op.inputs.map((type, n) => ({
    rows,
    shape: type.shape,
    data: Float64Array.from(
      samples.flatMap(sample => sample[n]!),
      (raw, k) => rawToNumber(raw, typeAt(type, k % sizeOf(type.shape)).frac),
    ),
  }))
  runner.run(inputs, results, 0, rows)
  const plain = program.steps.flatMap(step => (step.kind === 'plain' ? [step.step.kernel] : []))
  return { raw: Array.from({ length: rows }, (_, row) => rawRow(results.get('y')!, row)), plain }
}

/** Inputs come as doubles, which hold 53 bits. */
const given = subjects.filter(({ op }) =>
  op.inputs.every(({ element }) => element.types.every(({ width }) => width <= 53)),
)

describe('compiled plans', () => {
  it.each(given)('give the bits of the plan: $title', async subject => {
    const samples = samplesOf(subject, rows)
    const { raw, plain } = await compiled(subject, samples)
    if (plain.length > 0) console.info(`${subject.title}: no vector code for ${plain.join(', ')}`)
    const plan = subject.definition.emulate(subject.op)
    expect(raw).toEqual(samples.map(inputs => [...runPlan(plan, inputs)]))
  })
})
