// `package.tar.gz`: what a board needs of a package, under the names that users of hls4ml know.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageManifest } from '../assess/manifest.ts'
import { firmwareFile } from '../boards/comblock/cluster-python.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { writeTarGz } from '../formats/tar.ts'
import { type FileSystem, readFileBytes, writeFileAtomic } from './files.ts'

/** The bitstream's name in the archive, without its ending. */
const archived = 'hls4ml_nn'

/**
 * Writes `package.tar.gz` into a package whose bitstream is there: `hls4ml_nn.bit` with what belongs to it, the driver,
 * the notebook and the golden data. Gives what a user looks for, the archive among it, relative to the folder. Fails
 * with `vendor/no-bitstream`.
 */
export async function archivePackage(
  manifest: PackageManifest,
  folder: string,
  disk: FileSystem,
): Promise<string[]> {
  const hardware = hardwareOf(manifest, folder)
  const main = hardware[0]!
  if (!main.there) return noBitstream(folder, main.path)
  const there = hardware.filter(own => own.there)
  const read = (path: string) => readFileBytes(join(folder, path), disk)
  const files: Record<string, Uint8Array> = {}
  for (const { path, name } of there) files[name] = await read(path)
  for (const path of softwareOf(manifest)) {
    const name = path.slice(path.indexOf('/') + 1)
    const bytes = await read(path)
    files[name] = name.endsWith('.ipynb') ? renamed(bytes, manifest.project) : bytes
  }
  await writeFileAtomic(join(folder, 'package.tar.gz'), writeTarGz(files), disk)
  return [...there.map(({ path }) => path), 'package.tar.gz']
}

/** What the vendor's tools made, the bitstream first. */
function hardwareOf(manifest: PackageManifest, folder: string) {
  const { project, board } = manifest
  const firmware = firmwareFile(manifest)
  const paths =
    board.kind === 'alveo'
      ? [[`alveo/build/${project}.hw.xclbin`, `${archived}.xclbin`] as const]
      : [
          ...['bit', 'hwh', 'xsa'].map(
            ending => [`hw/${project}.${ending}`, `${archived}.${ending}`] as const,
          ),
          // A cluster looks for its hardware by a name of its own.
          ...(firmware === `${project}.xsa` ? [] : [[`hw/${firmware}`, firmware] as const]),
        ]
  return paths.map(([path, name]) => ({ path, name, there: existsSync(join(folder, path)) }))
}

/** Drivers, notebook and golden data: what lies flat in one folder on a board. */
function softwareOf({ files }: PackageManifest): string[] {
  const inside = (folder: string) =>
    Object.keys(files).filter(path => new RegExp(`^${folder}/[^/]+$`).test(path))
  const pynq = inside('pynq')
  const hosts = [...inside('comblock'), ...inside('alveo').filter(path => path.endsWith('.py'))]
  return pynq.length > 0 ? pynq : [...inside('data'), ...hosts]
}

/** The notebook, loading the bitstream by the name that it has in the archive. */
function renamed(notebook: Uint8Array, project: string): Uint8Array {
  const text = new TextDecoder().decode(notebook)
  return new TextEncoder().encode(
    text.replaceAll(new RegExp(`\\b${project}\\.(bit|hwh)\\b`, 'g'), `${archived}.$1`),
  )
}

function noBitstream(folder: string, path: string): never {
  return fail({
    code: 'vendor/no-bitstream',
    place: folder,
    problem: `there is no ${path}`,
    expected: 'a package whose bitstream is built',
    remedy: 'Build it first, as the README.md of the package says, or with lutra synth.',
  })
}
