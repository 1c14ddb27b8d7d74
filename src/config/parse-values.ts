// From a config's values in any spelling to a `ModelConfig`: hls4ml's dict, a bare hls_config, Lutra's own object.
// Everything wrong is told at once.

import { fail } from '../diagnostics/diagnostic.ts'
import {
  emptyConfig,
  type LayerSettings,
  type ModelConfig,
  noSettings,
  type OutputRounding,
} from './model-config.ts'
import { readOutputRounding } from './parse-output-rounding.ts'
import { readRunOptions } from './parse-run.ts'
import { readEntries, readSettings, refuseKey, refuseValue, type SettingsParts } from './parse-settings.ts'
import { type ConfigReader, configReader } from './reader.ts'
import { foldKey } from './spelling.ts'
import { type TopKey, topKey, topKeys } from './top-keys.ts'
import { describe, isMapping, mismatch, wordOf } from './values.ts'

/** Values at the top by Lutra's names, each of the right shape. */
export type TopValues = ReadonlyMap<string, unknown>

/** As `parseConfig`, of what a config's text holds. */
export function parseConfigValues(value: unknown, file: string, origin?: 'hls4ml' | 'lutra'): ModelConfig {
  if (!isMapping(value)) {
    return fail({
      code: 'config/not-a-config',
      place: file,
      problem: `the config is ${describe(value)}`,
      expected: 'a mapping of keys',
    })
  }
  const reader = configReader(file)
  const { top, hls } = readTop(value, reader)
  const settings = readHls(hls, reader)
  const config: ModelConfig = {
    ...emptyConfig,
    origin: origin ?? (top.has('$schema') ? 'lutra' : 'hls4ml'),
    file,
    projectName: top.get('projectName') as string | undefined,
    backend: top.get('backend') as string | undefined,
    ioType: (top.get('ioType') as ModelConfig['ioType'] | undefined) ?? 'io_parallel',
    part: top.get('part') as string | undefined,
    clockNs: top.get('clock') as number | undefined,
    outputRounding: readRounding(top, reader),
    run: readRunOptions(top, reader),
    vendor: Object.fromEntries(
      topKeys
        .filter(key => key.use === 'vendor' && top.has(key.name))
        .map(key => [key.name, top.get(key.name)]),
    ),
    ...settings,
  }
  reader.throwIfAny()
  return config
}

function readRounding(top: TopValues, reader: ConfigReader): OutputRounding | undefined {
  const value = top.get('outputRoundingSaturationMode')
  return value === undefined ? undefined : readOutputRounding(value, 'outputRoundingSaturationMode', reader)
}

/** The keys of an hls_config, by folded name, each with the place it stands in. */
type HlsValues = ReadonlyMap<string, unknown>

const hlsNames = ['Model', 'LayerType', 'LayerName', 'Flows', 'Optimizers', 'SkipOptimizers', 'InputShape']

/** Sorts the top's keys: an hls_config may stand there whole, or its keys by themselves. */
function readTop(
  value: Readonly<Record<string, unknown>>,
  reader: ConfigReader,
): { top: TopValues; hls: HlsValues } {
  const top = new Map<string, unknown>()
  const hls = new Map<string, unknown>()
  for (const [key, given] of readEntries(value, '', reader, name => topKey(name)?.name ?? name)) {
    const known = topKey(key)
    // `model` is a file in Lutra's configs, and the settings of the whole model in hls4ml's.
    if (foldKey(key) === 'model' && isMapping(given)) setOnce(hls, 'model', given, key, reader)
    else if (known === undefined)
      refuseKey(key, [...topKeys.map(({ name }) => name), ...hlsNames], key, reader)
    else if (known.name === 'hlsConfig') readHlsKeys(given, key, hls, reader)
    else if (known.use === 'hls') setOnce(hls, foldKey(key), given, key, reader)
    else setTop(top, known, given, key, reader)
  }
  return { top, hls }
}

function setTop(
  top: Map<string, unknown>,
  known: TopKey,
  value: unknown,
  path: string,
  reader: ConfigReader,
): void {
  const expected = mismatch(value, known.shape)
  if (expected !== undefined) refuseValue(value, expected, path, reader)
  else top.set(known.name, known.shape.kind === 'word' ? wordOf(value, known.shape.words) : value)
}

function readHlsKeys(value: unknown, path: string, hls: Map<string, unknown>, reader: ConfigReader): void {
  for (const [key, given] of readEntries(value, path, reader)) {
    if (hlsNames.some(name => foldKey(name) === foldKey(key)))
      setOnce(hls, foldKey(key), given, `${path}.${key}`, reader)
    else refuseKey(key, hlsNames, `${path}.${key}`, reader)
  }
}

function setOnce(
  into: Map<string, unknown>,
  name: string,
  value: unknown,
  path: string,
  reader: ConfigReader,
): void {
  if (into.has(name)) {
    reader.add('config/duplicate-key', path, {
      problem: 'the key is given twice',
      expected: 'one of the two',
    })
  }
  into.set(name, value)
}

type HlsSettings = Pick<
  ModelConfig,
  'model' | 'maximum' | 'layerType' | 'layerName' | 'passKeys' | 'namesTorchInputs'
>

function readHls(hls: HlsValues, reader: ConfigReader): HlsSettings {
  const { maximum, ...model } = hls.has('model')
    ? readSettings(hls.get('model'), 'Model', reader)
    : { ...noSettings, place: 'Model', maximum: undefined }
  checkFlows(hls, reader)
  return {
    model,
    maximum,
    namesTorchInputs: hls.has('inputshape'),
    layerType: readLayers(hls.get('layertype'), 'LayerType', reader),
    layerName: readLayers(hls.get('layername'), 'LayerName', reader),
    passKeys: ['Optimizers', 'SkipOptimizers'].filter(name => hls.has(foldKey(name))),
  }
}

/** Layers are named exactly, so their entries may differ by case alone. */
function readLayers(value: unknown, place: string, reader: ConfigReader): ReadonlyMap<string, LayerSettings> {
  const entries = readEntries(value, place, reader, name => name)
  return new Map(
    entries.map(([name, given]) => [name, withoutMaximum(readSettings(given, `${place}.${name}`, reader))]),
  )
}

function withoutMaximum({ maximum: _, ...settings }: SettingsParts): LayerSettings {
  return settings
}

/** hls4ml's default flow is what Lutra's passes do; any other would be another graph. */
function checkFlows(hls: HlsValues, reader: ConfigReader): void {
  const flows = hls.get('flows')
  if (flows !== undefined) {
    const list = Array.isArray(flows) ? (flows as readonly unknown[]) : [flows]
    const isDefault = list.every(flow => typeof flow === 'string' && /^\w+:ip$/.test(flow))
    if (!isDefault) {
      reader.add('config/not-supported', 'Flows', {
        problem: 'the config chooses flows of its own',
        expected: "the backend's default flow, such as 'vivado:ip'",
        remedy: 'Remove Flows.',
      })
    }
  }
  if (hls.has('optimizers') && hls.has('skipoptimizers')) {
    reader.add('config/exclusive-keys', 'SkipOptimizers', {
      problem: 'Optimizers and SkipOptimizers exclude one another',
      expected: 'one of them, or neither: hls4ml reads them without effect',
    })
  }
}
