import { expect, test } from 'vitest'
import { createMemory, instantiateBytes } from './binary.ts'
import { createCode, moduleBytes } from './writer.ts'

test('functions written byte by byte run on memory given to them', () => {
  const store = createCode()
  // store(at) writes 300 at address at + 70,000, which takes numbers of several bytes.
  store.byte(0x20, 0, 0x41)
  store.signed(300)
  store.byte(0x36, 2)
  store.unsigned(70_000)
  store.byte(0x0b)
  const fill = createCode()
  fill.byte(0x41)
  fill.signed(-70_000)
  fill.byte(0x21, 0, 0x41)
  fill.unsigned(0)
  fill.byte(0x20, 0, 0x36, 2, 0, 0x0b)
  const locals = [{ count: 1, type: 'i32' }] as const
  const memory = createMemory(100_000)
  const functions = instantiateBytes(
    moduleBytes([
      { name: 'store', parameters: 1, locals: [], body: store.bytes() },
      { name: 'fill', parameters: 0, locals, body: fill.bytes() },
    ]),
    memory,
  )
  functions.store!(8)
  functions.fill!()
  const words = new Int32Array(memory.buffer)
  expect(words[70_008 / 4]).toBe(300)
  expect(words[0]).toBe(-70_000)
})

test.each([0, 63, 64, -64, -65, 127, 128, 2 ** 31 - 1, -(2 ** 31)])('a constant of %i', value => {
  const code = createCode()
  code.byte(0x41, 0, 0x41)
  code.signed(value)
  code.byte(0x36, 2, 0, 0x0b)
  const memory = createMemory(4)
  instantiateBytes(moduleBytes([{ name: 'f', parameters: 0, locals: [], body: code.bytes() }]), memory).f!()
  expect(new Int32Array(memory.buffer)[0]).toBe(value)
})
