// The example as a user runs it; docs/own-operators.md shows more of it.

import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { registered } from '../../src/ops/own-operators.ts'
import { modelBytes, rowsText } from './make-model.ts'

const root = resolve(import.meta.dirname, '../..')
const file = (name: string) => join(import.meta.dirname, name)

afterEach(() => registered.clear())

/** Imports of 'lutra' in a config are those of the compiled files. */
const compiled = existsSync(join(root, 'dist/index.js'))
if (!compiled) console.log('skipped: dist/ is not built')

async function lutra(...args: string[]): Promise<string> {
  let output = ''
  const write = (text: string) => (output += text)
  const code = await runCommandLine(args, { stdout: { write }, stderr: { write } })
  return `${output}exit ${code}`
}

describe('an operator of its own', () => {
  it('comes with its files', async () => {
    expect(Buffer.compare(readFileSync(file('absolute.h5')), await modelBytes())).toBe(0)
    expect(readFileSync(file('rows.csv'), 'utf8')).toBe(rowsText())
  })

  it.skipIf(!compiled)('predicts what the network computes', async () => {
    const out = join(mkdtempSync(join(tmpdir(), 'lutra-own-')), 'y.npy')
    const config = ['--config', file('lutra.config.ts')]
    expect(
      await lutra('predict', file('absolute.h5'), ...config, '--input', file('rows.csv'), '--out', out),
    ).toContain('exit 0')
    const { data } = parseNpy(new Uint8Array(readFileSync(out)), 'y.npy')
    const rows = rowsText()
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(line => line.split(',').map(Number))
    // All weights are eighths and inputs sixteenths: nothing is lost on the way.
    expect([...data]).toEqual(rows.flatMap(byHand))
  })
})

function byHand(row: readonly number[]): number[] {
  const turn = [
    [3, -5, 8, -2],
    [6, 1, -4, 7],
    [-8, 2, 5, -3],
  ]
  const folded = [1, -2, 0, 4].map((bias, k) =>
    Math.abs(row.reduce((sum, x, j) => sum + (x * turn[j]![k]!) / 8, bias / 8)),
  )
  const decide = [5, -3, 2, 7]
  const sum = folded.reduce((own, x, k) => own + (x * decide[k]!) / 8, -0.5)
  return [sum, -sum]
}
