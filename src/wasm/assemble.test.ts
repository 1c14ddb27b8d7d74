import { expect, test } from 'vitest'
import { assemble, instantiate, newMemory } from './assemble.ts'

test('a module with SIMD runs', async () => {
  const module = await assemble(
    'dot',
    `(module (func (export "dot") (param i32 i32) (result i32)
      (i32x4.extract_lane 0 (i32x4.dot_i16x8_s (i16x8.splat (local.get 0)) (i16x8.splat (local.get 1))))))`,
  )
  const { dot } = await instantiate(module)
  expect(dot!(-300, 7)).toBe(-4200)
})

test('a module works on memory given to it', async () => {
  const module = await assemble(
    'store',
    '(module (memory (import "env" "memory") 1) (func (export "store") (i32.store (i32.const 8) (i32.const 5))))',
  )
  const memory = newMemory(100)
  const { store } = await instantiate(module, memory)
  store!()
  expect(new Int32Array(memory.buffer)[2]).toBe(5)
})

test('text that is no module is told with its place', async () => {
  await expect(assemble('broken', '(module (func (i32.add)))')).rejects.toThrow(
    /generated module 'broken'.*broken.wat:1/s,
  )
})
