// Programs that stand in for tools and do what is asked of them: work, fail, print rubbish, never end.

import { chmod, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'

/** Writes a Node program and gives its path, as `LUTRA_YOSYS` and its like take it. */
export async function program(name: string, body: string): Promise<string> {
  await writeFile(name, `#!${process.execPath}\n${body}\n`)
  await chmod(name, 0o755)
  return resolve(name)
}

/** A Yosys that says its version, and for each module does what `body` says with `top`, `script` and `stat(cells)`. */
export function yosys(name: string, version: string, body: string): Promise<string> {
  return program(
    name,
    `const { readFileSync, writeFileSync } = require('node:fs')
if (process.argv.includes('-V')) {
  console.log('Yosys ${version}')
  process.exit(0)
}
const script = readFileSync(process.argv.at(-1), 'utf8')
const top = /-top (\\S+)/.exec(script)[1]
const stat = cells => writeFileSync('lutra_stat.json', JSON.stringify({
  creator: 'Yosys ${version}',
  modules: { ['\\\\' + top]: {
    num_cells: Object.values(cells).reduce((a, b) => a + b, 0),
    num_memories: 0, num_processes: 0, num_cells_by_type: cells,
  } },
}))
${body}`,
  )
}

/** Runs with these environment variables set. */
export async function withEnvironment<T>(
  set: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = Object.keys(set).map(name => [name, process.env[name]] as const)
  Object.assign(process.env, set)
  try {
    return await work()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
