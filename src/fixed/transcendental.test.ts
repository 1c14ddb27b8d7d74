import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quantiseNumber } from './convert.ts'
import { expRounded, logRounded, rootOfTwo, tanhRounded } from './correctly-rounded.ts'
import {
  eluFloat32,
  reciprocalFloat32,
  seluFloat32,
  sigmoidFloat32,
  softplusFloat32,
  softsignFloat32,
  tanhDouble,
} from './table-functions.ts'
import { exp, expFloat32 } from './transcendental.ts'
import { conversion, fixedType } from './types.ts'

// The oracle is the C library through g++, at every input that a table of up to 4096 entries can have.
const program = `
#include <cmath>
#include <cstdio>
#include <vector>
#include <cstdlib>
static float expf_(volatile float x) { return std::exp(x); }
static float sigmoid(float x) { return 1.0 / (1 + expf_(-x)); }
static float softplus(float x) { volatile double s = expf_(x) + 1.; return std::log(s); }
static float softsign(float x) { return x / (std::abs(x) + 1.); }
static float elu(float x) { return expf_(x) - 1.; }
static float selu(float x) {
  return 1.0507009873554804934193349852946 * (1.6732632423543772848170429916717 * (expf_(x) - 1.));
}
static float inverse(float x) { return 1 / x; }
static double tanh_(volatile double x) { return tanh(x); }
int main(int, char **argv) {
  FILE *in = fopen(argv[2], "rb"), *out = fopen(argv[3], "wb");
  float (*f)(float) = nullptr;
  switch (argv[1][0]) {
    case 'e': f = [](float x) { return expf_(x); }; break;
    case 's': f = sigmoid; break;
    case 'p': f = softplus; break;
    case 'n': f = softsign; break;
    case 'u': f = elu; break;
    case 'l': f = selu; break;
    case 'i': f = inverse; break;
  }
  float x;
  while (fread(&x, 4, 1, in) == 1) {
    if (f) { float y = f(x); fwrite(&y, 4, 1, out); } else { double y = tanh_(x); fwrite(&y, 8, 1, out); }
  }
  fclose(out);
}
`

const oracle = buildOracle()

function buildOracle(): { run: (which: string, inputs: Float32Array) => ArrayBuffer } | string {
  if (spawnSync('g++', ['--version']).status !== 0) return 'g++ is not installed'
  const folder = mkdtempSync(join(tmpdir(), 'lutra-libm-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'libm.cpp'), program)
  const made = spawnSync('g++', ['-O1', '-ffp-contract=off', 'libm.cpp', '-o', 'libm'], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(made.stderr)
  const run = (which: string, inputs: Float32Array): ArrayBuffer => {
    writeFileSync(join(folder, 'in'), new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength))
    const done = spawnSync(join(folder, 'libm'), [which, join(folder, 'in'), join(folder, 'out')], {
      encoding: 'utf8',
    })
    if (done.status !== 0) throw new Error(`${done.status} ${done.stderr}`)
    const bytes = readFileSync(join(folder, 'out'))
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  }
  return { run }
}

/** All k · 2^-frac a 12-bit table address can stand for (a signed or unsigned top slice of any type), frac −12 … 30. */
function softmaxGrid(): Float32Array {
  const points = new Set<number>()
  for (let frac = -12; frac <= 30; frac++) {
    for (let k = -4096; k < 4096; k++) points.add(k * 2 ** -frac)
  }
  return Float32Array.from(points)
}

/** x_i = range · (i − size/2) / size for every table size from 1 to 4096 that is a power of two, and some odd ones. */
function centredGrid(range: number): Float32Array {
  const points = new Set<number>()
  for (const size of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 1000, 1536, 3000]) {
    for (let i = 0; i < size; i++) points.add(Math.fround((range * (i - size / 2)) / size))
  }
  return Float32Array.from(points)
}

function negativeGrid(): Float32Array {
  return centredGrid(16).filter(x => x <= 0)
}

function expectSameFloats(which: string, ours: (x: number) => number, inputs: Float32Array): void {
  if (typeof oracle === 'string') throw new Error(oracle)
  const theirs = new Float32Array(oracle.run(which, inputs))
  expect(theirs.length).toBe(inputs.length)
  const wrong: string[] = []
  for (let i = 0; i < inputs.length; i++) {
    const y = ours(inputs[i]!)
    if (!Object.is(y, theirs[i]!)) wrong.push(`${inputs[i]} gives ${y}, not ${theirs[i]}`)
  }
  expect(wrong.slice(0, 5)).toEqual([])
}

if (typeof oracle === 'string') console.log(`the comparison with the C library is skipped: ${oracle}`)

describe.skipIf(typeof oracle === 'string')('table functions are those of the C library, bit for bit', () => {
  const softmax = softmaxGrid()
  it('exp at every softmax address', () => expectSameFloats('e', expFloat32, softmax))
  it('1/x at every softmax address', () => expectSameFloats('i', reciprocalFloat32, softmax))
  it('exp and sigmoid on ±8', () => {
    expectSameFloats('e', expFloat32, centredGrid(16))
    expectSameFloats('s', sigmoidFloat32, centredGrid(16))
  })
  it('softplus and softsign on ±8', () => {
    expectSameFloats('p', softplusFloat32, centredGrid(16))
    expectSameFloats('n', softsignFloat32, centredGrid(16))
  })
  it('elu and selu on [−8, 0]', () => {
    expectSameFloats('u', eluFloat32, negativeGrid())
    expectSameFloats('l', seluFloat32, negativeGrid())
  })
  it('exp on a walk over all floats', () => {
    const inputs = Float32Array.from({ length: 200_000 }, (_, i) => -110 + i * 0.00101 + (i % 7) * 1e-5)
    expectSameFloats('e', expFloat32, inputs)
  })
  it('tanh on ±4, in any table type of up to 32 fraction bits', () => {
    if (typeof oracle === 'string') return
    const inputs = centredGrid(8)
    const theirs = new Float64Array(oracle.run('t', inputs))
    for (let i = 0; i < inputs.length; i++) {
      const ours = tanhDouble(inputs[i]!)
      expect(Math.fround(ours)).toBe(Math.fround(theirs[i]!))
      for (const frac of [2, 8, 10, 14, 16, 17, 22, 27, 32]) {
        for (const rounding of ['TRN', 'RND'] as const) {
          const c = conversion(fixedType(true, 36, frac), rounding)
          expect(quantiseNumber(ours, c)).toBe(quantiseNumber(theirs[i]!, c))
        }
      }
    }
  })
})

describe('correctly rounded forms', () => {
  it('know some values', () => {
    expect(expRounded(0)).toBe(1)
    expect(expRounded(1)).toBe(Math.E)
    expect(logRounded(2)).toBe(Math.LN2)
    expect(logRounded(10)).toBe(Math.LN10)
    expect(logRounded(1)).toBe(0)
    expect(logRounded(1 + 2 ** -52)).toBe(2 ** -52 - 2 ** -105)
    expect(tanhRounded(0.5)).toBe(0.46211715726000974)
    expect(tanhRounded(-3)).toBe(-0.9950547536867305)
    expect(tanhRounded(1e-10)).toBe(1e-10)
    expect(rootOfTwo(16, 32).high).toBe(Math.SQRT2)
    expect(expRounded(-745)).toBe(5e-324)
    expect([expRounded(800), expRounded(-800), expRounded(Infinity)]).toEqual([Infinity, 0, Infinity])
  })
  it('invert each other', () => {
    for (let x = -30; x < 30; x += 0.3701)
      expect(Math.abs(logRounded(expRounded(x)) - x)).toBeLessThan(1e-15 * (1 + Math.abs(x)))
  })
})

describe('the fast form', () => {
  const points = Array.from({ length: 6000 }, (_, i) => (i - 3000) * 0.01237 * (i % 5 === 0 ? 0.001 : 1))
  const worst = (fast: (x: number) => number, exact: (x: number) => number, at: readonly number[]): number =>
    Math.max(...at.map(x => Math.abs(fast(x) - exact(x)) / ulp(exact(x))))
  it('exp is within an ulp', () => {
    expect(worst(exp, expRounded, points)).toBeLessThanOrEqual(1)
    expect([exp(0), exp(Infinity), exp(-Infinity), exp(1000), exp(-1000), exp(NaN)]).toEqual([
      1,
      Infinity,
      0,
      Infinity,
      0,
      NaN,
    ])
    for (const x of [-745, -720, -708, 705, 709.7])
      expect(Math.abs(exp(x) / expRounded(x) - 1)).toBeLessThan(x < -740 ? 1.1 : 1e-12)
  })
})

function ulp(x: number): number {
  return 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) - 52)
}
