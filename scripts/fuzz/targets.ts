// What is fuzzed: for each format small valid files, parts of which are changed before they are put together, and what
// reads the result. Everything a reader says must be a coded error.

import { zipSync } from 'fflate'
import { boards } from '../../src/boards/boards.ts'
import { readBoard } from '../../src/boards/read-board.ts'
import { compileModel } from '../../src/compile.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import { parseCsv } from '../../src/formats/csv.ts'
import { parseNpy, writeNpy } from '../../src/formats/npy.ts'
import { openNpz, writeNpz } from '../../src/formats/npz.ts'
import { readZip } from '../../src/formats/zip.ts'
import type { SourceFile } from '../../src/frontends/frontend.ts'
import { importModel } from '../../src/frontends/index.ts'
import { kerasH5, kerasJson, kerasZip, tfjs } from './keras-seeds.ts'
import { onnx } from './onnx-seeds.ts'
import { encoded, plain, realFiles, type Seed } from './seed.ts'

export interface Target {
  seeds(): Promise<readonly Seed[]>
  /** Reads the files, as the verbs do. */
  read(files: readonly SourceFile[]): Promise<void>
}

const yaml = `Backend: Vivado
ProjectName: net
OutputDir: out
Part: xc7z020clg400-1
ClockPeriod: 5
IOType: io_parallel
KerasModel: m.h5
HLSConfig:
  Model:
    Precision: fixed<16,6>
    ReuseFactor: 1
    Strategy: Latency
  LayerType:
    Dense: {Precision: {weight: 'ap_fixed<8,3,AP_RND,AP_SAT>', accum: auto}, ReuseFactor: 4}
  LayerName:
    fc1:
      Precision: &one {weight: 'fixed<8,3>', result: 'ap_fixed<16,6>'}
      ReuseFactor: 2
    softmax:
      Precision: *one
      exp_table_t: ap_fixed<18,8>
      Implementation: stable
`

async function compiled(files: readonly SourceFile[]): Promise<void> {
  const graph = await importModel(files)
  const size = graph.nodes.reduce(
    (sum, { shape }) => sum + shape.reduce((product, own) => product * own, 1),
    0,
  )
  // Typing takes as long as the network is large; what is fuzzed is what becomes of a small file.
  if (size > 1e6) return
  const precision = parseConfig({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 } }, 'config')
  const inputs = graph.nodes.filter(({ kind }) => kind === 'input')
  const inputTypes = new Map(inputs.map(({ name }) => [name, { signed: true, width: 12, frac: 8 }]))
  const failures: unknown[] = []
  for (const options of [{ config: precision }, { inputTypes }]) {
    try {
      compileModel(graph, options)
    } catch (error) {
      failures.push(error)
    }
  }
  const worst = failures.find(error => !(error instanceof CompileError)) ?? failures[0]
  if (worst !== undefined) throw worst
}

const bytesOf = (files: readonly SourceFile[]) => files[0]?.bytes ?? new Uint8Array()
const textOf = (files: readonly SourceFile[]) => new TextDecoder().decode(bytesOf(files))

export const targets: Readonly<Record<string, Target>> = {
  'keras-h5': { seeds: kerasH5, read: compiled },
  'keras-zip': { seeds: kerasZip, read: compiled },
  'keras-json': { seeds: kerasJson, read: compiled },
  onnx: { seeds: onnx, read: compiled },
  tfjs: { seeds: tfjs, read: compiled },
  npy: {
    seeds: async () =>
      (['float32', 'float64', 'int64', 'float16'] as const).map(dtype =>
        plain(['x.npy'], [writeNpy({ shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }, dtype)]),
      ),
    read: async files => void parseNpy(bytesOf(files), 'x.npy'),
  },
  npz: {
    seeds: async () => {
      const arrays = {
        x: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) },
        y: { shape: [2], data: Float64Array.of(0, 1) },
      }
      return [plain(['x.npz'], [writeNpz(arrays)])]
    },
    read: async files => {
      const file = openNpz(bytesOf(files), 'x.npz')
      for (const key of file.keys) file.array(key)
    },
  },
  csv: {
    seeds: async () =>
      ['a,b,c\n1,2.5,-3e2\n4,5,6\n', '1;2;3\n4;5;6\n', '"x","y"\r\n"1","2"\r\n', '1\t2\n3\t4\n'].map(text =>
        plain(['x.csv'], [text]),
      ),
    read: async files => void parseCsv(bytesOf(files), 'x.csv'),
  },
  zip: {
    seeds: async () => [
      plain(
        ['x.zip'],
        [
          zipSync({
            a: encoded('hello hello hello hello'),
            'b/c': encoded('x'),
            d: [encoded('stored'), { level: 0 }],
          }),
        ],
      ),
    ],
    read: async files => {
      for (const entry of readZip(bytesOf(files), { name: 'x.zip', area: 'zip' })) entry.read()
    },
  },
  'hls4ml-yaml': {
    seeds: async () => [
      plain(['c.yml'], [yaml]),
      ...realFiles('keras', /\.yml$/).map(({ bytes }) => plain(['c.yml'], [new TextDecoder().decode(bytes)])),
    ],
    read: async files => void parseConfig(textOf(files), 'c.yml'),
  },
  'board-json': {
    seeds: async () => boards.map(board => plain(['b.json'], [JSON.stringify(board, undefined, 1)])),
    read: async files => void readBoard(textOf(files), 'b.json'),
  },
}
