// The simulation header against the project's own arithmetic: random types and modes, all in one g++ run.
import { describe, expect, it } from 'vitest'
import { convertRaw, quantiseNumber, rawToNumber } from '../fixed/convert.ts'
import type { Conversion, FixedType } from '../fixed/types.ts'
import { compileAndRun, findCxx } from '../tools/cxx.ts'
import { kernels } from './generated/kernels.ts'
import { type Random, randomConversion, randomRaw, randomType, seeded } from './testing/random.ts'
import { cppType } from './types.ts'

interface Case {
  readonly a: FixedType
  readonly b: FixedType
  readonly into: Conversion
  readonly pairs: readonly (readonly [bigint, bigint])[]
}

const resultWords = 7
const operandWords = 3
const trials = 40
const plain = (to: FixedType): Conversion => ({ to, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 })

function makeCase(random: Random, maxWidth: number): Case {
  const [a, b] = [randomType(random, maxWidth), randomType(random, maxWidth)]
  const pairs = Array.from({ length: trials }, () => [randomRaw(random, a), randomRaw(random, b)] as const)
  return { a, b, into: randomConversion(random, maxWidth), pairs }
}

const harness = `#include "lutra_types.h"
#include <cstdio>
template <class T> static void get(T &value) {
    for (int at = 0; at < ${operandWords}; at++) {
        uint64_t word = 0;
        if (std::fread(&word, 8, 1, stdin) != 1)
            throw 1;
        if (64 * at < nnet::traits<T>::width)
            nnet::set_raw_word(value, at, word);
    }
}
template <class T> static void put(const T &value) {
    for (int at = 0; at < ${resultWords}; at++) {
        const uint64_t word = 64 * at < nnet::traits<T>::width ? nnet::raw_word(value, at) : 0;
        std::fwrite(&word, 8, 1, stdout);
    }
}
template <class A, class B, class C> static void run() {
    for (int k = 0; k < ${trials}; k++) {
        A a;
        B b;
        get(a);
        get(b);
        put(C(a)), put(a + b), put(a - b), put(a * b), put(-a), put(C(a * b));
        put(ap_uint<6>((a < b) + 2 * (a == b) + 4 * (a > b) + 8 * (a <= b) + 16 * (a >= b) + 32 * (a != b)));
        put(C(a.to_double()));
        put(ap_int<64>(a.to_int64()));
        C c = b;
        c += a;
        put(c);
    }
}
`

function mainFor(cases: readonly Case[]): string {
  const calls = cases.map(
    ({ a, b, into }) => `run<${[plain(a), plain(b), into].map(cppType).join(', ')} >();`,
  )
  return `${harness}int main() {\n${calls.join('\n')}\n}\n`
}

function encode(cases: readonly Case[]): Uint8Array {
  const raws = cases.flatMap(({ pairs }) => pairs.flat())
  const view = new DataView(new ArrayBuffer(8 * operandWords * raws.length))
  raws.forEach((raw, k) => {
    for (let at = 0; at < operandWords; at++) {
      const word = BigInt.asUintN(64, raw >> BigInt(64 * at))
      view.setBigUint64(8 * (operandWords * k + at), word, true)
    }
  })
  return new Uint8Array(view.buffer)
}

function sumType(a: FixedType, b: FixedType, signed: boolean): FixedType {
  const integer = (type: FixedType, other: FixedType): number =>
    type.width - type.frac + (other.signed && !type.signed ? 1 : 0)
  const frac = Math.max(a.frac, b.frac)
  return { signed, width: Math.max(integer(a, b), integer(b, a)) + 1 + frac, frac }
}

interface Expected {
  readonly what: string
  readonly raw: bigint
  readonly width: number
}

function expected({ a, b, into }: Case, x: bigint, y: bigint): Expected[] {
  const frac = Math.max(a.frac, b.frac)
  const [left, right] = [x << BigInt(frac - a.frac), y << BigInt(frac - b.frac)]
  const comparison =
    (left < right ? 1 + 8 : 0) + (left === right ? 2 + 8 + 16 : 32) + (left > right ? 4 + 16 : 0)
  const store = (raw: bigint, from: number, what: string): Expected => ({
    what,
    raw: convertRaw(raw, from, into),
    width: into.to.width,
  })
  const sum = sumType(a, b, a.signed || b.signed)
  const held = convertRaw(y, b.frac, into)
  const [accumulated, common] = [held, Math.max(into.to.frac, a.frac)]
  const int64: Conversion = { ...plain({ signed: true, width: 64, frac: 0 }), rounding: 'TRN_ZERO' }
  return [
    store(x, a.frac, 'store'),
    { what: 'sum', raw: left + right, width: sum.width },
    { what: 'difference', raw: left - right, width: sum.width },
    { what: 'product', raw: x * y, width: a.width + b.width },
    { what: 'negative', raw: -x, width: a.width + 1 },
    store(x * y, a.frac + b.frac, 'stored product'),
    { what: 'comparisons', raw: BigInt(comparison), width: 6 },
    { what: 'store of a double', raw: quantiseNumber(rawToNumber(x, a.frac), into), width: into.to.width },
    { what: 'to_int64', raw: convertRaw(x, a.frac, int64), width: 64 },
    store(
      (accumulated << BigInt(common - into.to.frac)) + (x << BigInt(common - a.frac)),
      common,
      'stored sum (+=)',
    ),
  ]
}

function mismatches(cases: readonly Case[], output: Uint8Array): string[] {
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength)
  let at = 0
  return cases.flatMap(one =>
    one.pairs.flatMap(([x, y]) =>
      expected(one, x, y).flatMap(({ what, raw, width }) => {
        let found = 0n
        for (let k = resultWords - 1; k >= 0; k--)
          found = (found << 64n) | view.getBigUint64(at + 8 * k, true)
        at += 8 * resultWords
        const types = [plain(one.a), plain(one.b), one.into].map(cppType).join(' ')
        const wanted = BigInt.asUintN(width, raw)
        return found === wanted ? [] : [`${what} of ${x}, ${y} in ${types}: ${found}, expected ${wanted}`]
      }),
    ),
  )
}

describe('lutra_fixed.h', () => {
  it.skipIf(findCxx() === undefined)(
    'computes what the project computes, over random types and modes',
    async () => {
      const random = seeded(20_26)
      const cases = Array.from({ length: 100 }, (_, k) =>
        makeCase(random, k < 60 ? 20 : k < 80 ? 64 : k < 90 ? 100 : 150),
      )
      const output = await compileAndRun(kernels, mainFor(cases), encode(cases), { flags: ['-O0'] })
      expect(mismatches(cases, output).slice(0, 10)).toEqual([])
      expect(output.length).toBe(cases.length * trials * 10 * resultWords * 8)
    },
  )
})
