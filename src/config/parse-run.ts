// Gathers what a config says of a run: the model's files, the data, limits, the board.

import { type Precision, parsePrecision } from '../fixed/precision.ts'
import { busInterfaces, links } from '../rtl/axi/bus-interface.ts'
import type { RunOptions } from './model-config.ts'
import type { ConfigReader } from './reader.ts'
import { foldKey } from './spelling.ts'
import { topKeys } from './top-keys.ts'
import { describe, isMapping, mismatch, wordOf } from './values.ts'

/** Run options out of the top's values, whose shapes were checked. */
export function readRunOptions(top: ReadonlyMap<string, unknown>, reader: ConfigReader): RunOptions {
  const plain = topKeys
    .filter(({ name, use }) => use === 'run' && name !== 'model' && name !== 'inputType' && top.has(name))
    .map(({ name }) => [name, top.get(name)])
  const model = modelFiles(top, reader)
  const inputType = top.has('inputType') ? readInputType(top.get('inputType'), reader) : undefined
  const board = top.get('board') ?? accelerator(top, 'board')
  const chosen = top.get('interface') ?? acceleratorInterface(top, reader)
  return {
    ...(Object.fromEntries(plain) as RunOptions),
    ...(model.length > 0 && { model }),
    ...(inputType !== undefined && { inputType }),
    ...(typeof board === 'string' && { board }),
    ...wordIn('interface', chosen, busInterfaces),
    ...wordIn('link', top.get('link'), links),
  }
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

/** hls4ml's accelerator backend has board and interface inside its own section. */
function accelerator(top: ReadonlyMap<string, unknown>, wanted: string): unknown {
  const section = top.get('acceleratorConfig')
  if (!isMapping(section)) return undefined
  return Object.entries(section).find(([key]) => foldKey(key) === wanted)?.[1]
}

function acceleratorInterface(top: ReadonlyMap<string, unknown>, reader: ConfigReader): unknown {
  const value = accelerator(top, 'interface')
  const expected = value === undefined ? undefined : mismatch(value, { kind: 'word', words: busInterfaces })
  if (expected === undefined) return value
  reader.add('config/value', 'AcceleratorConfig.Interface', { problem: `it is ${describe(value)}`, expected })
  return undefined
}

/** A word by its own spelling, where there is one. */
function wordIn(name: string, value: unknown, words: readonly string[]): Partial<RunOptions> {
  const word = wordOf(value, words)
  return word === undefined ? {} : { [name]: word }
}
