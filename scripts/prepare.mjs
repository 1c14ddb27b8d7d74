// Makes a clone ready to run: installs what is missing and compiles src/ to dist/ when it has changed.
// Plain JavaScript without imports of its own, since it runs before anything is installed.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'dist', '.built')

/** Runs a command in the project's root; ends this process when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 2)
}

/** Installs the dependencies of the lock file when they are not there. */
export function install() {
  if (existsSync(join(root, 'node_modules', '.package-lock.json'))) return
  console.error('Installing dependencies (once) …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
}

function newest(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }, 0)
}

/** Compiles when a source is newer than the last compilation. */
export function build() {
  const changed = Math.max(newest(join(root, 'src')), statSync(join(root, 'tsconfig.build.json')).mtimeMs)
  if (existsSync(stamp) && statSync(stamp).mtimeMs > changed) return
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], { stdio: ['ignore', 2, 2] })
  run(process.execPath, [join('scripts', 'bundle.mjs')], { stdio: ['ignore', 2, 2] })
  writeFileSync(stamp, '')
}
