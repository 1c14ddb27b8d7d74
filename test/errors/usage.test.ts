// Command lines that say too little, too much or nonsense, and what flags promise about output.

import { writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { denseLayer, inputLayer } from '../../src/frontends/keras/testing/models.ts'
import { version } from '../../src/version.ts'
import { contents, lutra, rows, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  await writeModel('linear.h5', [inputLayer('x', 3), denseLayer('fc', [3, 2])])
  await writeFile('rows.csv', rows)
  await writeFile('x.csv', '0.5,0.25,-0.5\n')
  // Wraps at ±0.5, and says something that has no effect.
  await writeFile(
    'narrow.yml',
    'HLSConfig:\n  Model:\n    Precision: fixed<16,6>\n    ReuseFactor: 1\n    RoundingMode: RND\n  LayerName:\n    fc:\n      Precision:\n        result: fixed<8,0>\n',
  )
})

describe('verbs and flags', () => {
  it('no verb: help, as an error', async () => {
    expect((await lutra([])).split('\n').slice(0, 2)).toEqual(['exit 2', 'Usage: lutra [options] [command]'])
  })

  it('help and version: no error', async () => {
    expect((await lutra(['--help'])).split('\n')[0]).toBe('exit 0')
    expect((await lutra(['build', '--help'])).split('\n').slice(0, 2)).toEqual([
      'exit 0',
      'stdout: Usage: lutra build [options] <model>',
    ])
    expect(await lutra(['--version'])).toBe(`exit 0\nstdout: ${version}`)
  })

  it('unknown verbs and flags', async () => {
    expect(await lutra(['biuld', 'model.h5'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/unknown-verb: lutra: unknown command 'biuld'. Did you mean 'build'? See lutra --help."
    `)
    expect(await lutra(['frobnicate'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/unknown-verb: lutra: unknown command 'frobnicate'. See lutra --help."
    `)
    expect(await lutra(['predict', 'model.h5', '--inptu', 'x.csv'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/unknown-flag: lutra predict: unknown option '--inptu'. Did you mean '--input'? See lutra predict --help."
    `)
    expect(await lutra(['--wibble'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/unknown-flag: lutra: unknown option '--wibble'. See lutra --help."
    `)
  })

  it('missing and extra words', async () => {
    expect(await lutra(['predict'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/missing-flag: lutra predict: required option '--input <file>' not specified. See lutra predict --help."
    `)
    expect(await lutra(['predict', 'model.h5'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/missing-flag: lutra predict: required option '--input <file>' not specified. See lutra predict --help."
    `)
    expect(await lutra(['predict', 'model.h5', '--input'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/missing-value: lutra predict: option '--input <file>' argument missing. See lutra predict --help."
    `)
    expect(await lutra(['build', 'model.h5', '--data', 'x.csv'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/missing-flag: lutra build: required option '--out <folder>' not specified. See lutra build --help."
    `)
    expect(await lutra(['predict', 'model.h5', 'other.h5', '--input', 'x.csv'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/extra-argument: lutra predict: too many arguments for 'predict'. Expected 1 argument but got 2. See lutra predict --help."
    `)
  })

  it('values that are none', async () => {
    const build = (...more: string[]) => lutra(['build', 'model.h5', '--out', 'out', ...more])
    expect(await build('--clock', 'fast')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra build: option '--clock <ns>' argument 'fast' is invalid. It must be a number. See lutra build --help."
    `)
    expect(await build('--clock', '-5')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra build: option '--clock <ns>' argument '-5' is invalid. It must be above zero. See lutra build --help."
    `)
    expect(await build('--threads', '1.5')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra build: option '--threads <n>' argument '1.5' is invalid. It must be a whole number of at least 1. See lutra build --help."
    `)
    expect(await build('--max-loss', 'none')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra build: option '--max-loss <percent>' argument 'none' is invalid. It must be a number. See lutra build --help."
    `)
    expect(await build('--handshake', 'axi')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra build: option '--handshake <kind>' argument 'axi' is invalid. Allowed choices are stream, valid, none. See lutra build --help."
    `)
    expect(
      await lutra(['predict', 'model.h5', '--input', 'x.csv', '--engine', 'fast']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra predict: option '--engine <engine>' argument 'fast' is invalid. Allowed choices are fixed, float. See lutra predict --help."
    `)
    expect(await lutra(['config', 'model.h5', '--default-reuse-factor', '0'])).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra config: option '--default-reuse-factor <number>' argument '0' is invalid. It must be a whole number of at least 1. See lutra config --help."
    `)
  })
})

describe('types and devices', () => {
  const verify = (...more: string[]) => lutra(['verify', 'model.h5', '--quiet', ...more])

  it('no data and no input type', async () => {
    expect(await verify()).toMatchInlineSnapshot(`
      "exit 2
      error: precision/no-input-range: input 'x': nothing says which values enter the network; expected vectors to calibrate on, or a type. Give --data VECTORS, or --input-type e.g. fixed<12,4>."
    `)
  })

  it('nonsense input types', async () => {
    expect(await verify('--input-type', 'wide')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/unknown-type: --input-type: 'wide' is not a precision; expected one of auto, xnor, float, double, half, bfloat16, ap_fixed<16,6>, ap_ufixed<16,6>, fixed<16,6>, ufixed<16,6>, ap_int<8>, ap_uint<8>, int<8>, uint<8>, ac_fixed<16,6,true>, ac_int<8,true>, ap_float<16,5>, std_float<16,5>, ac_std_float<16,5>, ac_float<16,6,5>."
    `)
    expect(await verify('--input-type', 'auto')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/input-type: --input-type: 'auto' is no fixed-point type; expected e.g. fixed<12,4>."
    `)
    expect(await verify('--input-type', 'fixed<12,4,RND,SATT>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/overflow: --input-type: 'fixed<12,4,RND,SATT>' has the overflow mode 'SATT'; expected one of WRAP, SAT, SAT_ZERO, SAT_SYM, WRAP_SM. Did you mean 'SAT'?"
    `)
    expect(await verify('--input-type', 'fixed<-1,4>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/width: --input-type: 'fixed<-1,4>' has width '-1'; expected 0 to 4096 bits."
    `)
  })

  it('unknown parts', async () => {
    expect(await verify('--input-type', 'fixed<12,4>', '--part', 'xc7z999')).toMatchInlineSnapshot(`
      "exit 2
      error: device/unknown-part: part 'xc7z999': no device of that name is in the table; expected a part number that begins with xc7z010, xc7z020, xc7z030 or another known device. Correct the part, or name a device of the same family and similar size."
    `)
    expect(await verify('--input-type', 'fixed<12,4>', '--part', 'EP4CE115')).toMatchInlineSnapshot(`
      "exit 2
      error: device/unknown-part: part 'EP4CE115': no device of that name is in the table; expected a part number that begins with xc7a15t, xc7a35t, xc7a50t or another known device. Correct the part, or name a device of the same family and similar size."
    `)
  })

  it('names that no module can have', async () => {
    const named = (name: string) => verify('--input-type', 'fixed<12,4>', '--project', name)
    expect(await named('two words')).toMatchInlineSnapshot(`
      "exit 2
      error: project/name: --project: the project is called 'two words', which its Verilog modules cannot be; expected letters, digits and single underscores, a letter first, and no word of the language. Take e.g. 'two_words'."
    `)
    expect(await named('module')).toMatchInlineSnapshot(`
      "exit 2
      error: project/name: --project: the project is called 'module', which its Verilog modules cannot be; expected letters, digits and single underscores, a letter first, and no word of the language. Take e.g. 'module_1'."
    `)
    expect(await named('../x')).toMatchInlineSnapshot(`
      "exit 2
      error: project/name: --project: the project is called '../x', which its Verilog modules cannot be; expected letters, digits and single underscores, a letter first, and no word of the language. Take e.g. 'x'."
    `)
    expect(await named('')).toMatchInlineSnapshot(`
      "exit 2
      error: project/name: --project: the project is called '', which its Verilog modules cannot be; expected letters, digits and single underscores, a letter first, and no word of the language. Take e.g. 'n'."
    `)
    expect(await named('1st')).toMatchInlineSnapshot(`
      "exit 2
      error: project/name: --project: the project is called '1st', which its Verilog modules cannot be; expected letters, digits and single underscores, a letter first, and no word of the language. Take e.g. 'n1st'."
    `)
  })

  it('beats without elements', async () => {
    expect(await verify('--input-type', 'fixed<12,4>', '--elements-per-beat', '0')).toMatchInlineSnapshot(`
      "exit 2
      error: usage/bad-value: lutra verify: option '--elements-per-beat <n>' argument '0' is invalid. It must be a whole number of at least 1. See lutra verify --help."
    `)
  })
})

describe('output', () => {
  const predict = (...more: string[]) =>
    lutra(['predict', 'linear.h5', '--input', 'x.csv', '--config', 'narrow.yml', ...more])

  it('predict ends with 0 and its findings on stderr', async () => {
    expect(await predict('--out', 'y.npy')).toMatchInlineSnapshot(`
      "exit 0
      finding: config/no-effect: narrow.yml: Model.RoundingMode: hls4ml accepts it and never reads it. Remove it: each precision names its own rounding, TRN if none.
      finding: precision/wraps: layer 'fc': 2 of 2 values wrapped in the first 1 row: they came out wrong by a multiple of the type's range. Give its type more integer bits, or let it saturate (…,RND,SAT).
      stdout: 1 row predicted, written to y.npy"
    `)
  })

  it('--json: nothing but JSON on stdout', async () => {
    let out = ''
    const stdout = { write: (text: string) => (out += text) }
    expect(
      await lutra(['predict', 'linear.h5', '--input', 'x.csv', '--config', 'narrow.yml', '--json'], {
        stdout,
      }),
    ).toMatchInlineSnapshot(`
      "exit 0
      finding: config/no-effect: narrow.yml: Model.RoundingMode: hls4ml accepts it and never reads it. Remove it: each precision names its own rounding, TRN if none.
      finding: precision/wraps: layer 'fc': 2 of 2 values wrapped in the first 1 row: they came out wrong by a multiple of the type's range. Give its type more integer bits, or let it saturate (…,RND,SAT)."
    `)
    expect(JSON.parse(out)).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "code": "config/no-effect",
            "place": "narrow.yml: Model.RoundingMode",
            "problem": "hls4ml accepts it and never reads it",
            "remedy": "Remove it: each precision names its own rounding, TRN if none.",
            "severity": "finding",
          },
          {
            "code": "precision/wraps",
            "place": "layer 'fc'",
            "problem": "2 of 2 values wrapped in the first 1 row: they came out wrong by a multiple of the type's range",
            "remedy": "Give its type more integer bits, or let it saturate (…,RND,SAT).",
            "severity": "finding",
          },
        ],
        "outputs": [
          {
            "data": [
              0.1875,
              0.34375,
            ],
            "shape": [
              2,
            ],
          },
        ],
        "rows": 1,
      }
    `)
  })

  it('--json: errors too', async () => {
    expect(await lutra(['predict', 'nowhere.h5', '--input', 'x.csv', '--json'])).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-found: nowhere.h5: there is no such file. Check the path; it is read from the current folder.
      stdout: {
        "errors": [
          {
            "severity": "error",
            "code": "file/not-found",
            "place": "nowhere.h5",
            "problem": "there is no such file",
            "remedy": "Check the path; it is read from the current folder."
          }
        ]
      }"
    `)
  })

  it('--quiet: nothing at all', async () => {
    expect(await predict('--quiet', '--out', 'y.npy')).toMatchInlineSnapshot(`"exit 0"`)
  })

  it('alike findings are one line, and no code drowns the others', async () => {
    const layers = [inputLayer('x', 3), ...Array.from({ length: 12 }, (_, k) => denseLayer(`fc${k}`, [3, 3]))]
    await writeModel('deep.h5', layers)
    const names = layers
      .slice(1)
      .map(({ config }) => `    ${config.name}: { Strategy: Resource, ReuseFactor: 4 }\n`)
    await writeFile(
      'deep.yml',
      `HLSConfig:\n  Model: { Precision: "fixed<32,16>", ReuseFactor: 1 }\n  LayerName:\n${names.join('')}`,
    )
    expect(
      await lutra(['predict', 'deep.h5', '--input', 'x.csv', '--config', 'deep.yml']),
    ).toMatchInlineSnapshot(`
      "exit 0
      finding: config/altered: layer 'fc0', 'fc1', 'fc2', 'fc3', 'fc4', 'fc5' and 6 more: ReuseFactor is 4 and takes effect as 3: 3 × 3 products cannot be shared 4 times. Write ReuseFactor: 3 to say what is built.
      stdout: 1 row predicted"
    `)
  })
})

it('nothing was written by what failed', async () => {
  expect(Object.keys(await contents()).sort()).toEqual([
    'deep.h5',
    'deep.yml',
    'linear.h5',
    'model.h5',
    'narrow.yml',
    'rows.csv',
    'x.csv',
    'y.npy',
  ])
})
