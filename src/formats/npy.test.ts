import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromFloat16, toFloat16 } from './float16.ts'
import { parseNpy, writeNpy } from './npy.ts'
import { type NpyType, npyTypes } from './npy-types.ts'

const latin = (text: string) => Uint8Array.from(text, character => character.charCodeAt(0))

/** A .npy file with any header text. */
function npy(header: string, data: ArrayLike<number>, version = 1): Uint8Array {
  const length =
    version === 1
      ? [header.length & 255, header.length >> 8]
      : [header.length & 255, header.length >> 8, 0, 0]
  return Uint8Array.from([
    ...latin('\x93NUMPY'),
    version,
    0,
    ...length,
    ...latin(header),
    ...Array.from(data),
  ])
}

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (problem) {
    return (problem as Error).message
  }
  return 'no error'
}

const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)

describe('float16', () => {
  it('writes back every value it reads', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = fromFloat16(bits)
      if (Number.isNaN(value)) expect(toFloat16(value)).toBe(0x7e00)
      else expect(toFloat16(value)).toBe(bits)
    }
  })

  it('rounds to nearest, ties to even', () => {
    // 1 + 2^-11 lies halfway between 0x3c00 and 0x3c01; 1 + 3·2^-11 between 0x3c01 and 0x3c02.
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00)
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(toFloat16(2 - 2 ** -12)).toBe(0x4000)
    expect(toFloat16(2 ** -25)).toBe(0)
    expect(toFloat16(3 * 2 ** -25)).toBe(2)
    expect(toFloat16(65519)).toBe(0x7bff)
    expect(toFloat16(65520)).toBe(0x7c00)
    expect(toFloat16(-Infinity)).toBe(0xfc00)
  })
})

/** Shapes with random values that each type can hold exactly. */
const valuesOf: Record<NpyType, fc.Arbitrary<number>> = {
  bool: fc.integer({ min: 0, max: 1 }),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32768, max: 32767 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  int64: fc.maxSafeInteger(),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint16: fc.integer({ min: 0, max: 65535 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  uint64: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  float16: fc.integer({ min: 0, max: 65535 }).map(fromFloat16),
  float32: fc.float(),
  float64: fc.double(),
}

const arrays = fc
  .record({
    dtype: fc.constantFrom(...npyTypes),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
  })
  .chain(({ dtype, shape }) => {
    const count = shape.reduce((product, length) => product * length, 1)
    return fc.record({
      dtype: fc.constant(dtype),
      shape: fc.constant(shape),
      data: fc.array(valuesOf[dtype], { minLength: count, maxLength: count }),
    })
  })

/** Integers may come as -0 from the generator; a file has no sign for their zero. */
const plain = (dtype: NpyType, data: number[]) =>
  Float64Array.from(data, value => (dtype.includes('int') || dtype === 'bool' ? value + 0 : value))

describe('npy', () => {
  it('gives back any array of any type', () => {
    fc.assert(
      fc.property(arrays, ({ dtype, shape, data }) => {
        expect(parseNpy(writeNpy({ shape, data }, dtype), 'x.npy')).toEqual({
          shape,
          dtype,
          data: plain(dtype, data),
        })
      }),
      { numRuns: 300 },
    )
  })

  it('reads what numpy.save wrote', () => {
    // numpy.save of numpy.array([[1, 2, 3], [4, 5, 6]], '<f4'), as NumPy lays it out.
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    const saved = npy(`${header.padEnd(117)}\n`, bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)))
    expect(writeNpy({ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }, 'float32')).toEqual(saved)
    expect(parseNpy(saved, 'x.npy').data).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6))
  })

  it('reads versions 2 and 3, big-endian data, Fortran order and Python 2 lengths', () => {
    const fortran = npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2L, 3L)}", [1, 4, 2, 5, 3, 6], 2)
    expect(parseNpy(fortran, 'x').data).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6))
    const big = npy(
      '{"shape": (2,), "descr": ">f4", "fortran_order": False}',
      [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0],
      3,
    )
    expect(parseNpy(big, 'x')).toEqual({ shape: [2], data: Float64Array.of(1, -2), dtype: 'float32' })
    const cube = Array.from({ length: 24 }, (_, k) => k)
    const index = (i: number, j: number, k: number) => i + 2 * j + 6 * k
    const wanted = cube.map((_, n) => index(Math.floor(n / 12), Math.floor(n / 4) % 3, n % 4))
    const swapped = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", cube)
    expect([...parseNpy(swapped, 'x').data]).toEqual(wanted)
    expect(parseNpy(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (), }", [7, 1]), 'x')).toEqual({
      shape: [],
      data: Float64Array.of(263),
      dtype: 'int16',
    })
  })

  it('says what is wrong, in whole sentences', () => {
    const good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
    const header = (text: string) => messageOf(() => parseNpy(npy(text, []), 'x.npy'))
    const badHeader = (problem: string) =>
      `npy/bad-header: x.npy: the header cannot be read: ${problem}; expected {'descr': …, 'fortran_order': …, 'shape': …}. Write the file again with numpy.save.`
    const cases: [string, string][] = [
      [
        messageOf(() => parseNpy(new Uint8Array(0), 'x.npy')),
        'npy/not-npy: x.npy: the file is empty; expected the magic \\x93NUMPY at its beginning. Write it with numpy.save.',
      ],
      [
        messageOf(() => parseNpy(latin('hello, world'), 'x.npy')),
        'npy/not-npy: x.npy: this is not a .npy file; expected the magic \\x93NUMPY at its beginning. Write it with numpy.save.',
      ],
      [
        messageOf(() => parseNpy(npy(good, [], 9), 'x.npy')),
        'npy/unknown-version: x.npy: its format version is 9; expected 1, 2 or 3. Write it again with numpy.save.',
      ],
      [
        messageOf(() => parseNpy(npy(good, new Uint8Array(15)), 'x.npy')),
        'npy/truncated: x.npy: 15 bytes of data follow the header; expected 16, for shape [2] with 8 bytes each. Save or copy the file again.',
      ],
      [
        messageOf(() => parseNpy(npy(good, new Uint8Array(17)), 'x.npy')),
        'npy/extra-data: x.npy: 17 bytes of data follow the header; expected 16, for shape [2] with 8 bytes each. Give a file with one array.',
      ],
      [
        messageOf(() => parseNpy(npy(good, []).subarray(0, 30), 'x.npy')),
        'npy/truncated: x.npy: the file has 30 bytes; expected 67. Save or copy the file again.',
      ],
      [
        messageOf(() =>
          parseNpy(Uint8Array.from([...latin('\x93NUMPY\x02\x00'), 255, 255, 255, 255]), 'x.npy'),
        ),
        badHeader('it claims 4294967295 bytes'),
      ],
      [header('[1, 2]'), badHeader('it is not a dictionary')],
      [header("{'descr': '<f8'}"), badHeader("it has no 'fortran_order'")],
      [header("{'descr': '<f8', 'descr': '<f4'}"), badHeader("it has 'descr' twice")],
      [header("{'dtype': '<f8'}"), badHeader("it has the unknown key 'dtype'")],
      [header("{'descr': __import__('os')}"), badHeader('it is damaged')],
      [header(good.replace('(2,)', '(2, -1)')), badHeader("'shape' is (2, -1)")],
      [header(good.replace('(2,)', '(9999999999999999,)')), badHeader("'shape' is (9999999999999999,)")],
      [header(good.replace('(2,)', `(${'1, '.repeat(40)})`)), badHeader("'shape' has 40 axes")],
      [header(good.replace('False', '0')), badHeader("'fortran_order' is 0")],
      [
        header(good.replace('(2,)', '(9007199254740991,)')),
        'npy/truncated: x.npy: 0 bytes of data follow the header; expected 72057594037927930, for shape [9007199254740991] with 8 bytes each. Save or copy the file again.',
      ],
      [
        header(good.replace('<f8', '|O')),
        "npy/unsupported-type: x.npy: its elements are of type '|O'; expected one of bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64. Convert it before saving, e.g. with x.astype('float64').",
      ],
      [
        header(good.replace("'<f8'", "[('a', '<f4'), ('b', '<i2')]")),
        "npy/unsupported-type: x.npy: its elements are records of several fields; expected plain numbers. Save one field, e.g. x['field'].",
      ],
      [
        messageOf(() =>
          parseNpy(npy(good.replace('<f8', '<i8'), bytesOf(BigInt64Array.of(1n, 2n ** 53n))), 'x.npy'),
        ),
        "npy/not-exact: x.npy: element 1 is 9007199254740992; expected integers within ±(2^53 − 1). Scale the data, or convert it with x.astype('float64').",
      ],
      [
        messageOf(() => writeNpy({ shape: [2], data: [0, 256] }, 'uint8')),
        'npy/not-representable: NumPy output: element 1 is 256; expected an integer from 0 to 255 for uint8. Write float64 instead.',
      ],
    ]
    for (const [found, wanted] of cases) expect(found).toBe(wanted)
  })

  it('never fails without a code, whatever the bytes', () => {
    const good = writeNpy({ shape: [3, 2], data: [1, 2, 3, 4, 5, 6] }, 'int16')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        fc.nat(good.length),
        (changes, length) => {
          const bytes = good.slice(0, length)
          for (const [at, value] of changes) if (at < length) bytes[at] = value
          const message = messageOf(() => parseNpy(bytes, 'x.npy'))
          if (message !== 'no error') expect(message).toMatch(/^npy\/[a-z-]+: x\.npy: /)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
