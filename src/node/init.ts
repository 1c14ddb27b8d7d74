// `lutra init`: a project to begin with, in a folder of its own.

import { basename, dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { version } from '../version.ts'
import { diskFileSystem, type FileSystem, writeFilesAtomic } from './files.ts'
import { type Template, templateConfig, templates } from './templates.ts'

export interface InitOptions {
  /** `pulses`, `digits` or `sequences`. */
  readonly template: string
  /** The folder, new or empty; the template's name by default. What npm leaves in one is no hindrance. */
  readonly out?: string
  /** The disk that is written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface InitResult {
  readonly out: string
  /** All files written. */
  readonly files: readonly string[]
  /** Command lines of the project, in their order. */
  readonly commands: readonly string[]
  /** What to type, from the current folder on, to run all of it: installs Lutra where the folder would not find it. */
  readonly next: readonly string[]
}

/** Names and one line of every template, for help. */
export function templateLines(): readonly string[] {
  return Object.entries(templates).map(([name, { summary }]) => `${name}: ${summary}`)
}

/** Writes `lutra.config.ts`, `README.md` and, where there is none, `package.json`. Fails with `init/…` codes. */
export async function initProject({
  template: name,
  out = name,
  disk = diskFileSystem,
}: InitOptions): Promise<InitResult> {
  const template = Object.hasOwn(templates, name) ? templates[name]! : failTemplate(name)
  const present = await entriesOf(out, disk)
  const others = present.filter(entry => !besides.includes(entry))
  if (others.length > 0) failFolder(out, others)
  const commands = Object.values(template.scripts)
  const texts: Record<string, string> = {
    'lutra.config.ts': await templateConfig(name),
    'README.md': pageOf(template),
    ...(present.includes('package.json') ? {} : { 'package.json': packageOf(name, template) }),
  }
  const placed = Object.entries(texts).map(([file, text]) => [join(out, file), text] as const)
  await writeFilesAtomic(placed, disk)
  const next = nextOf(out, present.includes('package.json') ? `npx ${commands[0]}` : 'npm start')
  return { out, files: placed.map(([path]) => path), commands, next }
}

/** The folder of Lutra itself. */
const home = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

function nextOf(out: string, run: string): string[] {
  const enter = out === '.' ? [] : [`cd ${quoted(out)}`]
  return [...enter, ...(findsLutra(resolve(out)) ? [] : [`npm install ${quoted(home)}`]), run]
}

/** npm and Node look for what is installed in the folder and in all above it. */
function findsLutra(folder: string): boolean {
  const above = dirname(home)
  return basename(above) === 'node_modules' && `${folder}${sep}`.startsWith(`${dirname(above)}${sep}`)
}

const quoted = (path: string) => (/^[\w./\\:~-]+$/.test(path) ? path : `"${path}"`)

/** What may stand in the folder: npm's and git's. */
const besides = ['package.json', 'package-lock.json', 'node_modules', '.git', '.gitignore']

async function entriesOf(folder: string, disk: FileSystem): Promise<readonly string[]> {
  try {
    return await disk.list(folder)
  } catch (problem) {
    const code = (problem as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return []
    return fail(
      {
        code: 'init/folder',
        place: folder,
        problem: code === 'ENOTDIR' ? 'it is a file' : `it cannot be looked into (${code ?? problem})`,
        expected: 'a new or empty folder',
        remedy: 'Name another folder with --out.',
      },
      problem,
    )
  }
}

function pageOf({ readme, scripts }: Template): string {
  const [whole, ...single] = Object.values(scripts).map(command => `npx ${command}`)
  const block = (lines: readonly string[]) => `\`\`\`\n${lines.join('\n')}\n\`\`\`\n`
  const all = 'All of it, and after a change only what it touches:'
  const install =
    'Once, unless Lutra is installed in a folder above: `npm install lutra`, or the path of a clone or an archive of it in the place of the name.'
  return `${readme}\n${install}\n\n${all}\n\n${block([whole!])}\nStep by step:\n\n${block(single)}`
}

function packageOf(name: string, { scripts }: Template): string {
  const content = { name, private: true, type: 'module', scripts, dependencies: { lutra: `^${version}` } }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

function failTemplate(name: string): never {
  const known = Object.keys(templates)
  return fail({
    code: 'init/no-template',
    place: 'template',
    problem: `there is no template '${name}'`,
    expected: known.join(', '),
    remedy: didYouMean(name, known) || 'Name one of them.',
  })
}

function failFolder(folder: string, others: readonly string[]): never {
  const shown = `${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}`
  return fail({
    code: 'init/not-empty',
    place: folder,
    problem: `the folder is not empty (${shown})`,
    expected: 'a new or empty folder',
    remedy: 'Name another folder with --out.',
  })
}
