// The example of measured pulses from the teacher to verified hardware, with the smallest student.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { build } from '../../src/node/build.ts'
import { compressNetwork } from '../../src/node/compress.ts'
import { trainModel } from '../../src/node/train.ts'
import { missingReference, referenceFolder } from '../support/reference.ts'

const part = 'real/gamma-neutron'
const missing = missingReference(part)
const example = resolve(import.meta.dirname, '../../examples/real-pulses')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-real-pulses-'))
  vi.stubEnv('TRACES', join(referenceFolder, part, 'traces.csv'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it.skipIf(missing !== undefined)(
  'five seeds reach 98.9 % on the mean, and the best of them is built bit for bit',
  async () => {
    const config = join(example, 'smallest.config.ts')
    const teacher = await trainModel({
      config: join(example, 'lutra.config.ts'),
      out: join(folder, 'teacher'),
    })
    const out = join(folder, 'smallest')
    const { report } = await compressNetwork({ config, model: teacher.model, out })
    expect(report.spread!.mean).toBeGreaterThanOrEqual(0.989)
    expect(report.students[0]!.parameters).toBeLessThan(529)
    const { good } = await build({
      config,
      model: join(out, 'model.h5'),
      data: [join(out, 'X_test.npy')],
      labels: join(out, 'y_test.npy'),
      out: join(folder, 'build'),
      synth: false,
    })
    expect(good).toBe(true)
    const built = JSON.parse(await readFile(join(folder, 'build', 'report.json'), 'utf8'))
    expect(built.accuracy.hardware).toEqual(built.accuracy.float)
    expect(built.accuracy.hardware.accuracy).toBeGreaterThanOrEqual(0.989)
    expect(built.timing.latencyCycles).toBeLessThanOrEqual(3)
  },
  1_200_000,
)
