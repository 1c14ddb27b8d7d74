// What `package.json` holds: the description of a package, what it was made from, and the hash of every file, so that it
// can be assessed wherever it lies.

import type { PackageDescription } from '../boards/package-description.ts'
import { fail } from '../diagnostics/diagnostic.ts'

/** A file that a package was made from. */
export interface PackageSource {
  readonly kind: 'model' | 'weights' | 'config' | 'scaler'
  /** Where it was read, seen from the package's folder. */
  readonly from: string
  /** SHA-256 of its bytes then. */
  readonly hash: string
}

/** All that decides what is built from the model, so that the same is built again. */
export interface PackageSettings {
  readonly clockNs: number
  readonly handshake?: 'stream' | 'valid' | 'none'
  readonly elementsPerBeat?: number
  readonly dsp?: boolean
  readonly effort?: number
  readonly inputType?: string
  readonly maxLoss?: number
  readonly strict?: boolean
}

export interface PackageOrigin {
  /** SHA-256 of the model as `report.json` tells it: of all its files, each counted with its length. */
  readonly model: string
  /** Empty for a network that a program defined. */
  readonly sources: readonly PackageSource[]
  /** Files in the package, relative to its folder. */
  readonly files: {
    /** The model, and its weights where they stand apart. */
    readonly model: readonly string[]
    readonly config?: string
    /** What scales rows before the network takes them, where it stands outside; rows here are not scaled yet. */
    readonly scaler?: string
    /** Rows that types were found on and the accelerator was checked on. */
    readonly data?: string
    readonly labels?: string
  }
  readonly settings: PackageSettings
}

export interface PackageManifest extends PackageDescription {
  readonly origin: PackageOrigin
  /** SHA-256 of every file but `package.json`, by path. */
  readonly files: Readonly<Record<string, string>>
}

const remedy = 'Copy the whole folder again, or package the model again.'

/** Reads `package.json`. Fails with `package/not-json` or `package/not-a-package`; `place` is the file's name. */
export function parseManifest(text: string, place: string): PackageManifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    return fail(
      {
        code: 'package/not-json',
        place,
        problem: 'the file is not JSON',
        expected: 'a package.json',
        remedy,
      },
      cause,
    )
  }
  const missing = problemOf(json)
  if (missing === undefined) return json as PackageManifest
  return fail({
    code: 'package/not-a-package',
    place,
    problem: missing,
    expected: 'the package.json that lutra package wrote',
    remedy: 'Name the folder of a package; one of an older Lutra must be made again.',
  })
}

/** The form of what is relied upon; each file's own content is held by its hash. */
const form = {
  project: isText,
  'board.name': isText,
  'board.part': isText,
  'board.kind': isText,
  buildHash: (value: unknown) => isText(value) && /^[0-9a-f]{16}$/.test(value),
  lutra: isText,
  clockMhz: isNumber,
  form: (value: unknown) => value === 'float' || value === 'raw',
  interface: isText,
  link: isText,
  wordsPerBeat: isNumber,
  'input.types': isFilled,
  'output.types': isFilled,
  latencyCycles: isNumber,
  intervalCycles: isNumber,
  sources: isFilled,
  'origin.model': isText,
  'origin.sources': Array.isArray,
  'origin.files.model': Array.isArray,
  'origin.settings.clockNs': isNumber,
  files: isHashes,
} as const satisfies Record<string, (value: unknown) => boolean>

function problemOf(json: unknown): string | undefined {
  const wrong = Object.entries(form).find(([path, holds]) => !holds(valueAt(json, path)))
  if (wrong === undefined) return undefined
  const [path] = wrong
  return valueAt(json, path) === undefined ? `it has no '${path}'` : `its '${path}' is not as it should be`
}

function valueAt(json: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), json)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && value > 0
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

function isHashes(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(hash => isText(hash) && /^[0-9a-f]{64}$/.test(hash))
}
