#!/usr/bin/env node
// The command line: `lutra <verb> …`. Every verb is a typed function of `lutra/node`; here are only words.

import { Command, CommanderError } from 'commander'
import { version } from '../version.ts'
import { addBuild } from './build.ts'
import { addConfig } from './config.ts'
import { addImport } from './import.ts'
import { addPredict } from './predict.ts'
import { addReport } from './report.ts'
import { exitFatal, showFailure } from './terminal.ts'
import { addVerify } from './verify.ts'

/** Runs one command line and gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0
  const done = (end: number) => {
    code = end
  }
  const program = new Command('lutra')
    .description('Takes a trained neural network to an FPGA.')
    .version(version)
    .showHelpAfterError('(lutra --help shows the verbs)')
    .exitOverride()
  for (const add of [addBuild, addPredict, addVerify, addConfig, addImport, addReport]) add(program, done)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (problem) {
    if (problem instanceof CommanderError) return problem.exitCode === 0 ? 0 : exitFatal
    return showFailure(problem)
  }
}

process.exitCode = await main(process.argv.slice(2))
