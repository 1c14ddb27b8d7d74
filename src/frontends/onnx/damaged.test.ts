// ONNX files that are damaged, or hold what is not read: coded errors, all at once.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import type { OnnxModel } from '../../formats/onnx/model.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../index.ts'
import { integers, model, node, tensor } from './testing/models.ts'

async function codes(bytes: Uint8Array): Promise<readonly string[]> {
  try {
    await importModel([{ name: 'net.onnx', bytes }])
    return []
  } catch (error) {
    if (error instanceof CompileError) return error.diagnostics.map(({ code }) => code)
    throw error
  }
}

async function messages(own: OnnxModel): Promise<readonly string[]> {
  const problem = await importModel([{ name: 'net.onnx', bytes: writeOnnx(own) }]).catch(
    (thrown: unknown) => thrown,
  )
  return problem instanceof CompileError ? problem.message.split('\n') : [String(problem)]
}

const w = tensor([4, 3], 1)

describe('what is not read', () => {
  it('is said all at once, and once', async () => {
    const nodes = [
      node('a', 'Gemm', ['x', 'w'], { transA: 1, transC: 1 }),
      node('b', 'Relux', ['a']),
      node('c', 'Softmax', ['b'], { axis: 0 }),
      node('d', 'MatMul', ['x', 'x']),
      node('y', 'Add', ['c', 'nowhere']),
    ]
    expect(await messages(model([4], nodes, { w }))).toEqual([
      "onnx/attribute-value: node 'a' (Gemm): the attribute 'transA' is 1; expected 0. Transpose the input in the model.",
      "onnx/unknown-attribute: node 'a' (Gemm): the attribute 'transC' is not known to this operator; expected alpha, beta, transA, transB. Did you mean 'transA'?",
      expect.stringMatching(
        /^onnx\/unsupported-operator: node 'b' \(Relux\): Relux is not supported yet; .*Near it by name: Relu, Celu, Elu, PRelu\. Replace it, split the model before and behind it, or write an operator for it \(docs\/own-operators\.md\)\.$/,
      ),
      "onnx/operand: node 'd' (MatMul): MatMul of the ranks 2 and 2 by 'ik,kj->ij' mixes rows; expected the batch as the first axis of the result and of all that is computed. Put the batch axis first, and keep it.",
      "onnx/unknown-tensor: node 'y' (Add): it reads 'nowhere', which no node before it, no input and no initializer gives; expected nodes in the order in which they are computed. Export the model again.",
    ])
  })

  it.each<[string, OnnxModel]>([
    [
      'onnx/input-shape',
      { ...model([4], [node('y', 'Relu', ['x'])], {}), inputs: [{ name: 'x', dims: ['n', 'm'] }] },
    ],
    [
      'onnx/input-type',
      {
        ...model([4], [node('y', 'Relu', ['x'])], {}),
        inputs: [{ name: 'x', element: 'int64', dims: [1, 4] }],
      },
    ],
    ['onnx/opset', model([4], [node('y', 'Relu', ['x'])], {}, 5)],
    [
      'onnx/not-finite-weight',
      model([4], [node('y', 'MatMul', ['x', 'w'])], { w: { ...w, data: w.data.map(() => Number.NaN) } }),
    ],
    [
      'onnx/input-shape',
      {
        ...model([4], [node('y', 'PRelu', ['x', 'f'])], { f: tensor([4, 1, 1], 1) }),
        inputs: [{ name: 'x', element: 'float32', dims: [1, 4, 6, 2 ** 31] }],
      },
    ],
    [
      'onnx/operand',
      {
        ...model([4], [node('y', 'PRelu', ['x', 'f'])], { f: tensor([4, 1, 1], 1) }),
        inputs: [{ name: 'x', element: 'float32', dims: [1, 4, 6, 2 ** 22] }],
      },
    ],
    [
      'onnx/too-large',
      model([4], [node('y', 'Resize', ['x', '', 's'], { mode: 'nearest' })], {
        s: { element: 'float32', dims: [2], data: Float64Array.of(1, 2 ** 40) },
      }),
    ],
    ...(
      [
        ['bij->bj', ['x', 'x', 'x']],
        ['bij,bij->ij', ['x', 'x']],
        ['bij,jk->bik', ['x', 'x']],
        ['bij,bjk->bik', ['x', 'rows']],
        ['ij,jk->ik', ['w', 'w']],
        ['bij->jbi', ['x']],
        ['b%ij->bj', ['x']],
      ] as const
    ).map(([equation, inputs]): [string, OnnxModel] => [
      'onnx/operand',
      model([4, 3], [node('y', 'Einsum', inputs, { equation })], { w, rows: tensor([2, 3, 3], 1) }),
    ]),
    [
      'graph/einsum-shapes',
      model([4, 3], [node('y', 'Einsum', ['x', 'w'], { equation: 'bij,jk->bik' })], { w }),
    ],
    [
      'graph/einsum-equation',
      model([4, 4], [node('y', 'Einsum', ['x', 'w'], { equation: 'bii,ij->bj' })], { w }),
    ],
    ['onnx/operand', model([4], [node('y', 'Concat', [], { axis: 1 })], {})],
    ['onnx/operand', model([4], [node('y', 'Concat', ['x', 'x'], { axis: 3 })], {})],
    ['onnx/operand', model([4], [node('y', 'Relu', [])], {})],
    ['onnx/operand', model([4], [node('y', 'MatMul', ['x', 'w'])], { w: tensor([5, 3], 1) })],
    ['onnx/operand', model([4], [node('y', 'Reshape', ['x', 's'])], { s: integers([2, 3]) })],
    ['onnx/unknown-tensor', { ...model([4], [node('y', 'Relu', ['x'])], {}), outputs: [{ name: 'z' }] }],
    [
      'onnx/quant-parameters',
      model([4], [node('y', 'Quant', ['x', 's', 's', 's'], {}, 'qonnx.custom_op.general')], {
        s: { element: 'float32', dims: [], data: Float64Array.of(-1) },
      }),
    ],
  ])('%s', async (code, own) => {
    expect(await codes(writeOnnx(own))).toEqual([code])
  })
})

describe('damaged files', () => {
  const whole = writeOnnx(
    model(
      [3, 6, 5],
      [
        node('c', 'Conv', ['x', 'k'], { pads: [1, 1, 1, 1] }),
        node('f', 'Flatten', ['c']),
        node('y', 'Gemm', ['f', 'w', 'b'], { transB: 1 }),
      ],
      { k: tensor([2, 3, 3, 3], 1), w: tensor([3, 60], 2), b: tensor([3], 3) },
    ),
  )
  const known = /^(onnx|import|graph)\//

  it('cut anywhere give a code, or were whole up to there', async () => {
    for (let length = 0; length < whole.length; length += length < 300 ? 1 : 13) {
      for (const code of await codes(whole.slice(0, length))) expect(code).toMatch(known)
    }
  })

  it('of changed bytes give a code, or another model', async () => {
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(changes, async list => {
        const bytes = whole.slice()
        for (const [at, value] of list) bytes[at] = value
        for (const code of await codes(bytes)) expect(code).toMatch(known)
      }),
      { numRuns: 400 },
    )
  })
})
