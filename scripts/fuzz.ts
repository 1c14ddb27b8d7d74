// `npm run fuzz -- <target> <seconds> [--seed N]`: files changed at random are read in a process of bounded memory and
// time. Every input must be read or refused with a code; a crash, a hang, memory without end or an error that has no
// code is a fault: its input is kept, and the exit code is 1.

import { type ChildProcess, fork } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { SourceFile } from '../src/frontends/frontend.ts'
import { mutateBytes, mutateText } from './fuzz/mutate.ts'
import { type Random, randomFrom } from './fuzz/random.ts'
import type { Answer } from './fuzz/reader.ts'
import type { Seed } from './fuzz/seed.ts'
import { targets } from './fuzz/targets.ts'

/** Time for one input, and for the reader to start. */
const inputMs = 10_000
const startMs = 60_000
const heapMegabytes = 1024
/** What one input may add to the process, and what the process may hold before it is started anew. */
const mostGrowth = 700e6
const mostMemory = 1500e6
const mostFaults = 20

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true })
const [name = '', seconds = '60'] = positionals
if (!Object.hasOwn(targets, name) || !(Number(seconds) > 0)) {
  console.error(`npm run fuzz -- <target> <seconds> [--seed N]\ntargets: ${Object.keys(targets).join(', ')}`)
  process.exit(2)
}

interface Reader {
  /** Undefined when the process ended or took too long, which `reason` tells. */
  answer(files: readonly SourceFile[]): Promise<Answer | { readonly outcome: 'lost'; readonly text: string }>
  close(): void
}

async function startReader(): Promise<Reader> {
  const child = fork(resolve(import.meta.dirname, 'fuzz/reader.ts'), [name], {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${heapMegabytes}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const first = await next(child, startMs)
  if (first.outcome === 'lost') throw new Error(`the reader does not start: ${first.text}`)
  return {
    answer: files => {
      const answer = next(child, inputMs)
      child.send([...files])
      return answer
    },
    close: () => void child.kill('SIGKILL'),
  }
}

/** The next answer of a process; `lost` when it ends or is silent for too long. */
function next(child: ChildProcess, ms: number): ReturnType<Reader['answer']> {
  return new Promise(resolveAnswer => {
    const done = (answer: Awaited<ReturnType<Reader['answer']>>) => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolveAnswer(answer)
    }
    const onMessage = (answer: unknown) => done(answer as Answer)
    const onExit = (code: number | null, signal: string | null) =>
      done({ outcome: 'lost', text: `the process ended (${signal ?? code})` })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      done({ outcome: 'lost', text: `no answer in ${ms / 1000} s` })
    }, ms)
    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}

/** A seed with one of its parts changed, and now and then a file of the result. */
async function mutated(seeds: readonly Seed[], random: Random): Promise<readonly SourceFile[]> {
  const seed = random.pick(seeds)
  const at = random.below(seed.parts.length)
  const parts = seed.parts.map((part, k) => {
    if (k !== at) return part
    if (typeof part === 'string') return mutateText(part, random)
    const other = random.pick(seeds).parts.find(own => typeof own !== 'string')
    return mutateBytes(part, other instanceof Uint8Array ? other : part, random)
  })
  const files = await seed.build(parts)
  if (files.length === 0 || !random.chance(0.1)) return files
  const damaged = random.below(files.length)
  return files.map((file, k) =>
    k === damaged ? { ...file, bytes: mutateBytes(file.bytes, file.bytes, random) } : file,
  )
}

/** What tells faults apart: the first lines without numbers. */
const kindOf = (text: string) => text.split('\n').slice(0, 3).join('\n').replace(/\d+/g, '0')

async function run(): Promise<number> {
  const seed = Number(values.seed ?? 1)
  const random = randomFrom(seed)
  const seeds = await targets[name]!.seeds()
  const folder = await mkdtemp(join(tmpdir(), `lutra-fuzz-${name}-`))
  const counts = { read: 0, refused: 0, fault: 0 }
  const codes = new Set<string>()
  const faults = new Map<string, number>()
  let reader = await startReader()
  let memory = 0
  const end = Date.now() + Number(seconds) * 1000
  while (Date.now() < end && faults.size < mostFaults) {
    const files = await mutated(seeds, random)
    if (files.length === 0) continue
    const answer = await reader.answer(files)
    const growth = answer.outcome === 'lost' || memory === 0 ? 0 : answer.memory - memory
    const isLarge = growth > mostGrowth
    const isFault = answer.outcome === 'lost' || answer.outcome === 'fault' || isLarge
    counts[isFault ? 'fault' : answer.outcome === 'read' ? 'read' : 'refused']++
    if (answer.outcome === 'refused') for (const code of answer.text.split(' ')) codes.add(code)
    if (isFault) await report(isLarge ? `${Math.round(growth / 1e6)} MB for one input` : answer.text, files)
    memory = answer.outcome === 'lost' ? 0 : answer.memory
    if (answer.outcome === 'lost' || memory > mostMemory) {
      reader.close()
      reader = await startReader()
      memory = 0
    }
  }
  reader.close()
  const tried = counts.read + counts.refused + counts.fault
  console.log(
    `${name}, seed ${seed}: ${tried} inputs, ${counts.read} read, ${counts.refused} refused with ${codes.size} codes, ${counts.fault} faults of ${faults.size} kinds`,
  )
  return faults.size === 0 ? 0 : 1

  async function report(text: string, files: readonly SourceFile[]): Promise<void> {
    const kind = kindOf(text)
    faults.set(kind, (faults.get(kind) ?? 0) + 1)
    if (faults.get(kind)! > 1) return
    const own = join(folder, `${faults.size}`)
    await mkdir(own, { recursive: true })
    for (const file of files) await writeFile(join(own, file.name), file.bytes)
    await writeFile(join(own, 'fault.txt'), text)
    console.log(`fault: ${text.split('\n').slice(0, 4).join('\n  ')}\n  input in ${own}`)
  }
}

process.exitCode = await run()
