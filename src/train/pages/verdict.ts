// Words that pages and terminals share, apart from what draws.

import { counted } from '../../report/plain-text.ts'

/** How a run ended. */
export function endText({
  history,
  bestEpoch,
  ended,
}: {
  readonly history: readonly unknown[]
  readonly bestEpoch: number
  readonly ended: 'epochs' | 'patience'
}): string {
  const why = ended === 'patience' ? ', when nothing became better any more' : ''
  return `${counted(history.length, 'epoch')}${why}; the weights are those of epoch ${bestEpoch}`
}

export const percentOf = (share: number): string => `${(100 * share).toFixed(2)} %`
