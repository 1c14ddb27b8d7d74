import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { readCompressionProject, readTrainingProject } from '../../src/node/training-config.ts'
import { missingReference, referenceFolder } from '../../test/support/reference.ts'

const part = 'real/gamma-neutron'
const missing = missingReference(part)
const config = (name: string) => join(import.meta.dirname, `${name}.config.ts`)
const line = (first: number, label: number) => [first, ...Array(160).fill(300), label].join(',')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-traces-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(() => void vi.resetModules())

async function tracesOf(lines: readonly string[]) {
  const path = join(folder, 'traces.csv')
  await writeFile(path, `${['header', ...lines].join('\n')}\n`)
  vi.stubEnv('TRACES', path)
  return (await import('./traces.ts')).traces()
}

it('makes two’s complement of counts', async () => {
  const { count, inputs, target } = await tracesOf([line(0, 1), line(511, 0)])
  expect(count).toBe(2)
  expect([inputs[0]!.data[0], inputs[0]!.data[1], inputs[0]!.data[161]]).toEqual([-4, 44 / 64, 255 / 64])
  expect([...target.labels]).toEqual([1, 0])
})

it('says which line is no pulse, and that there are none', async () => {
  await expect(tracesOf([line(0, 1), '1,2,3'])).rejects.toThrow('line 3 is not 161 counts and a class')
  vi.stubEnv('TRACES', join(folder, 'none.csv'))
  vi.resetModules()
  const { traces } = await import('./traces.ts')
  expect(traces).toThrow('no pulses there')
})

it.skipIf(missing !== undefined)('has configs that are read, over the measured pulses', async () => {
  vi.stubEnv('TRACES', join(referenceFolder, part, 'traces.csv'))
  const { data } = await readTrainingProject({ config: config('lutra') })
  expect(data).toMatchObject({ count: 1798 })
  for (const name of ['lutra', 'small', 'smallest', 'teachers']) {
    const { compression, project } = await readCompressionProject({ config: config(name) })
    expect(compression.seeds).toBe(5)
    expect([project.test, project.validation, project.settings.seed]).toEqual([0.3, 0.1, 1])
  }
})
