// Opens a package's folder: reads what it says of itself and holds every file against its hash, so that a half-copied one
// is told by file before anything is run on it.

import { basename, join } from 'node:path'
import type { AssessmentArtefact } from '../assess/assessment.ts'
import { type PackageManifest, parseManifest } from '../assess/manifest.ts'
import { CompileError, type Diagnostic, error, fail, finding } from '../diagnostics/diagnostic.ts'
import { fileHash } from './file-hash.ts'
import { diskFileSystem, type FileSystem, readFileBytes } from './files.ts'

export interface OpenPackage {
  readonly folder: string
  readonly manifest: PackageManifest
  /** Every file that it should have, and the bitstream where there is one. */
  readonly artefacts: readonly AssessmentArtefact[]
  /** Files that are missing or changed, and sources that have changed since: none of them is to be passed over. */
  readonly findings: readonly Diagnostic[]
}

/** Where the package's bitstream lies once it is made, and what Vivado says of its blocks. */
export function bitstreamFiles({ project }: Pick<PackageManifest, 'project'>): string[] {
  return [`hw/${project}.bit`, `hw/${project}.hwh`]
}

/** Reads `package.json` and checks all files. Fails with `package/*` where the folder is no package. */
export async function openPackage(folder: string, disk: FileSystem = diskFileSystem): Promise<OpenPackage> {
  const manifest = await readManifest(folder, disk)
  const checked = await Promise.all(
    Object.entries(manifest.files).map(([path, hash]) => artefactOf(folder, path, hash, disk)),
  )
  const added = await Promise.all(
    bitstreamFiles(manifest).map(path => artefactOf(folder, path, undefined, disk)),
  )
  const artefacts = [...checked, ...added.filter(({ state }) => state !== 'missing')]
  const findings = [
    ...artefacts.flatMap(artefact => damageOf(folder, artefact)),
    ...(await olderFindings(folder, manifest, disk)),
  ]
  return { folder, manifest, artefacts, findings }
}

/** Fails, naming every file of these that is missing or changed: nothing can be done without them. */
export function needFiles(opened: OpenPackage, paths: readonly string[]): void {
  const damaged = opened.artefacts.filter(({ path }) => paths.includes(path))
  const told = damaged.flatMap(artefact => damageOf(opened.folder, artefact))
  if (told.length > 0) throw new CompileError(told.map(({ severity: _, ...one }) => error(one)))
}

async function readManifest(folder: string, disk: FileSystem): Promise<PackageManifest> {
  const entries = await disk.list(folder).catch(() => undefined)
  if (entries !== undefined && !entries.includes('package.json')) {
    return fail({
      code: 'package/not-a-package',
      place: folder,
      problem: 'the folder has no package.json',
      expected: 'a folder that lutra package wrote',
      remedy: 'Name the folder of a package, or copy it again if its package.json got lost.',
    })
  }
  const path = join(folder, 'package.json')
  return parseManifest(new TextDecoder().decode(await readFileBytes(path, disk)), path)
}

async function artefactOf(
  folder: string,
  path: string,
  hash: string | undefined,
  disk: FileSystem,
): Promise<AssessmentArtefact> {
  const bytes = await disk.readFile(join(folder, path)).catch(() => undefined)
  if (bytes === undefined) return { path, hash: '', state: 'missing' }
  const found = fileHash(bytes)
  const state = hash === undefined ? 'added' : found === hash ? 'as packaged' : 'changed'
  return { path, hash: found, state }
}

function damageOf(folder: string, { path, state }: AssessmentArtefact): Diagnostic[] {
  if (state !== 'missing' && state !== 'changed') return []
  return [
    finding({
      code: 'package/damaged',
      place: join(folder, path),
      problem:
        state === 'missing'
          ? 'package.json names the file, and it is not there'
          : 'its SHA-256 is not the one in package.json: it was changed, or copied in part',
      expected: 'the file as it was packaged',
      remedy: 'Copy the whole folder again, or package the model again.',
    }),
  ]
}

/** Sources that still lie where they were read, with other contents now. */
async function olderFindings(
  folder: string,
  { origin }: PackageManifest,
  disk: FileSystem,
): Promise<Diagnostic[]> {
  const found = await Promise.all(
    origin.sources.map(async ({ kind, from, hash }) => {
      const place = join(folder, from)
      const bytes = await disk.readFile(place).catch(() => undefined)
      if (bytes === undefined || fileHash(bytes) === hash) return []
      return [
        finding({
          code: 'package/older-than-model',
          place,
          problem: `the ${kind} that '${basename(folder)}' was made from has other contents now: what is packaged is not this ${kind}`,
          expected: `the file with SHA-256 ${hash.slice(0, 12)}…`,
          remedy: 'Package the model again.',
        }),
      ]
    }),
  )
  return found.flat()
}
