// `lutra package`: a model as an accelerator for a board: Verilog, block design, driver, golden data.

import { programOf } from '../backends/graph-program.ts'
import { type Accelerator, buildAccelerator } from '../backends/verilog/accelerator.ts'
import type { DesignPort } from '../backends/verilog/design.ts'
import type { Board } from '../boards/boards.ts'
import { type Bus, chosenBus } from '../boards/bus.ts'
import { checkHlsRoad } from '../boards/hls/index.ts'
import type { InputScaler, PackageDescription, WordFrame } from '../boards/package-description.ts'
import { packageFiles, verilogAround } from '../boards/package-files.ts'
import type { GoldenRows } from '../boards/pynq/index.ts'
import { type Diagnostic, fail, finding } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import type { HlsProgram } from '../hls/call.ts'
import type { WordForm } from '../rtl/axi/word-stream.ts'
import type { RtlModule } from '../rtl/module.ts'
import { printVerilogProject } from '../rtl/print-module.ts'
import { version } from '../version.ts'
import { buildHashOf, decidedBy, sha256 } from './build-hash.ts'
import { checkpoint } from './checkpoint.ts'
import { checkOutputFolder, type FileSystem, writeFolderAtomic } from './files.ts'
import { type HardwareOptions, type PreparedDesign, prepareDesign } from './hardware.ts'
import { packageFit } from './package-fit.ts'
import { makingOf } from './package-making.ts'
import { manifestText, originOf } from './package-origin.ts'
import { askedWords, withPlatform } from './package-words.ts'
import type { PreparedModel } from './prepare.ts'
import { runFixed } from './run-fixed.ts'
import { floatWord, verifyWords, type WordRoad, type WordVerification, wordsOfRaw } from './verify-words.ts'

export { busInterfaces, links } from '../boards/bus.ts'

/** Sources of the IP in a block design. */
export const packageIps = ['rtl', 'hls'] as const
export type PackageIp = (typeof packageIps)[number]

export interface PackageOptions extends Omit<HardwareOptions, 'input'>, Partial<Bus> {
  /** Folder of the package; an earlier one there is replaced when this one is complete. */
  readonly out: string
  /** What words on the bus are: float32, or the elements' integers; the config's, else float32. */
  readonly words?: WordForm
  /** Words of 32 bits in each beat: 1 (default), 2 or 4. */
  readonly wordsPerBeat?: number
  /** Where Vivado's IP comes from: Lutra's own RTL (default), or beside it an HLS project with its block design. */
  readonly ip?: PackageIp
  /** Simulators that run the words; all there are by default. */
  readonly roads?: readonly WordRoad['road'][]
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
  readonly disk?: FileSystem
}

export interface PackageResult {
  readonly description: PackageDescription
  readonly verification: WordVerification
  readonly files: readonly string[]
  readonly findings: readonly Diagnostic[]
  /** Whether every road gives the emulator's words, and the network fits by its estimate. */
  readonly good: boolean
}

/** Packages a model. Its words are run through the wrapper first, on the vectors given. */
export async function packageModel(options: PackageOptions): Promise<PackageResult> {
  const say = options.onProgress ?? (() => {})
  await checkOutputFolder(options.out, options.disk)
  say('reading and typing the model')
  const { board, made, accelerator, hash, settings, program } = await prepareAccelerator(options)
  const fit = packageFit(made, board)
  say('running words through the wrapper')
  const golden = await goldenOf(made, settings.form)
  const verification = await verifyWords(accelerator, golden.words, settings.wordsPerBeat, options)
  const verilog = rtlFiles(accelerator.module)
  const around = verilogAround({ ...settings, project: made.design.options.project })
  const sources = [...Object.keys(verilog), ...around]
  const { conversions } = accelerator
  const known = { settings, conversions, sources }
  const description = describe(made, board, hash, verification, known)
  const source = await originOf(made, options)
  const files: Record<string, string | Uint8Array> = {
    ...verilog,
    ...packageFiles({
      description,
      conversions,
      golden: golden.rows,
      making: makingOf(source.origin),
      ...(program === undefined ? {} : { program }),
    }),
    ...source.files,
  }
  files['package.json'] = manifestText(description, source.origin, files)
  await checkpoint(options.signal)
  say('writing the package')
  await writeFolderAtomic(options.out, files, options.disk)
  // Drivers scale whether or not there are rows here.
  const scaling = made.randomVectors ? made.prepared.scaling.findings : []
  const findings = [...made.findings, ...scaling, ...fit, ...differences(verification)]
  const fits = !fit.some(({ code }) => code === 'fit/exceeds-device')
  return {
    description,
    verification,
    files: Object.keys(files).sort(),
    findings,
    good: verification.equal && fits,
  }
}

interface Settings extends Bus {
  readonly form: WordForm
  readonly wordsPerBeat: number
}

async function prepareAccelerator(options: PackageOptions) {
  const made = await prepareDesign(options, true)
  const board = withPlatform(boardOf(made), options.board !== undefined, made)
  const settings: Settings = {
    ...chosenBus(board, askedBus(options, made.prepared.config.run)),
    form: options.words ?? askedWords(made),
    wordsPerBeat: checkedWords(options.wordsPerBeat ?? 1),
  }
  const program = options.ip === 'hls' ? programFor(made, { ...settings, board }) : undefined
  const scaler = inputScaler(made.prepared)
  const hash = buildHashOf(made.prepared.loaded.bytes, {
    ...decidedBy(made),
    // The network as it is printed: drivers are for no other, whatever made it another.
    network: sha256(Object.values(printVerilogProject(made.design.core).files)),
    board: board.name,
    ...settings,
    ...(scaler === undefined ? {} : { scaler }),
  }).slice(0, 16)
  const accelerator = buildAccelerator(made.prepared.compiled.typed, made.design, {
    ...settings,
    buildHash: hash,
  })
  return { board, made, accelerator, hash, settings, program }
}

/** The network as C++. Fails with `package/ip` where it has none, or where no HLS tool's IP leads. */
function programFor(made: PreparedDesign, settings: Settings & { readonly board: Board }): HlsProgram {
  checkHlsRoad(settings)
  const program = programOf(made.prepared.compiled.typed, made.design.options.project)
  if (!Array.isArray(program)) return program as HlsProgram
  const { layer, reason } = program[0]!
  return fail({
    code: 'package/ip',
    place: layer,
    problem: `the layer has no C++ form: ${reason}`,
    expected: 'layers that all have one',
    remedy: 'Leave out --ip hls: Lutra’s own RTL needs no C++.',
  })
}

/** What flags say, or else the config. */
function askedBus(options: Partial<Bus>, run: Partial<Bus>): Partial<Bus> {
  const chosen = options.interface ?? run.interface
  const link = options.link ?? run.link
  return { ...(chosen === undefined ? {} : { interface: chosen }), ...(link === undefined ? {} : { link }) }
}

function boardOf({ board }: PreparedDesign): Board {
  if (board !== undefined) return board
  return fail({
    code: 'package/no-board',
    place: '--board',
    problem: 'nothing says which board the package is for',
    expected: 'a board, e.g. --board pynq-z2',
  })
}

function checkedWords(count: number): number {
  if ([1, 2, 4].includes(count)) return count
  return fail({
    code: 'package/words-per-beat',
    place: '--words-per-beat',
    problem: `${count} words in a beat`,
    expected: '1, 2 or 4, buses of 32, 64 or 128 bits',
  })
}

export interface Golden {
  readonly words: { readonly sent: bigint[][]; readonly expected: bigint[][] }
  /** What the package carries of it. */
  readonly rows: GoldenRows
}

/** Rows that a package carries; all are run before. */
const goldenRows = 1000

/** Words in and out by the emulator, and the same as numbers for the driver's test. */
export async function goldenOf(made: PreparedDesign, form: WordForm): Promise<Golden> {
  const { design, prepared, vectors } = made
  const { rows } = vectors[0]!
  const x = singles(vectors[0]!)
  const [input, output] = [design.inputs[0]!, design.outputs[0]!]
  const raw = await runFixed(prepared.compiled.typed, [x], [input.name, output.name])
  const given = raw.get(output.name)!
  const sent = form === 'raw' ? wordsOfRaw(raw.get(input.name)!, fracsOf(input), 'raw') : floatRows(x)
  const kept = Math.min(goldenRows, rows)
  const { labels } = prepared
  return {
    words: { sent, expected: wordsOfRaw(given, fracsOf(output), form) },
    rows: {
      rows: kept,
      ...goldenNumbers(made, x, kept),
      raw: given.raw.slice(0, output.types.length * kept),
      ...(labels === undefined ? {} : { labels: labels.slice(0, kept) }),
    },
  }
}

/** Rows as drivers are given them, and, where a scaler stands before the network, as it takes them. */
function goldenNumbers({ given, prepared }: PreparedDesign, x: Batch, kept: number) {
  const first = (batch: Batch) => batch.data.subarray(0, (batch.data.length / batch.rows) * kept)
  return inputScaler(prepared) === undefined ? { x: first(x) } : { x: first(given[0]!), scaled: first(x) }
}

/** The scaler of the one input that a package has. */
export function inputScaler({
  scaling: { scaler },
}: Pick<PreparedModel, 'scaling'>): InputScaler | undefined {
  const own = scaler?.scalers[0]
  return own && { per: own.per, offset: own.offset, factor: own.factor }
}

function floatRows({ rows, data }: Batch): bigint[][] {
  const size = data.length / rows
  return Array.from({ length: rows }, (_, row) =>
    Array.from(data.subarray(row * size, (row + 1) * size), floatWord),
  )
}

/** The rows as a float32 bus carries them. */
function singles(batch: Batch): Batch {
  return { ...batch, data: Float64Array.from(batch.data, Math.fround) }
}

function fracsOf({ types }: DesignPort): number[] {
  return types.map(({ frac }) => frac)
}

interface Known {
  readonly settings: Settings
  readonly conversions: Accelerator['conversions']
  /** Verilog files of the block. */
  readonly sources: readonly string[]
}

function describe(
  { design, prepared }: PreparedDesign,
  board: Board,
  buildHash: string,
  { latency, interval }: WordVerification,
  { settings, conversions, sources }: Known,
): PackageDescription {
  const { project, clockNs } = design.options
  const scaler = inputScaler(prepared)
  const frame = ({ name, shape, types }: DesignPort): WordFrame => ({ name, shape, types })
  return {
    project,
    board,
    buildHash,
    lutra: version,
    clockMhz: Math.round(1e6 / clockNs) / 1000,
    ...settings,
    input: frame(design.inputs[0]!),
    output: frame(design.outputs[0]!),
    ...(settings.form === 'raw' ? { conversions } : {}),
    ...(scaler === undefined ? {} : { scaler }),
    latencyCycles: latency,
    intervalCycles: interval,
    sources: [...sources].sort(),
  }
}

function rtlFiles(module: RtlModule): Record<string, string> {
  const { files } = printVerilogProject(module)
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`rtl/${name}`, text]))
}

function differences({ roads }: WordVerification): Diagnostic[] {
  return roads.flatMap(({ road, divergence, fault }) =>
    divergence === undefined && fault === undefined
      ? []
      : [
          finding({
            code: 'verify/mismatch',
            place: 'wrapper',
            problem:
              divergence === undefined
                ? `${road}: ${fault}`
                : `${road} differs from the emulator in frame ${divergence.frame}, word ${divergence.word}: ${divergence.got} instead of ${divergence.expected}`,
            remedy: 'This is a fault in Lutra; please report it with the model and config.',
          }),
        ],
  )
}
