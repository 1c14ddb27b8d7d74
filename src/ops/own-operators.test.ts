import { afterEach, describe, expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import { parseConfig } from '../config/parse.ts'
import { configOf } from '../config/write.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { conversion } from '../fixed/types.ts'
import { writeOnnx } from '../formats/onnx/write.ts'
import { importModel } from '../frontends/index.ts'
import type { Json } from '../frontends/json.ts'
import {
  floats,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../frontends/keras/testing/models.ts'
import { integers, model, node } from '../frontends/onnx/testing/models.ts'
import { nodeNamed } from '../ir/graph.ts'
import { printGraph } from '../ir/print.ts'
import { typeAt } from '../ir/tensor-type.ts'
import { bufferOf, onePlan, resultConversions, resultRole, sameShape } from './elementwise.ts'
import { definitionOf, isOpKind, type OpKind } from './index.ts'
import { defineOperator, type OwnOperator, registered } from './own-operators.ts'
import { registerOperator, registerOperators } from './register-operator.ts'

afterEach(() => registered.clear())

function messages(work: () => unknown): string[] {
  try {
    work()
  } catch (thrown) {
    return thrown instanceof CompileError ? thrown.message.split('\n') : [String(thrown)]
  }
  return ['no error']
}

const messagesOf = async (work: Promise<unknown>) => {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return messages(() => {
    throw thrown
  })
}

/** x · gain + offset[channel]: an attribute and a trained array. */
const shift = (more: Partial<OwnOperator<{ gain: number }>> = {}) =>
  defineOperator<{ gain: number }>({
    kind: 'shift-channels',
    summary: 'x · gain + an offset for each channel',
    roles: { result: resultRole, offset: { summary: 'type of the offsets', readFrom: 'precision' } },
    inferShape: sameShape,
    inferLossless: request => {
      const { frac, width } = typeAt(request.inputs[0]!, 0)
      const offset = request.rawWeight('offset')!.type
      const most = Math.max(frac, offset.frac)
      const integer = Math.max(width - frac, offset.width - offset.frac) + 4
      return { result: conversion({ signed: true, width: integer + most, frac: most }) }
    },
    evaluate: (op, [x]) => {
      const offset = op.weight('offset')!.data
      return x!.map((value, k) => value * op.attrs.gain + offset[k % offset.length]!)
    },
    emulate: op => {
      const { raw, type } = op.weight('offset')!
      const source = bufferOf(op.inputs[0]!)
      return onePlan(op, {
        kernel: 'affine',
        from: 0,
        into: 1,
        scale: [BigInt(op.attrs.gain)],
        scaleFrac: 0,
        bias: Array.from({ length: source.size }, (_, k) => raw[k % raw.length]!),
        biasFrac: type.frac,
        conversions: resultConversions(op),
      })
    },
    sources: {
      keras: [
        {
          className: 'ShiftChannels',
          variables: ['offset'],
          read: layer => {
            const channels = layer.inputs[0]!.at(-1)!
            if (layer.attribute('axis') === 0) layer.refuse('it shifts rows', 'Shift channels.')
            return {
              attrs: { gain: layer.number('gain', 1) },
              weights: { offset: layer.weight('offset', [channels]) },
            }
          },
        },
      ],
      onnx: [
        {
          domain: 'mine',
          opType: 'Shift',
          read: node => ({
            attrs: { gain: node.number('gain', 1) },
            weights: { offset: node.weight('1', [undefined]) },
          }),
        },
      ],
    },
    ...more,
  })

const layers = (config: Record<string, Json> = { gain: 2 }): TestLayer[] => [
  inputLayer('in', 2),
  layer('mine>ShiftChannels', 's', config, { offset: floats([2], 0.5, -0.25) }),
]
const files = async (own = layers()) => [{ name: 'm.h5', bytes: await kerasFile(own, sequential(own)) }]
const batch = { rows: 2, shape: [2], data: Float64Array.of(1, 2, -1.5, 0.25) }

describe("a user's own operator", () => {
  it('reads its layers, with attributes and trained arrays, and has float meaning and bits', async () => {
    registerOperator(shift())
    const graph = await importModel(await files())
    expect(printGraph(graph)).toContain('s = shift-channels<gain=2>(in) [2] from ShiftChannels {')
    expect([...runFloat(graph, [batch], ['s']).get('s')!.data]).toEqual([2.5, 3.75, -2.5, 0.25])
    const inputTypes = new Map([['in', { signed: true, width: 8, frac: 4 }]])
    const { typed } = compileModel(graph, { inputTypes, verifyPasses: true })
    const raw = createFixedEngine(typed).run([batch], ['s']).get('s')!
    expect([...toNumbers(nodeNamed(typed, 's'), raw)]).toEqual([2.5, 3.75, -2.5, 0.25])
  })

  it('takes types from a config as any other', async () => {
    registerOperator(shift())
    const graph = await importModel(await files())
    const text = JSON.stringify(configOf(graph, 'name'))
    expect(text).toContain('"offset":"auto"')
    const config = parseConfig(
      {
        Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 },
        LayerName: { s: { Precision: { offset: 'fixed<2,1>', result: 'fixed<6,4>' } } },
      },
      'c.yml',
    )
    const { typed } = compileModel(graph, { config, verifyPasses: true })
    expect(typed.store.get(nodeNamed(typed, 's').weights.offset!)).toMatchObject({ raw: [1n, -1n] })
    const wrong = parseConfig(
      {
        Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 },
        LayerName: { s: { Precision: { offst: 'fixed<2,1>' } } },
      },
      'c.yml',
    )
    expect(messages(() => compileModel(graph, { config: wrong }))[0]).toContain("Did you mean 'offset'?")
  })

  it('reads nodes of ONNX by domain and type', async () => {
    registerOperator(shift())
    const made = model([2], [node('y', 'Shift', ['x', 'o'], { gain: 3 }, 'mine')], {
      o: { element: 'float32', dims: [2], data: Float64Array.of(1, -1) },
    })
    const graph = await importModel([{ name: 'm.onnx', bytes: writeOnnx(made) }])
    expect([...runFloat(graph, [batch], ['y']).get('y')!.data]).toEqual([4, 5, -3.5, -0.25])
    const other = model([2], [node('y', 'Shift', ['x', 'o'], { gan: 3 }, 'mine')], { o: integers([1, 2]) })
    expect(await messagesOf(importModel([{ name: 'm.onnx', bytes: writeOnnx(other) }]))).toEqual([
      "onnx/unknown-attribute: node 'y' (Shift): the attribute 'gan' is not known to this operator; expected gain. Did you mean 'gain'?",
    ])
  })

  it('says what a model asks that it cannot do, with every other problem', async () => {
    registerOperator(shift())
    const wrong = [...layers({ gain: 'two', gian: 1 }), layer('Nothing', 'n')]
    expect(await messagesOf(importModel(await files(wrong)))).toEqual([
      `keras/attribute-value: layer 's' (mine>ShiftChannels): the attribute 'gain' is "two"; expected a number. Save the model again.`,
      expect.stringContaining(
        "keras/unknown-attribute: layer 's' (mine>ShiftChannels): the attribute 'gian' (1) is not known",
      ),
      expect.stringContaining("keras/unused-weight: layer 's' (mine>ShiftChannels)"),
      expect.stringContaining("keras/unsupported-layer: layer 'n' (Nothing)"),
    ])
    expect((await messagesOf(importModel(await files(layers({ axis: 0 })))))[0]).toBe(
      "operator/refused: layer 's' (mine>ShiftChannels): it shifts rows. Shift channels.",
    )
  })

  it('is known until it is forgotten, and replaced by the config that brought it', async () => {
    const forget = registerOperator(shift())
    registerOperators([], 'a.ts')
    expect(isOpKind('shift-channels')).toBe(true)
    forget()
    expect(isOpKind('shift-channels')).toBe(false)
    registerOperators([shift()], 'a.ts')
    registerOperators([shift({ summary: 'another' })], 'a.ts')
    expect(definitionOf('shift-channels' as OpKind).summary).toBe('another')
    registerOperators([], 'a.ts')
    expect(isOpKind('shift-channels')).toBe(false)
  })
})

describe('what is wrong with a definition', () => {
  const sources = (className: string, opType = 'Shift') => ({
    keras: [{ className, read: () => ({ attrs: { gain: 1 } }) }],
    onnx: [{ domain: 'mine', opType, read: () => ({ attrs: { gain: 1 } }) }],
  })
  const steps = ' docs/own-operators.md has an operator step by step.'

  it.each<[string, unknown, string]>([
    [
      'no object',
      7,
      `operator/definition: operators: one of them is no object; expected what defineOperator is given.${steps}`,
    ],
    [
      'no kind',
      {},
      `operator/definition: an operator: its kind is missing; expected lower case words, e.g. 'absolute'.${steps}`,
    ],
    [
      'a kind of other words',
      { kind: 'Abs Value' },
      `operator/definition: an operator: its kind is "Abs Value"; expected lower case words, e.g. 'absolute'.${steps}`,
    ],
    [
      'no method',
      { ...shift(), emulate: undefined },
      `operator/definition: operator 'shift-channels': it has no method 'emulate'; expected inferShape, inferLossless, evaluate, emulate.${steps}`,
    ],
    [
      'no method where there may be one',
      { ...shift(), rtl: 'no' },
      `operator/definition: operator 'shift-channels': its 'rtl' is no method; expected a method, or nothing.${steps}`,
    ],
    [
      'an unknown key',
      { ...shift(), evalute: 1 },
      `operator/definition: operator 'shift-channels': it has a 'evalute', which nothing reads; expected kind, summary, roles, examples, sources, inferShape, inferLossless, evaluate, emulate, inferAuto, hls, rtl, estimate, findings.${steps}`,
    ],
    [
      'no result',
      { ...shift(), roles: {} },
      `operator/definition: operator 'shift-channels': its roles are without 'result'; expected the roles of its weights, and result.${steps}`,
    ],
    [
      'half a mapping',
      { ...shift(), sources: { keras: [{ className: 'A' }] } },
      `operator/definition: operator 'shift-channels': a mapping from Keras is not whole; expected className and read.${steps}`,
    ],
    [
      'a kind of the table',
      shift({ kind: 'dense' }),
      "operator/taken: operator 'dense': the kind 'dense' is another operator's; expected kinds and layers that no other operator has. Give it another name, e.g. with your own before it.",
    ],
    [
      'a kind of another',
      shift(),
      "operator/taken: operator 'shift-channels': the kind 'shift-channels' is another operator's; expected kinds and layers that no other operator has. Give it another name, e.g. with your own before it.",
    ],
    [
      'a layer of another',
      shift({ kind: 'other', sources: sources('ShiftChannels') }),
      "operator/taken: operator 'other': the Keras layer 'ShiftChannels' is read by 'shift-channels'; expected kinds and layers that no other operator has. Give it another name, e.g. with your own before it.",
    ],
    [
      'a node of another',
      shift({ kind: 'other', sources: sources('Other') }),
      "operator/taken: operator 'other': the ONNX node 'Shift' is read by 'shift-channels'; expected kinds and layers that no other operator has. Give it another name, e.g. with your own before it.",
    ],
  ])('%s', (_, operator, expected) => {
    registerOperator(shift())
    expect(messages(() => registerOperator(operator as OwnOperator))).toEqual([expected])
  })

  it('a list that is none', () => {
    expect(messages(() => registerOperators({}, 'a.ts'))).toEqual([
      `operator/definition: operators: they are no list; expected a list of operators.${steps}`,
    ])
  })
})

describe('faults of an operator', () => {
  const faulty = async (more: Partial<OwnOperator<{ gain: number }>>) => {
    registerOperator(shift(more))
    return messagesOf(
      (async () => {
        const graph = await importModel(await files())
        const inputTypes = new Map([['in', { signed: true, width: 8, frac: 4 }]])
        runFloat(graph, [batch], ['s'])
        const { typed } = compileModel(graph, { inputTypes })
        createFixedEngine(typed).run([batch], ['s'])
      })(),
    )
  }
  const form =
    "what it gives is not of the form that is asked; expected what the definition's types say, of the size of the operator's shape. docs/own-operators.md says what each method gives."

  it.each<[string, Partial<OwnOperator<{ gain: number }>>, string]>([
    [
      'that throw',
      {
        evaluate: () => {
          throw new TypeError('no')
        },
      },
      "operator/fault: operator 'shift-channels': evaluate: it failed: no. Correct the operator.",
    ],
    [
      'in a mapping',
      {
        sources: {
          keras: [
            {
              className: 'ShiftChannels',
              read: () => {
                throw new Error('lost')
              },
            },
          ],
        },
      },
      "operator/fault: operator 'shift-channels': mapping of ShiftChannels 's': it failed: lost. Correct the operator.",
    ],
    [
      'of a shape',
      { inferShape: () => [-1] },
      `operator/result: operator 'shift-channels': inferShape: ${form}`,
    ],
    [
      'of values',
      { evaluate: () => new Float64Array(7) },
      `operator/result: operator 'shift-channels': evaluate: ${form}`,
    ],
    [
      'of types',
      { inferLossless: () => ({}) },
      `operator/result: operator 'shift-channels': inferLossless: ${form}`,
    ],
    [
      'of a plan',
      { emulate: () => ({ buffers: [], inputs: [0], output: 0, steps: [] }) },
      `operator/result: operator 'shift-channels': emulate: ${form}`,
    ],
  ])('%s', async (_, more, expected) => {
    expect((await faulty(more))[0]).toBe(expected)
  })

  it('of what it does not answer are refusals', () => {
    registerOperator(shift())
    const definition = definitionOf('shift-channels' as OpKind)
    expect(definition.hls({} as never)).toMatchObject({ refused: true, code: 'hls/own-operator' })
    expect(definition.rtl({} as never)).toMatchObject({ refused: true, code: 'rtl/own-operator' })
    expect(definition.estimate({} as never, { clockNs: 5 })).toMatchObject({
      refused: true,
      code: 'estimate/own-operator',
    })
  })
})
