import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { streamOf } from '../train/random.ts'
import { runCommandLine } from './run.ts'

let folder = ''
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-cli-train-'))
  const uniform = streamOf(1, 'rows')
  const rows = Array.from({ length: 200 }, () => {
    const [a, b] = [uniform(), uniform()].map(value => Math.round(value * 64) / 64)
    return `${a},${b},${a! > b! ? 1 : 0}`
  })
  await writeFile(at('rows.csv'), `a,b,label\n${rows.join('\n')}\n`)
  const layers = [{ kind: 'dense', name: 'fc', units: 2, kernelQuantizer: 'quantized_bits(6,1,alpha=1)' }]
  const train = {
    model: { name: 'larger', input: [2], layers },
    data: 'rows.csv',
    labelColumn: 'label',
    epochs: 8,
    batch: 20,
    optimiser: { kind: 'adam', rate: 0.05 },
  }
  await writeFile(at('lutra.json'), JSON.stringify({ train }))
  await writeFile(
    at('lutra.config.ts'),
    `export default { train: ${JSON.stringify({ ...train, epochs: 0 })} }`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function lutra(...args: string[]) {
  const said = { stdout: '', stderr: '' }
  const into = (name: keyof typeof said) => ({
    write: (text: string) => {
      said[name] += text
    },
  })
  const code = await runCommandLine(args, { stdout: into('stdout'), stderr: into('stderr') })
  return { code, ...said }
}

it('trains what a config says, with flags over it, tells how far it is, and judges the result alike', async () => {
  const out = at('trained')
  const { code, stdout, stderr } = await lutra('train', '--config', at('lutra.json'), '--out', out)
  expect([code, stderr]).toEqual([0, expect.stringMatching(/epoch 8\/8: loss 0\.\d+, 0:0\d left at most\n/)])
  expect(stdout).toMatch(/^larger: 6 parameters, 8 epochs; the weights are those of epoch \d/)
  const said = /accuracy (\d+\.\d+) % of 40/.exec(stdout)![1]!
  expect(Number(said)).toBeGreaterThan(80)
  const json = await lutra(
    'train',
    '--config',
    at('lutra.json'),
    '--out',
    out,
    '--json',
    '--quiet',
    '--epochs',
    '2',
    '--seed',
    '3',
  )
  expect(json.code).toBe(0)
  expect(JSON.parse(json.stdout)).toMatchObject({
    name: 'larger',
    resumedFrom: 0,
    history: [{ epoch: 1 }, { epoch: 2 }],
  })
  expect(JSON.parse(await readFile(join(out, 'training.json'), 'utf8')).history).toHaveLength(2)
  const judged = await lutra(
    'evaluate',
    join(out, 'model.h5'),
    '--data',
    at('rows.csv'),
    '--label-column',
    'label',
    '--json',
  )
  expect(JSON.parse(judged.stdout)).toMatchObject({
    engine: 'fixed',
    metrics: { kind: 'classes', rows: 200 },
  })
})

it('refuses with exit 2 before it begins', async () => {
  const wrong = await lutra('train', '--config', at('lutra.config.ts'))
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    `error: train/setting: ${at('lutra.config.ts')}: train: 'epochs' is 0; expected a whole number of at least 1. Correct the setting.\n`,
  ])
  const none = await lutra('train')
  expect([none.code, none.stderr]).toEqual([
    2,
    "error: train/setting: project: 'model' is missing; expected a model, or a file of one. Correct the setting.\n",
  ])
  const flag = await lutra('train', '--epochs', '-1')
  expect([flag.code, flag.stderr.slice(0, 22)]).toEqual([2, 'error: usage/bad-value'])
})
