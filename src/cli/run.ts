// One command line from words to exit code. Every verb is a typed function of `lutra/node`; here are only words.

import { Command, CommanderError } from 'commander'
import { CompileError, error } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { version } from '../version.ts'
import { addBuild } from './build.ts'
import { addCheck } from './check.ts'
import { addCmvm } from './cmvm.ts'
import { addCompare } from './compare.ts'
import { addConfig } from './config.ts'
import { addEstimate } from './estimate.ts'
import { addImport } from './import.ts'
import { addPredict } from './predict.ts'
import { addProfile } from './profile.ts'
import { addReport } from './report.ts'
import type { Shell, World } from './shell.ts'
import { createTerminal, exitDone, exitFatal } from './terminal.ts'
import { addVerify } from './verify.ts'

const verbs = [
  addBuild,
  addCheck,
  addEstimate,
  addPredict,
  addProfile,
  addCompare,
  addVerify,
  addConfig,
  addImport,
  addReport,
  addCmvm,
]

/** Runs one command line, `args` without program and script, and gives its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], world: World): Promise<number> {
  let code = exitDone
  const terminal = createTerminal(world)
  const end = (given: number) => {
    code = given
  }
  const shell: Shell = { ...world, terminal, end }
  const program = programOf(shell)
  try {
    world.signal?.throwIfAborted()
    if (args.length === 0) return showHelp(program, world)
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (problem) {
    if (problem instanceof CommanderError && problem.exitCode === 0) return exitDone
    const told = problem instanceof CommanderError ? usageOf(problem, args, program) : problem
    return terminal.failure(told, args.includes('--json'))
  }
}

function programOf(shell: Shell): Command {
  const program = new Command('lutra')
    .description('Takes a trained neural network to an FPGA.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: text => void shell.stdout.write(text),
      writeErr: text => void shell.stderr.write(text),
      // Told as the coded error that follows from it.
      outputError: () => {},
    })
  for (const add of verbs) add(program, shell)
  return program
}

/** A command line without a verb asks for nothing: help, as an error. */
function showHelp(program: Command, world: World): number {
  world.stderr.write(program.helpInformation())
  return exitFatal
}

/** Commander's codes as ours. */
const usageCodes: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'unknown-verb',
  'commander.unknownOption': 'unknown-flag',
  'commander.missingArgument': 'missing-argument',
  'commander.excessArguments': 'extra-argument',
  'commander.missingMandatoryOptionValue': 'missing-flag',
  'commander.optionMissingArgument': 'missing-value',
  'commander.invalidArgument': 'bad-value',
}

/** Commander's errors as ours. A misspelt flag that had to be given is told as misspelt, not as missing. */
function usageOf(problem: CommanderError, args: readonly string[], program: Command): CompileError {
  const command = program.commands.find(candidate => candidate.name() === args[0])
  if (command !== undefined && problem.code === 'commander.missingMandatoryOptionValue') {
    const flags = command.options.flatMap(({ long }) => long ?? [])
    const stray = args.find(word => word.startsWith('--') && !flags.includes(word.split('=', 1)[0]!))
    if (stray !== undefined) {
      const hint = didYouMean(stray, flags)
      return usageError(
        'unknown-flag',
        command.name(),
        `unknown option '${stray}'`,
        hint === '' ? '' : `${hint} `,
      )
    }
  }
  const [said = '', hint = ''] = problem.message.replace(/^error: /, '').split('\n')
  const meant = hint.replace(/^\(Did you mean (.*)\?\)$/, "Did you mean '$1'? ")
  return usageError(
    usageCodes[problem.code] ?? 'command-line',
    command?.name(),
    said.replace(/\.$/, ''),
    meant,
  )
}

function usageError(code: string, verb: string | undefined, problem: string, hint: string): CompileError {
  return new CompileError(
    error({
      code: `usage/${code}`,
      place: verb === undefined ? 'lutra' : `lutra ${verb}`,
      problem,
      remedy: `${hint}See lutra ${verb === undefined ? '' : `${verb} `}--help.`,
    }),
  )
}
