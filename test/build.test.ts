// A whole build as a user gets it, on the bundled example: files, report, accuracy, and the same bytes twice.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, describe, expect, it } from 'vitest'
import { build, report } from '../src/node/index.ts'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'lutra-build-'))
afterAll(() => rmSync(folder, { recursive: true }))

const options = {
  model: join(root, 'examples/pulse-shape/pulse-shape.h5'),
  data: [join(root, 'examples/pulse-shape/pulses.csv')],
  labelColumn: 'label',
  part: 'xc7z020',
  clock: 5,
  threads: 2,
}

function filesOf(path: string, prefix = ''): Map<string, string> {
  return new Map(
    readdirSync(path)
      .sort()
      .flatMap(name => {
        const inner = join(path, name)
        if (statSync(inner).isDirectory()) return [...filesOf(inner, `${prefix}${name}/`)]
        return [[prefix + name, readFileSync(inner, 'latin1')] as const]
      }),
  )
}

describe('build of the bundled example', () => {
  const first = join(folder, 'first')

  it('verifies on every road, synthesises every layer and keeps the accuracy', async () => {
    const result = await build({ ...options, out: first })
    expect(result.good).toBe(true)
    const made = result.report
    expect(
      made.verification.roads
        .filter(road => road.skipped === undefined && road.road !== 'float')
        .every(road => road.equal === 500),
    ).toBe(true)
    expect(made.accuracy?.hardware).toEqual(made.accuracy?.float)
    expect(made.accuracy?.hardware.accuracy).toBe(0.98)
    expect(made.resources.status).toBe('measured')
    expect(made.layers.filter(layer => layer.kind !== 'input').map(layer => layer.status)).toEqual(
      new Array(6).fill('measured'),
    )
    expect(made.resources.total!.lut).toBe(
      made.layers.reduce((sum, layer) => sum + (layer.resources?.lut ?? 0), made.resources.glue!.lut),
    )
    expect(made.timing.ii).toBe(1)
  }, 300_000)

  it('leaves what it says, and a report that fits its schema', () => {
    const files = filesOf(first)
    const listed = JSON.parse(files.get('report.json')!) as { files: { path: string; bytes: number }[] }
    for (const { path, bytes } of listed.files) expect(statSync(join(first, path)).size, path).toBe(bytes)
    for (const path of [
      'rtl/myproject.v',
      'rtl/myproject_core.v',
      'tb/myproject_tb.v',
      'tb/s_data.mem',
      'synth/myproject.ys',
      'report.txt',
      'report.html',
      'lutra.lock.json',
    ]) {
      expect([...files.keys()]).toContain(path)
    }
    const schema = JSON.parse(readFileSync(join(root, 'docs/schema/report.schema.json'), 'utf8'))
    const validate = new Ajv({ strict: false }).compile(schema)
    expect(validate(listed), JSON.stringify(validate.errors)).toBe(true)
  })

  it('gives the same bytes again', async () => {
    const second = join(folder, 'second')
    await build({ ...options, out: second })
    expect(filesOf(second)).toEqual(filesOf(first))
  }, 300_000)

  it('prints the compression table from what it left', async () => {
    const { text } = await report({ dir: first, table: 'compression', baseline: options.model })
    expect(text).toContain('pulse-shape')
    expect(text).toMatch(/LUT/)
  })
})
