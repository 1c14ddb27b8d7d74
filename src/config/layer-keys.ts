// The keys of settings that no operator declares as its choice, as data: what each means to hls4ml and to Lutra.

import type { ChoiceDefinition } from '../ops/definition.ts'
import { type OpKind, ops } from '../ops/index.ts'
import { deadModelKeys } from './no-effect.ts'
import { foldKey } from './spelling.ts'
import type { ValueShape } from './values.ts'
import { wordOf } from './values.ts'

export type Scope = 'model' | 'layer'

export interface SettingKey {
  readonly key: string
  readonly scopes: readonly Scope[]
  readonly shape: ValueShape
  /**
   * `harmless`: changes neither bits nor Lutra's hardware; `refused`: would change them, and Lutra has no such thing;
   * `judged`: `checkConfig` looks at the model before it says.
   */
  readonly treatment: 'harmless' | 'refused' | 'judged'
  /** Why it is harmless, or what to do instead. */
  readonly reason: string
}

const flag: ValueShape = { kind: 'boolean' }
const count: ValueShape = { kind: 'integer', min: 1, max: 2 ** 31 - 1 }
const words = (...list: string[]): ValueShape => ({ kind: 'word', words: list })
const both: readonly Scope[] = ['model', 'layer']
const model: readonly Scope[] = ['model']
const layer: readonly Scope[] = ['layer']

export const settingKeys: readonly SettingKey[] = [
  {
    key: 'Trace',
    scopes: layer,
    shape: flag,
    treatment: 'harmless',
    reason: 'any layer can be traced, on request',
  },
  {
    key: 'TraceOutput',
    scopes: model,
    shape: flag,
    treatment: 'harmless',
    reason: 'traces are written on request',
  },
  {
    key: 'ReuseFactor',
    scopes: both,
    shape: count,
    treatment: 'harmless',
    reason: 'hls4ml writes it for every layer; layers without multipliers have nothing to reuse',
  },
  {
    key: 'Strategy',
    scopes: both,
    shape: { kind: 'any' },
    treatment: 'judged',
    reason: 'read for layers with products',
  },
  {
    key: 'TableSize',
    scopes: layer,
    shape: count,
    treatment: 'judged',
    reason: 'hls4ml writes it for every activation; those without a table have no use for it',
  },
  {
    key: 'ConvImplementation',
    scopes: both,
    shape: words('LineBuffer', 'Encoded'),
    treatment: 'harmless',
    reason: 'how HLS code walks an image; the bits are the same, and Verilog has line buffers',
  },
  {
    key: 'ParallelizationFactor',
    scopes: layer,
    shape: count,
    treatment: 'harmless',
    reason: 'read for convolutions only',
  },
  ...['DepthwiseReuseFactor', 'PointwiseReuseFactor'].map(
    (key): SettingKey => ({
      key,
      scopes: layer,
      shape: count,
      treatment: 'harmless',
      reason: 'hls4ml writes it for separable convolutions; the two they are split into read ReuseFactor',
    }),
  ),
  {
    key: 'Compression',
    scopes: both,
    shape: flag,
    treatment: 'judged',
    reason: 'Remove it: zero weights take no multiplier in Latency and DistributedArithmetic.',
  },
  {
    key: 'BramFactor',
    scopes: model,
    shape: { kind: 'number', above: -1 },
    treatment: 'judged',
    reason: 'Raise it above the largest weight tensor: Lutra keeps weights inside the design.',
  },
  {
    key: 'TargetCycles',
    scopes: both,
    shape: count,
    treatment: 'refused',
    reason: 'Write the ReuseFactor wanted.',
  },
  {
    key: 'PipelineStyle',
    scopes: model,
    shape: words('auto', 'pipeline', 'dataflow'),
    treatment: 'harmless',
    reason: 'a directive to HLS tools; Verilog is pipelined by layer in any case',
  },
  {
    key: 'PipelineInterval',
    scopes: model,
    shape: count,
    treatment: 'refused',
    reason: 'Write ReuseFactor, or --max-ii for the interval between frames.',
  },
  {
    key: 'ChannelsLastConversion',
    scopes: model,
    shape: words('full', 'internal', 'off'),
    treatment: 'judged',
    reason: "Write 'full': tensors are channels-last throughout.",
  },
  {
    key: 'TransposeOutputs',
    scopes: model,
    shape: flag,
    treatment: 'judged',
    reason: 'Write false, and transpose results where they are used.',
  },
  {
    key: 'BitExact',
    scopes: model,
    shape: flag,
    treatment: 'judged',
    reason:
      "Remove it: types follow from quantisers where a model has HGQ's (FixedPointQuantizer), and only there.",
  },
  {
    key: 'AllowDAFallback',
    scopes: model,
    shape: flag,
    treatment: 'harmless',
    reason: "about hls4ml's readers of Keras 3",
  },
  {
    key: 'AllowV2Fallback',
    scopes: model,
    shape: flag,
    treatment: 'harmless',
    reason: "about hls4ml's readers of Keras 3",
  },
]

/** Every choice that some operator declares, by its canonical key, in the order of the operator table. */
export const operatorChoices: ReadonlyMap<string, readonly ChoiceDefinition[]> = groupChoices()

function groupChoices(): Map<string, ChoiceDefinition[]> {
  const groups = new Map<string, ChoiceDefinition[]>()
  for (const kind of Object.keys(ops) as OpKind[]) {
    for (const choice of ops[kind].choices)
      groups.set(choice.key, [...(groups.get(choice.key) ?? []), choice])
  }
  return groups
}

const canonical = new Map(
  [...deadModelKeys.keys(), ...settingKeys.map(({ key }) => key), ...operatorChoices.keys()].map(key => [
    foldKey(key),
    key,
  ]),
)

/** The spelling of a key that `LayerSettings.choices` uses; an unknown key is returned as it is. */
export function canonicalKey(key: string): string {
  return canonical.get(foldKey(key)) ?? key
}

export function settingKey(key: string, scope: Scope): SettingKey | undefined {
  return settingKeys.find(entry => entry.key === key && entry.scopes.includes(scope))
}

/** Every word that some operator, or else hls4ml, allows for a key; words that are read come first. */
export function allWords(key: string): readonly string[] {
  const declared = operatorChoices.get(key) ?? []
  const checks = [
    ...declared.filter(choice => choice.noEffect === undefined).map(choice => choice.check),
    ...settingKeys.filter(entry => entry.key === key).map(entry => entry.shape),
    ...declared.filter(choice => choice.noEffect !== undefined).map(choice => choice.check),
  ]
  const words = checks.flatMap(check => (check.kind === 'word' ? check.words : []))
  return [...new Map(words.toReversed().map(word => [foldKey(word), word])).values()].toReversed()
}

/** A word in the operators' spelling; other values, and unknown words, as they are. */
export function canonicalWord(key: string, value: number | string | boolean): number | string | boolean {
  return wordOf(value, allWords(key)) ?? value
}
