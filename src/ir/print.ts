// The text form of a graph: a node begins with one line and says the rest below, in topological order. Everything of
// a node is in it, weights by id, shape, type and digest; `parse.ts` reads it back.
//
//   fc1 = dense<units=2, weightCoding="plain", inputCoding="plain">(x) [2] from Dense of fc1 {
//     weight = fc1.weight float[3, 2] #2c85b0fd        trained values
//     weight by quantized_bits<bits=4, integer=0>      the source's quantiser
//     result? auto                                     precision asked for
//     result: fixed<9,5,RND,SAT>                       conversion resolved; `T * 3, U * 2 over [5]` by element
//     choose ReuseFactor=1, Strategy="Latency"
//   }

import { printPrecision } from '../fixed/precision.ts'
import type { Graph, Node, StoredTensor } from './graph.ts'
import {
  printConversion,
  printHeldType,
  printName,
  printNames,
  printPairs,
  tensorDigest,
} from './text-words.ts'

/** Prints a graph so that people, tests and `--print-after` see the same text. */
export function printGraph(graph: Graph): string {
  const nodes = graph.nodes.flatMap(node => printNode(graph, node))
  const outputs = graph.outputs.length === 0 ? '' : ` ${printNames(graph.outputs)}`
  const absorbed = graph.absorbed ?? []
  const absorbing = absorbed.length === 0 ? '' : ` absorbing ${printNames(absorbed)}`
  return [
    `graph ${JSON.stringify(graph.name)}${absorbing} {`,
    ...nodes.map(line => `  ${line}`),
    `  output${outputs}`,
    '}',
    '',
  ].join('\n')
}

function printNode(graph: Graph, node: Node): readonly string[] {
  const pairs = printPairs(node.attrs as Readonly<Record<string, unknown>>)
  const attrs = pairs === '' ? '' : `<${pairs}>`
  const call = `${printName(node.kind)}${attrs}(${printNames(node.inputs)})`
  const head = `${printName(node.name)} = ${call} [${node.shape.join(', ')}] ${printOrigin(node)}`
  const body = printBody(graph, node)
  return body.length === 0 ? [head] : [`${head} {`, ...body.map(line => `  ${line}`), '}']
}

/** The source's name stands only where it is not the node's. */
function printOrigin({ name, origin: { layerClass, source, mergedNames } }: Node): string {
  const of = source === name ? '' : ` of ${printName(source)}`
  const merging = mergedNames.length === 0 ? '' : ` merging ${printNames(mergedNames)}`
  return `from ${printName(layerClass)}${of}${merging}`
}

function printBody(graph: Graph, node: Node): readonly string[] {
  const choices = printPairs(node.choices)
  return [
    ...entries(node.weights, (role, id) => `${role} = ${printName(id)} ${printTensor(graph.store.get(id))}`),
    ...entries(node.quantisers, (role, { name, options }) => {
      const pairs = printPairs(options)
      return `${role} by ${printName(name)}${pairs === '' ? '' : `<${pairs}>`}`
    }),
    ...entries(node.requested, (role, precision) => `${role}? ${printPrecision(precision, 'short')}`),
    ...entries(node.resolved, (role, conversion) => `${role}: ${printConversion(conversion)}`),
    ...(choices === '' ? [] : [`choose ${choices}`]),
  ]
}

function entries<T>(
  record: Readonly<Record<string, T>>,
  print: (role: string, value: T) => string,
): readonly string[] {
  return Object.entries(record).map(([role, value]) => print(printName(role), value))
}

function printTensor(tensor: StoredTensor | undefined): string {
  return tensor === undefined ? 'missing' : `${printHeldType(tensor)} #${tensorDigest(tensor)}`
}
