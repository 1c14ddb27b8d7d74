// The process that reads what is fuzzed: one input at a time, so that a crash or a hang is that input's.

import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import type { SourceFile } from '../../src/frontends/frontend.ts'
import { targets } from './targets.ts'

export interface Answer {
  /** Whether it was read; otherwise the codes, or what was thrown that has none. */
  readonly outcome: 'read' | 'refused' | 'fault'
  readonly text: string
  /** Bytes that the process holds afterwards. */
  readonly memory: number
}

const target = targets[process.argv[2]!]!

process.on('message', async (files: readonly SourceFile[]) => {
  const answer = await answerTo(files)
  process.send!({ ...answer, memory: process.memoryUsage.rss() })
})
process.send!({ outcome: 'read', text: 'ready', memory: 0 })

async function answerTo(files: readonly SourceFile[]): Promise<Omit<Answer, 'memory'>> {
  try {
    await target.read(files)
    return { outcome: 'read', text: '' }
  } catch (error) {
    if (error instanceof CompileError) {
      const codes = [...new Set(error.diagnostics.map(({ code }) => code))]
      const uncoded = codes.filter(
        code => !/^[a-z0-9]+\/[a-z0-9-]+$/.test(code) || code.startsWith('internal/'),
      )
      if (uncoded.length === 0) return { outcome: 'refused', text: codes.join(' ') }
    }
    return { outcome: 'fault', text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
