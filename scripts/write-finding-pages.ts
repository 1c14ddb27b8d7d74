// Writes what the commands in the pages of docs/findings say into these pages, after a change to a message or a table:
// npx tsx scripts/write-finding-pages.ts [page …]. With --files FOLDER it leaves the pages alone and writes the models
// and files that they name into a folder, to try them.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { files, makeNamedFiles } from '../test/docs/finding-models.ts'
import { renewed, runSteps, type Step, stepsOf } from '../test/docs/finding-page.ts'

const folder = resolve(import.meta.dirname, '../docs/findings')

/** The page with the lines that its commands say now. */
function rewritten(page: string, steps: readonly Step[], said: readonly string[][]): string {
  const lines = page.split('\n')
  const commands = steps.filter(step => step.kind === 'command')
  for (const [k, { shown, line }] of [...commands.entries()].reverse())
    lines.splice(line, shown.length, ...renewed(shown, said[k]!))
  return lines.join('\n')
}

async function rewrite(path: string): Promise<void> {
  const page = readFileSync(path, 'utf8')
  const steps = stepsOf(page)
  if (steps.length === 0) return
  const next = rewritten(page, steps, await runSteps(page, steps))
  if (next === page) return
  writeFileSync(path, next)
  console.log(`docs/findings/${basename(path)} rewritten`)
}

const args = process.argv.slice(2)
if (args[0] === '--files') {
  mkdirSync(args[1]!, { recursive: true })
  process.chdir(args[1]!)
  await makeNamedFiles(Object.keys(files).join('\n'))
} else {
  const names = args.length > 0 ? args.map(name => basename(name)) : readdirSync(folder)
  for (const name of names.filter(name => name !== 'README.md')) await rewrite(join(folder, name))
}
