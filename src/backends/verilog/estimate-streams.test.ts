import { describe, expect, it } from 'vitest'
import { sketchSolver } from '../../estimate/sketch-product.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import { uniform } from '../../ir/tensor-type.ts'
import { conv } from '../../ops/conv/index.ts'
import { isRefusal, type OpDefinition, type OpExample } from '../../ops/definition.ts'
import { lstm } from '../../ops/lstm/index.ts'
import { pool } from '../../ops/pool/index.ts'
import { relu } from '../../ops/relu/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { typedOpOfExample } from '../../ops/typed-op.ts'
import { estimateDesign } from './estimate-design.ts'
import { estimateStreams, type KnownLayers } from './estimate-streams.ts'

const place = { clockNs: 5, family: 'xcup', grade: '-2' } as const

/** The example's layer behind its input. */
function graphOf<K extends string, A>(definition: OpDefinition<K, A>, example: OpExample<A>): OpGraph {
  const op = typedOpOfExample(definition, example)
  const weights = Object.entries(example.weights)
  const origin = { layerClass: definition.kind, source: 'layer', mergedNames: [] }
  const [input] = example.inputs
  const whole = (own: Conversion) => ({ ...own, to: uniform(own.to) })
  const roles = [...Object.keys(definition.roles), ...Object.keys(example.weights), 'result']
  const resolved = Object.fromEntries(
    roles.filter(role => op.hasRole(role)).map(role => [role, whole(op.conversion(role))]),
  )
  return {
    nodes: [
      {
        name: 'x',
        kind: 'input',
        inputs: [],
        shape: input!.shape,
        attrs: {},
        choices: {},
        weights: {},
        origin,
        resolved: { result: whole(conversion(input!.type)) },
      },
      {
        name: 'layer',
        kind: definition.kind,
        inputs: ['x'],
        shape: op.output.shape,
        attrs: example.attrs,
        choices: op.choices,
        weights: Object.fromEntries(weights.map(([role]) => [role, role])),
        origin,
        resolved,
      },
    ],
    outputs: ['layer'],
    store: {
      get: (id: string) => (id in example.weights ? { form: 'raw', ...example.weights[id]! } : undefined),
    },
  } as unknown as OpGraph
}

/** A step that repeats may be estimated a cycle too long or too short, so many times as it does. */
function checkStream<K extends string, A>(
  definition: OpDefinition<K, A>,
  example: OpExample<A>,
  steps = 0,
): void {
  const form = definition.rtl(typedOpOfExample(definition, example))
  if (isRefusal(form) || form.form !== 'process') return
  const built = form.build({ ...place, name: 'layer' })
  const { layers, latency, interval } = estimateDesign(graphOf(definition, example), {
    ...place,
    project: 'streams',
  })
  expect(Math.abs(latency - built.latency)).toBeLessThanOrEqual(steps)
  expect(Math.abs(interval - built.interval)).toBeLessThanOrEqual(steps)
  expect(layers.find(({ name }) => name === 'layer')!.lut).toBeGreaterThan(0)
}

describe('estimates of streams', () => {
  it.each(conv.examples)('convolution, $title', example => checkStream(conv, example))
  it.each(lstm.examples)('LSTM, $title', example => checkStream(lstm, example, example.inputs[0]!.shape[0]))

  it('sketches the products of a process', () => {
    const sketches: string[] = []
    const form = conv.rtl(typedOpOfExample(conv, conv.examples[0]!))
    if (isRefusal(form) || form.form !== 'process') throw new Error('no process')
    form.build({ ...place, name: 'layer', solver: sketchSolver(({ layer }) => sketches.push(layer)) })
    expect(sketches.length).toBeGreaterThan(0)
  })
})

describe('layers that were estimated before', () => {
  it('are not estimated again, but where they or what they read changed', () => {
    const graph = graphOf(conv, conv.examples[0]!)
    const known: KnownLayers = new WeakMap()
    const options = { ...place, project: 'test' }
    const first = estimateDesign(graph, options, known)
    expect(estimateDesign(graph, options, known).layers[1]).toBe(first.layers[1])
    const copied = {
      ...graph,
      nodes: graph.nodes.map((node, k) => (k === 0 ? { ...node } : node)),
    } as OpGraph
    const again = estimateDesign(copied, options, known)
    expect(again.layers[1]).not.toBe(first.layers[1])
    expect(again).toEqual(first)
  })
})

describe('a layer of a large image', () => {
  const sized = <A>(example: OpExample<A>, shape: readonly number[]): OpExample<A> => ({
    ...example,
    inputs: [{ ...example.inputs[0]!, shape }],
    weights: {},
  })
  const estimated = (graph: OpGraph) =>
    estimateStreams(graph, { ...place, project: 'test' }, new WeakMap()).layers[1]!

  it('costs what it costs on a small one, and takes as long as it has pixels', () => {
    const [small, large] = [
      [8, 8, 4],
      [256, 256, 4],
    ].map(shape => estimated(graphOf(relu, sized(relu.examples[0]!, shape))))
    expect(large).toEqual({ ...small, interval: 256 * 256 })
    expect(large!.lut).toBeGreaterThan(0)
  })

  it('is one window of a pooling layer', () => {
    const example = pool.examples.find(({ attrs }) => attrs.reduce === 'max' && attrs.size.length === 2)!
    const none = [0, 0]
    const attrs = { ...example.attrs, size: [2, 2], strides: [2, 2], before: none, after: none }
    const [small, large] = [
      [8, 8, 4],
      [256, 256, 4],
    ].map(shape => estimated(graphOf(pool, { ...sized(example, shape), attrs })))
    expect(large).toEqual({ ...small, interval: 128 * 128 })
    expect(large!.lut).toBeGreaterThan(0)
  })
})
