import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileHash } from './file-hash.ts'
import { diskFileSystem, type FileSystem } from './files.ts'
import { predict } from './predict.ts'
import { readTable } from './read-data.ts'
import { type RunChainOptions, runChain } from './run-chain.ts'

let folder = ''
const at = (...names: string[]) => join(folder, ...names)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-run-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const rows = { generate: 'pulses', count: 300, seed: 1, settings: { samples: 8 } }
const optimiser = { kind: 'adam', rate: 0.01 }
const dense = (units: number, activation: string, name: string) => ({
  kind: 'dense',
  units,
  name,
  activation,
})
const train = {
  model: {
    name: 'teacher',
    input: [8],
    layers: [dense(4, 'relu', 'fc1'), dense(2, 'softmax', 'out')],
  },
  data: rows,
  epochs: 4,
  optimiser,
  out: 'teacher',
}
const compress = {
  teacher: 'teacher/model.h5',
  student: { name: 'student', input: [8], layers: [dense(2, 'relu', 'fc1'), dense(2, 'linear', 'out')] },
  quantise: {
    kernel: 'quantized_bits(4,1,alpha=1)',
    bias: 'quantized_bits(4,1,alpha=1)',
    relu: 'quantized_relu(4,1)',
  },
  epochs: 3,
  optimiser,
  out: 'student',
}

async function project(name: string, config: object): Promise<string> {
  await mkdir(at(name), { recursive: true })
  const path = at(name, 'lutra.config.ts')
  await writeFile(path, `export default ${JSON.stringify(config)}\n`)
  return path
}

async function reasons(config: string, options: RunChainOptions = {}): Promise<string[]> {
  const { steps } = await runChain({ config, synth: false, ...options })
  return steps.map(({ name, reason }) => `${name}: ${reason}`)
}

/** A disk that asks to stop when so many checkpoints are in their places. */
function stoppingDisk(checkpoints: number, controller: AbortController): FileSystem {
  let seen = 0
  return {
    ...diskFileSystem,
    rename: async (from, to) => {
      await diskFileSystem.rename(from, to)
      if (to.endsWith('checkpoint.lutra') && ++seen === checkpoints) controller.abort(new Error('stopped'))
    },
  }
}

describe('run', () => {
  it('does all, then nothing, then what a change, a removal or a damage asks for', async () => {
    const config = await project('chain', { train, compress, out: 'build' })
    const first = ['train: first run', 'compress: first run', 'build: first run']
    expect(await reasons(config)).toEqual(first)
    const report = await readFile(at('chain', 'build', 'report.json'), 'utf8')
    expect(JSON.parse(report).accuracy).toBeDefined()

    const said: string[] = []
    const unchanged = ['train: unchanged', 'compress: unchanged', 'build: unchanged']
    expect(await reasons(config, { onProgress: text => said.push(text) })).toEqual(unchanged)
    expect(said).toEqual(unchanged)

    await project('chain', { train, compress: { ...compress, epochs: 4 }, out: 'build' })
    const changed = 'settings or inputs changed'
    expect(await reasons(config)).toEqual(['train: unchanged', `compress: ${changed}`, `build: ${changed}`])

    const teacher = await readFile(at('chain', 'teacher', 'model.h5'))
    await rm(at('chain', 'teacher', 'model.h5'))
    await writeFile(at('chain', 'build', 'report.txt'), 'mine')
    expect(await reasons(config)).toEqual([
      'train: model.h5 was gone or changed',
      'compress: unchanged',
      'build: report.txt was gone or changed',
    ])
    expect((await readFile(at('chain', 'teacher', 'model.h5'))).equals(teacher)).toBe(true)
    expect(await reasons(config, { force: true })).toEqual(
      first.map(line => line.replace('first run', 'asked for')),
    )
    expect(await reasons(config)).toEqual(unchanged)
  })

  it('goes on where it was stopped, to the same bytes', async () => {
    const whole = await project('whole', { train, compress })
    await runChain({ config: whole })
    const config = await project('stopped', { train, compress })
    // Within the training; then within the compression.
    for (const checkpoints of [2, 4]) {
      const controller = new AbortController()
      const disk = stoppingDisk(checkpoints, controller)
      await expect(runChain({ config, disk, signal: controller.signal })).rejects.toThrow('stopped')
    }
    expect(await reasons(config)).toEqual(['train: unchanged', 'compress: stopped before its end'])
    for (const step of ['teacher', 'student'])
      expect(await readFile(at('stopped', step, 'model.h5'))).toEqual(
        await readFile(at('whole', step, 'model.h5')),
      )
  })

  it('begins anew where it was stopped before it had a checkpoint of its own', async () => {
    const config = await project('early', { train })
    await runChain({ config })
    await project('early', { train: { ...train, epochs: 3 } })
    const controller = new AbortController()
    const onProgress = () => controller.abort(new Error('stopped'))
    await expect(runChain({ config, onProgress, signal: controller.signal })).rejects.toThrow('stopped')
    expect(await reasons(config)).toEqual(['train: stopped before its end'])
  })

  it('sees that a file of rows changed', async () => {
    const table = (last: string) =>
      ['a,b,label', ...Array.from({ length: 40 }, (_, k) => `0.${k},0.5,${k % 2}`), last, ''].join('\n')
    const model = { name: 'tiny', input: [2], layers: [dense(2, 'softmax', 'out')] }
    const config = await project('table', {
      train: { model, data: 'rows.csv', labelColumn: 'label', epochs: 1 },
    })
    await writeFile(at('table', 'rows.csv'), table('0.25,0.5,1'))
    expect(await reasons(config)).toEqual(['train: first run'])
    expect(await reasons(config)).toEqual(['train: unchanged'])
    await writeFile(at('table', 'rows.csv'), table('0.75,0.5,1'))
    expect(await reasons(config)).toEqual(['train: settings or inputs changed'])
  })

  it('predicts what was trained from its file, bit for bit as training has it', async () => {
    const config = await project('predicted', { train, compress, predict: { out: 'predicted' } })
    const { steps, good } = await runChain({ config })
    expect(steps.map(({ name, reason }) => `${name}: ${reason}`).at(-1)).toBe('predict: first run')
    expect(steps.at(-1)!.summary).toMatch(
      /^60 rows: all 240 values of 2 layers are training's own, bit for bit; accuracy/,
    )
    expect(steps[0]!.summary).toMatch(
      /^teacher: 46 parameters, 4 epochs.*\non the validation rows: accuracy .* of 60$/,
    )
    expect(steps[1]!.summary).toMatch(/^on the validation rows:\n\+-/)
    expect(good).toBe(true)
    const found = JSON.parse(await readFile(at('predicted', 'predicted', 'prediction.json'), 'utf8'))
    expect(found).toMatchObject({ rows: 60, equal: true, quantised: true })
    const again = await runChain({ config })
    expect(again.steps.at(-1)).toMatchObject({ reason: 'unchanged', summary: steps.at(-1)!.summary })
  })

  it('scales rows on their way by the file that the training left', async () => {
    const scaled = { ...train, scale: 'standardise', scaler: 'export' }
    const config = await project('scaled', { train: scaled, predict: {}, out: 'build' })
    const { findings } = await runChain({ config, synth: false })
    expect(findings.filter(({ code }) => code === 'data/scaler-beside')).toEqual([])
    const file = (name: string) => at('scaled', 'teacher', name)
    const { outputs } = await predict({
      model: file('model.h5'),
      input: [file('X_test.npy')],
      data: [file('X_test.npy')],
      labels: file('y_test.npy'),
      scaler: file('scaler.json'),
    })
    const predicted = await readTable(at('scaled', 'prediction', 'predicted.npy'))
    expect(predicted.data).toEqual(outputs[0]!.data)
    const hash = fileHash(await readFile(file('scaler.json')))
    expect(JSON.parse(await readFile(at('scaled', 'build', 'lutra.lock.json'), 'utf8'))).toMatchObject({
      scaler: { file: 'scaler.json', hash },
    })
    expect((await runChain({ config, synth: false })).steps.map(({ reason }) => reason)).toEqual(
      Array(3).fill('unchanged'),
    )
    const text = JSON.stringify({ ...JSON.parse(await readFile(file('scaler.json'), 'utf8')), more: 1 })
    await writeFile(file('scaler.json'), text)
    expect((await reasons(config))[0]).toBe('train: scaler.json was gone or changed')
  })

  it('says where the values of a float network differ from training', async () => {
    const config = await project('float', { train, predict: {} })
    const { steps, good } = await runChain({ config })
    expect(steps.at(-1)!.summary).toMatch(/from layer 'fc1' on values differ from training's own/)
    expect(good).toBe(true)
  })

  it('ends with exit 1 where bits of a quantised network are not those of training', async () => {
    // Lutra reads a real tanh from a table.
    const quantised = {
      kernelQuantizer: 'quantized_bits(4,1,alpha=1)',
      biasQuantizer: 'quantized_bits(4,1,alpha=1)',
    }
    const layers = [
      {
        kind: 'dense',
        units: 4,
        name: 'fc1',
        activation: 'quantized_tanh(8,use_real_tanh=True)',
        ...quantised,
      },
      { kind: 'dense', units: 2, name: 'out', ...quantised },
    ]
    const model = { name: 'curved', input: [8], layers }
    const config = await project('curved', { train: { ...train, model }, predict: {} })
    const { steps, good } = await runChain({ config })
    expect(steps.at(-1)!.summary).toMatch(/from layer 'fc1' on values differ/)
    expect(good).toBe(false)
    const again = await runChain({ config })
    expect([again.steps.at(-1)!.reason, again.good]).toEqual(['unchanged', false])
  })

  it('refuses a config without a step, without a network to build, and with a folder for two steps', async () => {
    const empty = await project('empty', { clockPeriod: 5 })
    await expect(runChain({ config: empty })).rejects.toThrow('run/nothing-to-do')
    const bare = await project('bare', { out: 'build' })
    await expect(runChain({ config: bare })).rejects.toThrow('run/no-model')
    await expect(runChain({ config: await project('alone', { predict: {} }) })).rejects.toThrow(
      'run/no-model',
    )
    const wrong = await project('wrong', { train, predict: { rows: 100 } })
    await expect(runChain({ config: wrong })).rejects.toThrow(
      "predict: it has rows: 100; expected { out: 'prediction' }, the folder, or {}",
    )
    const same = await project('same', { train, compress: { ...compress, out: 'teacher' } })
    await expect(runChain({ config: same })).rejects.toThrow('run/same-folder')
  })
})
