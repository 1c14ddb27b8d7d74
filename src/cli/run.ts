// One command line from words to exit code. Every verb is a typed function of `lutra/node`; here are only words.

import { Command, CommanderError } from 'commander'
import { CompileError, error } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { version } from '../version.ts'
import type { Shell, World } from './shell.ts'
import { createTerminal, exitDone, exitFatal } from './terminal.ts'

type AddVerb = (program: Command, shell: Shell) => void

/** In the order of the help. A verb's module is loaded when it is asked for, with all that stands behind it. */
const verbs: Readonly<Record<string, () => Promise<AddVerb>>> = {
  init: async () => (await import('./init.ts')).addInit,
  run: async () => (await import('./run-chain.ts')).addRunChain,
  train: async () => (await import('./train.ts')).addTrain,
  compress: async () => (await import('./compress.ts')).addCompress,
  search: async () => (await import('./search.ts')).addSearch,
  evaluate: async () => (await import('./evaluate.ts')).addEvaluate,
  build: async () => (await import('./build.ts')).addBuild,
  check: async () => (await import('./check.ts')).addCheck,
  estimate: async () => (await import('./estimate.ts')).addEstimate,
  predict: async () => (await import('./predict.ts')).addPredict,
  profile: async () => (await import('./profile.ts')).addProfile,
  compare: async () => (await import('./compare.ts')).addCompare,
  tune: async () => (await import('./tune.ts')).addTune,
  verify: async () => (await import('./verify.ts')).addVerify,
  package: async () => (await import('./package.ts')).addPackage,
  assess: async () => (await import('./assess.ts')).addAssess,
  synth: async () => (await import('./synth.ts')).addSynth,
  deploy: async () => (await import('./deploy.ts')).addDeploy,
  boards: async () => (await import('./boards.ts')).addBoards,
  config: async () => (await import('./config.ts')).addConfig,
  import: async () => (await import('./import.ts')).addImport,
  export: async () => (await import('./export.ts')).addExport,
  report: async () => (await import('./report.ts')).addReport,
  cmvm: async () => (await import('./cmvm.ts')).addCmvm,
}

/** Runs one command line, `args` without program and script, and gives its exit code. Never throws. */
export async function runCommandLine(args: readonly string[], world: World): Promise<number> {
  let code = exitDone
  const terminal = createTerminal(world)
  const end = (given: number) => {
    code = given
  }
  const shell: Shell = { ...world, terminal, end }
  const program = await programOf(shell, args[0])
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

/** The command line's parser, with the one verb that it begins with, or with all of them. */
export async function programOf(shell: Shell, verb = ''): Promise<Command> {
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
  const asked = Object.hasOwn(verbs, verb) ? [verbs[verb]!] : Object.values(verbs)
  for (const load of asked) {
    const add = await load()
    add(program, shell)
  }
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
