// Every operator's examples through its facets: the plan against cells, processes under stalls and resets, and the
// float meaning. The C++ answers stand in hls.test.ts.

import { describe, expect, it } from 'vitest'
import { compilePlan } from '../../src/engines/fixed/run-plan.ts'
import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { maxRaw, minRaw } from '../../src/fixed/types.ts'
import { elementTypes, sizeOf, typeAt } from '../../src/ir/tensor-type.ts'
import { createBuilder } from '../../src/netlist/builder.ts'
import { evaluateCombinational } from '../../src/netlist/evaluate.ts'
import type { Netlist } from '../../src/netlist/netlist.ts'
import { createAheadSimulator } from '../../src/netlist/simulate/ahead.ts'
import { type FloatOp, isRefusal, type RtlForm } from '../../src/ops/definition.ts'
import { createStreamSimulation } from '../../src/rtl/run-stream.ts'
import { type Frame, stallPattern } from '../../src/rtl/stream-ports.ts'
import { type Subject, samplesOf, subjects } from './subjects.ts'

type Form<F extends RtlForm['form']> = Extract<RtlForm, { form: F }>
const answers = subjects.map(subject => ({ subject, answer: subject.definition.rtl(subject.op) }))
const formsOf = <F extends RtlForm['form']>(form: F) =>
  answers.flatMap(({ subject, answer }) =>
    isRefusal(answer) || answer.form !== form
      ? []
      : [{ title: subject.title, subject, form: answer as Form<F> }],
  )

/** Values under the result's types, as the plan gives them. */
function planned(subject: Subject, samples: readonly bigint[][][]): bigint[][] {
  const plan = subject.definition.emulate(subject.op)
  return samples.map(inputs => [...runPlan(plan, inputs)])
}

const toNumber = (raw: bigint, frac: number) => Number(raw) * 2 ** -frac

/** The operator before quantisation, its weights being the quantised ones. */
function floatOf({ op, example }: Subject): FloatOp<unknown> {
  return {
    name: op.name,
    attrs: op.attrs,
    inputs: op.inputs.map(({ shape }) => shape),
    shape: op.output.shape,
    quantisers: {},
    weight: role => {
      const own = example.weights[role]
      if (own === undefined) return undefined
      return { shape: own.shape, data: Float64Array.from(own.raw, raw => toNumber(raw, own.type.frac)) }
    },
  }
}

describe('plans on numbers', () => {
  it.each(subjects)('give the bits of the plan on bigints: $title', subject => {
    const samples = samplesOf(subject, 60)
    const run = compilePlan(subject.definition.emulate(subject.op))
    const found = samples.map(inputs => {
      const values = run(inputs.map(raws => Float64Array.from(raws, Number)))
      return Array.from(values as ArrayLike<number | bigint>, BigInt)
    })
    expect(found).toEqual(planned(subject, samples))
  })
})

describe('float meanings', () => {
  const bounded = subjects.filter(({ example }) => example.floatBound !== undefined)

  it.each(bounded)('bits stay near them: $title', subject => {
    const { op, definition, example } = subject
    const samples = samplesOf(subject, 60)
    const fixed = planned(subject, samples)
    let worst = 0
    samples.forEach((sample, n) => {
      const inputs = sample.map((raws, i) =>
        Float64Array.from(raws, (raw, k) => toNumber(raw, typeAt(op.inputs[i]!, k).frac)),
      )
      definition.evaluate(floatOf(subject), inputs).forEach((value, k) => {
        const type = typeAt(op.output, k)
        const [low, high] = [minRaw(type), maxRaw(type)].map(raw => toNumber(raw, type.frac))
        const clipped = Math.min(Math.max(value, low!), high!)
        worst = Math.max(worst, Math.abs(clipped - toNumber(fixed[n]![k]!, type.frac)))
      })
    })
    expect(worst).toBeLessThanOrEqual(example.floatBound! + 1e-12)
  })
})

describe('Verilog answers of operators', () => {
  it('are refused by a code and a reason, or built', () => {
    for (const { subject, answer } of answers) {
      if (!isRefusal(answer)) continue
      console.info(`${subject.title} has no Verilog: ${answer.code}: ${answer.reason}`)
      expect(answer.code).toMatch(/^rtl\/[a-z0-9-]+$/)
      expect(answer.reason).not.toBe('')
    }
  })

  it.each(formsOf('datapath'))('cells give the bits of the plan: $title', ({ subject, form }) => {
    const { op } = subject
    const builder = createBuilder()
    const inputs = op.inputs.map((type, n) =>
      elementTypes(type).map((element, k) => builder.input(`x${n}_${k}`, element)),
    )
    const outputs = form.lower(builder, inputs)
    const fracs = outputs.map(net => builder.interval(net).frac)
    for (const [k, net] of outputs.entries()) builder.output(`y_${k}`, net)
    const netlist = builder.finish()
    const samples = samplesOf(subject, 60)
    const found = samples.map(sample =>
      evaluateCombinational(netlist, sample.flat()).map((raw, k) =>
        raw === 0n ? 0n : raw << BigInt(typeAt(op.output, k).frac - fracs[k]!),
      ),
    )
    expect(found).toEqual(planned(subject, samples))
    expect(inVectors(netlist, samples)).toEqual(
      samples.map(sample => evaluateCombinational(netlist, sample.flat())),
    )
  })
})

/** The netlist's outputs for a sample in each cycle, as the simulation in blocks of cycles gives them. */
function inVectors(netlist: Netlist, samples: readonly bigint[][][]): bigint[][] {
  const simulator = createAheadSimulator(netlist, [])
  const outputs = samples.map(sample => {
    for (const [k, raw] of sample.flat().entries()) simulator.set(k, raw)
    const captured = simulator.capture(0, netlist.outputs.length)
    simulator.tick()
    return captured
  })
  simulator.finish()
  return outputs
}

/** A tensor as the beats of its last axis. */
function beats(raws: readonly bigint[], size: number): Frame {
  return Array.from({ length: raws.length / size }, (_, k) => raws.slice(k * size, (k + 1) * size))
}

describe.each(formsOf('process'))('the process of $title', ({ subject, form }) => {
  const { op } = subject
  const built = form.build({ clockNs: 5, family: 'xc7', name: subject.id })
  const simulation = createStreamSimulation(built.module)
  const samples = samplesOf(subject, 9)
  const channels = op.inputs[0]!.shape.at(-1)!
  const frames = { s_data: samples.map(sample => beats(sample[0]!, channels)) }
  const beatsPerFrame = { m_data: sizeOf(op.output.shape) / op.output.shape.at(-1)! }
  const expected = planned(subject, samples).map(raws => beats(raws, op.output.shape.at(-1)!))

  it('gives the bits of the plan at the latency and interval it states, frames back to back', () => {
    const run = simulation.run(frames, { beatsPerFrame })
    expect(run.outputs.m_data).toEqual(expected)
    expect({ latency: run.latency, interval: run.ii }).toEqual({
      latency: built.latency,
      interval: built.interval,
    })
  })

  it('shows the same in blocks of cycles as in single ones', () => {
    const ahead = createStreamSimulation(built.module, 'ahead')
    for (const options of [{ beatsPerFrame }, { beatsPerFrame, stall: stallPattern(7), resetAt: 40 }])
      expect(ahead.run(frames, options)).toEqual(simulation.run(frames, options))
  })

  it('gives a single frame without a next one, as soon', () => {
    for (const k of [5, 6]) {
      const run = simulation.run({ s_data: frames.s_data.slice(k, k + 1) }, { beatsPerFrame })
      expect(run.outputs.m_data).toEqual(expected.slice(k, k + 1))
      expect(run.latency).toBe(built.latency)
    }
  })

  it('gives the same under random stalls and a reset in mid-stream', () => {
    for (let seed = 0; seed < 5; seed++) {
      const stall = seed === 4 ? stallPattern(seed, 0, 245) : stallPattern(seed)
      const run = simulation.run(frames, { beatsPerFrame, stall, resetAt: 23 + 31 * seed })
      expect(run.outputs.m_data).toEqual(expected)
    }
  })
})
