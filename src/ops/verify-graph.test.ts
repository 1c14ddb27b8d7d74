import { describe, expect, it } from 'vitest'
import { parseGraph } from '../ir/parse.ts'
import { parseTensors } from '../ir/tensor-text.ts'
import { opGraphOf, verifyGraph } from './verify-graph.ts'

const store = parseTensors(`tensors {
  w = fixed<4,2>[3, 2]: 1, -8, 7, 0, 2, -1
  b = fixed<4,2>[2]: 3, -3
  wide = fixed<4,2>[2]: 8, 0
  short = fixed<4,2>[2]: 1, 1
  f = float[3, 2]: 1, 2, 3, 4, 5, 6
}`)

const weights = 'weight = w fixed<4,2>[3, 2] #456c0220'
const biases = 'bias = b fixed<4,2>[2] #389f936a'
const types = 'result: fixed<9,5>; accum: fixed<9,5>; weight: fixed<4,2>; bias: fixed<4,2>'.replaceAll(
  '; ',
  '\n',
)

const typed = `graph "g" {
  x = input() [3] from InputLayer {
    result: fixed<4,1>
  }
  fc = dense<units=2, weightCoding="plain", inputCoding="plain">(x) [2] from Dense {
    ${weights}
    ${biases}
    ${types}
    choose ReuseFactor=1, Strategy="latency"
  }
  act = relu<maxValue=null>(fc) [2] from Activation {
    result: fixed<8,4> * 2 over [2]
  }
  output act
}
`

const read = (text: string) => opGraphOf(parseGraph(text, store))
const changed = (from: string, to: string) => {
  expect(typed).toContain(from)
  return read(typed.replaceAll(from, to))
}

describe('verifyGraph', () => {
  it('lets a typed graph pass, and one that nothing is known of yet', () => {
    expect(() => verifyGraph(read(typed))).not.toThrow()
    const fresh = typed.replace(types, '').replace(/^ +(result: .*|choose .*)$/gm, '')
    expect(() => verifyGraph(read(fresh))).not.toThrow()
  })

  it.each([
    ['act = relu', 'fc = relu', "two nodes are named 'fc'"],
    ['(fc)', '(later)', "'act' reads 'later', which does not stand before it"],
    ['(fc)', '()', "'act' (relu) reads 0 nodes"],
    ['output act', 'output nothing', "the output 'nothing' is no node"],
    ['output act', 'output', 'the graph has no output'],
    ['units=2', 'units=4', "'fc' has the shape [2] where its operator gives [4]"],
    ['input() [3]', 'input() [0]', "'x' has the shape [0]"],
    [
      'weight: fixed<4,2>',
      'weights: fixed<4,2>',
      "resolved of 'fc' name the role 'weights', which dense lacks",
    ],
    ['ReuseFactor=1', 'ReuseFactor=1, Skip=true', "'fc' has the choice 'Skip', which dense lacks"],
    ['ReuseFactor=1', 'ReuseFactor=0', "the choice 'ReuseFactor' of 'fc' is 0"],
    ['ReuseFactor=1, ', '', "'fc' lacks the choice 'ReuseFactor'"],
    ['"latency"', '"late"', "the choice 'Strategy' of 'fc' is late"],
    ['result: fixed<4,1>', '', "some nodes are typed and 'x' is not"],
    ['result: fixed<9,5>', '', "'fc' has no resolved result"],
    ['fixed<8,4> * 2 over [2]', 'fixed<8,4> * 3 over [3]', '3 types over [3] do not lie over result of'],
    [
      'accum: fixed<9,5>',
      'accum: fixed<9,5> * 2 over [2]',
      "2 types over [2] do not lie over accum of 'fc', []",
    ],
    ['accum: fixed<9,5>', '', 'fc has no resolved accum'],
    [weights, '', 'fc lacks weights'],
  ])('%s → %s is a fault', (from, to, problem) => {
    expect(() => verifyGraph(changed(from, to))).toThrow(`internal error: ${problem}`)
  })

  it('finds values that are missing, too few or outside their type', () => {
    const graph = read(typed)
    const withBias = (id: string, tensors = store) => ({
      ...graph,
      store: tensors,
      nodes: graph.nodes.map(node =>
        node.kind === 'dense' ? { ...node, weights: { ...node.weights, bias: id } } : node,
      ),
    })
    expect(() => verifyGraph(withBias('b'))).not.toThrow()
    expect(() => verifyGraph(withBias('gone'))).toThrow("bias of 'fc' is 'gone', which the store lacks")
    expect(() => verifyGraph(withBias('wide'))).toThrow("'wide' holds 8, which is not a value of its type")
    const short = store.get('short')!
    const cut = new Map([...store, ['short', { ...short, raw: [1n] } as typeof short]])
    expect(() => verifyGraph(withBias('short', cut))).toThrow("'short' holds 1 values for [2]")
  })

  it('does not ask for bits before weights are quantised', () => {
    const floats = changed(weights, 'weight = f float[3, 2] #d7b00252')
    expect(() => verifyGraph(floats)).not.toThrow()
  })
})

describe('opGraphOf', () => {
  it('refuses operators that do not exist, with the nearest name', () => {
    expect(() => changed('relu<', 'rleu<')).toThrow(
      /^ir\/unknown-operator: node 'act': there is no operator 'rleu'; expected input, .* Did you mean 'relu'\?/,
    )
  })
})
