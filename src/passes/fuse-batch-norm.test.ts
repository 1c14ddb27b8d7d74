import { expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { writeOnnx } from '../formats/onnx/write.ts'
import { importModel } from '../frontends/index.ts'
import { model, node } from '../frontends/onnx/testing/models.ts'
import { nodeNamed } from '../ir/graph.ts'

const tensor = (dims: readonly number[], ...data: number[]) => ({
  element: 'float32' as const,
  dims,
  data: Float64Array.from(data),
})

it.each([
  ['for each row', tensor([2, 1], 0.5, -0.25)],
  ['for each element', tensor([2, 2], 0.5, -0.25, 1, 0)],
  ['for each unit', tensor([2], 0.5, -0.25)],
])('a bias %s behind a product stays what it is', async (_, bias) => {
  const w = tensor([3, 2], 1, -1, 0.5, 0.25, 0.75, -0.5)
  const nodes = [node('p', 'MatMul', ['x', 'w']), node('y', 'Add', ['p', 'b'])]
  const bytes = writeOnnx(model([2, 3], nodes, { w, b: bias }))
  const graph = await importModel([{ name: 'net.onnx', bytes }])
  const inputs = [{ rows: 1, shape: [2, 3], data: Float64Array.of(1, 2, 3, -1, 0.5, 0.25) }]
  const { typed } = compileModel(graph, { inputTypes: new Map([['x', { signed: true, width: 8, frac: 4 }]]) })
  const [output] = typed.outputs
  const fixed = createFixedEngine(typed).run(inputs, typed.outputs).get(output!)!
  const float = runFloat(graph, inputs, graph.outputs).get(graph.outputs[0]!)!.data
  expect([...toNumbers(nodeNamed(typed, output!), fixed)]).toEqual([...float])
})
