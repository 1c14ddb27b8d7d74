// Every operator's cells and processes as printed Verilog, each under the fixed top, in Icarus: bits of the plan and
// cycle stamps of the built-in simulator.

import { describe, expect, it } from 'vitest'
import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { maxRaw, minRaw } from '../../src/fixed/types.ts'
import { elementTypes, sizeOf } from '../../src/ir/tensor-type.ts'
import { isRefusal } from '../../src/ops/definition.ts'
import { buildCore } from '../../src/rtl/core.ts'
import type { RtlModule } from '../../src/rtl/module.ts'
import { printVerilog } from '../../src/rtl/print-module.ts'
import { runStream } from '../../src/rtl/run-stream.ts'
import { type Frame, stallPattern } from '../../src/rtl/stream-ports.ts'
import { buildTop } from '../../src/rtl/top.ts'
import { findTool } from '../../src/tools/process.ts'
import { runIcarus } from '../../src/tools/verilog-sim.ts'
import { type Subject, samplesOf, subjects } from './subjects.ts'

const clock = { clockNs: 5, family: 'xc7' } as const

/** A module with streams of the operator, and how many elements its beats hold. */
interface Design {
  readonly title: string
  readonly subject: Subject
  readonly top: RtlModule
  readonly taken: number
  readonly given: number
}

function designOf(subject: Subject): Design[] {
  const { op, id, title } = subject
  const answer = subject.definition.rtl(op)
  // Several inputs need their streams' names; no operator has them yet.
  if (isRefusal(answer) || op.inputs.length !== 1) return []
  const [x, y] = [op.inputs[0]!, op.output]
  if (answer.form === 'process') {
    const { module } = answer.build({ ...clock, name: id })
    return [{ title, subject, top: module, taken: x.shape.at(-1)!, given: y.shape.at(-1)! }]
  }
  const bundles = {
    inputs: [{ name: 'x', types: elementTypes(x) }],
    outputs: [{ name: 'y', types: elementTypes(y) }],
  }
  if (answer.form === 'folded') {
    const known = elementTypes(x).map(type => ({ min: minRaw(type), max: maxRaw(type), frac: type.frac }))
    const stage = answer.build({ ...clock, name: `${id}_core`, inputs: known, dsp: true })
    const { top } = buildTop({ ...bundles, ...stage, name: id, core: stage.module })
    return [{ title, subject, top, taken: sizeOf(x.shape), given: sizeOf(y.shape) }]
  }
  const core = buildCore({
    ...clock,
    ...bundles,
    name: `${id}_core`,
    layer: id,
    lower: (builder, inputs) => [answer.lower(builder, inputs)],
  })
  const { top } = buildTop({ ...bundles, name: id, core: core.module, latency: core.latency })
  return [{ title, subject, top, taken: sizeOf(x.shape), given: sizeOf(y.shape) }]
}

const designs = subjects.flatMap(designOf)

function beats(raws: readonly bigint[], size: number): Frame {
  return Array.from({ length: raws.length / size }, (_, k) => raws.slice(k * size, (k + 1) * size))
}

describe('printed Verilog of operators', () => {
  const missing = (['iverilog', 'vvp'] as const).filter(name => findTool(name) === undefined)
  if (missing.length > 0) console.warn(`Verilog of operators not simulated: no ${missing.join(', ')}`)

  it.skipIf(missing.length > 0).each(designs)(
    'gives the bits of the plan in Icarus: $title',
    async design => {
      const { subject, top, taken, given } = design
      const samples = samplesOf(subject, 12)
      const plan = subject.definition.emulate(subject.op)
      const frames = { s_data: samples.map(sample => beats(sample[0]!, taken)) }
      const expected = samples.map(sample => beats(runPlan(plan, sample), given))
      const options = {
        beatsPerFrame: { m_data: sizeOf(subject.op.output.shape) / given },
        stall: stallPattern(3),
        resetAt: 29,
      }
      const run = await runIcarus({ top, files: printVerilog(top), frames, options })
      expect(run.outputs.m_data).toEqual(expected)
      expect(run.stamps).toEqual(runStream(top, frames, options).stamps)
    },
  )
})
