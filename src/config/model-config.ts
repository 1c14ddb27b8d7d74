// A user's configuration of a model, read from any of its spellings: what is asked of the model, of layer types and
// of layers. Lookup is layer name > layer type > model, as in hls4ml.

import type { Precision } from '../fixed/precision.ts'
import type { Overflow, Rounding } from '../fixed/types.ts'
import type { BusInterface, Link } from '../rtl/axi/bus-interface.ts'
import type { WordPrecisions } from './parse-accelerator.ts'

export type ChoiceValue = number | string | boolean

/** What is asked of one layer, one layer type or the model. */
export interface LayerSettings {
  /** Precision by role as written under `Precision`; `default` answers for roles not named. */
  readonly precision: Readonly<Record<string, Precision>>
  /** Types given by layer keys such as `exp_table_t`, by role without the `_t`. */
  readonly typeKeys: Readonly<Record<string, Precision>>
  /** Other keys by canonical name (ReuseFactor, Strategy, TableSize, …). */
  readonly choices: Readonly<Record<string, ChoiceValue>>
  /** Where this stands in the config, for messages: `LayerName.fc1`. */
  readonly place: string
}

/** hls4ml's `OutputRoundingSaturationMode` pass: result types of these layers take these modes. */
export interface OutputRounding {
  /** Layer names or classes. */
  readonly layers: readonly string[]
  readonly roundingMode: Rounding | undefined
  readonly saturationMode: Overflow | undefined
  readonly saturationBits: number | undefined
}

/** Where a board is reached: what `lutra deploy` is not told by flags or environment. It never leaves the config. */
export interface DeploySettings {
  readonly host?: string
  readonly user?: string
  /** File of the private key. */
  readonly key?: string
  readonly port?: number
  /** Folder on the board. */
  readonly folder?: string
}

/** What a config says of a run rather than of the model's arithmetic: the command line's flags by their camelCase names. */
export interface RunOptions {
  /** The model's files. */
  readonly model?: readonly string[]
  readonly data?: string
  readonly labelColumn?: string
  readonly labels?: string
  readonly scaler?: string
  /** Names of the classes, from class 0. */
  readonly classes?: readonly string[]
  readonly board?: string
  /** Folder of the user's own boards. */
  readonly boards?: string
  /** Of a packaged accelerator. */
  readonly interface?: BusInterface
  readonly link?: Link
  /** What words on its bus are, in `AcceleratorConfig` alone. */
  readonly words?: WordPrecisions
  /** Platform of a card in a host, in `AcceleratorConfig` alone. */
  readonly platform?: string
  readonly deploy?: DeploySettings
  readonly out?: string
  readonly strict?: boolean
  readonly maxLoss?: number
  /** One type for every input, or types by the input's name. */
  readonly inputType?: Precision | ReadonlyMap<string, Precision>
  readonly effort?: string
  readonly fps?: number
  readonly maxIi?: number
  readonly maxLut?: number
  readonly maxDsp?: number
  readonly maxBram?: number
  readonly maxLatency?: number
  readonly threads?: number
  readonly seed?: number
}

export interface ModelConfig {
  /** Where the config comes from: in Lutra's own everything unclear is an error. */
  readonly origin: 'none' | 'hls4ml' | 'lutra'
  /** Name of the file, for messages. */
  readonly file: string
  readonly projectName: string | undefined
  readonly backend: string | undefined
  readonly ioType: 'io_parallel' | 'io_stream'
  readonly part: string | undefined
  readonly clockNs: number | undefined
  readonly model: LayerSettings
  /** `Model.Precision.maximum`. */
  readonly maximum: Precision | undefined
  readonly layerType: ReadonlyMap<string, LayerSettings>
  readonly layerName: ReadonlyMap<string, LayerSettings>
  readonly outputRounding: OutputRounding | undefined
  readonly run: RunOptions
  /** Keys that only a vendor's project reads (ClockUncertainty, WriterConfig, …), by Lutra's name, as written. */
  readonly vendor: Readonly<Record<string, unknown>>
  /** `Optimizers` and the like that were given under HLSConfig, for `checkConfig`. */
  readonly passKeys: readonly string[]
  /** Made by hls4ml for a PyTorch module: layers' names begin with those of `forward`'s arguments. */
  readonly namesTorchInputs: boolean
}

export const noSettings: LayerSettings = { precision: {}, typeKeys: {}, choices: {}, place: '' }

/** The config of a user who gave none. */
export const emptyConfig: ModelConfig = {
  origin: 'none',
  file: '',
  projectName: undefined,
  backend: undefined,
  ioType: 'io_parallel',
  part: undefined,
  clockNs: undefined,
  model: noSettings,
  maximum: undefined,
  layerType: new Map(),
  layerName: new Map(),
  outputRounding: undefined,
  run: {},
  vendor: {},
  passKeys: [],
  namesTorchInputs: false,
}

/** True when the config sets any precision: then hls4ml's rules hold for the whole model. */
export function usesHls4mlRules(config: ModelConfig): boolean {
  const all = [config.model, ...config.layerType.values(), ...config.layerName.values()]
  return all.some(
    ({ precision, typeKeys }) => Object.keys(precision).length + Object.keys(typeKeys).length > 0,
  )
}

/** The settings that apply to a layer, nearest first. */
export function settingsOf(
  config: ModelConfig,
  layer: { name: string; layerClass: string; alsoNamed?: string },
): readonly LayerSettings[] {
  const found = [
    config.layerName.get(layer.name),
    layer.alsoNamed === undefined ? undefined : config.layerName.get(layer.alsoNamed),
    config.layerType.get(layer.layerClass),
    config.model,
  ]
  return found.filter(settings => settings !== undefined)
}
