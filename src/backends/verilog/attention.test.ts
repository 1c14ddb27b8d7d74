import { expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { importModel } from '../../frontends/index.ts'
import { type ContractionCase, keras2File } from '../../frontends/keras/testing/contraction-models.ts'
import { buildDesign } from './design.ts'

const attention: ContractionCase = {
  className: 'MultiHeadAttention',
  config: { num_heads: 2, key_dim: 4 },
  inputs: { x: [4, 6] },
  call: ['x'],
  named: { value: 'x' },
  weights: {
    ...Object.fromEntries(
      ['query', 'key', 'value'].flatMap(part => [
        [`${part}/kernel`, [6, 2, 4]],
        [`${part}/bias`, [2, 4]],
      ]),
    ),
    'attention_output/kernel': [2, 4, 6],
    'attention_output/bias': [6],
  },
  numpy: '',
}

// Some of its columns of sums stand in the LUTs of one reader and, stages later, by themselves for another.
it('multi-head attention is a pipeline', async () => {
  const graph = await importModel([await keras2File(attention)])
  const config = parseConfig({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 } }, 'config')
  const { typed } = compileModel(graph, { config })
  const { top } = buildDesign(typed, { project: 'attention', clockNs: 5, family: 'xc7' })
  expect(top.latency).toBeGreaterThan(20)
})
