// `lutra profile` and `lutra compare` as a user gets them: the bundled example and a recorded case, files and tables.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseNpy, writeNpy } from '../src/formats/npy.ts'
import { compare, predict, profile, trace, writeFileAtomic } from '../src/node/index.ts'
import { lutra } from './errors/command-line.ts'
import { caseFolder, missingReference } from './support/reference.ts'

const example = resolve(import.meta.dirname, '../examples/pulse-shape')
const model = join(example, 'pulse-shape.h5')
const data = [join(example, 'pulses.csv')]
const words = [model, '--data', ...data, '--label-column', 'label']
const folder = mkdtempSync(join(tmpdir(), 'lutra-profile-'))
afterAll(() => rmSync(folder, { recursive: true }))

const npy = (path: string) => parseNpy(readFileSync(path), path).data

describe('the bundled example', () => {
  it('profile: a table for each part', async () => {
    expect(await lutra(['profile', ...words])).toMatchInlineSnapshot(`
      "exit 0
      reading and typing the model
      stdout: pulse-shape.h5, lossless rules, 500 rows

      Weights before: as trained; against the types that will hold them
      +----------+--------------+---------+---------+--------+------------+--------+-------+---------+------------+
      |  Tensor  |     Type     |  Least  | Median  |  Most  | Median |x| | Zeros  | |x| ≤ | Outside | Below step |
      +----------+--------------+---------+---------+--------+------------+--------+-------+---------+------------+
      | fc1/w    | fixed<6,2>   |  -1.375 |       0 |   1.75 |     0.1563 | 44.9 % |   2^1 |       0 |          0 |
      | fc1/b    | ufixed<2,-2> |       0 |       0 | 0.1875 |          0 | 62.5 % |  2^-2 |       0 |          0 |
      | fc2/w    | fixed<6,2>   |  -1.938 |       0 |  1.688 |      0.625 | 37.5 % |   2^1 |       0 |          0 |
      | fc2/b    | ufixed<4,0>  |  0.0625 |  0.1875 |    0.5 |     0.1875 |      0 |  2^-1 |       0 |          0 |
      | output/w | fixed<6,2>   |  -1.938 | -0.2188 |  1.938 |        1.5 |      0 |   2^1 |       0 |          0 |
      | output/b | fixed<2,-2>  | -0.0625 |       0 | 0.0625 |     0.0625 |      0 |  2^-4 |       0 |          0 |
      +----------+--------------+---------+---------+--------+------------+--------+-------+---------+------------+

      Weights after: in fixed point; layers folded, values rounded
      +----------+--------------+---------+---------+--------+------------+--------+-------+---------+------------+
      |  Tensor  |     Type     |  Least  | Median  |  Most  | Median |x| | Zeros  | |x| ≤ | Outside | Below step |
      +----------+--------------+---------+---------+--------+------------+--------+-------+---------+------------+
      | fc1/w    | fixed<6,2>   |  -1.375 |       0 |   1.75 |     0.1563 | 44.9 % |   2^1 |       0 |          0 |
      | fc1/b    | ufixed<2,-2> |       0 |       0 | 0.1875 |          0 | 62.5 % |  2^-2 |       0 |          0 |
      | fc2/w    | fixed<6,2>   |  -1.938 |       0 |  1.688 |      0.625 | 37.5 % |   2^1 |       0 |          0 |
      | fc2/b    | ufixed<4,0>  |  0.0625 |  0.1875 |    0.5 |     0.1875 |      0 |  2^-1 |       0 |          0 |
      | output/w | fixed<6,2>   |  -1.938 | -0.2188 |  1.938 |        1.5 |      0 |   2^1 |       0 |          0 |
      | output/b | fixed<2,-2>  | -0.0625 |       0 | 0.0625 |     0.0625 |      0 |  2^-4 |       0 |          0 |
      +----------+--------------+---------+---------+--------+------------+--------+-------+---------+------------+

      Results before: of the float model; against the types that will hold them
      +---------+--------------------------+-----------+---------+--------+------------+--------+-------+---------+------------+
      | Tensor  |           Type           |   Least   | Median  |  Most  | Median |x| | Zeros  | |x| ≤ | Outside | Below step |
      +---------+--------------------------+-----------+---------+--------+------------+--------+-------+---------+------------+
      | pulse   | ufixed<8,0,RND_CONV,SAT> |         0 | 0.01953 | 0.8086 |    0.01953 | 13.2 % |   2^0 |       0 |          0 |
      | fc1     | fixed<18,6>              |   -0.4805 |  0.0116 |  1.928 |    0.04175 | 37.5 % |   2^1 |       0 |          0 |
      | relu1   | ufixed<6,1,RND_CONV,SAT> |         0 |       0 |  1.938 |          0 | 50.8 % |   2^1 |       0 |          0 |
      | fc2     | fixed<14,5>              |    -5.195 |  0.2383 |  5.572 |     0.5332 |  0.2 % |   2^3 |       0 |          0 |
      | relu2   | ufixed<6,1,RND_CONV,SAT> |         0 |    0.25 |  1.969 |       0.25 |   40 % |   2^1 |       0 |          0 |
      | output  | fixed<14,5>              |    -11.13 | -0.2949 |  11.38 |      3.935 |      0 |   2^4 |       0 |          0 |
      | softmax | ufixed<8,0,RND,SAT>      | 1.666e-10 |     0.5 |      1 |        0.5 |      0 |   2^0 |  33.3 % |     36.5 % |
      +---------+--------------------------+-----------+---------+--------+------------+--------+-------+---------+------------+

      Results after: in fixed point; bit-accurate
      +---------+--------------------------+---------+---------+--------+------------+--------+-------+---------+------------+
      | Tensor  |           Type           |  Least  | Median  |  Most  | Median |x| | Zeros  | |x| ≤ | Outside | Below step |
      +---------+--------------------------+---------+---------+--------+------------+--------+-------+---------+------------+
      | pulse   | ufixed<8,0,RND_CONV,SAT> |       0 | 0.01953 | 0.8086 |    0.01953 | 13.2 % |   2^0 |       0 |          0 |
      | fc1     | fixed<18,6>              | -0.4805 |  0.0116 |  1.928 |    0.04175 | 37.5 % |   2^1 |       0 |          0 |
      | relu1   | ufixed<6,1,RND_CONV,SAT> |       0 |       0 |  1.938 |          0 | 50.8 % |   2^1 |       0 |          0 |
      | fc2     | fixed<14,5>              |  -5.195 |  0.2383 |  5.572 |     0.5332 |  0.2 % |   2^3 |       0 |          0 |
      | relu2   | ufixed<6,1,RND_CONV,SAT> |       0 |    0.25 |  1.969 |       0.25 |   40 % |   2^1 |       0 |          0 |
      | output  | fixed<14,5>              |  -11.13 | -0.2949 |  11.38 |      3.935 |      0 |   2^4 |       0 |          0 |
      | softmax | ufixed<8,0,RND,SAT>      |       0 |     0.5 | 0.9961 |        0.5 | 33.1 % |   2^0 |       0 |          0 |
      +---------+--------------------------+---------+---------+--------+------------+--------+-------+---------+------------+

      Outside: rounded values that the type does not reach. Below step: values other than 0 smaller than its step.

      operations of a row
      layer    kind     operations                                                                                             parameters  bits   zeros  bit operations  storage
      --------------------------------------------------------------------------------------------------------------------------------------------------------------------------
      fc1      dense    141 multiply 8 × 6, 139 add 18                                                                                264     6  45.5 %           5,690    194 B
      relu1    relu     8 limit 18                                                                                                      –     –       –              96        –
      fc2      dense    40 multiply 6 × 6, 40 add 14                                                                                   72     6  33.3 %           1,400     52 B
      relu2    relu     8 limit 14                                                                                                      –     –       –              96        –
      output   dense    16 multiply 6 × 6, 16 add 14                                                                                   18     6   0.0 %             578     13 B
      softmax  softmax  1 maximum 14, 2 subtract 14, 2 look up 13 of 1024, 1 add 14, 1 look up 12 of 1024, 2 multiply 14 × 12           –     –       –           1,104        –
      total                                                                                                                           354     6  40.7 %           8,964    259 B"
    `)
  })

  it('profile without data: weights alone, without types', async () => {
    expect(await lutra(['profile', model])).toMatchInlineSnapshot(`
      "exit 0
      reading and typing the model
      stdout: pulse-shape.h5

      Weights as trained; no types yet
      +----------+---------+---------+--------+------------+--------+-------+
      |  Tensor  |  Least  | Median  |  Most  | Median |x| | Zeros  | |x| ≤ |
      +----------+---------+---------+--------+------------+--------+-------+
      | fc1/w    |  -1.375 |       0 |   1.75 |     0.1563 | 44.9 % |   2^1 |
      | fc1/b    |       0 |       0 | 0.1875 |          0 | 62.5 % |  2^-2 |
      | fc2/w    |  -1.938 |       0 |  1.688 |      0.625 | 37.5 % |   2^1 |
      | fc2/b    |  0.0625 |  0.1875 |    0.5 |     0.1875 |      0 |  2^-1 |
      | output/w |  -1.938 | -0.2188 |  1.938 |        1.5 |      0 |   2^1 |
      | output/b | -0.0625 |       0 | 0.0625 |     0.0625 |      0 |  2^-4 |
      +----------+---------+---------+--------+------------+--------+-------+

      Weights alone: without --data no layer has results.
      No types: neither a config nor data nor --input-type says which."
    `)
  })

  it('compare: nothing but rounding, and accuracy', async () => {
    expect(await lutra(['compare', ...words])).toMatchInlineSnapshot(`
      "exit 0
      reading and typing the model
      stdout: pulse-shape.h5, lossless rules, 500 rows: float against fixed point
      +---------+--------------------------+-----------+----------+-------------+----------+----------+----------+-------------+-----------------+
      |  Layer  |           Type           | Norm diff | Relative | Median diff |   95 %   | Largest  | In steps | Correlation | Beyond rounding |
      +---------+--------------------------+-----------+----------+-------------+----------+----------+----------+-------------+-----------------+
      | pulse   | ufixed<8,0,RND_CONV,SAT> |         0 |        0 |           0 |        0 |        0 |        0 |           1 |               0 |
      | fc1     | fixed<18,6>              |         0 |        0 |           0 |        0 |        0 |        0 |           1 |               0 |
      | relu1   | ufixed<6,1,RND_CONV,SAT> |         0 |        0 |           0 |        0 |        0 |        0 |           1 |               0 |
      | fc2     | fixed<14,5>              |         0 |        0 |           0 |        0 |        0 |        0 |           1 |               0 |
      | relu2   | ufixed<6,1,RND_CONV,SAT> |         0 |        0 |           0 |        0 |        0 |        0 |           1 |               0 |
      | output  | fixed<14,5>              |         0 |        0 |           0 |        0 |        0 |        0 |           1 |               0 |
      | softmax | ufixed<8,0,RND,SAT>      |   0.07215 |  0.327 % |    0.001344 | 0.003906 | 0.003995 |    1.023 |    0.999994 |               0 |
      +---------+--------------------------+-----------+----------+-------------+----------+----------+----------+-------------+-----------------+

      No layer differs by more than its own rounding explains.
      Rows decided differently: 0 of 500.
      Accuracy: float 98.00 %, fixed point 98.00 %."
    `)
  })

  it('has the drawings and the words that docs/profile.md shows', async () => {
    const docs = resolve(import.meta.dirname, '../docs')
    const [out, config] = [join(folder, 'narrow'), join(folder, 'narrow.yml')]
    const written = ['--granularity', 'model', '--default-precision', 'fixed<10,4>', '--out', config]
    await lutra(['config', model, ...written])
    await lutra(['profile', ...words, '--config', config, '--out', out, '--quiet'])
    const said = await lutra(['compare', ...words, '--config', config, '--out', out])
    const drawing = (path: string) => readFileSync(path, 'utf8')
    expect(drawing(join(docs, 'images/profile-results.svg'))).toBe(
      drawing(join(out, 'activations-before.svg')),
    )
    expect(drawing(join(docs, 'images/compare-differences.svg'))).toBe(drawing(join(out, 'dist-diff.svg')))
    const [, block] = /```\n(First layer[\s\S]*?)```/.exec(drawing(join(docs, 'profile.md'))) ?? []
    expect(said).toContain(block!.trimEnd())
  })

  it('writes pages, drawings and data', async () => {
    const out = join(folder, 'pages')
    const { files, profile: told } = await profile({ model, data, labelColumn: 'label', out })
    const compared = await compare({ model, data, labelColumn: 'label', out })
    expect(readdirSync(out).sort()).toEqual([
      'activations-after.svg',
      'activations-before.svg',
      'compare.html',
      'compare.json',
      'dist-diff.svg',
      'norm-diff.svg',
      'profile.html',
      'profile.json',
      'weights-after.svg',
      'weights-before.svg',
    ])
    expect([...files, ...compared.files]).toHaveLength(10)
    expect(JSON.parse(readFileSync(join(out, 'profile.json'), 'utf8'))).toEqual(told)
    expect(JSON.parse(readFileSync(join(out, 'compare.json'), 'utf8'))).toEqual(compared.comparison)
  })

  it('prints the same data as JSON, findings with it', async () => {
    const said = await lutra(['compare', ...words, '--json', '--quiet'])
    const { findings, ...comparison } = JSON.parse(said.slice(said.indexOf('{')))
    expect(findings).toEqual([])
    expect(comparison).toEqual((await compare({ model, data, labelColumn: 'label' })).comparison)
  })
})

const missing = missingReference('hls4ml')

describe.skipIf(missing !== undefined)(`a recorded case${missing ? ` (${missing})` : ''}`, () => {
  const at = (name: string) => join(caseFolder('jet_mlp_default'), name)
  const options = { model: at('model.h5'), config: at('config.json') }

  it('compares what hls4ml and Keras recorded of the output', async () => {
    const { comparison } = await compare({ ...options, data: [at('X.npy')] })
    const [hls, keras] = [npy(at('y_hls.npy')), npy(at('y_float.npy'))]
    const d = hls.map((value, k) => value - keras[k]!)
    const last = comparison.layers.at(-1)!
    // Keras computes in single precision.
    expect(last.norm).toBeCloseTo(Math.hypot(...d), 4)
    expect(last.floatNorm).toBeCloseTo(Math.hypot(...keras), 4)
    expect(last.difference.max).toBeCloseTo(Math.max(...d.map(Math.abs)), 5)
    const best = (data: Float64Array, row: number) => {
      const five = [...data.subarray(5 * row, 5 * row + 5)]
      return five.indexOf(Math.max(...five))
    }
    const rows = Array.from({ length: 1000 }, (_, row) => row)
    expect(comparison.decisions[0]!.differ).toBe(
      rows.filter(row => best(hls, row) !== best(keras, row)).length,
    )
    expect(comparison.firstDivergence).toMatchObject({ layer: 'softmax', cause: 'table' })
  })

  it('profiles what hls4ml recorded of each layer', async () => {
    // Its traces are of the first rows alone.
    const first = join(folder, 'first.npy')
    const rows = npy(join(at('trace'), 'softmax.npy')).length / 5
    await writeFileAtomic(
      first,
      writeNpy({ shape: [rows, 16], data: npy(at('X.npy')).subarray(0, rows * 16) }),
    )
    const { profile: told } = await profile({ ...options, data: [first] })
    for (const file of readdirSync(at('trace'))) {
      const values = npy(join(at('trace'), file)).sort()
      const layer = told.activations!.after.find(tensor => `${tensor.layer}.npy` === file)!
      const { count, min, max, zeros, quantiles } = layer.distribution
      expect([count, min, max]).toEqual([values.length, values[0], values.at(-1)])
      expect(zeros).toBe(values.filter(value => value === 0).length / values.length)
      const half = (values.length - 1) / 2
      const middle = (values[Math.floor(half)]! + values[Math.ceil(half)]!) / 2
      expect(quantiles.p50).toBeCloseTo(middle, 12)
    }
  })

  it('traces every layer that hls4ml traces, under its name', async () => {
    const input = [at('X.npy')]
    const out = join(folder, 'trace')
    await predict({ ...options, input, trace: out })
    const index = JSON.parse(readFileSync(join(out, 'trace.json'), 'utf8'))
    const { layers } = await trace({ ...options, input })
    for (const file of readdirSync(at('trace'))) {
      const recorded = npy(join(at('trace'), file))
      expect(npy(join(out, file)).subarray(0, recorded.length)).toEqual(recorded)
      expect(layers.find(({ name }) => `${name}.npy` === file)!.data).toEqual(npy(join(out, file)))
    }
    expect(index).toMatchObject({ model: 'model', engine: 'fixed', rows: 1000 })
    expect(index.layers[1]).toEqual({
      name: 'fc1',
      file: 'fc1.npy',
      layerClass: 'Dense',
      standsFor: ['fc1', 'fc1_linear'],
      shape: [64],
      type: 'fixed<37,17>',
    })
    expect(readdirSync(out)).toHaveLength(index.layers.length + 1)
  })

  it('traces the float model by its own layers', async () => {
    const input = [at('X.npy')]
    const { layers, engine } = await trace({ ...options, input, engine: 'float' })
    expect(engine).toBe('float')
    expect(layers.map(({ name }) => name)).toEqual(expect.arrayContaining(['fc1', 'fc1_linear', 'softmax']))
    const keras = npy(at('y_float.npy'))
    layers.at(-1)!.data.forEach((value, k) => {
      expect(Math.abs(value - keras[k]!)).toBeLessThan(1e-5)
    })
  })
})
