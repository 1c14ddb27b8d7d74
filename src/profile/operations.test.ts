import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import { fixedType } from '../fixed/types.ts'
import { importModel } from '../frontends/index.ts'
import { operationsOf, printOperations } from './operations.ts'

const bytes = readFileSync('examples/pulse-shape/pulse-shape.h5')
const graph = await importModel([{ name: 'pulse-shape.h5', bytes }])
const { typed } = compileModel(graph, { inputTypes: new Map([['pulse', fixedType(false, 8, 8)]]) })

it('counts what the bundled example does', () => {
  const { layers, total } = operationsOf(typed)
  const dense = layers.filter(({ kind }) => kind === 'dense')
  expect(dense.map(({ parameters }) => parameters)).toEqual([264, 72, 18])
  expect(total.parameters).toBe(354)
  expect(dense[1]!.operations[0]!.what).toBe('multiply 6 × 6')
  // Products by zero are none.
  const products = dense.flatMap(({ operations }) =>
    operations.filter(({ what }) => what.startsWith('multiply')).map(({ count }) => count),
  )
  expect(products.reduce((a, b) => a + b, 0)).toBe(336 - 139)
})

it('prints a table', () => {
  const lines = printOperations(operationsOf(typed)).split('\n')
  expect(lines[0]).toMatch(/^layer +kind +operations +parameters +bits +zeros +bit operations +storage$/)
  expect(lines.at(-1)).toMatch(/^total +354 +6 +\d+\.\d % +[\d,]+ +259 B$/)
})
