// Runs an operator's plan on rows and watches every conversion and table in it: each step that cuts values is run a
// second time with room for all of them, on the same inputs, and the results compared.

import { newValues, store, toBigints, type Values } from '../engines/fixed/forms.ts'
import { sourcesOf } from '../engines/fixed/plain-step.ts'
import { type Converting, roomFor, sumFrac } from '../engines/fixed/room.ts'
import { compilePlan } from '../engines/fixed/run-plan.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { convertRaw } from '../fixed/convert.ts'
import { type Plan, type PlanBuffer, perElement, type Step, type StepOf } from '../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, sameType } from '../fixed/types.ts'
import { ConversionTally, type ReachedConversion, type ReachedTable, type RoleOf } from './reached-values.ts'
import { TableTally } from './table-tally.ts'

export interface PlanObserver {
  /** Runs one row; inputs as the plan's. */
  run(inputs: readonly Values[]): void
  conversions(): readonly ReachedConversion[]
  tables(): readonly ReachedTable[]
}

type Probe = (values: readonly Values[]) => void

interface Tallies {
  readonly conversions: ConversionTally[]
  readonly tables: TableTally[]
}

/** Watches a plan's steps, those inside scans among them. */
export function observePlan(plan: Plan, roleOf: RoleOf): PlanObserver {
  const tallies: Tallies = { conversions: [], tables: [] }
  const run = watched(plan, roleOf, tallies)
  return {
    run: inputs => void run(inputs),
    conversions: () => {
      const results = tallies.conversions.map(tally => tally.result())
      return hasGroups(plan) ? joined(results) : results
    },
    tables: () => joinedTables(tallies.tables.map(tally => tally.result())),
  }
}

/** A convolution in groups: several sums of products side by side that share their types. */
function hasGroups({ steps }: Plan): boolean {
  return steps.filter(({ kernel }) => kernel === 'multiply-accumulate').length > 1
}

/** Conversions of one role into the same types as one. */
function joined(results: readonly ReachedConversion[]): ReachedConversion[] {
  const found = new Map<string, ReachedConversion>()
  for (const own of results) {
    const key = `${own.role} ${JSON.stringify(own.conversions)}`
    const other = found.get(key)
    found.set(key, other === undefined ? own : together(other, own))
  }
  return [...found.values()]
}

/** Tables of one role and one range as one: gates that have the same function, columns of an embedding. */
function joinedTables(results: readonly ReachedTable[]): ReachedTable[] {
  const found = new Map<string, ReachedTable>()
  for (const own of results) {
    const key = JSON.stringify([own.role, own.entries, own.from, own.to])
    const other = found.get(key)
    found.set(key, other === undefined ? own : bothTables(other, own))
  }
  return [...found.values()]
}

function bothTables(a: ReachedTable, b: ReachedTable): ReachedTable {
  const told = [a, b].filter(({ of }) => of > 0)
  const spans = told.length === 0 ? [a] : told
  return {
    ...a,
    min: Math.min(...spans.map(({ min }) => min)),
    max: Math.max(...spans.map(({ max }) => max)),
    of: a.of + b.of,
    outside: a.outside + b.outside,
    used: Math.max(a.used, b.used),
    jump: Math.max(a.jump, b.jump),
  }
}

function together(a: ReachedConversion, b: ReachedConversion): ReachedConversion {
  const told = [a, b].filter(({ of }) => of > 0)
  return {
    ...a,
    min: told.reduce((least, { min }) => Math.min(least, min), told[0]?.min ?? 0),
    max: told.reduce((most, { max }) => Math.max(most, max), told[0]?.max ?? 0),
    of: a.of + b.of,
    wrapped: a.wrapped + b.wrapped,
    saturated: a.saturated + b.saturated,
  }
}

/** Runs a plan on one row and leaves every buffer to be read. */
function watched(
  plan: Plan,
  roleOf: RoleOf,
  tallies: Tallies,
): (inputs: readonly Values[]) => readonly Values[] {
  const values: Values[] = plan.buffers.map(newValues)
  const steps = plan.steps.map(step => watchedStep(step, plan, roleOf, tallies))
  return inputs => {
    plan.inputs.forEach((buffer, k) => {
      store(values[buffer]!, toBigints(inputs[k]!))
    })
    for (const step of steps) step(values)
    return values
  }
}

function watchedStep(step: Step, plan: Plan, roleOf: RoleOf, tallies: Tallies): Probe {
  const own = step.kernel === 'scan' ? watchedScan(step, roleOf, tallies) : runnerOf(step, plan.buffers)
  const probe = probeOf(step, plan, roleOf, tallies)
  return values => {
    const result = own(values)
    store(values[step.into]!, toBigints(result))
    probe?.(values)
  }
}

/** The step alone, reading the buffers it names. */
function runnerOf(step: Step, buffers: readonly PlanBuffer[]): (values: readonly Values[]) => Values {
  const inputs = [...new Set(sourcesOf(step))]
  const run = compilePlan({ buffers, inputs, output: step.into, steps: [step] })
  return values => run(inputs.map(buffer => values[buffer]!))
}

function watchedScan(
  step: StepOf<'scan'>,
  roleOf: RoleOf,
  tallies: Tallies,
): (values: readonly Values[]) => Values {
  const { body, states } = step
  const inputs = [body.inputs[0]!, ...states.map(({ read }) => read)]
  const run = watched({ ...body, inputs }, roleOf, tallies)
  return values => {
    const x = toBigints(values[step.from]!)
    const length = x.length / step.steps
    let held: Values[] = states.map(({ initial }) => [...initial])
    const rows: bigint[][] = []
    for (let t = 0; t < step.steps; t++) {
      const at = step.reverse ? step.steps - 1 - t : t
      const after = run([x.slice(at * length, (at + 1) * length), ...held])
      rows.push([...toBigints(after[body.output]!)])
      held = states.map(({ write }) => [...toBigints(after[write]!)])
    }
    return step.emit === 'all' ? rows.flat() : rows.at(-1)!
  }
}

function probeOf(step: Step, plan: Plan, roleOf: RoleOf, tallies: Tallies): Probe | undefined {
  const last = step.into === plan.output
  if (step.kernel === 'multiply-accumulate') return sumProbe(step, plan.buffers, last, roleOf, tallies)
  if (step.kernel === 'table') {
    const role = roleOf(plan.buffers[step.into]!.types[0]!, 'table')
    const tally = new TableTally(role, step, plan.buffers)
    tallies.tables.push(tally)
    return values => tally.add(toBigints(values[step.from]!))
  }
  // The largest of some values is one of them.
  if (step.kernel === 'reduce' && step.op === 'maximum') return undefined
  if (step.kernel === 'reduce' && step.accumulator !== undefined)
    return reduceProbe({ ...step, accumulator: step.accumulator }, plan.buffers, last, roleOf, tallies)
  if ('conversions' in step) return conversionProbe(step, plan.buffers, last, roleOf, tallies)
  return undefined
}

function conversionProbe(
  step: Converting,
  buffers: readonly PlanBuffer[],
  last: boolean,
  roleOf: RoleOf,
  tallies: Tallies,
): Probe {
  const tally = tallyOf(step.conversions, last, roleOf, tallies)
  const room = roomFor(step, buffers)
  const ideal = runnerOf(
    { ...step, conversions: step.conversions.map(each => widened(each, room)) },
    withTypes(
      buffers,
      step.into,
      step.conversions.map(each => widened(each, room).to),
    ),
  )
  return values => {
    const wide = toBigints(ideal(values))
    const actual = toBigints(values[step.into]!)
    wide.forEach((raw, k) => {
      tally.add(raw, actual[k]!, perElement(step.conversions, k))
    })
  }
}

function sumProbe(
  step: StepOf<'multiply-accumulate'>,
  buffers: readonly PlanBuffer[],
  last: boolean,
  roleOf: RoleOf,
  tallies: Tallies,
): Probe {
  const { accumulator } = step
  const frac = accumulator?.to.frac ?? sumFrac(step, buffers)
  const plain = conversion({ signed: true, width: roomFor(step, buffers), frac })
  const sums = (own: Conversion | undefined) => {
    const { finish: _, ...bare } = step
    return runnerOf(
      { ...bare, accumulator: own, conversions: [plain] },
      withTypes(buffers, step.into, [plain.to]),
    )
  }
  const held = sums(accumulator)
  const result = tallyOf(step.conversions, last, roleOf, tallies)
  const { scale, offset } = step.finish ?? { scale: 1n, offset: 0n }
  const cut: Probe = values =>
    toBigints(held(values)).forEach((raw, k) => {
      const own = perElement(step.conversions, k)
      const total = raw * scale + shiftedLeft(offset, frac)
      tallyConversion(result, total, frac, own)
    })
  if (accumulator === undefined) return cut
  const tally = new ConversionTally(roleOf(accumulator.to, 'inner'), [accumulator])
  tallies.conversions.splice(-1, 0, tally)
  const ideal = sums(widened(accumulator, plain.to.width))
  return values => {
    const wide = [...toBigints(ideal(values))]
    toBigints(held(values)).forEach((raw, k) => {
      tally.add(wide[k]!, raw, accumulator)
    })
    cut(values)
  }
}

/** Sums in an accumulator, and then in the result. */
function reduceProbe(
  step: StepOf<'reduce'> & { readonly accumulator: Conversion },
  buffers: readonly PlanBuffer[],
  last: boolean,
  roleOf: RoleOf,
  tallies: Tallies,
): Probe {
  const { accumulator } = step
  const { frac } = accumulator.to
  const plain = conversion({ signed: true, width: roomFor(step, buffers), frac })
  const sums = (own: Conversion) =>
    runnerOf({ ...step, accumulator: own, conversions: [plain] }, withTypes(buffers, step.into, [plain.to]))
  const [held, ideal] = [sums(accumulator), sums(widened(accumulator, plain.to.width))]
  const tally = new ConversionTally(roleOf(accumulator.to, 'inner'), [accumulator])
  tallies.conversions.push(tally)
  // A sum that goes on as it was held is told once.
  const isHeld = !last && step.conversions.every(({ to }) => sameType(to, accumulator.to))
  const result = isHeld ? undefined : tallyOf(step.conversions, last, roleOf, tallies)
  return values => {
    const wide = [...toBigints(ideal(values))]
    toBigints(held(values)).forEach((raw, k) => {
      tally.add(wide[k]!, raw, accumulator)
      if (result !== undefined) tallyConversion(result, raw, frac, perElement(step.conversions, k))
    })
  }
}

function shiftedLeft(raw: bigint, by: number): bigint {
  return by >= 0 ? raw << BigInt(by) : raw >> BigInt(-by)
}

/** Counts one value on its way through a conversion. */
function tallyConversion(tally: ConversionTally, raw: bigint, frac: number, own: Conversion): void {
  const wide = widened(own, own.to.width + bitLength(raw < 0n ? -raw : raw) + Math.abs(frac) + 2)
  tally.add(convertRaw(raw, frac, wide), convertRaw(raw, frac, own), own)
}

function tallyOf(
  conversions: readonly Conversion[],
  last: boolean,
  roleOf: RoleOf,
  tallies: Tallies,
): ConversionTally {
  const tally = new ConversionTally(roleOf(conversions[0]!.to, last ? 'result' : 'inner'), conversions)
  tallies.conversions.push(tally)
  return tally
}

/** The same rounding into a type that holds everything of `width` bits. */
function widened(own: Conversion, width: number): Conversion {
  const to = { signed: true, width: Math.max(width, own.to.width + 1), frac: own.to.frac }
  return { ...own, to, overflow: 'WRAP', saturationBits: 0 }
}

function withTypes(buffers: readonly PlanBuffer[], id: number, types: readonly FixedType[]): PlanBuffer[] {
  return buffers.map((buffer, k) => (k === id ? { ...buffer, types } : buffer))
}
