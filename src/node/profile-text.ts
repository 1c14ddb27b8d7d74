// What `lutra profile` and `lutra compare` print, with the files they wrote.

import { printCompareText } from '../profile/compare-text.ts'
import { printOperations } from '../profile/operations.ts'
import { printProfileText } from '../profile/profile-text.ts'
import type { CompareResult } from './compare.ts'
import type { ProfileResult } from './profile.ts'

export function profileText({ profile, operations, files }: ProfileResult): string {
  const done = operations === undefined ? [] : ['', 'operations of a row', printOperations(operations)]
  return [printProfileText(profile), ...done, ...written(files)].join('\n')
}

export function compareText({ comparison, files }: CompareResult): string {
  return [printCompareText(comparison), ...written(files)].join('\n')
}

function written(files: readonly string[]): string[] {
  return files.length === 0 ? [] : [`written: ${files.join(', ')}`]
}
