import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { predict } from './predict.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-predict-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('writes a table where the file is named one', async () => {
  const out = join(folder, 'y.csv')
  const example = 'examples/pulse-shape'
  const { outputs } = await predict({
    model: `${example}/pulse-shape.h5`,
    input: [`${example}/pulses.csv`],
    labelColumn: 'label',
    out: [out],
  })
  const [head, ...rows] = (await readFile(out, 'utf8')).trimEnd().split('\n')
  expect(head).toBe('y0,y1')
  expect(rows.flatMap(row => row.split(',').map(Number))).toEqual(Array.from(outputs[0]!.data))
  expect(rows).toHaveLength(500)
})
