// Every finding has a page in docs/findings, and every page says what the command line says.

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGood } from '../../src/check/check-model.ts'
import { finding } from '../../src/diagnostics/diagnostic.ts'
import { findingCodes } from './finding-codes.ts'
import { lacksIcarus } from './finding-models.ts'
import { isSaid, runSteps, stepsOf } from './finding-page.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = resolve(root, 'docs/findings')
const read = (name: string) => readFileSync(resolve(folder, name), 'utf8')
const pages = readdirSync(folder).filter(name => name !== 'README.md')
const codes = findingCodes()
const pageOf = (code: string) => `${code.replace('/', '-')}.md`

/** Pages without a run, and why. */
const shownOnly: Readonly<Record<string, string>> = {}

it('every finding has a page, and every page a finding', () => {
  expect(pages).toEqual(codes.map(pageOf).sort())
})

it('the index has all of them, and says which end with exit 1', () => {
  const rows = [...read('README.md').matchAll(/^\| \[`(.+)`\]\((.+)\) \| .+ \| (.*) ?\|$/gm)]
  expect(rows.map(([, code, page]) => [code, page])).toEqual(codes.map(code => [code, pageOf(code)]))
  const ending = (verb: string) =>
    rows.filter(([, , , verbs]) => verbs!.includes(`\`${verb}\``)).map(([, code]) => code)
  const [place, problem] = ['', '']
  expect(ending('check')).toEqual(codes.filter(code => !isGood([finding({ code, place, problem })])))
  const build = readFileSync(resolve(root, 'src/node/build.ts'), 'utf8')
  expect(ending('build')).toEqual([...build.matchAll(/code === '(.+?)'/g)].map(([, code]) => code).sort())
})

it('docs/findings.md leads from each finding to its page', () => {
  const all = readFileSync(resolve(root, 'docs/findings.md'), 'utf8')
  const missing = codes.filter(code => !all.includes(`(findings/${pageOf(code)})`))
  expect(missing).toEqual([])
})

describe.each(pages)('%s', name => {
  const page = read(name)
  const code = codes.find(own => pageOf(own) === name)!
  const steps = stepsOf(page)
  const commands = steps.filter(step => step.kind === 'command')

  it('has what every page has', () => {
    const headings = [...page.matchAll(/^#+ .*$/gm)].map(([heading]) => heading)
    const [why, model, remedy] = ['## Why it matters', '## On a small model', '## What to do']
    expect(headings).toEqual([`# \`${code}\``, why, model, remedy])
    expect(commands.length > 0).toBe(shownOnly[name] === undefined)
    if (commands.length === 0) expect(page).toContain(`finding: ${code}: `)
  })

  it.skipIf(commands.length === 0 || lacksIcarus(page))('shows what is said', async () => {
    const said = await runSteps(page, steps)
    for (const [k, { command, shown }] of commands.entries())
      if (!isSaid(shown, said[k]!)) expect([`$ ${command}`, ...said[k]!]).toEqual([`$ ${command}`, ...shown])
    const runs = said.filter((_, k) => commands[k]!.command.includes('lutra '))
    const tells = (lines: readonly string[] = []) => lines.some(line => line.startsWith(`finding: ${code}: `))
    expect([tells(runs[0]), tells(runs.at(-1))]).toEqual([true, false])
  })
})
