// `lutra tune` as a user gets it: files, the config under other verbs, interruptions, refusals.

import { readFileSync, writeFileSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { lutra, rows, useFolder, writeModel } from './errors/command-line.ts'

useFolder()

const words = ['tune', 'model.h5', '--data', 'rows.csv', '--label-column', 'label', '--max-loss', '30']

beforeAll(async () => {
  await writeModel('model.h5')
  const [head, ...lines] = rows.trim().split('\n')
  writeFileSync('rows.csv', `${[head, ...Array.from({ length: 30 }, () => lines).flat()].join('\n')}\n`)
})

const read = (path: string) => readFileSync(path, 'utf8')

describe('lutra tune', () => {
  it('writes a config, a page, a plot and a log, and nothing without --out', async () => {
    expect(await lutra([...words, '--quiet'])).toBe('exit 0')
    expect(await lutra([...words, '--quiet', '--out', 'first'])).toBe('exit 0')
    const log = read('first/tune.log.jsonl').trim().split('\n')
    expect(log.length).toBeGreaterThan(20)
    expect(read('first/tune.html')).toContain('One width for all')
    expect(read('first/accuracy-cost.svg')).toContain('loss accepted')
    expect(JSON.parse(read('first/tune.json'))).toMatchObject({
      model: 'model.h5',
      cost: 'LUT',
      loss: 'accuracy',
    })
  }, 60_000)

  it('every verb reads the config', async () => {
    const config = ['model.h5', '--config', 'first/tuned.yml']
    const data = ['--data', 'rows.csv', '--label-column', 'label']
    for (const verb of ['check', 'estimate', 'profile', 'compare'])
      expect(await lutra([verb, ...config, ...data, '--quiet']), verb).toBe('exit 0')
    const input = ['--input', 'rows.csv', '--label-column', 'label', '--out', 'y.npy']
    expect(await lutra(['predict', ...config, ...input, '--quiet'])).toBe('exit 0')
    expect(await lutra(['build', ...config, ...data, '--no-synth', '--out', 'built', '--quiet'])).toBe(
      'exit 0',
    )
  }, 60_000)

  it('goes on with a log that was cut off anywhere, to the same files', async () => {
    const log = read('first/tune.log.jsonl')
    for (const share of [0.1, 0.5, 0.93]) {
      await mkdir('again', { recursive: true })
      writeFileSync('again/tune.log.jsonl', log.slice(0, Math.floor(share * log.length)))
      expect(await lutra([...words, '--quiet', '--out', 'again'])).toBe('exit 0')
      for (const file of ['tuned.yml', 'tune.json', 'tune.html', 'accuracy-cost.svg'])
        expect(read(`again/${file}`), file).toBe(read(`first/${file}`))
    }
  }, 60_000)

  it('stops when it is told to, and keeps what it had', async () => {
    const controller = new AbortController()
    const stopping = lutra([...words, '--out', 'stopped'], {
      signal: controller.signal,
      stderr: { write: () => setImmediate(() => controller.abort(new Error('interrupted'))) },
    })
    expect(await stopping).toBe('exit 2')
    expect(await lutra([...words, '--quiet', '--out', 'stopped'])).toBe('exit 0')
    expect(read('stopped/tuned.yml')).toBe(read('first/tuned.yml'))
  }, 60_000)

  it("does not go on with another search's log", async () => {
    await mkdir('other', { recursive: true })
    await copyFile('first/tune.log.jsonl', 'other/tune.log.jsonl')
    expect(await lutra([...words, '--seed', '2', '--out', 'other'])).toMatchInlineSnapshot(`
      "exit 2
      reading the model and running it in float
      error: tune/other-log: other/tune.log.jsonl: it is the log of another search: of another model, other data, config or flags, or another version; expected the log of this search, or none. Give another --out, or remove the file to begin anew."
    `)
  })

  it('needs data', async () => {
    expect(await lutra(['tune', 'model.h5'])).toMatchInlineSnapshot(`
      "exit 2
      reading the model and running it in float
      error: tune/no-data: --data: there are no vectors to judge widths on; expected a file of vectors for each input. Give --data VECTORS (.npy .npz .csv f.h5:Dataset), with --labels or --label-column for accuracy."
    `)
  })

  it('a measure of cost is one of two', async () => {
    expect(await lutra([...words, '--cost', 'area'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra tune: option '--cost <measure>' argument 'area' is invalid. It must be lut or bits. See lutra tune --help."
    `)
  })

  it('tells the result as a table', async () => {
    expect(await lutra([...words, '--out', 'first', '--cost', 'lut'])).toMatchInlineSnapshot(`
      "exit 0
      reading the model and running it in float
      finding: config/altered: layer 'prob': TableSize is 128 and takes effect as 32: its index has 5 bits. Write TableSize: 32 to say what is built.
      stdout: loss: accuracy lost by labels, at most 30.00 %; cost: LUT; 120 rows, 71 networks tried
      +-------+---------+-----------------------------------------------+-------------+-------------------------+----------------+
      | layer |  kind   |                    weights                    |     sum     |         result          | bit operations |
      +-------+---------+-----------------------------------------------+-------------+-------------------------+----------------+
      | x     | input   |                                               |             | fixed<3,2,RND_CONV,SAT> |                |
      | fc    | dense   | fixed<3,0,RND_CONV>, bias fixed<3,0,RND_CONV> | fixed<6,2>  | fixed<5,1,TRN,SAT>      |             58 |
      | prob  | softmax |                                               | ufixed<9,2> | ufixed<3,0,RND,SAT>     |            216 |
      +-------+---------+-----------------------------------------------+-------------+-------------------------+----------------+
      +------------+------+----------------+---------+----------+
      |   widths   | cost | bit operations |  loss   | keeps it |
      +------------+------+----------------+---------+----------+
      | fixed<2,2> |      |            179 | 50.00 % |       no |
      | fixed<3,2> |      |            215 | 50.00 % |       no |
      | fixed<4,2> |      |            245 | 50.00 % |       no |
      | fixed<5,2> |  225 |            302 | 25.00 % |      yes |
      | fixed<6,2> |  275 |            368 |  0.00 % |      yes |
      | fixed<7,2> |  332 |            456 |  0.00 % |      yes |
      | fixed<8,2> |  408 |            554 |  0.00 % |      yes |
      +------------+------+----------------+---------+----------+
      | by layer   |  223 |            274 | 25.00 % |      yes |
      +------------+------+----------------+---------+----------+
      One width for all: fixed<5,2> is the narrowest that keeps the loss, 225 LUT by estimate.
      Widths by layer: 223 LUT, 0.89 % less, at a loss of 25.00 % (accuracy 25.00 %, float 50.00 %).
      On all 120 rows: a loss of 25.00 % (accuracy 25.00 %, float 50.00 %)."
    `)
  })
})
