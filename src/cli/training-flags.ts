// The flags of verbs that train: what from, and how long.

import type { Command } from 'commander'
import { collect, positiveFlag, wholeFlag } from './flags.ts'

/** Adds the rows and the settings of a training. */
export function trainingFlags(command: Command): Command {
  return command
    .option('--data <file>', 'rows to train on (.npy .npz .csv f.h5:Dataset); repeat per input', collect)
    .option('--label-column <column>', 'column of the data that holds the class: name or index')
    .option('--labels <file>', 'classes of the data, in a file of their own')
    .option('--epochs <n>', 'how often all rows are gone through', wholeFlag(1))
    .option('--batch <n>', 'rows per step', wholeFlag(1))
    .option('--rate <rate>', 'learning rate', positiveFlag)
    .option('--seed <n>', 'seed of first weights, order and split', wholeFlag(0))
    .option('--resume', 'go on from the last checkpoint in the folder')
}
