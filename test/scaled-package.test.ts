// Rows as they were measured, from a training whose scaler stands outside to the package's drivers: every road scales.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDesignServer } from '../src/boards/pynq/testing/design-server.ts'
import { runPython } from '../src/boards/pynq/testing/run-python.ts'
import { pythonMissing } from '../src/boards/testing/spawn-python.ts'
import { runCommandLine } from '../src/cli/run.ts'
import { parseNpy, writeNpy } from '../src/formats/npy.ts'
import { assess } from '../src/node/assess.ts'
import { assessSubject } from '../src/node/assess-subject.ts'
import { fileHash } from '../src/node/file-hash.ts'
import { openPackage } from '../src/node/open-package.ts'
import { type PackageOptions, packageModel } from '../src/node/package.ts'
import { predict } from '../src/node/predict.ts'
import { trainModel } from '../src/node/train.ts'

let folder = ''
const at = (name: string) => join(folder, name)
const rows = 200

/** Three columns of very different size and place. */
function csv(): string {
  const line = (k: number) => {
    const [a, b, c] = [k % 17, (k * 7) % 23, (k * 5) % 11]
    return [1000 + 3.7 * a, b / 900, 1e5 - 12.5 * c, a / 17 + b / 23 > 1 ? 1 : 0].join()
  }
  return ['energy,ratio,time,label', ...Array.from({ length: rows }, (_, k) => line(k))].join('\n')
}

const made = (out: string, more: Partial<PackageOptions> = {}) =>
  packageModel({
    model: at('training/model.h5'),
    data: [at('rows.csv')],
    labelColumn: 'label',
    scaler: at('training/scaler.json'),
    board: 'pynq-z2',
    roads: ['netlist'],
    out: at(out),
    ...more,
  })

const npy = async (name: string) => parseNpy(await readFile(at(name)), name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-scaled-package-'))
  await writeFile(at('rows.csv'), csv())
  const dense = (units: number) => ({ kind: 'dense', units }) as const
  const model = {
    name: 'm',
    input: [3],
    layers: [dense(4), { kind: 'activation', activation: 'relu' }, dense(2)],
  } as const
  const data = { data: at('rows.csv'), labelColumn: 'label', epochs: 2, out: at('training') }
  await trainModel({ project: { model, ...data, scale: 'standardise', scaler: 'export' } })
  await made('package')
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a package of rows that are scaled', () => {
  it('keeps the scaler, and rows as they were measured', async () => {
    const { manifest } = await openPackage(at('package'))
    const scaler = await readFile(at('training/scaler.json'))
    expect(await readFile(at('package/model/scaler.json'))).toEqual(scaler)
    expect(manifest.files['model/scaler.json']).toBe(fileHash(scaler))
    expect(manifest.scaler!.offset[0]).toBeGreaterThan(1000)
    expect(manifest.origin.files.scaler).toBe('model/scaler.json')
    const x = await npy('package/pynq/X_test.npy')
    expect(x.data.subarray(0, 3)).toEqual(Float64Array.of(1000, 0, 1e5).map(Math.fround))
    expect((await npy('package/model/typing/data.npy')).data).toEqual(x.data)
    const readme = await readFile(at('package/README.md'), 'utf8')
    expect(readme).toContain('Rows are physical values, in `X_test.npy` too')
    const other = await made('other', { scaler: false })
    expect(other.description.scaler).toBeUndefined()
    expect(await readFile(at('other/README.md'), 'utf8')).toContain('nothing scales them')
    expect(other.description.buildHash).not.toBe(manifest.buildHash)
  })

  it('is assessed on its rows and on others', async () => {
    const quick = { dir: at('package'), roads: ['float', 'golden', 'netlist'] } as const
    const own = await assess(quick)
    const given = await assess({ ...quick, data: at('rows.csv'), labelColumn: 'label' })
    for (const { assessment, findings } of [own, given]) {
      expect([assessment.equal, assessment.vectors.scaled, findings]).toEqual([true, true, []])
      expect(assessment.roads.map(({ score }) => score?.accuracy)).toEqual(
        own.assessment.roads.map(({ score }) => score?.accuracy),
      )
    }
    expect(own.text).toContain('rows (package, labelled, scaled)')
    // Far out of what the types hold: every road saturates alike.
    const far = at('far.npy')
    await writeFile(far, writeNpy({ shape: [2, 3], data: Float64Array.of(0, 0, 0, 1, 1, 1) }, 'float32'))
    expect((await assess({ ...quick, data: far })).assessment.equal).toBe(true)
  })

  it('has golden results that predict gives for the same rows', async () => {
    const options = { model: at('training/model.h5'), scaler: at('training/scaler.json') }
    // Types as the package found them: on the same rows.
    const { outputs } = await predict({
      ...options,
      data: [at('rows.csv')],
      labelColumn: 'label',
      input: [at('package/pynq/X_test.npy')],
    })
    // As float words carry them.
    expect(outputs[0]!.data.map(Math.fround)).toEqual((await npy('package/pynq/y_test.npy')).data)
  })

  it.skipIf(pythonMissing() !== undefined)('is driven with rows as they were measured', async () => {
    for (const [name, words] of [
      ['package', 'float'],
      ['raw', 'raw'],
    ] as const) {
      if (words === 'raw') await made(name, { words })
      const subject = await assessSubject(await openPackage(at(name)), {})
      const server = createDesignServer(subject.accelerator.module, 1)
      const code = `
import sys
sys.argv = ['run_board.py']
exec(compile(open('run_board.py').read(), 'run_board.py', 'exec'))
`
      const project = 'myproject'
      const { stdout } = await runPython({ folder: at(`${name}/pynq`), code, project, server })
      const told = JSON.parse(stdout.trim().split('\n').at(-1)!.slice('LUTRA '.length)) as object
      expect(told).toMatchObject({ rows, differ: 0 })
    }
  })

  it('is told of a scaler that nobody named, with rows or without', async () => {
    const found = async (more: Partial<PackageOptions>) => {
      const { description, findings } = await packageModel({
        model: at('training/model.h5'),
        board: 'pynq-z2',
        roads: ['netlist'],
        out: at('unnamed'),
        ...more,
      })
      return [findings.filter(({ code }) => code === 'data/scaler-beside').length, description.scaler?.per]
    }
    expect(await found({ data: [at('rows.csv')], labelColumn: 'label' })).toEqual([1, 'channel'])
    expect(await found({ inputType: 'fixed<12,4>' })).toEqual([1, 'channel'])
    expect((await assess({ dir: at('unnamed'), roads: ['golden', 'netlist'] })).good).toBe(true)
    // Rows that nobody gave are made up where the types are, and before the scaler where a driver needs them.
    const { data } = await npy('unnamed/pynq/X_test.npy')
    expect(Math.min(...data.filter((_, k) => k % 3 === 2))).toBeGreaterThan(99_000)
  })

  it('is damaged where its scaler is', async () => {
    const texts: string[] = []
    const screen = { write: (text: string) => texts.push(text) > 0 }
    await writeFile(at('unnamed/model/scaler.json'), '{}')
    const code = await runCommandLine(['assess', at('unnamed')], { stdout: screen, stderr: screen })
    expect([code, texts.join('')]).toEqual([2, expect.stringMatching(/package\/damaged: .*scaler\.json/)])
  })
})
