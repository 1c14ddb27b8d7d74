import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compressNetwork } from './compress.ts'
import { initProject } from './init.ts'
import { runScript } from './load-config.ts'
import { predictTrained } from './predict-trained.ts'
import { templates } from './templates.ts'
import { trainModel } from './train.ts'

let folder = ''
const at = (...names: string[]) => join(folder, ...names)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-init-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Written {
  readonly train: object
  readonly compress?: object
}

const counts = { data: 300, test: 60 }

/** The config as written, with few rows and epochs, as JSON beside it. */
async function shortened(name: string): Promise<string> {
  const { train, compress } = (await runScript(at(name, 'lutra.config.ts'))) as Written
  const rows = (part: object) =>
    Object.fromEntries(
      Object.entries(part).map(([key, own]) =>
        key in counts ? [key, { ...own, count: counts[key as keyof typeof counts] }] : [key, own],
      ),
    )
  const short = { train: { ...rows(train), epochs: 1 }, compress: compress && { ...compress, epochs: 1 } }
  await writeFile(at(name, 'short.json'), JSON.stringify(short))
  return at(name, 'short.json')
}

describe('init', () => {
  it.each(Object.keys(templates))('writes %s, which runs', async template => {
    const { files, commands } = await initProject({ template, out: at(template) })
    const names = ['README.md', 'lutra.config.ts', 'package.json']
    expect(files.map(file => file.slice(at(template).length + 1)).sort()).toEqual(names)
    expect((await readdir(at(template))).sort()).toEqual(names)
    const example = new URL(`../../examples/${template}/lutra.config.ts`, import.meta.url)
    expect(await readFile(at(template, 'lutra.config.ts'), 'utf8')).toBe(await readFile(example, 'utf8'))
    const { scripts } = JSON.parse(await readFile(at(template, 'package.json'), 'utf8'))
    expect(Object.values(scripts)).toEqual(commands)
    const config = await shortened(template)
    const { model, report } = await trainModel({ config })
    expect([report.rows.test, (await readFile(model)).length > 1000]).toEqual([60, true])
    if (templates[template]!.scripts.compress === undefined) return
    const compressed = await compressNetwork({ config })
    expect(compressed.model).toBe(at(template, 'student', 'model.h5'))
    expect(compressed.report.students).toHaveLength(1)
    if (templates[template]!.scripts.check === undefined) return
    const [data, labels] = ['X_test.npy', 'y_test.npy'].map(name => at(template, 'student', name))
    const out = at(template, 'prediction')
    const found = await predictTrained({ model: compressed.model, data: [data!], labels: labels!, out })
    expect(found).toMatchObject({ rows: 60, equal: true, quantised: true })
  })

  it('takes a folder that npm began, and leaves its package.json', async () => {
    await mkdir(at('begun'))
    await writeFile(at('begun', 'package.json'), '{}\n')
    const { next } = await initProject({ template: 'pulses', out: at('begun') })
    expect(await readFile(at('begun', 'package.json'), 'utf8')).toBe('{}\n')
    expect(next.at(-1)).toBe('npx lutra run --config lutra.config.ts')
  })

  it('says how the project comes by Lutra, which is nowhere above it', async () => {
    const { next } = await initProject({ template: 'pulses', out: at('fresh') })
    const home = resolve(import.meta.dirname, '../..')
    expect(next).toEqual([`cd ${at('fresh')}`, `npm install ${home}`, 'npm start'])
    expect(await readFile(at('fresh', 'README.md'), 'utf8')).toContain('`npm install lutra`, or the path')
  })

  it('refuses what is no template, a file, and a folder that holds something', async () => {
    await mkdir(at('full'))
    await writeFile(at('full', 'notes.txt'), 'mine')
    await expect(initProject({ template: 'pulse', out: at('new') })).rejects.toThrow(
      "init/no-template: template: there is no template 'pulse'; expected pulses, digits, sequences. Did you mean 'pulses'?",
    )
    await expect(initProject({ template: 'pulses', out: at('full') })).rejects.toThrow(
      `init/not-empty: ${at('full')}: the folder is not empty (notes.txt)`,
    )
    await expect(initProject({ template: 'pulses', out: at('full', 'notes.txt') })).rejects.toThrow(
      'init/folder',
    )
    expect(await readdir(at('full'))).toEqual(['notes.txt'])
  })
})
