// Gathers what a config says of a run: the model's files, the data, limits, the board.

import { type Precision, parsePrecision } from '../fixed/precision.ts'
import { busInterfaces, links } from '../rtl/axi/bus-interface.ts'
import type { DeploySettings, RunOptions } from './model-config.ts'
import { readAccelerator } from './parse-accelerator.ts'
import { readEntries, refuseKey, refuseValue } from './parse-settings.ts'
import type { ConfigReader } from './reader.ts'
import { foldKey } from './spelling.ts'
import { topKeys } from './top-keys.ts'
import { isMapping, mismatch, type ValueShape, wordOf } from './values.ts'

/** Run options out of the top's values, whose shapes were checked. */
export function readRunOptions(top: ReadonlyMap<string, unknown>, reader: ConfigReader): RunOptions {
  const plain = topKeys
    .filter(
      ({ name, use }) =>
        use === 'run' && name !== 'model' && name !== 'inputType' && name !== 'deploy' && top.has(name),
    )
    .map(({ name }) => [name, top.get(name)])
  const model = modelFiles(top, reader)
  const inputType = top.has('inputType') ? readInputType(top.get('inputType'), reader) : undefined
  const accelerator = readAccelerator(top.get('acceleratorConfig'), reader)
  const board = top.get('board') ?? accelerator.board
  const chosen = top.get('interface') ?? accelerator.interface
  const classes = top.get('classes') as string | readonly string[] | undefined
  return {
    ...(Object.fromEntries(plain) as RunOptions),
    ...(classes !== undefined && { classes: [classes].flat() }),
    ...(model.length > 0 && { model }),
    ...(inputType !== undefined && { inputType }),
    ...(top.has('deploy') && { deploy: readDeploy(top.get('deploy'), reader) }),
    ...(typeof board === 'string' && { board }),
    ...wordIn('interface', chosen, busInterfaces),
    ...wordIn('link', top.get('link'), links),
    ...(accelerator.words !== undefined && { words: accelerator.words }),
    ...(accelerator.platform !== undefined && { platform: accelerator.platform }),
  }
}

const deployShapes: Readonly<Record<keyof DeploySettings, ValueShape>> = {
  host: { kind: 'text' },
  user: { kind: 'text' },
  key: { kind: 'text' },
  port: { kind: 'integer', min: 1, max: 65535 },
  folder: { kind: 'text' },
}

function readDeploy(value: unknown, reader: ConfigReader): DeploySettings {
  const names = Object.keys(deployShapes) as (keyof DeploySettings)[]
  const found = readEntries(value, 'deploy', reader).flatMap(([key, given]) => {
    const path = `deploy.${key}`
    const name = names.find(known => foldKey(known) === foldKey(key))
    if (name === undefined) refuseKey(key, names, path, reader)
    const expected = name === undefined ? undefined : mismatch(given, deployShapes[name])
    if (expected !== undefined) refuseValue(given, expected, path, reader)
    return name === undefined || expected !== undefined ? [] : [[name, given] as const]
  })
  return Object.fromEntries(found)
}

/** `model`, or else hls4ml's KerasModel, KerasJson with KerasH5, OnnxModel. */
function modelFiles(top: ReadonlyMap<string, unknown>, reader: ConfigReader): readonly string[] {
  const own = [(top.get('model') ?? []) as string | readonly string[]].flat()
  const others = topKeys.filter(({ use, name }) => use === 'source' && top.has(name))
  if (own.length > 0 && others.length > 0) {
    reader.add('config/duplicate-key', others[0]!.name, {
      problem: `'model' and '${others[0]!.name}' both name the model`,
      expected: 'one of them',
    })
  }
  return own.length > 0 ? own : others.map(({ name }) => top.get(name) as string)
}

function readInputType(value: unknown, reader: ConfigReader): RunOptions['inputType'] {
  const read = (text: unknown, path: string) => reader.attempt(() => fixedOnly(String(text), path, reader))
  if (!isMapping(value)) return read(value, 'inputType')
  const entries = Object.entries(value).map(
    ([name, text]) => [name, read(text, `inputType.${name}`)] as const,
  )
  return new Map(entries.filter((entry): entry is readonly [string, Precision] => entry[1] !== undefined))
}

function fixedOnly(text: string, path: string, reader: ConfigReader): Precision | undefined {
  const precision = parsePrecision(text, reader.place(path))
  if (precision.kind === 'fixed') return precision
  reader.add('config/value', path, {
    problem: `the type of an input is '${text}'`,
    expected: 'a fixed-point type',
  })
  return undefined
}

/** A word by its own spelling, where there is one. */
function wordIn(name: string, value: unknown, words: readonly string[]): Partial<RunOptions> {
  const word = wordOf(value, words)
  return word === undefined ? {} : { [name]: word }
}
