// A report as a build of a small network leaves it: sixteen features, a hidden layer of eight, five classes.

import { type Report, type ReportLayer, type ReportTensorPort, targetOf } from '../report.ts'

function port(
  letter: 's' | 'm',
  name: string,
  size: number,
  width: number,
  frac: number,
  signed: boolean,
): ReportTensorPort {
  return {
    name,
    ports: { data: `${letter}_data`, valid: `${letter}_valid`, ready: `${letter}_ready` },
    shape: [size],
    width: size * width,
    beats: 1,
    elements: Array.from({ length: size }, (_, k) => ({ offset: k * width, width, frac, signed })),
  }
}

const layers: readonly ReportLayer[] = [
  {
    name: 'features',
    kind: 'input',
    layerClass: 'Input',
    source: 'features',
    inputs: [],
    shape: [16],
    types: { result: 'ap_fixed<8,3,AP_TRN,AP_WRAP,0>' },
    status: 'none',
    weights: {},
    activation: { min: -3.71, max: 3.98, smallest: 0.0009, rawMin: '-119', rawMax: '127', overflows: 0 },
  },
  {
    name: 'fc1',
    kind: 'dense',
    layerClass: 'Dense',
    source: 'fc1',
    inputs: ['features'],
    shape: [8],
    types: {
      weight: 'ap_fixed<6,1,AP_RND_CONV,AP_SAT,0>',
      bias: 'ap_fixed<6,1,AP_RND_CONV,AP_SAT,0>',
      accum: 'ap_fixed<17,6,AP_TRN,AP_WRAP,0>',
      result: 'ap_fixed<17,6,AP_TRN,AP_WRAP,0>',
    },
    mixed: { result: 8 },
    status: 'measured',
    weights: {
      weight: { min: -0.96875, max: 0.84375, zeros: 52, count: 128, smallest: 0.03125 },
      bias: { min: -0.4375, max: 0.59375, zeros: 1, count: 8, smallest: 0.0625 },
    },
    strategy: 'DistributedArithmetic',
    reuseFactor: 1,
    firstStage: 0,
    lastStage: 2,
    latencyCycles: 3,
    resources: {
      lut: 812,
      ff: 431,
      dsp: 0,
      bram18: 0,
      uram: 0,
      lut1: 8,
      lut2: 310,
      lut3: 214,
      lut4: 92,
      lut5: 61,
      lut6: 127,
      carry4: 164,
      muxf: 0,
      inv: 12,
    },
    adderBits: 689,
    activation: {
      min: -11.402,
      max: 13.117,
      smallest: 0.00012,
      rawMin: '-23341',
      rawMax: '26860',
      overflows: 0,
    },
  },
  {
    name: 'relu1',
    kind: 'relu',
    layerClass: 'Activation',
    source: 'relu1',
    inputs: ['fc1'],
    shape: [8],
    types: { result: 'ap_ufixed<6,2,AP_RND_CONV,AP_SAT,0>' },
    status: 'measured',
    weights: {},
    firstStage: 3,
    lastStage: 3,
    latencyCycles: 1,
    resources: { lut: 96, ff: 48, dsp: 0, bram18: 0, uram: 0, lut5: 24, lut6: 72, carry4: 8 },
    activation: { min: 0, max: 13.117, smallest: 0.00012, rawMin: '0', rawMax: '63', overflows: 214 },
  },
  {
    name: 'fc2',
    kind: 'dense',
    layerClass: 'Dense',
    source: 'fc2',
    inputs: ['relu1'],
    shape: [5],
    types: {
      weight: 'ap_fixed<4,1,AP_RND_CONV,AP_SAT,0>',
      bias: 'ap_fixed<6,1,AP_RND_CONV,AP_SAT,0>',
      accum: 'ap_fixed<13,6,AP_TRN,AP_WRAP,0>',
      result: 'ap_fixed<13,6,AP_TRN,AP_WRAP,0>',
    },
    status: 'measured',
    weights: {
      weight: { min: -1, max: 0.875, zeros: 11, count: 40, smallest: 0.125 },
      bias: { min: -0.21875, max: 0.1875, zeros: 0, count: 5, smallest: 0.03125 },
    },
    strategy: 'DistributedArithmetic',
    reuseFactor: 1,
    firstStage: 4,
    lastStage: 5,
    latencyCycles: 2,
    resources: { lut: 274, ff: 161, dsp: 0, bram18: 0, uram: 0, lut2: 103, lut3: 121, lut6: 50, carry4: 58 },
    adderBits: 246,
    activation: { min: -9.33, max: 8.75, smallest: 0.0021, rawMin: '-1190', rawMax: '1115', overflows: 0 },
  },
  {
    name: 'softmax',
    kind: 'softmax',
    layerClass: 'Softmax',
    source: 'softmax',
    inputs: ['fc2'],
    shape: [5],
    types: {
      exp_table: 'ap_fixed<18,8,AP_RND,AP_SAT,0>',
      inv_table: 'ap_fixed<18,8,AP_RND,AP_SAT,0>',
      result: 'ap_ufixed<8,0,AP_RND,AP_SAT,0>',
    },
    status: 'measured',
    weights: {},
    firstStage: 6,
    lastStage: 9,
    latencyCycles: 4,
    resources: { lut: 211, ff: 187, dsp: 5, bram18: 6, uram: 0, lut6: 211, carry4: 24 },
    activation: { min: 0.00001, max: 0.99992, smallest: 0.00001, rawMin: '0', rawMax: '255', overflows: 0 },
  },
]

/** The report; a new object graph would be the same bytes. */
export const sampleReport: Report = {
  schema: 1,
  lutra: '0.1.0',
  project: 'jet_tagger',
  buildHash: '3f1c9a60d2b7e58407a6c3d1f0e9b8a7564738291a0b1c2d3e4f5061728394a5',
  model: {
    file: 'jet_tagger.h5',
    hash: '9b74c9897bac770ffc029102a200c5de1f0e9b8a7564738291a0b1c2d3e4f506',
    parameters: 181,
    nonzeroParameters: 117,
    sparsity: 64 / 181,
    layers: 4,
  },
  config: { rules: 'hls4ml', file: 'hls4ml_config.yml' },
  target: targetOf('xc7z020clg400-1', 5),
  interface: {
    top: 'jet_tagger',
    handshake: 'stream',
    clock: 'clk',
    reset: 'rst',
    inputs: [port('s', 'features', 16, 8, 5, true)],
    outputs: [port('m', 'softmax', 5, 8, 8, false)],
    core: 'jet_tagger_core',
  },
  timing: {
    latencyCycles: 10,
    ii: 1,
    clockNs: 5,
    stages: [4.1, 4.62, 4.38, 2.97, 4.55, 4.21, 3.86, 4.7, 4.06, 3.92].map((delayNs, index) => ({
      index,
      delayNs,
      slackNs: Math.round((5 - delayNs) * 1000) / 1000,
      ...(index === 7
        ? {
            path: [
              { layer: 'fc2', cells: 1 },
              { layer: 'softmax', cells: 4 },
            ],
          }
        : {}),
      layer: layers.find(({ firstStage, lastStage }) => firstStage! <= index && index <= lastStage!)!.name,
    })),
    model: 'logic and average-net model of the xc7 family, before place and route',
    firstOutputCycles: 10,
    criticalStage: 7,
    slackNs: 0.3,
  },
  layers,
  resources: {
    status: 'measured',
    total: { lut: 1452, ff: 1008, dsp: 5, bram18: 6, uram: 0, lutram: 40, srl: 0 },
    glue: { lut: 59, ff: 181, dsp: 0, bram18: 0, uram: 0, lutram: 40, srl: 0 },
    tool: { name: 'yosys', version: '0.55', kind: 'wasm' },
  },
  verification: {
    roads: [
      { road: 'interpreter', vectors: 64, equal: 64 },
      { road: 'netlist', vectors: 1000, equal: 1000, stalls: 3127, resets: 2 },
      { road: 'icarus', vectors: 1000, equal: 1000, version: '11.0', stalls: 3127, resets: 2 },
      { road: 'verilator', vectors: 0, equal: 0, skipped: 'verilator is not installed' },
      { road: 'float', vectors: 1000, equal: 0, maxDifference: 0.0312 },
    ],
  },
  accuracy: {
    labels: 1000,
    classes: ['g', 'q', 't', 'w', 'z'],
    float: {
      accuracy: 0.764,
      confusion: [
        [143, 31, 10, 9, 7],
        [36, 131, 9, 12, 12],
        [12, 9, 168, 6, 5],
        [9, 8, 5, 163, 15],
        [11, 9, 4, 17, 159],
      ],
    },
    hardware: {
      accuracy: 0.759,
      confusion: [
        [141, 32, 10, 10, 7],
        [37, 130, 9, 12, 12],
        [12, 9, 168, 6, 5],
        [10, 8, 5, 161, 16],
        [11, 9, 4, 17, 159],
      ],
    },
    agreement: 0.988,
  },
  findings: [
    {
      code: 'config/no-effect',
      severity: 'finding',
      place: 'hls4ml_config.yml: LayerName.softmax.Strategy',
      problem: "'Stable' has no effect on this layer",
      remedy: 'Remove it, or set Implementation.',
    },
    {
      code: 'precision/saturates',
      severity: 'finding',
      place: "layer 'relu1'",
      problem: '214 of 8,000 values saturate at 3.9375; the largest is 13.117',
      expected: 'at least 4 integer bits',
      remedy: 'Give relu1 the result type ufixed<8,4>.',
    },
  ],
  files: [
    { path: 'rtl/jet_tagger.v', bytes: 4210 },
    { path: 'rtl/jet_tagger_core.v', bytes: 61872 },
    { path: 'synth/stat.json', bytes: 1733 },
    { path: 'tb/jet_tagger_tb.v', bytes: 5120 },
  ],
}

/** The same with a skip connection, a design that does not fit, a road that differs and names from a hostile file. */
export function hostileReport(): Report {
  const nasty = `</title><script>alert(1)</script>&"'\u202e\u0007`
  const [features, fc1, relu1, fc2, softmax] = layers as [ReportLayer, ...ReportLayer[]]
  const add: ReportLayer = {
    ...relu1!,
    name: nasty,
    kind: 'add',
    layerClass: 'Merge',
    inputs: ['fc1', 'relu1', 'features'],
    types: { result: 'ap_fixed<0,0>' },
  }
  return {
    ...sampleReport,
    project: nasty,
    layers: [features, fc1!, relu1!, add, { ...fc2!, inputs: [nasty] }, softmax!],
    resources: {
      ...sampleReport.resources,
      status: 'partial',
      total: { lut: 91_452, ff: 1008, dsp: 5, bram18: 6, uram: 2 },
    },
    verification: {
      roads: [
        {
          road: 'netlist',
          vectors: 10,
          equal: 8,
          firstDivergence: { layer: nasty, row: 3, element: 2, expected: '-17', got: '15' },
        },
      ],
    },
    findings: [{ code: 'fit/too-large', severity: 'error', place: nasty, problem: nasty }],
  }
}
