// Flags that mean the same for every verb.

import { type Command, InvalidArgumentError } from 'commander'

/** Collects a repeatable flag. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** A number given to a flag. */
export function numberFlag(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

/** A number above zero given to a flag. */
export function positiveFlag(text: string): number {
  const value = numberFlag(text)
  if (value <= 0) throw new InvalidArgumentError('It must be above zero.')
  return value
}

/** A whole number of at least `least` given to a flag. */
export function wholeFlag(least: number): (text: string) => number {
  return text => {
    const value = numberFlag(text)
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    return value
  }
}

/** How much work a search may take: 0 for one pass. */
export function effortFlag(text: string): number {
  const value = numberFlag(text)
  if (value < 0) throw new InvalidArgumentError('It must not be below zero.')
  return value
}

/** Adds the flags that say how a model is read and typed. */
export function modelFlags(command: Command): Command {
  return command
    .option('--weights <file>', 'weights, where MODEL is the architecture alone (.json)')
    .option('--config <file>', 'hls4ml YAML or JSON, or lutra.config.ts')
    .option(
      '--data <file>',
      'vectors to calibrate and check on (.npy .npz .csv f.h5:Dataset); repeat per input',
      collect,
    )
    .option('--label-column <column>', 'column of the data that holds the class: name or index')
    .option('--labels <file>', 'classes of the data, in a file of their own')
    .option('--scaler <file>', 'scaler.json of the training, where rows are scaled outside the network')
    .option('--no-scaler', 'rows are scaled already, or are taken as they are')
    .option('--input-type <type>', 'type of the inputs, e.g. fixed<12,4>')
    .option('--max-loss <percent>', 'largest loss when float weights are cut', positiveFlag)
    .option('--strict', 'findings about the config are errors')
}

/** Adds the flags that say which device is meant. */
export function targetFlags(command: Command): Command {
  return command
    .option('--part <part>', 'device, e.g. xczu3eg-sfvc784-1-e (default: the config’s, else xc7z020)')
    .option(
      '--board <board>',
      'board by name, e.g. pynq-z2, or by file, ./my-board.json, instead of the part',
    )
}

/** Adds the flags that say what is printed. */
export function outputFlags(command: Command): Command {
  return command
    .option('--json', 'the result as JSON on stdout')
    .option('--quiet', 'no findings, progress or summary')
}
