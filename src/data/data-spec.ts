// What a data set's description may say, by the kind of its files: what no reader looks at is refused, not passed over.

import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import type { DataSpec, MoreTarget } from './dataset.ts'

export type FileSpec = Extract<DataSpec, { file: unknown }>
type MadeSpec = Extract<DataSpec, { generate: unknown }>

/** Tables as text; CIFAR's images with their labels; arrays of any other format. */
export type FileFormat = 'table' | 'cifar' | 'array'

const takenBy: Readonly<Record<keyof FileSpec, readonly FileFormat[]>> = {
  file: ['table', 'cifar', 'array'],
  labelColumn: ['table', 'array'],
  targetColumns: ['table'],
  dropColumns: ['table'],
  labels: ['table', 'array'],
  targets: ['table', 'array'],
  more: ['table', 'array'],
  names: ['table', 'cifar', 'array'],
  shape: ['table', 'array'],
  missing: ['table'],
  kind: ['cifar'],
}

const moreKeys: Readonly<Record<keyof MoreTarget, true>> = {
  labelColumn: true,
  targetColumns: true,
  labels: true,
  targets: true,
  names: true,
}

/** Fails with `data/unknown-setting` for a word that no further output has. */
export function checkMore(more: Readonly<Record<string, MoreTarget>>): void {
  for (const own of Object.values(more))
    for (const key of Object.keys(own)) if (!(key in moreKeys)) failUnknown(key, Object.keys(moreKeys))
}

const madeKeys: Readonly<Record<keyof MadeSpec, true>> = {
  generate: true,
  count: true,
  seed: true,
  settings: true,
}

const formatWords: Readonly<Record<FileFormat, string>> = {
  table: 'a table as text',
  cifar: 'CIFAR’s images, which hold their labels',
  array: 'an array',
}

/** By the ending of the first file; `.gz` is what it is packed in. */
export function formatOf({ file }: FileSpec): FileFormat {
  const name = (typeof file === 'string' ? file : file[0]!).toLowerCase().replace(/\.gz$/, '')
  return name.endsWith('.csv') ? 'table' : name.endsWith('.bin') ? 'cifar' : 'array'
}

/** Fails with `data/unknown-setting` for a word that no data set has, and for one that its files have no use for. */
export function checkDataSpec(spec: DataSpec): void {
  const known = 'generate' in spec ? Object.keys(madeKeys) : Object.keys(takenBy)
  const format = 'generate' in spec ? undefined : formatOf(spec)
  if ('more' in spec) checkMore(spec.more ?? {})
  for (const [key, value] of Object.entries(spec)) {
    if (value === undefined) continue
    if (!known.includes(key)) failUnknown(key, known)
    if (format !== undefined && !takenBy[key as keyof FileSpec].includes(format)) failUnused(key, format)
  }
}

function failUnknown(key: string, known: readonly string[]): never {
  const hint = didYouMean(key, known)
  return fail({
    code: 'data/unknown-setting',
    place: 'data',
    problem: `'${key}' is not known there`,
    expected: known.join(', '),
    ...(hint === '' ? {} : { remedy: hint }),
  })
}

function failUnused(key: string, format: FileFormat): never {
  const taken = Object.entries(takenBy).flatMap(([name, formats]) => (formats.includes(format) ? [name] : []))
  return fail({
    code: 'data/unknown-setting',
    place: 'data',
    problem: `'${key}' means nothing for ${formatWords[format]}`,
    expected: taken.join(', '),
    remedy: 'Leave it out, or give a file that it is for.',
  })
}
