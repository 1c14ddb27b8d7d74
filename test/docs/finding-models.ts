// The small models, vectors, matrices and stand-ins for tools that the pages of docs/findings name.

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeNpy } from '../../src/formats/npy.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../../src/frontends/keras/testing/models.ts'
import { fileHash } from '../../src/node/file-hash.ts'
import { packageModel } from '../../src/node/package.ts'
import { findTool } from '../../src/tools/process.ts'
import { program, yosys } from '../errors/fake-tools.ts'
import { largeVivado, lateVivado, workingVivado } from '../errors/fake-vivado.ts'

type Rows = readonly (readonly number[])[]

/** A package of `sum.h5` in which something is not as it was packaged; `alter` may give another package.json. */
async function alteredPackage(
  name: string,
  alter: (manifest: string) => string | Promise<string>,
): Promise<string> {
  await packageModel({
    model: 'sum.h5',
    inputType: 'fixed<8,2>',
    data: ['rows.npy'],
    board: 'pynq-z2',
    roads: ['netlist'],
    out: name,
  })
  const path = join(name, 'package.json')
  const text = await readFile(path, 'utf8')
  await writeFile(path, await alter(text))
  return name
}

/** Makes the files and programs that a text names, in the working folder. */
export async function makeNamedFiles(text: string): Promise<void> {
  for (const [name, make] of Object.entries(files))
    if (text.includes(name)) await writeFile(name, await make())
  for (const [name, make] of Object.entries(programs)) if (text.includes(name)) await make(name)
}

const model = (...layers: readonly TestLayer[]) => kerasFile(layers, sequential(layers))

/** A dense layer with these weights, a row per input, and biases. */
function dense(name: string, kernel: Rows, bias?: readonly number[]): TestLayer {
  const shape = [kernel.length, kernel[0]!.length] as const
  return {
    ...denseLayer(name, shape, { use_bias: bias !== undefined }),
    weights: {
      kernel: floats(shape, ...kernel.flat()),
      ...(bias === undefined ? {} : { bias: floats([bias.length], ...bias) }),
    },
  }
}

const softmax = layer('Softmax', 'prob', { axis: -1 })
const activation = (name: string, of: string) => layer('Activation', name, { activation: of })

/** Two sums, normalised by these scales, cut to bits and counted with weights of ±1. */
function signs(scales: readonly number[], bias?: readonly number[]) {
  return model(
    inputLayer('x', 2),
    dense('fc', [
      [1, -1],
      [1, 1],
    ]),
    batchNorm('norm', scales),
    activation('sign', 'binary_tanh'),
    { ...dense('out', [[1], [1]], bias), class_name: 'BinaryDense' },
  )
}

function batchNorm(name: string, gamma: readonly number[]): TestLayer {
  const all = (value: number) => floats([gamma.length], ...gamma.map(() => value))
  return layer(
    'BatchNormalization',
    name,
    { axis: [1], epsilon: 0, center: true, scale: true, momentum: 0.99 },
    {
      gamma: floats([gamma.length], ...gamma),
      beta: all(0.25),
      moving_mean: all(0),
      moving_variance: all(1),
    },
  )
}

/** A QGRU whose gates and candidates are quantised. */
function gated(bits: number) {
  return model(
    inputLayer('x', 2, 3),
    layer(
      'QGRU',
      'gru',
      {
        units: 1,
        activation: 'quantized_tanh(24)',
        recurrent_activation: `quantized_sigmoid(${bits})`,
        reset_after: false,
        kernel_quantizer: null,
        recurrent_quantizer: null,
        bias_quantizer: null,
        state_quantizer: null,
      },
      {
        kernel: floats([3, 3], ...bytes(1, 9)[0]!.map(weight => weight / 128)),
        recurrent_kernel: floats([1, 3], 0.5, -0.25, 1),
        bias: floats([3], 0, 1, 0),
      },
    ),
  )
}

/** Rows of whole numbers from −128 to 127 without a pattern. */
function bytes(rows: number, columns: number): Rows {
  return Array.from({ length: rows }, (_, i) =>
    Array.from(
      { length: columns },
      (_, j) => ((Math.imul(i * columns + j + 1, 0x9e3779b1) >>> 13) & 255) - 128,
    ),
  )
}

const eighths = (rows: Rows) => rows.map(row => row.map(weight => weight / 128))

/** Values spread over a range without a pattern. */
function spread(count: number, low: number, high: number): number[] {
  return Array.from({ length: count }, (_, k) => low + (high - low) * ((k * 0.6180339887498949) % 1))
}

const npy = (rows: Rows, type: 'float32' | 'int8') =>
  writeNpy({ shape: [rows.length, rows[0]!.length], data: rows.flat() }, type)

const pairs = (values: readonly number[]) =>
  values.flatMap((x, k) => (k % 2 === 0 ? [[x, values[k + 1]!]] : []))

const classes = [
  [3, -1, 0.5],
  [-2, 1.5, 2],
]

/** Models, vectors and matrices by name. The pages say in words what they are. */
export const files: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
  'scores.h5': () => model(inputLayer('x', 2), dense('fc', classes, [0.25, 0, -0.5]), softmax),
  'matrix.h5': () => model(inputLayer('x', 2, 3), layer('Softmax', 'prob', { axis: -1 })),
  'sequence.h5': () =>
    model(
      inputLayer('x', 2, 3),
      layer(
        'LSTM',
        'lstm',
        { units: 1, activation: 'tanh', recurrent_activation: 'sigmoid' },
        {
          kernel: floats([3, 4], ...bytes(1, 12)[0]!.map(weight => weight / 128)),
          recurrent_kernel: floats([1, 4], 0.5, -0.25, 1, 0.75),
          bias: floats([4], 0, 1, 0, 0),
        },
      ),
    ),
  'quantised.h5': () =>
    model(
      inputLayer('x', 2, 3),
      layer(
        'QLSTM',
        'lstm',
        {
          units: 1,
          activation: 'quantized_tanh(8)',
          recurrent_activation: 'sigmoid',
          kernel_quantizer: null,
          recurrent_quantizer: null,
          bias_quantizer: null,
          state_quantizer: { class_name: 'quantized_bits', config: { bits: 8, integer: 0, alpha: 1 } },
        },
        {
          kernel: floats([3, 4], ...bytes(1, 12)[0]!.map(weight => weight / 128)),
          recurrent_kernel: floats([1, 4], 0.5, -0.25, 1, 0.75),
          bias: floats([4], 0, 1, 0, 0),
        },
      ),
    ),
  'gates-of-16-bits.h5': () => gated(16),
  'gates-of-8-bits.h5': () => gated(8),
  'sum.h5': () => model(inputLayer('x', 2), dense('sum', [[1], [1]])),
  'gate.h5': () => model(inputLayer('x', 2), dense('fc', [[4], [4]]), activation('gate', 'tanh')),
  'thirds.h5': () => model(inputLayer('x', 2), dense('fc', [[1 / 3], [-2 / 3]])),
  'mirrored.h5': () => signs([1, -1]),
  'upright.h5': () => signs([1, 1]),
  'biased.h5': () => signs([1, 1], [1]),
  'wide.h5': () => model(inputLayer('x', 65), dense('fc', eighths(bytes(65, 64)))),
  'pixels.h5': () => model(inputLayer('x', 784), dense('fc', eighths(bytes(784, 2)))),
  'rows.npy': () => npy(pairs(spread(400, -1.5, 1.5)), 'float32'),
  'matrix.npy': () =>
    npy(
      pairs(spread(600, -1.5, 1.5)).flatMap((pair, k, all) =>
        k % 3 === 0 ? [[...pair, ...all[k + 1]!, ...all[k + 2]!]] : [],
      ),
      'float32',
    ),
  'eighths.npy': () =>
    npy(
      pairs(spread(400, -12, 12).map(x => Math.floor(x) / 8)).map(([a, b]) => [a!, b! + 1 / 16]),
      'float32',
    ),
  'stuck.npy': () =>
    npy(
      pairs(spread(400, -1.5, 1.5)).map(([x]) => [x!, 0.5]),
      'float32',
    ),
  'images.npy': () => npy(bytes(2, 784), 'int8'),
  'w.npy': () => npy(bytes(16, 16), 'int8'),
  'v.npy': () => npy([[3], [5]], 'int8'),
  'pixels.npy': () => npy(bytes(784, 2), 'int8'),
}

const [iverilog, vvp, native] = (['iverilog', 'vvp', 'yosys'] as const).map(tool => findTool(tool)?.path)

/** Whether a page needs Icarus, since its stand-in changes what that says, and there is none. */
export function lacksIcarus(page: string): boolean {
  return page.includes('-vvp') && (iverilog === undefined || vvp === undefined)
}

/** The tools that a page is run with: what is installed where the same is said with and without it. */
export function toolVariables(page: string): Record<string, string> {
  const icarus = page.includes('-vvp') ? { LUTRA_IVERILOG: iverilog ?? '', LUTRA_VVP: vvp ?? '' } : {}
  return { ...icarus, ...(native === undefined ? {} : { LUTRA_YOSYS: native }) }
}

/** A vvp that runs the real one and changes each line of what it wrote. */
const changedVvp = (change: string) => (name: string) =>
  program(
    name,
    `const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { status } = require('node:child_process').spawnSync(${JSON.stringify(vvp ?? 'vvp')}, process.argv.slice(2), { stdio: 'inherit' })
for (const file of ['stream.log', 'lutra_results.txt'].filter(existsSync))
  writeFileSync(file, readFileSync(file, 'utf8').split('\\n').map(line => ${change}).join('\\n'))
process.exit(status)`,
  )

/** Counts that make a module of the pages' size. */
const counted = 'stat({ LUT4: 12, FDRE: 9 })'

/** Stand-ins for tools by name. */
const programs: Readonly<Record<string, (name: string) => Promise<string>>> = {
  'quick-vivado': name => workingVivado(name),
  'new-vivado': name => workingVivado(name, '2027.1'),
  'late-vivado': lateVivado,
  'large-vivado': largeVivado,
  'quick-yosys': name => yosys(name, '0.55', counted),
  'slow-yosys': name =>
    yosys(name, '0.55', `if (top.includes('_core_')) setTimeout(() => ${counted}, 1500); else ${counted}`),
  'full-yosys': name => yosys(name, '0.55', `if (top.includes('_core_')) process.exit(97); else ${counted}`),
  'wrong-yosys': name =>
    program(
      name,
      `const { readFileSync, writeFileSync } = require('node:fs')
if (process.argv.includes('-V')) {
  console.log('Yosys 0.55')
  process.exit(0)
}
const solve = readFileSync(process.argv.at(-1), 'utf8').includes('sat -prove')
writeFileSync('lutra_log.txt', solve ? 'proof did fail: model found: FAIL!\\n  \\\\x 1 1 00000001\\n' : 'Networks are NOT EQUIVALENT.\\n')`,
    ),
  'wrong-vvp': changedVvp(
    "line.replace(/^(out \\S+ \\d+ \\d+) .*$/, '$1 0').replace(/^[0-9a-f]+$/, word => '0'.repeat(word.length))",
  ),
  'half-copied': name =>
    alteredPackage(name, async text => {
      await rm(join(name, 'pynq/y_test.npy'))
      return text
    }),
  'earlier-package': name => alteredPackage(name, text => text.replace(/"lutra": ".*"/, '"lutra": "0.0.9"')),
  'older-package': name =>
    alteredPackage(name, text =>
      text.replace(/("kind": "model",[^}]*"hash": )"[^"]*"/, `$1"${'0'.repeat(64)}"`),
    ),
  'wrong-golden': name =>
    alteredPackage(name, async text => {
      const path = join(name, 'pynq/y_test.npy')
      const bytes = await readFile(path)
      const before = fileHash(bytes)
      // The last byte of the last float32: its sign.
      bytes[bytes.length - 1]! ^= 0x80
      await writeFile(path, bytes)
      return text.replace(before, fileHash(bytes))
    }),
  'late-vvp': changedVvp(
    "line.replace(/^out (\\S+) (\\d+)/, (_, name, cycle) => 'out ' + name + ' ' + (Number(cycle) + 1))",
  ),
}
