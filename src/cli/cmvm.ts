// lutra cmvm MATRIX.npy --input int<8>

import type { Command } from 'commander'
import { type CmvmOptions, type CmvmResult, cmvm } from '../node/cmvm.ts'
import { effortFlag, outputFlags, positiveFlag, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addCmvm(program: Command, shell: Shell): void {
  const command = program
    .command('cmvm')
    .argument('<matrix>', 'the matrix, inputs × outputs (.npy .npz:key .csv f.h5:Dataset)')
    .summary('one constant matrix as shared shift-adds')
    .description(
      'Turn y = x W into additions, subtractions and shifts that outputs share; print adders, full-adder bits and depth.',
    )
    .requiredOption('--input <type>', 'type of the inputs, e.g. int<8>; or one each, with commas between')
    .option('--graph <file>', 'write the adder graph as JSON')
    .option('--verilog <file>', 'write the module, run on vectors before')
    .option('--effort <n>', 'how long to search: 0 for one pass, 1 by default', effortFlag)
    .option('--time-budget <seconds>', 'end the search then, with the best so far', positiveFlag)
    .option(
      '--extra-depth <n>',
      'adders in series beyond a balanced tree and one more (default: 0)',
      wholeFlag(0),
    )
    .option('--prove [seconds]', 'prove the Verilog by SAT, in so many seconds (default: 60)', positiveFlag)
  outputFlags(command).action(async (matrix: string, flags: Omit<CmvmOptions, 'matrix'> & OutputFlags) => {
    const { terminal } = shell
    const result = await cmvm({ ...flags, matrix, ...reach(shell), onProgress: terminal.progress(flags) })
    terminal.findings(result.findings, flags)
    terminal.result(flags, summaryOf(result, flags), printable(result, matrix, flags))
    shell.end(result.good ? exitDone : exitFinding)
  })
}

function summaryOf(result: CmvmResult, { graph, verilog }: Pick<CmvmOptions, 'graph' | 'verilog'>): string {
  const { rows, columns, unshared } = result
  const ratio = (own: number, other: number) => (other === 0 ? '–' : (own / other).toFixed(3))
  const row = (name: string, own: number, other: number) =>
    `${name.padEnd(18)}${own.toString().padStart(10)}${other.toString().padStart(18)}${ratio(own, other).padStart(10)}`
  const written = [graph, verilog].filter(path => path !== undefined)
  return [
    `${counted(rows, 'input')}, ${counted(columns, 'output')}, ${result.seconds.toFixed(2)} s`,
    `${' '.repeat(18)}${'shared'.padStart(10)}${'without sharing'.padStart(18)}${'ratio'.padStart(10)}`,
    row('adders', result.adders, unshared.adders),
    row('full-adder bits', result.bits, unshared.bits),
    row('depth', result.depth, unshared.depth),
    'The graph’s coefficients are the matrix’s.',
    ...vectorLines(result),
    ...proofLines(result),
    ...(written.length > 0 && result.good ? [`written: ${written.join(', ')}`] : []),
  ].join('\n')
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function vectorLines({ vectors }: CmvmResult): string[] {
  if (vectors === undefined) return []
  const roads = vectors.roads.map(({ road, equal, count, skipped }) => {
    if (skipped !== undefined) return `${road} skipped (${skipped})`
    const few = count < vectors.count ? ` on ${count} of them` : ''
    return `${road} ${equal ? 'equal' : 'DIFFERS'}${few}`
  })
  return [`The Verilog on ${vectors.count} vectors: ${roads.join(', ')}.`]
}

function proofLines({ proof }: CmvmResult): string[] {
  if (proof === undefined) return []
  const { verdict, ops, direct } = proof
  const reason = ops.verdict === 'not proved' ? ` (${ops.reason})` : ''
  const parts = [
    ...(direct.proved > 0 ? [`${direct.proved} proved`] : []),
    ...(direct.refuted > 0 ? [`${direct.refuted} refuted`] : []),
    ...(direct.unfinished > 0 ? [`${direct.unfinished} not done in time`] : []),
    ...(direct.tooLarge > 0 ? [`${direct.tooLarge} not tried, too large`] : []),
  ]
  return [
    `Verilog = W x: ${verdict}.`,
    `  against the graph, op by op, by SAT: ${ops.verdict}${reason}, ${ops.seconds.toFixed(1)} s`,
    `  against the plain sum, by SAT, by output: ${parts.join(', ') || 'no output has bits'}, ${direct.seconds.toFixed(1)} s`,
  ]
}

/** The result as JSON, which has no big integers. */
function printable(result: CmvmResult, matrix: string, { input }: Pick<CmvmOptions, 'input'>) {
  const { solved: _, proof, ...rest } = result
  if (proof === undefined) return { matrix, input, ...rest }
  const { counterexample, ops, ...verdicts } = proof
  const { verdict, seconds } = ops
  return {
    matrix,
    input,
    ...rest,
    proof: {
      ...verdicts,
      ops: { verdict, seconds, ...(ops.verdict === 'not proved' ? { reason: ops.reason } : {}) },
      ...(counterexample === undefined ? {} : { counterexample: counterexample.map(String) }),
    },
  }
}
