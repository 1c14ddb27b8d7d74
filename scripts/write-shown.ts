// Writes into pages what they show: files after `<!-- file: PATH -->`, and what commands say after `<!-- run -->`, where
// lines that begin with `$ lutra` stand; a table of the passes between `<!-- passes -->` and `<!-- end -->`. Run it after a change to either: npx tsx scripts/write-shown.ts

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runCommandLine } from '../src/cli/run.ts'
import { registered } from '../src/ops/own-operators.ts'
import { hls4mlPipeline, losslessPipeline, passes } from '../src/passes/index.ts'
import type { Pass } from '../src/passes/pass.ts'

const root = resolve(import.meta.dirname, '..')

/** Pages with such marks. */
export const shownPages = [
  'docs/own-operators.md',
  'docs/graph-text.md',
  'docs/hls4ml-differences.md',
] as const

/** The page as it should be. */
export async function shownPage(page: string): Promise<string> {
  const text = readFileSync(join(root, page), 'utf8')
  const parts = text.split(/(<!-- (?:file: \S+|run) -->\n```\w+\n[\s\S]*?```\n)/)
  const made: string[] = []
  for (const part of parts) made.push(await shownPart(part))
  return made
    .join('')
    .replace(/<!-- passes -->[\s\S]*?<!-- end -->/, `<!-- passes -->\n${passTable()}<!-- end -->`)
}

/** Every pass with the pipelines that it is in. */
function passTable(): string {
  const rows = passes.map(pass => {
    const isIn = (pipeline: readonly Pass[]) => (pipeline.includes(pass) ? 'yes' : '')
    return `| \`${pass.name}\` | ${pass.summary} | ${isIn(hls4mlPipeline)} | ${isIn(losslessPipeline)} |\n`
  })
  return `| pass | what it does | with Precision in the config | without |\n|---|---|---|---|\n${rows.join('')}`
}

async function shownPart(part: string): Promise<string> {
  const [, mark, path, language, body] =
    /^<!-- (file: (\S+)|run) -->\n```(\w+)\n([\s\S]*?)```\n$/.exec(part) ?? []
  if (mark === undefined || body === undefined) return part
  const shown = path === undefined ? await session(body) : readFileSync(join(root, path), 'utf8')
  return `<!-- ${mark} -->\n\`\`\`${language}\n${shown}\`\`\`\n`
}

/** Commands with what they say, run in the project's root; files that they write go elsewhere. */
async function session(body: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lutra-shown-'))
  const said: string[] = []
  for (const line of body.split('\n').filter(own => own.startsWith('$ lutra '))) {
    // As in a process of its own.
    registered.clear()
    let output = ''
    const write = (text: string) => (output += text)
    const words = line.slice('$ lutra '.length).split(' ')
    const at = words.indexOf('--out')
    const args = words.map((word, k) => (at >= 0 && k === at + 1 ? join(folder, word) : word))
    await runCommandLine(args, { stdout: { write }, stderr: { write } })
    said.push(`${line}\n${output.replaceAll(`${folder}/`, '').trimEnd()}\n`)
  }
  rmSync(folder, { recursive: true, force: true })
  return said.join('\n')
}

if (process.argv[1]?.endsWith('write-shown.ts') === true) {
  process.chdir(root)
  for (const page of shownPages) writeFileSync(join(root, page), await shownPage(page))
}
