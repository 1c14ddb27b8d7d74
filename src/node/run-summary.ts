// What `lutra run` says below the line of a step: the step's own text, without what the pages beside it hold better.

import type { CompressResult } from './compress.ts'
import { compressText } from './compress-text.ts'
import type { TrainResult } from './train.ts'
import { trainText } from './train-text.ts'

/** Size, epochs and how good it is; tables by class are on the page. */
export function trainSummary(result: TrainResult): string {
  return linesOf(trainText(result))
    .filter(line => !/^[+|]/.test(line))
    .join('\n')
}

/** The table of teacher and students; of a long sweep or front how many there are, and where. */
export function compressSummary(result: CompressResult): string {
  const { students } = result.report
  return students.length > 12
    ? `${students.length} students, told of in compress.html`
    : linesOf(compressText(result)).join('\n')
}

/** Without the last line, where the files are: the step's line names the folder. */
function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}
