// Frames through a board's accelerator by UDMA: its build is looked at first, what an earlier run has left is drained,
// and no FIFO ever gets more words than it holds, whatever the server makes of it.

import { CompileError, fail } from '../../diagnostics/diagnostic.ts'
import { idWord, type RegisterName, registerMap } from '../../rtl/axi/register-map.ts'
import type { UdmaClient, UdmaOptions } from './client.ts'
import { connectUdma } from './client.ts'
import { packetWords } from './protocol.ts'

/** What a package's description says of its accelerator. */
export interface FrameAccelerator {
  readonly project: string
  readonly buildHash: string
  readonly input: { readonly name: string; readonly types: { readonly length: number } }
  readonly output: { readonly name: string; readonly types: { readonly length: number } }
}

export interface FrameOptions {
  /** Milliseconds without any word taken or given after which the run counts as hung: 5000 unless said otherwise. */
  readonly timeoutMs?: number
  /** Words of the ComBlock's output FIFO. */
  readonly fifoWords?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (frames: number) => void
}

export interface FrameRun {
  readonly frames: number
  /** Raw words of all results, frame after frame. */
  readonly words: Uint32Array
  /** Clock cycles by the accelerator's own counters: busy in all, and in the last stretch without a pause. */
  readonly cycles: { readonly busy: number; readonly last: number }
  /** From the first word sent to the last received. */
  readonly seconds: number
  /** The server writes no packets into the FIFO, as the published one where the other FIFO is empty: words went singly. */
  readonly singly: boolean
}

const { CONTROL, STATUS } = registerMap
const start = 1 << CONTROL.bits.start[0]
const clear = 1 << CONTROL.bits.clear[0]
const flush = 1 << CONTROL.bits.flush[0]
const busy = 1 << STATUS.bits.busy[0]
const flags = ['short', 'long', 'not_finite'] as const

/** Words behind the registers of a ComBlock's port; writes count from the output registers. */
const fifoStatus = 38
const fifoValue = 36 - 16
/** Words of a FIFO that stay free. */
const margin = 8
/** Words that go singly between two looks at the results. */
const singles = 16

/**
 * Sends whole frames of words and takes their results, any number. Fails with `udma/wrong-build` before the first word
 * where the board is not the package's, `udma/stalled` where nothing moves, `udma/frames` where the accelerator tells of
 * a fault, and as the client does.
 */
export async function runFrames(
  client: UdmaClient,
  accelerator: FrameAccelerator,
  words: ArrayLike<number>,
  options: FrameOptions = {},
): Promise<FrameRun> {
  const { signal } = options
  const limits = { timeoutMs: options.timeoutMs ?? 5000, fifoWords: options.fifoWords ?? 1024 }
  const frames = wholeFrames(client, accelerator, words, limits.fifoWords)
  await checkBuild(client, accelerator)
  await drain(client, limits.timeoutMs, signal)
  await client.writeRegister(0, start | clear)
  await client.writeRegister(0, start)
  const run = await stream(client, accelerator, words, { ...options, ...limits })
  await checkCounts(client, frames)
  const cycles = {
    busy: await readRegister(client, 'BUSY_CYCLES'),
    last: await readRegister(client, 'LAST_CYCLES'),
  }
  return { frames, ...run, cycles }
}

/** The register of the map: register k stands in input register k. */
export function readRegister(client: UdmaClient, name: RegisterName): Promise<number> {
  return client.readRegister(registerMap[name].address / 4)
}

function wholeFrames(
  client: UdmaClient,
  { input }: FrameAccelerator,
  words: ArrayLike<number>,
  fifoWords: number,
): number {
  const size = input.types.length
  if (words.length % size !== 0)
    fail({
      code: 'udma/frames',
      place: client.address,
      problem: `${words.length} words are no whole frames`,
      expected: `a multiple of ${size}`,
    })
  if (size > fifoWords - margin)
    fail({
      code: 'udma/frames',
      place: client.address,
      problem: `a frame of ${size} words does not fit the output FIFO of ${fifoWords}`,
      expected: 'fifoWords as the package sets FIFO_OUT_DEPTH',
    })
  return words.length / size
}

/** Compares ID, build hash and the words of a frame. Fails with `udma/wrong-build`. */
export async function checkBuild(client: UdmaClient, accelerator: FrameAccelerator): Promise<void> {
  const wrong = (problem: string, expected: string) =>
    fail({
      code: 'udma/wrong-build',
      place: client.address,
      problem,
      expected,
      remedy: 'Load the bitstream of this very package on the board.',
    })
  const id = await readRegister(client, 'ID')
  if (id !== idWord)
    wrong(
      `no accelerator of Lutra answers: its ID reads 0x${id.toString(16).padStart(8, '0')}`,
      `0x${idWord.toString(16)}`,
    )
  const half = async (name: RegisterName) => (await readRegister(client, name)).toString(16).padStart(8, '0')
  const found = `${await half('HASH_HIGH')}${await half('HASH_LOW')}`
  if (found !== accelerator.buildHash)
    wrong(`the board has build ${found}`, `build ${accelerator.buildHash} of ${accelerator.project}`)
  const sizes = await readRegister(client, 'WORDS')
  const { input, output } = accelerator
  if (sizes !== ((output.types.length << 16) | input.types.length) >>> 0)
    wrong(
      `frames on the board have ${sizes & 0xffff} words in and ${sizes >>> 16} out`,
      `${input.types.length} in and ${output.types.length} out`,
    )
}

/** Drops what an earlier run has left in the FIFOs and the accelerator, without clearing: see comblock/fifos.ts. */
async function drain(client: UdmaClient, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  await client.writeRegister(0, start | flush)
  const watch = watchdog(timeoutMs)
  for (let quiet = 0; quiet < 2; ) {
    signal?.throwIfAborted()
    const left = (await client.readFifo(packetWords)).length
    const waiting = (await client.readRegister(fifoStatus)) >>> 16
    const under = ((await readRegister(client, 'STATUS')) & busy) !== 0
    quiet = left === 0 && waiting === 0 && !under ? quiet + 1 : 0
    if (quiet === 0 && watch.isLate())
      return stalled(client, 'what an earlier run left does not drain', timeoutMs)
  }
}

function watchdog(timeoutMs: number) {
  let since = performance.now()
  return {
    moved: () => {
      since = performance.now()
    },
    isLate: () => performance.now() - since > timeoutMs,
  }
}

type Limits = FrameOptions & { readonly timeoutMs: number; readonly fifoWords: number }

async function stream(
  client: UdmaClient,
  { input, output }: FrameAccelerator,
  words: ArrayLike<number>,
  { timeoutMs, fifoWords, signal, onProgress }: Limits,
): Promise<Pick<FrameRun, 'words' | 'seconds' | 'singly'>> {
  const [sizeIn, sizeOut] = [input.types.length, output.types.length]
  const results = new Uint32Array((words.length / sizeIn) * sizeOut)
  const began = performance.now()
  const watch = watchdog(timeoutMs)
  let [sent, got, singly] = [0, 0, false]
  while (got < results.length) {
    signal?.throwIfAborted()
    // A frame whose result is here has left the FIFO whole; all others may still lie in it.
    const room = fifoWords - margin - (sent - Math.floor(got / sizeOut) * sizeIn)
    const piece = Math.min(room, words.length - sent, singly ? singles : packetWords)
    const part = Array.prototype.slice.call(words, sent, sent + Math.max(0, piece)) as number[]
    let taken = part.length === 0 || singly ? 0 : await client.writeFifo(part)
    if (taken === 0 && part.length > 0) {
      singly ||= await writesNothing(client, fifoWords)
      if (singly) taken = await writeSingly(client, part)
    }
    sent += taken
    const came = await client.readFifo(Math.min(packetWords, results.length - got))
    results.set(came, got)
    got += came.length
    if (taken > 0 || came.length > 0) watch.moved()
    else if (watch.isLate()) return stalled(client, `${sent} words went and ${got} came`, timeoutMs)
    if (came.length > 0) onProgress?.(Math.floor(got / sizeOut))
  }
  return { words: results, seconds: (performance.now() - began) / 1000, singly }
}

/** Whether the server took nothing though there is room. */
async function writesNothing(client: UdmaClient, fifoWords: number): Promise<boolean> {
  return (await client.readRegister(fifoStatus)) >>> 16 < fifoWords - margin
}

async function writeSingly(client: UdmaClient, words: readonly number[]): Promise<number> {
  for (const word of words) await client.writeRegister(fifoValue, word)
  return words.length
}

async function checkCounts(client: UdmaClient, frames: number): Promise<void> {
  const status = await readRegister(client, 'STATUS')
  const [came, went] = [await readRegister(client, 'FRAMES_IN'), await readRegister(client, 'FRAMES_OUT')]
  const told = flags.filter(name => status & (1 << STATUS.bits[name][0]))
  if (told.length === 0 && came === frames >>> 0 && went === frames >>> 0) return
  fail({
    code: 'udma/frames',
    place: client.address,
    problem: `the accelerator took ${came} frames and gave ${went}${told.map(name => `; ${name}: ${STATUS.bits[name][1]}`).join('')}`,
    expected: `${frames} of each, and no flag`,
    remedy: told.includes('not_finite') ? 'Send finite numbers.' : 'Is another program using the board?',
  })
}

async function stalled(client: UdmaClient, how: string, timeoutMs: number): Promise<never> {
  const status = await readRegister(client, 'STATUS')
  const [came, went] = [await readRegister(client, 'FRAMES_IN'), await readRegister(client, 'FRAMES_OUT')]
  const waiting = (await client.readRegister(fifoStatus)) >>> 16
  return fail({
    code: 'udma/stalled',
    place: client.address,
    problem: `nothing moved for ${timeoutMs} ms: ${how}; the accelerator took ${came} frames and gave ${went}, is ${status & busy ? '' : 'not '}busy, and ${waiting} words wait in the output FIFO`,
    remedy:
      'Does the accelerator’s clock run, and does another program read its results? Load the bitstream again.',
  })
}

export interface NodeRun {
  /** `host:port`, or the host alone where it was not reached. */
  readonly node: string
  readonly run?: FrameRun
  readonly error?: CompileError
}

/**
 * The same frames on many boards at once. Each has its own outcome: one that fails takes nothing from the others. Rejects
 * with the signal's reason only.
 */
export async function runOnNodes(
  nodes: readonly Omit<UdmaOptions, 'signal'>[],
  accelerator: FrameAccelerator,
  words: ArrayLike<number>,
  options: FrameOptions = {},
): Promise<NodeRun[]> {
  const { signal } = options
  const one = async (node: Omit<UdmaOptions, 'signal'>): Promise<NodeRun> => {
    const place = node.port === undefined ? node.host : `${node.host}:${node.port}`
    try {
      const client = await connectUdma({ ...node, ...(signal === undefined ? {} : { signal }) })
      try {
        return { node: client.address, run: await runFrames(client, accelerator, words, options) }
      } finally {
        client.close()
      }
    } catch (cause) {
      if (cause instanceof CompileError) return { node: place, error: cause }
      throw cause
    }
  }
  return Promise.all(nodes.map(one))
}
