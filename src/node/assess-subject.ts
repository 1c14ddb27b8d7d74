// What an assessment runs: the package's own model typed and built again as it was, and the rows that every road gets.

import { join } from 'node:path'
import type { PackageManifest } from '../assess/manifest.ts'
import { type Accelerator, buildAccelerator } from '../backends/verilog/accelerator.ts'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { printVerilogProject } from '../rtl/print-module.ts'
import { fileHash } from './file-hash.ts'
import { readFileBytes } from './files.ts'
import { type PreparedDesign, prepareDesign } from './hardware.ts'
import { needFiles, type OpenPackage } from './open-package.ts'
import { readBatches } from './prepare.ts'
import { readResolvedConfig } from './resolved-config.ts'
import { scaleBatches } from './scaler.ts'

/** Rows other than the package's own. */
export interface RowSource {
  readonly data?: string
  readonly labelColumn?: string
  readonly labels?: string
}

export interface AssessSubject {
  readonly manifest: PackageManifest
  readonly made: PreparedDesign
  readonly accelerator: Accelerator
  /** Verilog files of the package that are not what the model gives here, by path. */
  readonly otherVerilog: readonly string[]
  /** As the network takes them. */
  readonly rows: Batch
  /** As drivers are given them: the same where no scaler stands before the network. */
  readonly given: Batch
  readonly labels: readonly number[] | undefined
  /** Names of the classes, from class 0, as far as the package or the rows say them. */
  readonly classes: readonly string[] | undefined
  /** `package`, `random`, or the file's name. */
  readonly source: string
  /** What is to be said of the rows. */
  readonly rowFindings: readonly Diagnostic[]
}

/** Builds the package's accelerator again. Fails with `package/*` where what it is made from is damaged. */
export async function assessSubject(opened: OpenPackage, given: RowSource): Promise<AssessSubject> {
  const { folder, manifest } = opened
  const { files, settings } = manifest.origin
  const [model, weights] = files.model
  if (model === undefined) return refuseProgram(folder)
  const { config, data, labels, scaler } = files
  needFiles(
    opened,
    [...files.model, config, data, labels, scaler].filter(path => path !== undefined),
  )
  const at = (path: string) => join(folder, path)
  const { clockNs, ...hardware } = settings
  const made = await prepareDesign({
    ...hardware,
    model: at(model),
    ...(weights === undefined ? {} : { weights: at(weights) }),
    ...(config === undefined ? {} : { readConfig: await configAt(at(config)) }),
    ...(data === undefined ? {} : { data: [at(data)] }),
    ...(labels === undefined ? {} : { labels: at(labels) }),
    scaler: scaler === undefined ? false : at(scaler),
    project: manifest.project,
    part: manifest.board.part,
    clock: clockNs,
  })
  const { buildHash, form, wordsPerBeat, interface: bus, link } = manifest
  const options = { buildHash, form, wordsPerBeat, interface: bus, link }
  const accelerator = buildAccelerator(made.prepared.compiled.typed, made.design, options)
  return {
    manifest,
    made,
    accelerator,
    otherVerilog: otherVerilog(manifest, accelerator),
    ...(await rowsOf(made, at(model), given)),
  }
}

async function configAt(path: string) {
  return readResolvedConfig(new TextDecoder().decode(await readFileBytes(path)), path)
}

function refuseProgram(folder: string): never {
  return fail({
    code: 'assess/no-model',
    place: folder,
    problem: 'the package was made from a network that a program defines, and carries no model',
    expected: 'a package made from a model file',
    remedy: 'Compare the roads where the network is defined, with packageModel or verify.',
  })
}

function otherVerilog({ files }: PackageManifest, { module }: Accelerator): string[] {
  return Object.entries(printVerilogProject(module).files)
    .map(([name, text]) => [`rtl/${name}`, text] as const)
    .filter(([path, text]) => files[path] !== fileHash(text))
    .map(([path]) => path)
}

async function rowsOf(
  made: PreparedDesign,
  model: string,
  { data, labelColumn, labels }: RowSource,
): Promise<Pick<AssessSubject, 'rows' | 'given' | 'labels' | 'classes' | 'source' | 'rowFindings'>> {
  if (data === undefined) {
    if (labelColumn !== undefined || labels !== undefined) refuseLabels(labels ?? `column ${labelColumn}`)
    const { vectors, given, randomVectors, prepared } = made
    return {
      rows: vectors[0]!,
      given: given[0]!,
      labels: prepared.labels,
      classes: prepared.classes,
      source: randomVectors ? 'random' : 'package',
      rowFindings: [],
    }
  }
  const { loaded, config } = made.prepared
  const read = await readBatches(loaded.graph, [data], {
    model,
    ...(config.run.classes === undefined ? {} : { classes: config.run.classes }),
    ...(labelColumn === undefined ? {} : { labelColumn }),
    ...(labels === undefined ? {} : { labels }),
  })
  const { inputs, labels: own, classes, findings } = read!
  const { scaler } = made.prepared.scaling
  const { given, scaled } =
    scaler === undefined ? { given: inputs, scaled: inputs } : scaleBatches(scaler, inputs)
  return {
    rows: scaled[0]!,
    given: given[0]!,
    labels: own,
    classes,
    source: data.replace(/^.*[\\/]/, ''),
    rowFindings: findings ?? [],
  }
}

function refuseLabels(given: string): never {
  return fail({
    code: 'assess/labels-without-data',
    place: '--labels',
    problem: `classes are given (${given}), and no rows that they belong to`,
    expected: '--data beside them, or neither: a package knows the classes of its own rows',
    remedy: 'Give --data too.',
  })
}
