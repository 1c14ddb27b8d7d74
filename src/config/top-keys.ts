// The keys at the top of a config, Lutra's and hls4ml's, as data: reading, the JSON Schema and the docs follow it.

import { busInterfaces, links } from '../rtl/axi/bus-interface.ts'
import { foldKey } from './spelling.ts'
import type { ValueShape } from './values.ts'

/**
 * Where a key goes: `model` into the fields of `ModelConfig`, `run` into its options of a run, `source` among the
 * model's files, `vendor` to the vendor's project, `hls` into the settings of layers; `ignored` says nothing that
 * Lutra would need.
 */
export type TopUse = 'model' | 'run' | 'source' | 'vendor' | 'hls' | 'ignored'

export interface TopKey {
  readonly name: string
  /** hls4ml's name, when it is more than another case of this one. */
  readonly alias?: string
  readonly use: TopUse
  readonly shape: ValueShape
  readonly summary: string
}

/** Backends by hls4ml's names, and Lutra's own `verilog`. */
export const backends = [
  ...[
    'verilog',
    'Vivado',
    'Vitis',
    'VivadoAccelerator',
    'VitisUnified',
    'Quartus',
    'oneAPI',
    'Catapult',
    'Libero',
  ],
  'SymbolicExpression',
]

const text: ValueShape = { kind: 'text' }
const flag: ValueShape = { kind: 'boolean' }
const mapping: ValueShape = { kind: 'mapping' }
const positive: ValueShape = { kind: 'number', above: 0 }
const whole = (min: number, max = 2 ** 31 - 1): ValueShape => ({ kind: 'integer', min, max })

export const topKeys: readonly TopKey[] = [
  {
    name: '$schema',
    use: 'ignored',
    shape: text,
    summary: "address of this schema; makes the file Lutra's own",
  },
  {
    name: 'train',
    use: 'ignored',
    shape: mapping,
    summary: 'how the network is trained, for `lutra train`: see defineTraining',
  },
  {
    name: 'compress',
    use: 'ignored',
    shape: mapping,
    summary: 'how it is made smaller, for `lutra compress`: see defineCompression',
  },
  {
    name: 'predict',
    use: 'ignored',
    shape: mapping,
    summary: 'that `lutra run` predicts what was trained, bit by bit, and the folder for it: `{ out }`',
  },
  {
    name: 'search',
    use: 'ignored',
    shape: mapping,
    summary: 'which students are tried, for `lutra search`: see defineSearch',
  },
  { name: 'model', use: 'run', shape: { kind: 'texts' }, summary: "the model's file or files" },
  {
    name: 'projectName',
    use: 'model',
    shape: { kind: 'name' },
    summary: 'name of the top module and of the files',
  },
  {
    name: 'backend',
    use: 'model',
    shape: { kind: 'word', words: backends },
    summary: 'what the project is written for',
  },
  {
    name: 'ioType',
    use: 'model',
    shape: { kind: 'word', words: ['io_parallel', 'io_stream'] },
    summary: 'whole tensors at once, or one pixel per beat',
  },
  { name: 'part', alias: 'XilinxPart', use: 'model', shape: text, summary: 'FPGA part number' },
  { name: 'clock', alias: 'ClockPeriod', use: 'model', shape: positive, summary: 'clock period in ns' },
  {
    name: 'outputRoundingSaturationMode',
    use: 'model',
    shape: mapping,
    summary: 'rounding and overflow modes for the results of chosen layers',
  },
  { name: 'board', use: 'run', shape: text, summary: 'board the design is for, by name or file' },
  { name: 'boards', use: 'run', shape: text, summary: "folder of one's own boards, a file each" },
  {
    name: 'interface',
    use: 'run',
    shape: { kind: 'word', words: busInterfaces },
    summary: 'how frames come to a packaged accelerator',
  },
  {
    name: 'link',
    use: 'run',
    shape: { kind: 'word', words: links },
    summary: 'what carries its streams: a DMA or FIFO, or a ComBlock',
  },
  {
    name: 'deploy',
    use: 'run',
    shape: mapping,
    summary: 'host, user, key, port and folder of the board: `lutra deploy`',
  },
  { name: 'out', alias: 'OutputDir', use: 'run', shape: text, summary: 'folder that results are written to' },
  { name: 'data', use: 'run', shape: text, summary: 'vectors to calibrate, check and verify on' },
  { name: 'labelColumn', use: 'run', shape: text, summary: 'column of a CSV file that holds the labels' },
  { name: 'labels', use: 'run', shape: text, summary: 'file of the labels' },
  {
    name: 'scaler',
    use: 'run',
    shape: text,
    summary: 'the `scaler.json` of the training: rows are scaled by it before the network takes them',
  },
  {
    name: 'classes',
    use: 'run',
    shape: { kind: 'texts' },
    summary: 'names of the classes, from class 0, where labels are words',
  },
  { name: 'strict', use: 'run', shape: flag, summary: 'findings are errors' },
  {
    name: 'maxLoss',
    use: 'run',
    shape: { kind: 'loss' },
    summary: 'share of accuracy that quantisation may cost',
  },
  {
    name: 'inputType',
    use: 'run',
    shape: { kind: 'precisions' },
    summary: 'type of the input, or of inputs by name',
  },
  { name: 'effort', use: 'run', shape: text, summary: 'how long searches may take' },
  { name: 'fps', use: 'run', shape: positive, summary: 'frames per second the design must reach' },
  { name: 'maxIi', use: 'run', shape: whole(1), summary: 'most cycles between two frames' },
  { name: 'maxLut', use: 'run', shape: whole(0), summary: 'most LUTs' },
  { name: 'maxDsp', use: 'run', shape: whole(0), summary: 'most DSP blocks' },
  { name: 'maxBram', use: 'run', shape: whole(0), summary: 'most block RAMs of 18 kb' },
  { name: 'maxLatency', use: 'run', shape: positive, summary: 'most cycles from input to output' },
  { name: 'threads', use: 'run', shape: whole(1, 1024), summary: 'threads to work with' },
  { name: 'seed', use: 'run', shape: whole(0), summary: 'seed of everything random' },
  {
    name: 'hlsConfig',
    alias: 'HLSConfig',
    use: 'hls',
    shape: mapping,
    summary: 'model, layerType and layerName together',
  },
  { name: 'layerType', use: 'hls', shape: mapping, summary: 'settings by layer class' },
  { name: 'layerName', use: 'hls', shape: mapping, summary: 'settings by layer name' },
  { name: 'flows', use: 'hls', shape: { kind: 'any' }, summary: "hls4ml's flows; only its default is read" },
  {
    name: 'optimizers',
    use: 'hls',
    shape: { kind: 'any' },
    summary: "hls4ml's passes by name; without effect",
  },
  {
    name: 'skipOptimizers',
    use: 'hls',
    shape: { kind: 'any' },
    summary: "hls4ml's passes to skip; without effect",
  },
  { name: 'kerasModel', use: 'source', shape: text, summary: "the model's file" },
  { name: 'kerasJson', use: 'source', shape: text, summary: "the model's architecture" },
  { name: 'kerasH5', use: 'source', shape: text, summary: "the model's weights" },
  { name: 'onnxModel', use: 'source', shape: text, summary: "the model's file" },
  { name: 'pytorchModel', use: 'source', shape: text, summary: "the model's file" },
  {
    name: 'frontend',
    use: 'ignored',
    shape: text,
    summary: 'which reader the model was meant for; its bytes tell',
  },
  {
    name: 'inputShape',
    use: 'ignored',
    shape: { kind: 'any' },
    summary: 'shape of the input; the model tells',
  },
  {
    name: 'clockUncertainty',
    use: 'vendor',
    shape: { kind: 'amount' },
    summary: 'margin that the HLS tool keeps',
  },
  {
    name: 'maximumSize',
    use: 'vendor',
    shape: { kind: 'any' },
    summary: "limit of the HLS tool's array partition",
  },
  { name: 'projectDir', use: 'vendor', shape: text, summary: "folder of the HLS tool's project" },
  { name: 'inputData', use: 'vendor', shape: text, summary: 'vectors of the test bench' },
  { name: 'outputPredictions', use: 'vendor', shape: text, summary: 'expected results of the test bench' },
  {
    name: 'traceOutput',
    use: 'vendor',
    shape: flag,
    summary: 'whether a compiled project traces; Lutra traces on request',
  },
  { name: 'version', use: 'vendor', shape: { kind: 'any' }, summary: "the project's version" },
  { name: 'stamp', use: 'vendor', shape: text, summary: "suffix of the compiled library's name" },
  { name: 'writerConfig', use: 'vendor', shape: mapping, summary: 'how the HLS project is laid out' },
  {
    name: 'acceleratorConfig',
    use: 'vendor',
    shape: mapping,
    summary: 'Board, Interface, Precision (Input, Output) and Platform of a package; of Driver it has both',
  },
  { name: 'hyperoptHandshake', use: 'vendor', shape: flag, summary: "a oneAPI compiler's option" },
  {
    name: 'useOneApiBsp',
    use: 'vendor',
    shape: flag,
    summary: 'whether oneAPI builds for a board support package',
  },
  { name: 'technology', use: 'vendor', shape: text, summary: "Catapult's target, fpga or asic" },
  { name: 'asicLibs', use: 'vendor', shape: text, summary: "Catapult's cell library" },
  { name: 'fifo', use: 'vendor', shape: { kind: 'any' }, summary: "Catapult's FIFO component" },
]

const byFold = new Map(
  topKeys.flatMap(key => [key.name, key.alias ?? key.name].map(name => [foldKey(name), key])),
)

/** The key meant by a spelling. */
export function topKey(spelling: string): TopKey | undefined {
  return byFold.get(foldKey(spelling))
}
