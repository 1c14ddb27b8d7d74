// Proves by SAT that two combinational Verilog modules with equal ports compute the same. Yosys makes a miter of them,
// ABC merges what it proves equal inside (SAT sweeping) and solves the rest; when the modules differ, Yosys's own
// solver gives the input on which they do.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bug, fail } from '../../diagnostics/diagnostic.ts'
import { runProcess } from '../process.ts'
import { adderMap } from './adder-map.ts'
import { chooseYosys } from './synthesise.ts'
import { memoryExceeded, type YosysTool } from './tool.ts'

/** A combinational module with packed input `x` and packed output `y`. */
export interface ProvableModule {
  /** All of its Verilog, memories not among it. */
  readonly verilog: string
  readonly top: string
}

export interface ProofRequest {
  /** The design that is to be proved. */
  readonly design: ProvableModule
  /** What it is to be equal to. */
  readonly reference: ProvableModule
  /** Bits of the output that are compared, from `low` on; all of them by default. */
  readonly slice?: { readonly low: number; readonly width: number }
  readonly inputWidth: number
  readonly outputWidth: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** The native Yosys when there is one, else the embedded one, unless given. */
  readonly tool?: YosysTool
}

export type Verdict = (
  | { readonly verdict: 'proved' }
  /** Neither proved nor refuted in the time given, or for the reason said. */
  | { readonly verdict: 'not proved'; readonly reason: string }
  /** The packed input on which the two differ. */
  | { readonly verdict: 'refuted'; readonly counterexample: bigint }
) & { readonly seconds: number }

/** Proves or refutes; rejects with the signal's reason when aborted, leaving no process behind. */
export async function proveEqual(request: ProofRequest): Promise<Verdict> {
  request.signal?.throwIfAborted()
  // Without bits on both sides there is nothing that could differ.
  if (request.outputWidth === 0) return { verdict: 'proved', seconds: 0 }
  const tool = request.tool ?? (await chooseYosys())
  const deadline = performance.now() + request.timeoutMs
  const swept = await run(tool, request, deadline, sweepScript)
  if (swept.ended !== undefined) return notProved(swept.ended, swept.seconds)
  if (/Networks are equivalent/.test(swept.log)) return { verdict: 'proved', seconds: swept.seconds }
  // They differ, which ABC may end badly on, or there was nothing for it to do.
  const solved = await run(tool, request, deadline, solveScript)
  const seconds = swept.seconds + solved.seconds
  if (solved.ended !== undefined) return notProved(solved.ended, seconds)
  if (solved.exitCode !== 0) return proverFailed(tool, solved)
  if (/no model found: SUCCESS/.test(solved.log)) return { verdict: 'proved', seconds }
  if (/model found: FAIL/.test(solved.log))
    return { verdict: 'refuted', counterexample: inputOf(solved.log), seconds }
  return { verdict: 'not proved', reason: 'the solver gave up', seconds }
}

interface Run {
  readonly exitCode: number | null
  readonly log: string
  readonly output: string
  readonly seconds: number
  /** Why it has no result, when it was cut short. */
  readonly ended?: string
}

function notProved(reason: string, seconds: number): Verdict {
  return { verdict: 'not proved', reason, seconds }
}

const miter = [
  'read_verilog -sv lutra_design.v lutra_reference.v lutra_pair.v',
  'hierarchy -check -top lutra_miter',
  'proc',
  'flatten',
  'opt_clean',
]

const sweepScript = [
  ...miter,
  'techmap -map lutra_ripple.v',
  'techmap',
  'opt_clean',
  'tee -q -o lutra_log.txt abc -script lutra_sweep.abc',
]

/**
 * Sums as plain chains of full adders. Sums that add the same operands then look alike to ABC, and there are a third
 * of the gates that carry look-ahead takes.
 */
const rippleMap = adderMap([
  'wire [Y_WIDTH-1:0] a, b, c;',
  'wire [Y_WIDTH:0] carry;',
  '\\$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_WIDTH), .Y_WIDTH(Y_WIDTH)) first (.A(A), .Y(a));',
  '\\$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) second (.A(B), .Y(b));',
  'assign c = SUBTRACT ? ~b : b;',
  "assign carry = {(a & c) | (carry[Y_WIDTH-1:0] & (a ^ c)), SUBTRACT ? 1'b1 : 1'b0};",
  'assign Y = a ^ c ^ carry[Y_WIDTH-1:0];',
])

/** Sweeping: what is equal inside is proved from the inputs on, so that each step is small. */
function abcScript(seconds: number): string {
  return `strash; &get; &cec -m -T ${Math.max(1, Math.ceil(seconds))}\n`
}

const solveScript = [...miter, 'tee -q -o lutra_log.txt sat -prove differ 0 -show x lutra_miter']

/** Both modules on one input, and whether their outputs differ. */
function pairOf({ design, reference, slice, inputWidth, outputWidth }: ProofRequest): string {
  const { low, width } = slice ?? { low: 0, width: outputWidth }
  const compared = `[${low + width - 1}:${low}]`
  const input = inputWidth === 0 ? '' : '.x(x), '
  return [
    `module lutra_miter(${inputWidth === 0 ? '' : `input wire [${inputWidth - 1}:0] x, `}output wire differ);`,
    `  wire [${outputWidth - 1}:0] a, b;`,
    `  ${design.top} design(${input}.y(a));`,
    `  ${reference.top} reference(${input}.y(b));`,
    `  assign differ = a${compared} != b${compared};`,
    'endmodule',
    '',
  ].join('\n')
}

async function run(
  tool: YosysTool,
  request: ProofRequest,
  deadline: number,
  script: readonly string[],
): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'lutra-prove-'))
  try {
    const files = {
      'lutra_design.v': request.design.verilog,
      'lutra_reference.v': request.reference.verilog,
      'lutra_pair.v': pairOf(request),
      'lutra_ripple.v': rippleMap,
      'lutra_sweep.abc': abcScript((deadline - performance.now()) / 1000),
      'lutra_prove.ys': `${script.join('\n')}\n`,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    return await start(tool, request, deadline, folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function start(tool: YosysTool, request: ProofRequest, deadline: number, folder: string): Promise<Run> {
  const { signal } = request
  const { NODE_OPTIONS: _, ...env } = process.env
  const { outcome, exitCode, output, seconds } = await runProcess({
    command: tool.command,
    args: tool.args('lutra_prove.ys'),
    cwd: folder,
    env: { ...env, TMPDIR: folder },
    label: tool.kind === 'native' ? 'yosys' : 'built-in yosys',
    variable: 'LUTRA_YOSYS',
    timeoutMs: Math.max(1, deadline - performance.now()),
    ...(signal === undefined ? {} : { signal }),
  })
  signal?.throwIfAborted()
  const log = await readFile(join(folder, 'lutra_log.txt'), 'utf8').catch(() => '')
  // Bits would be cut off or made up, and the proof be one of something else.
  if (/Resizing cell port/.test(output)) bug('a module that is to be proved has ports of other widths')
  const late = `not done in ${Number((request.timeoutMs / 1000).toPrecision(2))} s`
  const ended =
    outcome === 'timeout' || /Timed out|UNDECIDED/i.test(log)
      ? late
      : exitCode === memoryExceeded
        ? 'too large for the memory of the built-in Yosys'
        : undefined
  return { exitCode, log, output, seconds, ...(ended === undefined ? {} : { ended }) }
}

function proverFailed(tool: YosysTool, { exitCode, output }: Run): never {
  fail({
    code: 'prove/tool-failed',
    place: `yosys (${tool.command})`,
    problem: `it exited with code ${exitCode} while proving: ${output.trim().split('\n').slice(-4).join(' ').slice(0, 1000)}`,
    remedy: 'LUTRA_YOSYS names another Yosys, or wasm for the built-in one.',
  })
}

/** The value of `x` in the table that the solver prints: name, decimal, hexadecimal, binary. */
function inputOf(log: string): bigint {
  const bits = /^\s*\\x\s.*\s([01x]+)\s*$/m.exec(log)?.[1]
  // Bits on which nothing depends are free.
  return bits === undefined ? bug('the solver named no input') : BigInt(`0b${bits.replaceAll('x', '0')}`)
}
