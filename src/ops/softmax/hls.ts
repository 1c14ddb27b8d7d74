// Softmax as a kernel call: the implementation chooses the kernel, and both tables are arguments.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { HlsBody, HlsCall, HlsConfig } from '../../hls/call.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { productType } from '../exact-type.ts'
import { hlsAnswer, inputArgument, outputArgument, tableArgument } from '../hls-answer.ts'
import { implementationOf, type SoftmaxAttrs, slicesOf, tableSizes } from './attrs.ts'
import { expTable, inverseTable, legacyTables } from './tables.ts'

export function softmaxHls(op: TypedOp<SoftmaxAttrs>): HlsBody | Refusal {
  switch (implementationOf(op)) {
    case 'stable':
    case 'latency':
      return hlsAnswer(op, () => normalised(op), {
        exact: () => productType(op.conversion('accum').to, op.conversion('inv_table').to),
      })
    case 'legacy':
      return hlsAnswer(op, () => legacy(op), { exact: () => op.conversion('table').to })
    case 'argmax':
      return hlsAnswer(op, () => call(op, {}, []))
  }
}

function call(op: TypedOp<SoftmaxAttrs>, config: HlsConfig, tables: HlsCall['arguments']): HlsCall {
  const { shape } = op.output
  const slices = slicesOf(op.attrs, shape).length
  return {
    kernel: `nnet::softmax_${implementationOf(op)}`,
    header: 'lutra_softmax.h',
    config: {
      n_outer: slices,
      n_slice: sizeOf(shape) / slices,
      n_inner: 1,
      n_causal: op.attrs.causal ? (shape.at(-2) ?? 1) : 0,
      ...config,
    },
    arguments: [inputArgument, outputArgument, ...tables],
  }
}

function normalised(op: TypedOp<SoftmaxAttrs>): HlsCall {
  const stable = implementationOf(op) === 'stable'
  const sizes = tableSizes(op)
  const [exp, inverse] = [op.conversion('exp_table'), op.conversion('inv_table')]
  const index = stable ? op.conversion('inp_norm').to : typeAt(op.inputs[0]!, 0)
  const types = ['exp_table', 'inv_table', 'accum', 'inv_inp', ...(stable ? ['inp_norm'] : [])]
  return call(
    op,
    {
      exp_table_size: sizes.exp,
      inv_table_size: sizes.inverse,
      ...Object.fromEntries(types.map(role => [`${role}_t`, { type: op.conversion(role) }])),
    },
    [
      tableArgument('exp_table', exp, expTable(index, sizes.exp, exp, stable ? -1 : 1, op.attrs).values),
      tableArgument(
        'inv_table',
        inverse,
        inverseTable(op.conversion('inv_inp').to, sizes.inverse, inverse, op.attrs).values,
      ),
    ],
  )
}

function legacy(op: TypedOp<SoftmaxAttrs>): HlsCall {
  const size = Number(op.choices.TableSize ?? bug(`${op.name} has no table size`))
  const entry = op.conversion('table')
  const { exp, inverse } = legacyTables(size, entry)
  return call(
    op,
    {
      exp_table_size: size,
      inv_table_size: size,
      exp_table_t: { type: entry },
      inv_table_t: { type: entry },
    },
    [tableArgument('exp_table', entry, exp), tableArgument('inv_table', entry, inverse)],
  )
}
