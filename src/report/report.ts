// What a build tells: the content of `report.json`. It is described once, as shapes, from which come the type, the
// published JSON Schema (`docs/schema/report.schema.json`), the reader and the order of keys. No dates: the same
// input gives the same bytes.

import { noResources, type ResourceCount } from '../estimate/cell-counts.ts'
import { findDevice } from '../estimate/devices.ts'
import { parsePrecision } from '../fixed/precision.ts'
import {
  boolean,
  checkedText,
  type Fitted,
  fitShape,
  integer,
  type JsonSchema,
  list,
  number,
  object,
  oneOf,
  printShape,
  record,
  type Shape,
  text,
  type ValueOf,
} from './shape.ts'

/** Version of the report's form; a change that a reader of the old form would misread raises it. */
export const reportVersion = 1

const count = (description: string) => integer(description, 0)
const name = text('name')
const sha256 = /^[0-9a-f]{64}$/

const typeSpelling = checkedText(
  "a type's canonical spelling, e.g. ap_fixed<16,6,AP_TRN,AP_WRAP,0>; the union where elements differ",
  'a precision such as ap_fixed<16,6,AP_TRN,AP_WRAP,0>',
  spelling => parsePrecision(spelling, ''),
)

const share = number('a share of 1', 0)

const resources = object(
  'cells of a Xilinx netlist; a CARRY8 counts as two CARRY4, a 36 kb block RAM as two of 18 kb',
  {
    lut: count('LUT1 to LUT6 together'),
    ff: count('flip-flops'),
    dsp: count('DSP blocks'),
    bram18: count('18 kb block RAMs'),
    uram: count('UltraRAMs'),
  },
  {
    lut1: count('LUT1'),
    lut2: count('LUT2'),
    lut3: count('LUT3'),
    lut4: count('LUT4'),
    lut5: count('LUT5'),
    lut6: count('LUT6'),
    inv: count('inverters, which place and route absorbs'),
    carry4: count('CARRY4'),
    muxf: count('F7, F8 and F9 multiplexers'),
    lutram: count('LUTs used as distributed memory, not in `lut`'),
    srl: count('LUTs used as shift registers, not in `lut`'),
  },
)

const estimated = object('what was expected before synthesis', {
  lut: count('LUTs'),
  ff: count('flip-flops'),
  dsp: count('DSP blocks'),
  bram18: count('18 kb block RAMs'),
})

const bandOf = (what: string) =>
  list(`shares of ${what} within which half, and nine of ten, of such estimates were`, share)

const designEstimate = object(
  'the whole design as estimated, without synthesis',
  {
    total: estimated,
    glue: estimated,
    latencyCycles: count("from taking a frame's first input beat to offering its last output beat"),
    ii: integer('cycles between the first beats of consecutive frames', 1),
    band: object('how far such estimates were off on designs that were synthesised', {
      designs: count('how many'),
      lut: bandOf('LUTs'),
      ff: bandOf('flip-flops'),
      exactTiming: share,
    }),
  },
  {
    latencyRange: list(
      'the least and the greatest latency it may be, where the estimate leaves several',
      count('cycles'),
    ),
  },
)

const model = object('the trained model', {
  file: text('its file as given'),
  hash: text('SHA-256 of its bytes', sha256),
  parameters: count('trained parameters'),
  nonzeroParameters: count('parameters that are not 0 after quantisation'),
  sparsity: share,
  layers: count('layers of the source that carry out something: inputs do not count'),
})

const config = object(
  'the configuration',
  { rules: oneOf("whose rules gave the types: hls4ml's, or lossless", 'hls4ml', 'lossless') },
  { file: text('its file as given') },
)

const target = object('the device aimed at', {
  part: text('part number'),
  family: oneOf('7 series, UltraScale or UltraScale+', 'xc7', 'xcu', 'xcup'),
  clockNs: number('clock period asked for, in ns', 0),
  available: object('what the device has', {
    lut: count('LUTs'),
    ff: count('flip-flops'),
    dsp: count('DSP blocks'),
    bram18: count('18 kb block RAMs'),
    uram: count('UltraRAMs'),
  }),
})

const element = object('an element of a beat', {
  offset: count('bit of the data port where it begins'),
  width: count('bits; 0 for the constant 0'),
  frac: integer('fraction bits: value = raw · 2^-frac'),
  signed: boolean('whether it is signed'),
})

const tensorPort = object('an input or output tensor', {
  name: text("the tensor's name in the model"),
  ports: object(
    'names of the module ports',
    { data: name },
    { valid: name, ready: name, last: text('marks the last beat of a frame') },
  ),
  shape: list('extents, without the batch axis', count('extent')),
  width: count('bits of the data port'),
  beats: integer('beats of a frame', 1),
  elements: list('the elements of one beat, in row-major order', element),
})

const topInterface = object(
  'the top module',
  {
    top: text("the module's name"),
    handshake: oneOf('how data is passed', 'stream', 'valid', 'none'),
    clock: text("the clock's port"),
    reset: text("the reset's port: synchronous, active high"),
    inputs: list('in graph order', tensorPort),
    outputs: list('in graph order', tensorPort),
  },
  { core: text('the module inside it that is the datapath alone') },
)

const stage = object(
  'what lies between two register ranks',
  {
    index: count('from 0 at the input'),
    delayNs: number("longest path in ns, the registers' share included", 0),
  },
  {
    slackNs: number('what the clock leaves over, in ns; negative where the path is too long'),
    layer: text('the layer in which its longest path ends'),
    path: list(
      'that path, from register to register',
      object('cells of one layer that follow one another', {
        layer: name,
        cells: integer('how many levels of logic; a carry chain is one', 1),
      }),
    ),
  },
)

const timing = object(
  'cycles and delays',
  {
    latencyCycles: count("from taking a frame's first input beat to offering its last output beat"),
    ii: integer('cycles between the first beats of consecutive frames', 1),
    clockNs: number('clock period in ns, as the registers were placed for', 0),
    stages: list('the pipeline', stage),
    model: text('what the delays are of, e.g. the name of the delay model'),
  },
  {
    firstOutputCycles: count('from the first input beat to the first output beat'),
    criticalStage: count('the stage with the least slack'),
    slackNs: number("that stage's slack in ns: the model's, not a vendor's timing analysis"),
  },
)

const weightRange = object(
  'values of a trained tensor after quantisation',
  {
    min: number('smallest'),
    max: number('largest'),
    zeros: count('how many are 0'),
    count: count('how many there are'),
  },
  { smallest: number('smallest magnitude that is not 0', 0) },
)

const rawInteger = text("an integer, in units of the result type's last bit", /^-?\d+$/)

const activationRange = object(
  "values of a layer's result over the calibration data",
  { min: number('smallest float value'), max: number('largest float value') },
  {
    smallest: number('smallest float magnitude that is not 0', 0),
    rawMin: rawInteger,
    rawMax: rawInteger,
    overflows: count('values that wrapped or saturated'),
  },
)

const layer = object(
  'a layer of the typed graph',
  {
    name,
    kind: text('operator'),
    layerClass: text("hls4ml's layer class"),
    source: text('the layer of the source it stands for'),
    inputs: list('layers it reads', name),
    shape: list('extents of its result', count('extent')),
    types: record('types by role: weight, bias, accum, result, …', typeSpelling),
    status: oneOf(
      'whether its resources were counted after synthesis, estimated, or neither',
      'measured',
      'estimated',
      'none',
    ),
    weights: record('trained tensors by role', weightRange),
  },
  {
    mixed: record('distinct element types, for roles whose elements differ in type', integer('how many', 2)),
    strategy: text('how it is built'),
    reuseFactor: integer('multiplications per multiplier', 1),
    firstStage: count('first pipeline stage (or cycle) with logic of the layer'),
    lastStage: count('last pipeline stage (or cycle) with logic of the layer'),
    latencyCycles: count('cycles it adds'),
    resources,
    estimate: estimated,
    adderBits: count('full-adder bits of its constant multiplications'),
    activation: activationRange,
  },
)

const totalResources = object(
  'resources of the whole design',
  {
    status: oneOf(
      'where the numbers come from; partial: layers are missing from the total',
      'measured',
      'estimated',
      'partial',
      'none',
    ),
  },
  {
    total: resources,
    glue: resources,
    estimate: designEstimate,
    tool: object('what counted them', {
      name,
      version: text('as the tool tells it'),
      kind: text('native, wasm or a vendor'),
    }),
  },
)

const divergence = object('where two roads first differ', {
  layer: name,
  row: count('vector'),
  element: count('flat index into the result'),
  expected: text('raw integer, or value'),
  got: text('raw integer, or value'),
})

const road = object(
  'one way to compute the outputs, compared with the bit-accurate emulator',
  {
    road: oneOf('what was run', 'interpreter', 'netlist', 'icarus', 'verilator', 'c-sim', 'board', 'float'),
    vectors: count('vectors compared'),
    equal: count('vectors whose outputs are equal bit for bit'),
  },
  {
    version: text("the tool's version"),
    maxDifference: number('largest difference of an output value', 0),
    firstDivergence: divergence,
    skipped: text('why it was not run'),
    stalls: count('cycles in which the test bench held valid or ready back'),
    resets: count('resets applied'),
  },
)

const score = object('labels against predictions', {
  accuracy: share,
  confusion: list('by label, then by prediction', list('counts', count('vectors'))),
})

const accuracy = object(
  'classification of labelled data',
  {
    labels: count('labelled vectors'),
    float: score,
    hardware: score,
    agreement: share,
  },
  { classes: list('names, in order', text('class')) },
)

const finding = object(
  'something worth knowing',
  {
    code: text('area-prefixed code'),
    severity: oneOf('severity', 'error', 'finding'),
    place: text('where'),
    problem: text('what was found'),
  },
  { expected: text('what would have been right'), remedy: text('what can be done') },
)

const file = object('a file of the build', { path: name, bytes: count('size') })

const reportShape = object(
  'What a build of Lutra tells',
  {
    schema: oneOf("version of the report's form", reportVersion),
    lutra: text('version of Lutra'),
    project: text("the project's name"),
    buildHash: text('SHA-256 of model, config and version', sha256),
    model,
    config,
    target,
    interface: topInterface,
    timing,
    layers: list('in topological order', layer),
    resources: totalResources,
    verification: object('comparisons', { roads: list('roads, those skipped among them', road) }),
    findings: list('findings', finding),
    files: list('what was written', file),
  },
  { accuracy },
)

export type Report = ValueOf<typeof reportShape>

const wholeReport: Shape<Report> = reportShape

export type ReportLayer = ValueOf<typeof layer>
export type ReportResources = ValueOf<typeof resources>
export type ReportEstimate = ValueOf<typeof estimated>
export type ReportTarget = ValueOf<typeof target>
export type ReportStage = ValueOf<typeof stage>
export type ReportTensorPort = ValueOf<typeof tensorPort>
export type ReportRoad = ValueOf<typeof road>
export type ReportAccuracy = ValueOf<typeof accuracy>
export type WeightRange = ValueOf<typeof weightRange>
export type ActivationRange = ValueOf<typeof activationRange>

/** The JSON Schema of `report.json`, draft-07. */
export function reportSchema(): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Lutra report', ...reportShape.schema }
}

/** The text of `report.json`: keys in the schema's order. */
export function reportJson(report: Report): string {
  return printShape(wholeReport, report, 'a report')
}

/** Reads a value as a report; it is one only when there are no misfits. */
export function fitReport(value: unknown): Fitted<Report> {
  return fitShape(wholeReport, value)
}

/** The `target` of a part that is in the device table; fails with `device/unknown-part`. */
export function targetOf(part: string, clockNs: number): ReportTarget {
  const { family, lut, ff, dsp, bram36, uram } = findDevice(part)
  return { part, family, clockNs, available: { lut, ff, dsp, bram18: 2 * bram36, uram } }
}

/** Resources with all counts, those not told being 0. */
export function wholeCount(part: ReportResources): ResourceCount {
  return { ...noResources, ...part }
}
