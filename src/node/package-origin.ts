// What a package carries of what it was made from: the model as it was read, the config, the rows; and the hashes of it
// all. With these it is assessed wherever it lies.

import { relative, resolve, sep } from 'node:path'
import type { PackageManifest, PackageOrigin, PackageSource } from '../assess/manifest.ts'
import type { PackageDescription } from '../boards/package-description.ts'
import { writeNpy } from '../formats/npy.ts'
import { sha256 } from './build-hash.ts'
import { fileHash } from './file-hash.ts'
import { readFileBytes } from './files.ts'
import type { HardwareOptions, PreparedDesign } from './hardware.ts'
import { writeResolvedConfig } from './resolved-config.ts'
import { scalerFile } from './scaler.ts'

type Files = Readonly<Record<string, string | Uint8Array>>

/** The folder of what stays in the package alone: how the model came to its types. */
const typing = 'model/typing/'

/** Files of the model, by path in the package, and the record of them. `out` is the package's folder. */
export async function originOf(
  made: PreparedDesign,
  options: HardwareOptions & { readonly out: string },
): Promise<{ readonly files: Files; readonly origin: PackageOrigin }> {
  const { prepared, design, randomVectors, given } = made
  const names = prepared.loaded.sources.map(({ name }) => `model/${name}`)
  const rows = randomVectors ? undefined : given[0]!
  const {
    labels,
    scaling: { scaler },
  } = prepared
  const files: Record<string, string | Uint8Array> = {
    ...Object.fromEntries(names.map((name, k) => [name, prepared.loaded.bytes[k]!])),
    [`${typing}config.json`]: writeResolvedConfig(prepared.config),
    ...(scaler === undefined ? {} : { [`model/${scalerFile}`]: scaler.bytes }),
    ...(rows === undefined ? {} : { [`${typing}data.npy`]: rowsFile(rows) }),
    ...(labels === undefined || rows === undefined
      ? {}
      : { [`${typing}labels.npy`]: writeNpy({ shape: [labels.length], data: labels }, 'int64') }),
  }
  const at = (name: string) => (`${typing}${name}` in files ? `${typing}${name}` : undefined)
  const origin: PackageOrigin = {
    model: sha256(prepared.loaded.bytes),
    sources: await sourcesOf(made, options),
    files: {
      model: names,
      ...defined({
        config: at('config.json'),
        data: at('data.npy'),
        labels: at('labels.npy'),
        scaler: scaler && `model/${scalerFile}`,
      }),
    },
    settings: {
      clockNs: design.options.clockNs,
      ...defined({
        handshake: options.handshake,
        elementsPerBeat: options.elementsPerBeat,
        dsp: options.dsp,
        effort: options.effort,
        inputType: options.inputType,
        maxLoss: options.maxLoss,
        strict: options.strict,
      }),
    },
  }
  return { files, origin }
}

/** The text of `package.json`. */
export function manifestText(description: PackageDescription, origin: PackageOrigin, files: Files): string {
  const paths = Object.keys(files).sort()
  const manifest: PackageManifest = {
    ...description,
    origin,
    files: Object.fromEntries(paths.map(path => [path, fileHash(files[path]!)])),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

async function sourcesOf(
  { prepared }: PreparedDesign,
  { config, out }: HardwareOptions & { readonly out: string },
): Promise<PackageSource[]> {
  const from = (path: string) => relative(resolve(out), resolve(path)).split(sep).join('/')
  const models = prepared.loaded.sources.map(({ path }, k) => ({
    kind: k === 0 ? ('model' as const) : ('weights' as const),
    from: from(path),
    hash: fileHash(prepared.loaded.bytes[k]!),
  }))
  const { scaler } = prepared.scaling
  const scalers =
    scaler === undefined
      ? []
      : [{ kind: 'scaler' as const, from: from(scaler.file), hash: fileHash(scaler.bytes) }]
  if (config === undefined) return [...models, ...scalers]
  const hash = fileHash(await readFileBytes(config))
  return [...models, { kind: 'config', from: from(config), hash }, ...scalers]
}

/** Rows as they were read, and not scaled: doubles, unless float32 holds them all. */
function rowsFile({ rows, shape, data }: PreparedDesign['vectors'][number]): Uint8Array {
  const isSingle = data.every(value => Math.fround(value) === value)
  return writeNpy({ shape: [rows, ...shape], data }, isSingle ? 'float32' : 'float64')
}

/** Without what is undefined. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
