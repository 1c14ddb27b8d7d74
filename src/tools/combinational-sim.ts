// Runs a combinational Verilog module with one packed input `x` and one packed output `y` in Icarus.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail } from '../diagnostics/diagnostic.ts'
import { describeEnd, findTool, runProcess, type ToolName, toolVariable } from './process.ts'

export interface CombinationalRequest {
  readonly top: string
  readonly files: Readonly<Record<string, string>>
  readonly inputWidth: number
  readonly outputWidth: number
  /** Packed input words. */
  readonly words: readonly bigint[]
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** The packed output words; undefined when there is no Icarus. */
export async function runCombinational(request: CombinationalRequest): Promise<bigint[] | undefined> {
  const compiler = findTool('iverilog')
  const runner = findTool('vvp')
  if (compiler === undefined || runner === undefined) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'lutra-sim-'))
  try {
    const words = request.words.map(word => word.toString(16)).join('\n')
    const inputs = { ...request.files, 'lutra_words.mem': `${words}\n`, 'lutra_bench.v': benchOf(request) }
    for (const [name, text] of Object.entries(inputs)) await writeFile(join(folder, name), text)
    const sources = Object.keys(inputs).filter(name => name.endsWith('.v'))
    const args = ['-g2005', '-Wall', '-s', 'lutra_bench', '-o', 'bench.vvp', ...sources]
    await step(request, 'iverilog', compiler.path, args, folder)
    await step(request, 'vvp', runner.path, ['-n', 'bench.vvp'], folder)
    return await readWords(request, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function benchOf({ top, inputWidth, outputWidth, words }: CombinationalRequest): string {
  return `module lutra_bench;
  reg [${inputWidth - 1}:0] x;
  reg [${inputWidth - 1}:0] words [0:${words.length - 1}];
  wire [${outputWidth - 1}:0] y;
  integer k, out;
  ${top} dut(.x(x), .y(y));
  initial begin
    $readmemh("lutra_words.mem", words);
    out = $fopen("lutra_results.txt");
    for (k = 0; k < ${words.length}; k = k + 1) begin
      x = words[k];
      #1 $fdisplay(out, "%h", y);
    end
    $fclose(out);
    $finish;
  end
endmodule
`
}

async function readWords({ top, words }: CombinationalRequest, folder: string): Promise<bigint[]> {
  const text = await readFile(join(folder, 'lutra_results.txt'), 'utf8').catch(() => '')
  const lines = text.split('\n').filter(line => line !== '')
  if (lines.length === words.length && lines.every(line => /^[0-9a-f]+$/.test(line)))
    return lines.map(line => BigInt(`0x${line}`))
  return fail({
    code: 'tool/no-result',
    place: `vvp on ${top}`,
    problem: `it gave ${lines.length} results${lines.some(line => /[xz]/.test(line)) ? ', some of them unknown' : ''}`,
    expected: `${words.length}`,
    remedy: `Repair the installation, or set ${toolVariable('vvp')} to another one.`,
  })
}

async function step(
  request: CombinationalRequest,
  tool: ToolName,
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<void> {
  const { timeoutMs, signal } = request
  const run = await runProcess({
    command,
    args,
    cwd,
    label: tool,
    variable: toolVariable(tool),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  })
  signal?.throwIfAborted()
  if (run.outcome === 'exited' && run.exitCode === 0) return
  fail({
    code: 'tool/failed',
    place: `${tool} on ${request.top}`,
    problem: `it ${describeEnd(run)}: ${run.output.trim().slice(0, 4000)}`,
    remedy: 'If the Verilog is as Lutra wrote it, please report this with the matrix.',
  })
}
