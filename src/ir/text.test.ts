import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conversion, fixedType } from '../fixed/types.ts'
import type { Graph, Node } from './graph.ts'
import { parseGraph } from './parse.ts'
import { printGraph } from './print.ts'
import { parseTensors, printTensors } from './tensor-text.ts'
import { tensorConversion } from './tensor-type.ts'
import { randomGraph, randomStore } from './testing/random-graph.ts'

const store = parseTensors(`
tensors { // two outputs of three inputs
  fc1.weight = float[3, 2]: 0.5, -1, 0.25, 0, 2, -0.125
  fc1.bias = fixed<8,3>[2]: 12, -7
}`)

const input: Node = {
  kind: 'input',
  name: 'x',
  inputs: [],
  attrs: {},
  weights: {},
  quantisers: {},
  requested: {},
  resolved: {
    result: {
      to: { shape: [3], types: [fixedType(true, 8, 5), fixedType(true, 8, 5), fixedType(false, 0, 0)] },
      rounding: 'RND',
      overflow: 'SAT',
      saturationBits: 0,
    },
  },
  shape: [3],
  choices: {},
  origin: { layerClass: 'InputLayer', source: 'x', mergedNames: [] },
}

const dense: Node = {
  ...input,
  kind: 'dense',
  name: 'output',
  inputs: ['x'],
  attrs: { units: 2, weightCoding: 'plain' },
  weights: { weight: 'fc1.weight', bias: 'fc1.bias' },
  quantisers: { weight: { name: 'quantized_bits', options: { bits: 4, alpha: null } } },
  requested: { accum: { kind: 'auto' } },
  resolved: { result: tensorConversion(conversion(fixedType(false, 9, 4), 'TRN', 'WRAP', 2)) },
  shape: [2],
  choices: { ReuseFactor: 1, Strategy: 'Latency' },
  origin: { layerClass: 'Dense', source: 'fc1', mergedNames: ['bn1', 'a b'] },
}

const graph: Graph = { name: 'small', nodes: [input, dense], outputs: ['output'], store }

const text = `graph "small" {
  x = input() [3] from InputLayer {
    result: fixed<8,3,RND,SAT> * 2, ufixed<0,0,RND,SAT> over [3]
  }
  "output" = dense<units=2, weightCoding="plain">(x) [2] from Dense of fc1 merging bn1, "a b" {
    weight = fc1.weight float[3, 2] #56ca706a
    bias = fc1.bias fixed<8,3>[2] #9c1a9106
    weight by quantized_bits<bits=4, alpha=null>
    accum? auto
    result: ufixed<9,5,TRN,WRAP,2>
    choose ReuseFactor=1, Strategy="Latency"
  }
  output "output"
}
`

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (problem) {
    return (problem as Error).message
  }
  return 'nothing was thrown'
}

describe('printGraph', () => {
  it('says everything of a node, what is long below its first line', () => {
    expect(printGraph(graph)).toBe(text)
  })

  it('shows a tensor that the store lacks, and refuses to read that back', () => {
    const printed = printGraph({ ...graph, store: new Map() })
    expect(printed).toContain('weight = fc1.weight missing\n')
    expect(() => parseGraph(printed, store)).toThrow(/^precision\/unknown-type: line 6: 'missing'/)
  })
})

describe('parseGraph', () => {
  it('reads what was printed', () => {
    expect(parseGraph(text, store)).toEqual(graph)
  })

  it('reads any graph that was printed', () => {
    fc.assert(
      fc.property(randomGraph, made => {
        const printed = printGraph(made)
        const parsed = parseGraph(printed, made.store)
        expect(parsed).toEqual(made)
        expect(printGraph(parsed)).toBe(printed)
      }),
      { numRuns: 300 },
    )
  })

  it('takes comments, blanks and roles in any order', () => {
    const loose = text
      .replace('    accum? auto\n', '')
      .replace('choose Reuse', 'accum ? auto // inferred\n\n choose Reuse')
    expect(parseGraph(loose, store)).toEqual(graph)
  })

  it.each([
    ['', "ir/text-syntax: line 1: the text ends; expected 'graph'."],
    [text.replace('(x)', '(x'), "ir/text-syntax: line 5: '[' stands here; expected ')'."],
    [
      text.replace('[2] from', '[2,] from'),
      "ir/text-syntax: line 5: ']' stands here; expected a whole number.",
    ],
    [
      text.replace('accum?', 'accum'),
      `ir/text-syntax: line 9: 'auto' stands here; expected '=', 'by', '?' or ':'.`,
    ],
    [
      text.replace('accum?', 'accum? auto accum?'),
      "ir/text-syntax: line 13: 'accum' was said twice; expected every key once.",
    ],
    [
      text.replace('"a b"', '"a \\b \\c"'),
      `ir/text-syntax: line 5: "a \\b \\c" is no JSON string; expected a merged layer's name, escaped as in JSON.`,
    ],
    [
      text.replace('* 2', '* 3'),
      'ir/text-syntax: line 3: 4 types over [3]; expected as many types as the shape has elements, of one rounding and overflow.',
    ],
    [
      text.replace('<0,0,RND', '<0,0,TRN'),
      'ir/text-syntax: line 3: 3 types over [3], of several modes; expected as many types as the shape has elements, of one rounding and overflow.',
    ],
    [
      text.replace('result: ufixed<9,5,TRN,WRAP,2>', 'result: auto'),
      "ir/text-syntax: line 10: 'auto' stands here; expected a fixed-point type.",
    ],
    [
      text.replace('ReuseFactor=1', 'ReuseFactor=[1]'),
      "ir/text-syntax: line 11: the choice 'ReuseFactor' is [1]; expected a number, string or boolean.",
    ],
    [
      text.replace('bits=4', 'bits={}'),
      "ir/text-syntax: line 8: the option 'bits' of quantized_bits is {}; expected a number, string, boolean or null.",
    ],
    [`${text}}`, "ir/text-syntax: line 15: '}' stands here; expected nothing after the graph."],
  ])('says the line of what is wrong (%#)', (wrong, message) => {
    expect(messageOf(() => parseGraph(wrong, store))).toBe(message)
  })

  it('says where a precision cannot be read', () => {
    const wrong = text.replace('accum? auto', 'accum? fixed<8>')
    expect(() => parseGraph(wrong, store, 'net.ir: ')).toThrow(/^precision\/[a-z-]+: net\.ir: line 9: /)
  })

  it('refuses values that are not those the text was printed with', () => {
    const read = (from: string, to: string) => () => parseGraph(text.replace(from, to), store)
    expect(read('#9c1a9106', '#00000000')).toThrow(
      /^ir\/tensor-mismatch: line 7: 'fc1.bias' is #00000000 here and #9c1a9106 in the store/,
    )
    expect(read('fixed<8,3>[2]', 'fixed<8,4>[2]')).toThrow(
      /^ir\/tensor-mismatch: line 7: 'fc1.bias' is fixed<8,4>\[2\] here and fixed<8,3>\[2\] in the store/,
    )
    expect(read('fc1.bias', 'fc2.bias')).toThrow(
      /^ir\/tensor-unknown: line 7: the store has no tensor 'fc2.bias'/,
    )
  })
})

describe('parseTensors', () => {
  it('reads any tensors that were printed', () => {
    fc.assert(
      fc.property(randomStore, made => {
        expect(parseTensors(printTensors(made))).toEqual(made)
      }),
    )
  })

  it('refuses a wrong count, a tensor twice and fractions of raw values', () => {
    expect(messageOf(() => parseTensors('tensors {\n a = float[2]: 1\n}'))).toBe(
      'ir/text-syntax: line 2: 1 values for [2]; expected 2.',
    )
    expect(() => parseTensors('tensors { a = float[1]: 1\n a = float[1]: 1 }')).toThrow(
      /line 2: 'a' stands here/,
    )
    expect(messageOf(() => parseTensors('tensors { a = fixed<8,3>[1]: 0.5 }'))).toBe(
      "ir/text-syntax: line 1: '.5' stands here; expected a tensor's name, or '}'.",
    )
  })
})
