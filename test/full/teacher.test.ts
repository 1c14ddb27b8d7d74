// A teacher of 15 million parameters: written, read back, run and learned from. What it takes is printed; nothing waits
// for a time.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Dataset, rowSource } from '../../src/data/dataset.ts'
import { normal } from '../../src/data/random.ts'
import { compressNetwork } from '../../src/node/compress.ts'
import { loadAutodiff } from '../../src/train/autodiff.ts'
import { initialWeights } from '../../src/train/initialise.ts'
import { readKerasModel, writeKerasModel } from '../../src/train/keras-model.ts'
import { uploadWeights } from '../../src/train/loop.ts'
import { readModelConfig } from '../../src/train/model.ts'
import { streamOf } from '../../src/train/random.ts'
import { compileForward } from '../../src/train/step.ts'

const dense = (name: string, units: number, activation: string) =>
  ({ kind: 'dense', name, units, activation }) as const
const model = readModelConfig(
  {
    name: 'teacher',
    input: [784],
    layers: [
      dense('fc1', 3200, 'relu'),
      dense('fc2', 3000, 'relu'),
      dense('fc3', 1000, 'relu'),
      dense('out', 10, 'softmax'),
    ],
  },
  'test',
)

/** Noise about a centre for each of ten classes. */
function clouds(count: number): Dataset {
  const uniform = streamOf(1, 'clouds')
  const centres = Float32Array.from({ length: 10 * 784 }, () => normal(uniform))
  const labels = Int32Array.from({ length: count }, (_, row) => row % 10)
  const data = Float32Array.from(
    { length: count * 784 },
    (_, k) => centres[(Math.floor(k / 784) % 10) * 784 + (k % 784)]! + normal(uniform),
  )
  return {
    count,
    inputs: [{ shape: [784], data }],
    target: { kind: 'classes', labels, names: [...'0123456789'] },
  }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-teacher-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function lap(): (what: string) => void {
  let [wall, cpu] = [performance.now(), process.cpuUsage()]
  return what => {
    const { user, system } = process.cpuUsage(cpu)
    const most = (process.resourceUsage().maxRSS / 1024).toFixed(0)
    const seconds = ((performance.now() - wall) / 1000).toFixed(1)
    console.log(
      `${what}: ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of processor time, ${most} MB at most`,
    )
    ;[wall, cpu] = [performance.now(), process.cpuUsage()]
  }
}

it('loads, runs and is learned from', async () => {
  expect(model.parameters).toBe(15_126_010)
  const told = lap()
  const weights = initialWeights(model, 1)
  told('first weights')
  const path = join(folder, 'teacher.h5')
  const bytes = await writeKerasModel(model, weights)
  await writeFile(path, bytes)
  told('written')
  expect((await stat(path)).size).toBeGreaterThan(4 * model.parameters)
  const read = await readKerasModel(bytes, path)
  told('read')
  for (const [key, values] of Object.entries(weights))
    expect(Buffer.compare(Buffer.from(read.weights![key]!.buffer), Buffer.from(values.buffer))).toBe(0)

  const autodiff = await loadAutodiff()
  const data = clouds(2000)
  const uploaded = uploadWeights(autodiff, read.model, read.weights!)
  const x0 = autodiff.upload({ shape: [256, 784], data: data.inputs[0]!.data.subarray(0, 256 * 784) })
  const { output } = compileForward(autodiff, read.model)(uploaded, { x0 })
  const scores = autodiff.download(output)
  expect(scores.length).toBe(2560)
  expect(scores.every(Number.isFinite)).toBe(true)
  autodiff.release({ uploaded, x0, output })
  told('256 rows run')

  const quantiser = 'quantized_bits(6,0,alpha=1)'
  const { report } = await compressNetwork({
    project: {
      teacher: path,
      student: {
        name: 'student',
        input: [784],
        layers: [dense('fc1', 16, 'relu'), dense('out', 10, 'softmax')],
      },
      quantise: { kernel: quantiser, bias: quantiser, relu: 'quantized_relu(6,2)' },
      distil: { alpha: 0.1, temperature: 4 },
      data: rowSource(data),
      epochs: 3,
      optimiser: { kind: 'adam', rate: 0.01 },
      out: join(folder, 'student'),
    } as never,
  })
  told('2000 rows asked about, a student taught in 3 epochs, both judged')
  const { metrics } = report.students[0]!
  expect(metrics.kind === 'classes' && metrics.accuracy).toBeGreaterThan(0.8)
  expect(report.teacher!.parameters).toBe(15_126_010)
})
