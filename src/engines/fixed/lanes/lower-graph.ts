// A typed graph as a program over lanes: every operator's plan, step by step, with the ranges that values can have.

import { bug } from '../../../diagnostics/diagnostic.ts'
import type { Plan, PlanBuffer, Step } from '../../../fixed/kernels.ts'
import { type Conversion, maxRaw, minRaw } from '../../../fixed/types.ts'
import { conversionAt, sizeOf } from '../../../ir/tensor-type.ts'
import { bufferOf } from '../../../ops/elementwise.ts'
import type { OpNode } from '../../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../../ops/typed-node.ts'
import { sourcesOf } from '../plain-step.ts'
import { planOfNode } from '../plans.ts'
import { align, convertHeld, type Held } from './held.ts'
import { type HeldClass, keyOfConversion, lowerMap, type SourceRange } from './lower-map.ts'
import { lowerProduct } from './lower-product.ts'
import {
  type BufferIndex,
  cellOf,
  type LaneBuffer,
  type LaneProgram,
  type LaneStep,
  type MapClass,
  type PlainStep,
  type ProductClass,
  type ProgramInput,
} from './program.ts'
import * as v from './value.ts'

export function lowerGraph(graph: OpGraph): LaneProgram {
  const lowering = createLowering()
  const nodes = new Map<string, BufferIndex>()
  for (const node of graph.nodes) {
    const sources = node.inputs.map(name => nodes.get(name)!)
    const index =
      node.kind === 'input'
        ? lowering.addInput(node.name, inputConversions(node), bufferOf(typeOfNode(node)))
        : lowering.addPlan(planOfNode(graph, node), sources)
    nodes.set(node.name, index)
  }
  return lowering.finish(nodes)
}

/** Collects a program from inputs and plans; a plan reads what was added before it. */
export interface Lowering {
  /** Conversions: one for all elements, or one per element. */
  addInput(name: string, conversions: readonly Conversion[], declared: PlanBuffer): BufferIndex
  /** Answers where the plan's result is. */
  addPlan(plan: Plan, sources: readonly BufferIndex[]): BufferIndex
  finish(nodes: ReadonlyMap<string, BufferIndex>): LaneProgram
}

export function createLowering(): Lowering {
  const buffers: LaneBuffer[] = []
  const steps: LaneStep[] = []
  const inputs: ProgramInput[] = []
  return {
    addInput: (name, conversions, declared) => {
      const buffer = declaredBuffer(declared)
      const classes = inputClasses(conversions, declared.size, buffer.frac)
      inputs.push({ buffer: buffers.length, name, conversions, classes })
      return buffers.push(buffer) - 1
    },
    addPlan: (plan, sources) => lowerPlan(plan, sources, buffers, steps),
    finish: nodes => ({ buffers, inputs, steps, nodes }),
  }
}

/** Appends a plan's steps; answers where its result is. */
function lowerPlan(
  plan: Plan,
  sources: readonly BufferIndex[],
  buffers: LaneBuffer[],
  steps: LaneStep[],
): BufferIndex {
  const ids: BufferIndex[] = plan.buffers.map(() => -1)
  plan.inputs.forEach((buffer, k) => {
    ids[buffer] = sources[k]!
  })
  for (const step of plan.steps) {
    const { lane, buffer } = lowerStep(step, plan, ids, buffers)
    ids[step.into] = buffers.length
    buffers.push(buffer)
    if (buffer.alias === undefined) steps.push(lane(buffers.length - 1))
  }
  return ids[plan.output]!
}

interface Lowered {
  readonly lane: (into: BufferIndex) => LaneStep
  readonly buffer: LaneBuffer
}

function lowerStep(
  step: Step,
  plan: Plan,
  ids: readonly BufferIndex[],
  buffers: readonly LaneBuffer[],
): Lowered {
  const read = sourcesOf(step)
  if (read.every(id => buffers[ids[id]!]!.cell !== 'plain')) {
    const ranges = (id: number): SourceRange => buffers[ids[id]!]!
    const lowered =
      step.kernel === 'multiply-accumulate'
        ? lowerSums(step, plan, ids, ranges)
        : lowerMaps(step, plan, ids, buffers)
    if (lowered !== undefined) return lowered
  }
  return lowerPlain(step, plan, ids, read)
}

function lowerMaps(
  step: Step,
  plan: Plan,
  ids: readonly BufferIndex[],
  buffers: readonly LaneBuffer[],
): Lowered | undefined {
  const classes = lowerMap(step, plan.buffers, id => buffers[ids[id]!]!)
  if (classes === undefined) return undefined
  const declared = plan.buffers[step.into]!
  const copied = copiedSource(classes, declared.size)
  const source = copied === undefined ? undefined : (ids[copied] as BufferIndex)
  const buffer =
    source === undefined
      ? bufferFor(
          declared,
          classes.flatMap(({ results }) => results),
        )
      : {
          ...buffers[source]!,
          size: declared.size,
          frac: classes[0]!.results[0]!.frac,
          declared,
          alias: source,
        }
  if (buffer === undefined) return undefined
  const made = classes.map(own => mapClass(own, buffer.frac, ids))
  if (made.some(({ results }) => v.laneOf(results) === undefined)) return undefined
  return { buffer, lane: into => ({ kind: 'map', classes: made.map(own => ({ ...own, into })) }) }
}

/** The buffer that a map copies element by element, changing nothing. */
function copiedSource(classes: readonly HeldClass[], size: number): number | undefined {
  const from = classes[0]?.sources[0]
  const copies = classes.every(
    ({ sources, results, entries }) =>
      sources.length === 1 &&
      sources[0] === from &&
      results[0]!.frac === classes[0]!.results[0]!.frac &&
      results[0]!.value.op.kind === 'source' &&
      entries.every(([into, index]) => into === index),
  )
  return copies && classes.reduce((sum, { entries }) => sum + entries.length, 0) === size ? from : undefined
}

function mapClass(own: HeldClass, frac: number, ids: readonly BufferIndex[]): MapClass {
  return {
    into: -1,
    sources: own.sources.map(id => ids[id]!),
    results: own.results.map(result => align(result, frac)),
    entries: own.entries,
    parameters: own.parameters,
  }
}

function lowerSums(
  step: Extract<Step, { kernel: 'multiply-accumulate' }>,
  plan: Plan,
  ids: readonly BufferIndex[],
  ranges: (id: number) => SourceRange,
): Lowered | undefined {
  const lowered = lowerProduct(step, ranges(step.from))
  const buffer =
    lowered &&
    bufferFor(
      plan.buffers[step.into]!,
      lowered.classes.map(({ result }) => result),
    )
  if (lowered === undefined || buffer === undefined) return undefined
  const { form } = lowered
  const classes: ProductClass[] = lowered.classes.map(({ outputs, result }) => ({
    outputs,
    result: align(result, buffer.frac),
  }))
  const values = classes.map(({ result }) => result)
  if (v.laneOf(form.kind === 'steps' ? [...values, form.next] : values) === undefined) return undefined
  const { rows, inputs, outputs } = step
  const from = ids[step.from]!
  return { buffer, lane: into => ({ kind: 'product', from, into, rows, inputs, outputs, form, classes }) }
}

/** A buffer for these results at the finest of their least bits; undefined beyond 64 bits. */
function bufferFor(declared: PlanBuffer, results: readonly Held[]): LaneBuffer | undefined {
  const telling = results.filter(({ value }) => value.min !== 0n || value.max !== 0n)
  const frac = telling.reduce((finest, held) => Math.max(finest, held.frac), telling[0]?.frac ?? 0)
  let [min, max] = [0n, 0n]
  for (const held of telling) {
    const value = align(held, frac)
    if (value.min < min) min = value.min
    if (value.max > max) max = value.max
  }
  const cell = cellOf(min, max)
  return cell === 'plain' ? undefined : { size: declared.size, frac, min, max, cell, declared }
}

/** A buffer whose values can be all that its types hold. */
function declaredBuffer(declared: PlanBuffer): LaneBuffer {
  const telling = declared.types.filter(({ width }) => width > 0)
  const frac = telling.reduce((finest, type) => Math.max(finest, type.frac), telling[0]?.frac ?? 0)
  let [min, max] = [0n, 0n]
  for (const type of telling) {
    const shift = BigInt(frac - type.frac)
    if (minRaw(type) << shift < min) min = minRaw(type) << shift
    if (maxRaw(type) << shift > max) max = maxRaw(type) << shift
  }
  return { size: declared.size, frac, min, max, cell: cellOf(min, max), declared }
}

function lowerPlain(step: Step, plan: Plan, ids: readonly BufferIndex[], reads: readonly number[]): Lowered {
  const made = (into: BufferIndex): PlainStep => ({
    kind: 'plain',
    step,
    buffers: plan.buffers,
    ids: ids.map((id, k) => (k === step.into ? into : id)),
    reads,
  })
  return { buffer: declaredBuffer(plan.buffers[step.into]!), lane: made }
}

const rounded = { min: -(1n << 31n), max: (1n << 31n) - 1n }

/** How values come into an input: one conversion for all elements, or one per element. */
export function inputConversions(node: OpNode): Conversion[] {
  const result = node.resolved.result ?? bug(`${node.name} has no type`)
  const count = result.to.types.length === 1 ? 1 : sizeOf(node.shape)
  return Array.from({ length: count }, (_, k) => conversionAt(result, node.shape, k))
}

/** Elements by conversion: from the number rounded to whole multiples of the type's least bit. */
function inputClasses(
  conversions: readonly Conversion[],
  size: number,
  frac: number,
): ProductClass[] | undefined {
  const classes = new Map<string, number[]>()
  for (let k = 0; k < size; k++) {
    const key = keyOfConversion(conversions[conversions.length === 1 ? 0 : k]!)
    const found = classes.get(key)
    if (found === undefined) classes.set(key, [k])
    else found.push(k)
  }
  const made = [...classes.values()].map(outputs => {
    const conversion = conversions[conversions.length === 1 ? 0 : outputs[0]!]!
    const whole: Held = { value: v.source(0, rounded.min, rounded.max), frac: conversion.to.frac }
    const held = Math.abs(conversion.to.frac) > 900 ? undefined : convertHeld(whole, conversion)
    const value = held && align(held, frac)
    return value === undefined || v.laneOf([value]) !== 'i32' ? undefined : { outputs, result: value }
  })
  return made.every(own => own !== undefined) ? made : undefined
}
