// What an assessment tells: the content of `assess.json`. Described once, as shapes, from which come the type, the
// published JSON Schema (`docs/schema/assess.schema.json`), the reader and the order of keys. No dates: the same package
// and rows give the same bytes, but for what a board measures.

import { type Diagnostic, error, fail } from '../diagnostics/diagnostic.ts'
import {
  boolean,
  fitShape,
  integer,
  type JsonSchema,
  list,
  number,
  object,
  oneOf,
  printShape,
  type Shape,
  text,
  type ValueOf,
} from '../report/shape.ts'

/** Version of the form; a change that a reader of the old form would misread raises it. */
export const assessmentVersion = 1

const count = (description: string) => integer(description, 0)
const sha256 = text('SHA-256', /^[0-9a-f]{64}$/)
const share = number('a share of 1', 0)

const resourceCounts = object('cells', {
  lut: count('LUTs'),
  ff: count('flip-flops'),
  dsp: count('DSP blocks'),
  bram18: count('18 kb block RAMs'),
  uram: count('UltraRAMs'),
})

const subject = object('the package', {
  project: text("the project's name"),
  buildHash: text('what registers, driver and board say', /^[0-9a-f]{16}$/),
  lutra: text('version of Lutra that wrote it'),
  board: text('board'),
  part: text('device'),
  form: oneOf('words on the bus', 'float', 'raw'),
  interface: text('how frames come'),
  link: text('what carries words'),
  wordsPerBeat: integer('words of 32 bits in a beat', 1),
  wordsIn: integer('words of a frame in', 1),
  wordsOut: integer('words of a frame out', 1),
  clockMhz: number('clock in MHz', 0),
})

const vectors = object(
  'the rows that every road was given',
  {
    source: text("`package`: the package's own; `random`: made up, of the input types; else the file's name"),
    rows: integer('how many', 1),
    hash: sha256,
    labelled: boolean('whether their classes are known'),
  },
  {
    scaled: boolean('true: physical values, which the package’s scaler brings to what the network takes'),
    classes: list('names of the classes, in order', text('class')),
  },
)

const timing = object(
  'cycles of a frame as simulated, nothing waiting; as packaged where nothing was simulated',
  {
    latencyCycles: count('from its first word taken to its last word offered'),
    latencyUs: number('the same in µs', 0),
    intervalCycles: number("between frames' first words", 0),
    framesPerSecond: number('frames each second at the clock, one behind another', 0),
  },
)

const resources = object('what the design takes on the device', {
  source: oneOf(
    'implemented: the whole bitstream as the vendor’s tool placed it; synthesised, counted in a build, or estimated: the network without the words around it',
    'implemented',
    'synthesised',
    'estimated',
  ),
  note: text('where the counts are from'),
  used: resourceCounts,
  available: resourceCounts,
})

const score = object('labels against decisions', {
  accuracy: share,
  confusion: list('by label, then by decision', list('counts', count('rows'))),
})

const step = object(
  'a layer on the way of a row',
  {
    layer: text('layer'),
    verdict: oneOf('whether it computes as the emulator does', 'equal', 'differs', 'compared'),
  },
  {
    difference: number('largest difference of its values from the emulator’s', 0),
    element: count('flat index into its result'),
    expected: text('raw integer of the emulator'),
    got: text('raw integer of the road'),
  },
)

const divergence = object(
  'where a road first differs',
  {
    row: count('row'),
    output: count('flat index into the output'),
    expectedValue: text("the emulator's value"),
    gotValue: text("the road's value"),
    layer: text('the first layer that differs, or what stands around the layers'),
    path: list('from the input to there', step),
  },
  {
    expected: text("the emulator's word, in hexadecimal digits"),
    got: text("the road's word; `none` where it never came"),
  },
)

export const roadNames = ['emulator', 'float', 'golden', 'netlist', 'verilator', 'board'] as const
export type AssessedRoad = (typeof roadNames)[number]

const road = object(
  'one way to compute the outputs, held against the bit-accurate emulator',
  {
    road: oneOf('which', ...roadNames),
    verdict: oneOf(
      'float is compared by distance, every other road bit for bit',
      'reference',
      'compared',
      'equal',
      'differs',
      'failed',
      'skipped',
    ),
    rows: count('rows run'),
  },
  {
    reason: text('why it failed or was not run'),
    mismatches: count('output words that differ'),
    rowsDiffering: count('rows with such words'),
    maxDifference: number('largest difference of a value', 0),
    meanDifference: number('mean difference of values', 0),
    agreement: number('share of rows with the same decision as the emulator', 0),
    score,
    first: divergence,
    seconds: number('time that the board took for all rows, in s', 0),
    busyCycles: count("cycles by the accelerator's own counter"),
  },
)

const artefact = object('a file of the package', {
  path: text('relative to the package'),
  hash: text('SHA-256 as it lies there; empty where it is missing', /^([0-9a-f]{64})?$/),
  state: oneOf('against package.json', 'as packaged', 'changed', 'missing', 'added'),
})

const change = object('what is other than in an earlier assessment', {
  what: text('which figure'),
  before: text('then'),
  now: text('now'),
  verdict: oneOf('whether that is good', 'better', 'worse', 'other'),
})

const comparison = object('against an earlier assessment', {
  baseline: text("its file's name"),
  buildHash: text('the build that it was of'),
  sameRows: boolean('whether the same rows were run'),
  changes: list('what changed', change),
})

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

const shape = object(
  'The same rows through every road to a package’s results',
  {
    schema: oneOf('version of the form', assessmentVersion),
    lutra: text('version of Lutra that assessed'),
    package: subject,
    vectors,
    equal: boolean('whether no road differs and every file is as packaged'),
    timing,
    resources,
    roads: list('roads, those not taken among them', road),
    artefacts: list('files', artefact),
    findings: list('findings', finding),
  },
  { comparison },
)

export type Assessment = ValueOf<typeof shape>

const whole: Shape<Assessment> = shape

export type AssessmentRoad = ValueOf<typeof road>
export type AssessmentTiming = ValueOf<typeof timing>
export type AssessmentResources = ValueOf<typeof resources>
export type AssessmentChange = ValueOf<typeof change>
export type AssessmentScore = ValueOf<typeof score>
export type AssessmentArtefact = ValueOf<typeof artefact>
export type RoadDifference = ValueOf<typeof divergence>
export type RoadStep = ValueOf<typeof step>

/** The JSON Schema of `assess.json`, draft-07. */
export function assessmentSchema(): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Lutra assessment', ...shape.schema }
}

/** The text of `assess.json`: keys in the schema's order. */
export function assessmentJson(assessment: Assessment): string {
  return printShape(whole, assessment, 'an assessment')
}

/** Reads an `assess.json`; `place` is the file's name. Fails with `assess/not-an-assessment`. */
export function parseAssessment(content: string, place: string): Assessment {
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch (cause) {
    return fail(notOne(place, 'the file is not JSON'), cause)
  }
  const { value, misfits } = fitShape(whole, json)
  const wrong = misfits[0]
  if (wrong === undefined) return value
  const where = wrong.path === '' ? '' : `'${wrong.path}': `
  return fail(
    notOne(place, `${where}${wrong.found}${wrong.expected === '' ? '' : `, not ${wrong.expected}`}`),
  )
}

function notOne(place: string, problem: string): Omit<Diagnostic, 'severity'> {
  const { severity: _, ...told } = error({
    code: 'assess/not-an-assessment',
    place,
    problem,
    expected: `an assess.json with schema ${assessmentVersion}`,
    remedy: 'Name the assess.json of an earlier run, or the folder that it lies in.',
  })
  return told
}
