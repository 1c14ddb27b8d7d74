// Scaled values, and the words of them, are the same bits in every language that drivers are written in as the verbs have
// them.

import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quantiseNumber } from '../fixed/convert.ts'
import { conversion, fixedType } from '../fixed/types.ts'
import { parseNpy, writeNpy } from '../formats/npy.ts'
import { scaleBatches } from '../node/scaler.ts'
import { findTool } from '../tools/process.ts'
import { printCppHost } from './alveo/cpp-host.ts'
import { bareMetalSources } from './baremetal/index.ts'
import { printAcceleratorPython } from './comblock/accelerator-python.ts'
import { printDriverPython } from './comblock/driver-python.ts'
import { printHlsDriver } from './hls/driver.ts'
import type { InputScaler, PackageDescription } from './package-description.ts'
import { printPynqDriver } from './pynq/index.ts'
import { runC } from './testing/c-program.ts'
import { pythonMissing } from './testing/spawn-python.ts'
import { smallPackage } from './testing/subjects.ts'

const shape = [4, 3]
const size = 12
const conversions = Array.from({ length: size }, (_, k) =>
  conversion(fixedType(k % 2 === 0, 12, k - 3), k % 3 === 0 ? 'RND_CONV' : 'TRN', 'SAT'),
)

function descriptionOf(form: 'float' | 'raw', scaler: InputScaler): PackageDescription {
  const { description } = smallPackage({ form, board: 'hyperfpga-4ge21' })
  return { ...description, input: { name: 'x', shape, types: conversions.map(({ to }) => to) }, scaler }
}

/** By channel, of sizes as they come, and of sizes that no float32 holds: subnormal products, and products beyond it. */
const scalers: readonly InputScaler[] = [
  { per: 'channel', offset: [1000.1, -1 / 3, 0], factor: [1 / 302.7, 64.1, -0.1] },
  { per: 'input', offset: [1e-42], factor: [1 / 3] },
  {
    per: 'element',
    offset: Array.from({ length: size }, (_, k) => (k - 6) * 10 ** (3 * k - 18)),
    factor: Array.from({ length: size }, (_, k) => (k % 2 === 0 ? 7 : -0.3) * 10 ** (20 - 4 * k)),
  },
]

/** Numbers of every size that float32 has, but for those that this scaler takes beyond it. */
function rowsFor({ offset, factor }: InputScaler): Float32Array {
  let state = 7
  const bits = Uint32Array.from({ length: 300 * size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  })
  const rows = new Float32Array(bits.buffer)
  const near = rows.map((value, k) => (k % 5 === 0 ? offset[k % offset.length]! + (k % 997) / 8 : value))
  return near.map((value, k) => {
    const entry = k % offset.length
    return Number.isFinite(Math.fround((value - offset[entry]!) * factor[entry]!)) ? value : 1
  })
}

const bitsOf = (values: ArrayLike<number>) => new Uint32Array(Float32Array.from(values).buffer)
const literals = (rows: Float32Array) => Array.from(bitsOf(rows), own => `0x${own.toString(16)}u`).join(', ')

/** As the verbs have it. */
function wanted(scaler: InputScaler, rows: Float32Array) {
  const batch = { rows: rows.length / size, shape, data: Float64Array.from(rows) }
  const own = { scalers: [{ ...scaler, kind: 'standard' as const }], file: 'scaler.json' }
  const scaled = scaleBatches(own, [batch]).scaled[0]!.data
  const words = Array.from(scaled, (value, k) => Number(quantiseNumber(value, conversions[k % size]!)))
  return { scaled: bitsOf(scaled), words: Int32Array.from(words) }
}

const numbersIn = (text: string) => text.trim().split('\n').map(Number)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-scaled-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(scalers)('rows scaled by $per', scaler => {
  const rows = rowsFor(scaler)
  const expected = wanted(scaler, rows)

  it('are of every kind', () => {
    const isSmall = (bits: number) => (bits & 0x7f800000) === 0 && (bits & 0x7fffff) !== 0
    expect(bitsOf(rows).some(isSmall)).toBe(true)
    expect(new Set(expected.scaled).size).toBeGreaterThan(scaler.per === 'element' ? 700 : 2500)
    if (scaler.per === 'element') expect(expected.scaled.some(isSmall)).toBe(true)
  })

  it.skipIf(pythonMissing() !== undefined)('in Python', async () => {
    await writeFile(join(folder, 'pynq.py'), 'Overlay = object\nallocate = None\n')
    await writeFile(join(folder, 'x.npy'), writeNpy({ shape: [300, size], data: rows }, 'float32'))
    const driver = descriptionOf('raw', scaler)
    const modules = {
      pynq_driver: printPynqDriver({ ...driver, interface: 'axi_stream', link: 'mover' }, conversions),
      comblock_driver: printDriverPython(driver, conversions),
      hls_driver: printHlsDriver(driver, conversions),
      comblock_accelerator: printAcceleratorPython(driver),
    }
    for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, `${name}.py`), text)
    const code = `
import numpy as np
X = np.load('x.npy')
for name in ('pynq_driver', 'comblock_driver', 'hls_driver'):
    module = __import__(name)
    scaled = module.scale_rows(X)
    assert scaled.tobytes() == module.scale_rows(X.astype(np.float64)).tobytes()
    np.save(name + '.npy', scaled)
    np.save(name + '_words.npy', module.encode_words(scaled))
`
    execFileSync('python3', ['-c', code], { cwd: folder, stdio: 'pipe' })
    for (const name of ['pynq_driver', 'comblock_driver', 'hls_driver']) {
      const read = async (file: string) => parseNpy(await readFile(join(folder, file)), file).data
      expect(bitsOf(await read(`${name}.npy`))).toEqual(expected.scaled)
      expect(Int32Array.from(await read(`${name}_words.npy`))).toEqual(expected.words)
    }
  })

  it.skipIf(findTool('g++') === undefined)('in C', async () => {
    const main = `#include <stdio.h>
#include <string.h>
#include "lutra.h"
static const uint32_t bits[] = {${literals(rows)}};
static float numbers[LUTRA_INPUT_WORDS];
static float scaled[LUTRA_INPUT_WORDS];
static lutra_word_t words[LUTRA_INPUT_STRIDE];
int main(void)
{
    uint32_t row, k, own;
    for (row = 0; row < 300u; row++) {
        memcpy(numbers, &bits[row * LUTRA_INPUT_WORDS], sizeof numbers);
        if (lutra_scale(numbers, scaled) != LUTRA_OK || lutra_encode(numbers, words) != LUTRA_OK) return 1;
        for (k = 0; k < LUTRA_INPUT_WORDS; k++) {
            memcpy(&own, &scaled[k], 4);
            printf("%u\\n", (unsigned)own);
            memcpy(&own, &words[k], 4);
            printf("%u\\n", (unsigned)own);
        }
    }
    return 0;
}
`
    for (const form of ['float', 'raw'] as const) {
      const all = bareMetalSources(descriptionOf(form, scaler), conversions, { rows: 0, x: [], raw: [] })
      const used = ['lutra.h', 'lutra_config.h', 'lutra_words.c'].map(name => [name, all[name]!])
      const { code, stdout } = await runC(undefined, {
        files: { ...Object.fromEntries(used), 'main.c': main },
      })
      expect(code).toBe(0)
      const said = numbersIn(stdout)
      expect(Uint32Array.from(said.filter((_, k) => k % 2 === 0))).toEqual(expected.scaled)
      const words = said.filter((_, k) => k % 2 === 1)
      if (form === 'float') expect(Uint32Array.from(words)).toEqual(expected.scaled)
      else expect(Int32Array.from(words)).toEqual(expected.words)
    }
  })

  it.skipIf(findTool('g++') === undefined)('in C++', async () => {
    for (const form of ['float', 'raw'] as const) {
      const host = printCppHost(descriptionOf(form, scaler), conversions)
      const encode = host.slice(
        host.indexOf('// The scaling of'),
        host.indexOf('std::vector<std::uint32_t> read_words'),
      )
      const main = `#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>
constexpr std::size_t input_words = ${size};
${encode}
int main()
{
    std::vector<std::uint32_t> words = {${literals(rows)}};
    encode(words);
    for (const std::uint32_t word : words) std::printf("%u\\n", word);
}
`
      await writeFile(join(folder, 'encode.cpp'), main)
      const flags = ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-O2', '-o', 'encode', 'encode.cpp']
      execFileSync('g++', flags, { cwd: folder, stdio: 'pipe' })
      const said = Uint32Array.from(numbersIn(execFileSync(join(folder, 'encode'), { encoding: 'utf8' })))
      if (form === 'float') expect(said).toEqual(expected.scaled)
      else expect(Int32Array.from(said)).toEqual(expected.words)
    }
  })
})
