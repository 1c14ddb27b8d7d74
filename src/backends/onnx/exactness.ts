// What a typed node does to its exact result: nothing, or a rounding and a saturation that a quantiser of ONNX does too.

import { type Diagnostic, error } from '../../diagnostics/diagnostic.ts'
import { autoPrecision, fixedPrecision, printPrecision } from '../../fixed/precision.ts'
import {
  type Conversion,
  conversion,
  type FixedType,
  includesType,
  lowestKept,
  minRaw,
  sameType,
} from '../../fixed/types.ts'
import { nodeNamed, type StoredTensor } from '../../ir/graph.ts'
import { uniformType } from '../../ir/tensor-type.ts'
import type { PrecisionRequest } from '../../ops/definition.ts'
import { definitionOf, type OpNode } from '../../ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../../ops/typed-node.ts'

/** What is put behind a node. */
export interface NodeTypes {
  /** The result's conversion where its type is not that of the exact result. */
  readonly result: Conversion | undefined
  /** Whether values can be rounded, and can leave the range. */
  readonly rounds: boolean
  readonly saturates: boolean
}

/** Compares a node's types with those that lose nothing; what has no form in ONNX is added to `problems`. */
export function typesOf(graph: OpGraph, node: OpNode, problems: Diagnostic[]): NodeTypes {
  const own = conversionOf(graph, node, problems)
  if (own === undefined) return { result: undefined, rounds: false, saturates: false }
  if (node.kind === 'binary-tanh') {
    if (!sameType(own.to, { signed: true, width: 2, frac: 0 }))
      problems.push(typeProblem(node, own, 'int<2>'))
    return { result: undefined, rounds: false, saturates: false }
  }
  const exact =
    node.kind === 'quantise'
      ? uniformType(typeOfNode(nodeNamed(graph, node.inputs[0]!)))
      : exactResult(graph, node, problems)
  if (exact === undefined) {
    return { result: own, rounds: true, saturates: true }
  }
  const rounds = exact.frac > own.to.frac
  const extra = Math.max(0, exact.frac - own.to.frac)
  const finer = { ...own.to, width: own.to.width + extra, frac: own.to.frac + extra }
  // Rounding up can leave the range that truncating stays in.
  const saturates =
    !includesType(finer, exact) ||
    (rounds && own.rounding !== 'TRN') ||
    losesLeast(exact, { ...own, to: finer })
  return { result: sameType(exact, own.to) && !saturates ? undefined : own, rounds, saturates }
}

/** Whether symmetric saturation moves the least value of a type that is otherwise kept. */
function losesLeast(exact: FixedType, to: Conversion): boolean {
  if (to.overflow !== 'SAT_SYM' || to.to.frac < exact.frac) return to.overflow === 'SAT_SYM'
  return minRaw(exact) << BigInt(to.to.frac - exact.frac) < lowestKept(to)
}

function conversionOf(graph: OpGraph, node: OpNode, problems: Diagnostic[]): Conversion | undefined {
  const type = uniformType(typeOfNode(node))
  const { result } = typedOpOfNode(graph, node)
  if (type !== undefined) return { ...result, to: type }
  problems.push(
    error({
      code: 'export/element-types',
      place: `layer '${node.name}'`,
      problem: 'its elements have types of their own',
      expected: 'one type for the whole result',
      remedy: 'Set its result type in a config.',
    }),
  )
  return undefined
}

/** Of the exact result; reports the other roles that lose something or are those of no default. */
function exactResult(graph: OpGraph, node: OpNode, problems: Diagnostic[]) {
  const exact = definitionOf(node.kind).inferLossless(requestOf(graph, node))
  for (const [role, wanted] of Object.entries(exact)) {
    if (role === 'result' || node.weights[role] !== undefined) continue
    const tensorType = node.resolved[role]
    const found = tensorType && { ...tensorType, to: tensorType.to.types[0]! }
    if (found === undefined) continue
    const isKept = role === 'accum' ? includesType(found.to, wanted.to) : sameType(found.to, wanted.to)
    if (isKept) continue
    const type = printPrecision(fixedPrecision(wanted), 'canonical')
    problems.push(typeProblem(node, found, `${role} ${type}`, role))
  }
  return exact.result?.to
}

export function typeProblem(node: OpNode, found: Conversion, expected: string, role = 'result'): Diagnostic {
  return error({
    code: 'export/type',
    place: `layer '${node.name}'`,
    problem: `its ${role} has the type ${printPrecision(fixedPrecision(found), 'canonical')}, which no quantiser of ONNX gives`,
    expected,
    remedy:
      'Set this type in the config, or compile without one: between declared types nothing is lost then.',
  })
}

function requestOf(graph: OpGraph, node: OpNode): PrecisionRequest<unknown> {
  const inputs = node.inputs.map(name => nodeNamed(graph, name))
  const stored = (role: string): StoredTensor | undefined => graph.store.get(node.weights[role] ?? '')
  return {
    name: node.name,
    attrs: node.attrs,
    inputs: inputs.map(typeOfNode),
    inputConversions: inputs.map(({ resolved }) => resolved.result!),
    shape: node.shape,
    quantisers: {},
    asked: () => autoPrecision,
    modelDefault: conversion({ signed: true, width: 16, frac: 10 }),
    maximum: undefined,
    weight: role => {
      const tensor = stored(role)
      return tensor?.form === 'float' ? tensor : undefined
    },
    rawWeight: role => {
      const tensor = stored(role)
      return tensor?.form === 'raw' ? tensor : undefined
    },
  }
}
