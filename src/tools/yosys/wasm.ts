// The Yosys that comes with the package as WebAssembly. It runs in a Node process of its own: the caller stays free,
// and ending that process ends the run. What it executes is the text below, so there is no file to be found, and
// TypeScript sources and compiled ones behave alike.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { DesignSize, YosysTool } from './tool.ts'
import { memoryExceeded } from './tool.ts'

/**
 * What the embedded Yosys is given at most. It addresses 4 GiB but has written rubbish and reported success beyond
 * 2 GiB. Adder graphs take 8 to 20 kB a LUT and 5 to 15 bytes of text a full-adder bit, so these bounds only turn
 * away what would hardly fit; the memory itself is watched during the run.
 */
export const wasmBound: DesignSize = { verilogBytes: 2_000_000, adderBits: 120_000, dataBytes: 16_000_000 }

/** The embedded Yosys; always there. */
export async function wasmYosys(): Promise<YosysTool> {
  const { version } = await import('@yowasp/yosys')
  const bundle = pathToFileURL(createRequire(import.meta.url).resolve('@yowasp/yosys')).href
  return {
    name: 'yosys',
    kind: 'wasm',
    version,
    command: process.execPath,
    args: script => ['--input-type=module', '-e', child, bundle, script],
    bound: wasmBound,
  }
}

// Reads the folder it is started in, runs the script on it and writes the new files back. Output is written
// through at once, so a listener that has gone away (EPIPE) also ends the run. `memories` are those of the running
// instance; they are looked at on each line of output and once more at the end.
const child = `
import { mkdirSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const [bundle, script] = process.argv.slice(1)
const memories = []
const instantiate = WebAssembly.instantiate
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate(...given)
  for (const item of Object.values((made.instance ?? made).exports)) {
    if (item instanceof WebAssembly.Memory) memories.push(item)
  }
  return made
}

const readTree = folder => Object.fromEntries(readdirSync(folder, { withFileTypes: true }).map(entry => {
  const path = join(folder, entry.name)
  return [entry.name, entry.isDirectory() ? readTree(path) : new Uint8Array(readFileSync(path))]
}))
const writeNew = (folder, tree, old) => {
  for (const [name, item] of Object.entries(tree)) {
    if (item instanceof Uint8Array) {
      if (!(name in old)) writeFileSync(join(folder, name), item)
    } else if (name !== 'tmp') {
      mkdirSync(join(folder, name), { recursive: true })
      writeNew(join(folder, name), item, old[name] ?? {})
    }
  }
}
const checkMemory = () => {
  if (memories.some(memory => memory.buffer.byteLength > 2 ** 31)) process.exit(${memoryExceeded})
}
const print = bytes => {
  for (let at = 0; bytes !== null && at < bytes.length; ) at += writeSync(1, bytes, at)
  checkMemory()
}

const { runYosys, Exit } = await import(bundle)
const files = readTree('.')
try {
  const out = await runYosys(['-q', '-s', script], files, { stdout: print, stderr: print, decodeASCII: false })
  checkMemory()
  writeNew('.', out, files)
} catch (problem) {
  checkMemory()
  if (!(problem instanceof Exit)) print(Buffer.from('ERROR: ' + (problem?.stack ?? problem) + '\\n'))
  process.exit(problem instanceof Exit ? problem.code || 1 : 1)
}
if (memories.length === 0) {
  print(Buffer.from('ERROR: the memory of the run could not be watched\\n'))
  process.exit(1)
}
`
