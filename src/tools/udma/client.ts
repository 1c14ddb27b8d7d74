// A client of UDMA: registers, FIFOs and RAM of a board's ComBlock by TCP.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type Connection, openConnection, type Take } from './connection.ts'
import { type Command, packetWords, requestBytes, statuses, udmaPort, wordsOf } from './protocol.ts'

export interface UdmaOptions {
  readonly host: string
  /** 7 unless said otherwise. */
  readonly port?: number
  /** Milliseconds for connecting and for each answer: 5000 unless said otherwise. */
  readonly timeoutMs?: number
  /** Which ComBlock of the board: 0 unless said otherwise. */
  readonly comblock?: number
  /** Ends the connection and whatever waits on it. */
  readonly signal?: AbortSignal
}

/**
 * Words are unsigned 32-bit integers. Every call fails with `udma/timeout`, `udma/connection-lost`, `udma/bad-answer` or
 * `udma/closed` where the connection does not hold, after which none works any more, and with `udma/refused` where the
 * board says no.
 */
export interface UdmaClient {
  /** `host:port`. */
  readonly address: string
  /** A word of the register port: 0–15 input registers, 16–31 output registers, 34 and 38 the FIFOs' status. */
  readRegister(register: number): Promise<number>
  /** Output register 0–15; from 16 on the words behind them, 20 being a word into the output FIFO. */
  writeRegister(register: number, value: number): Promise<void>
  /** As many words as there are in the input FIFO, `most` at most: none where it is empty. */
  readFifo(most: number): Promise<Uint32Array>
  /**
   * Words into the output FIFO; the number written, fewer where it is full. Fails with `udma/overflow` where words were
   * lost. Who writes more than there is room for may lose words with servers that do not look.
   */
  writeFifo(words: ArrayLike<number>): Promise<number>
  /** Words of the RAM from a word address on. */
  readRam(address: number, count: number, increment?: number): Promise<Uint32Array>
  writeRam(address: number, words: ArrayLike<number>, increment?: number): Promise<number>
  /** Words of the processor's memory from a byte address on; see protocol.ts for what the published server makes of it. */
  readMemory(address: number, count: number, increment?: number): Promise<Uint32Array>
  writeMemory(address: number, words: ArrayLike<number>, increment?: number): Promise<number>
  selectComblock(id: number): Promise<void>
  /** Switches the server's own log on its serial port, which costs it much time. */
  log(on: boolean): Promise<void>
  close(): void
}

/** Connects to a board. Fails with `udma/unreachable`, or rejects with the signal's reason. */
export async function connectUdma(options: UdmaOptions): Promise<UdmaClient> {
  const { host, port = udmaPort, timeoutMs = 5000, comblock = 0, signal } = options
  const client = clientOn(await openConnection({ host, port, timeoutMs, signal }))
  if (comblock !== 0) await client.selectComblock(comblock)
  return client
}

interface Answer {
  readonly status: number
  readonly count: number
  readonly words: Uint32Array
}

/** What every call comes down to: a request, and an answer that is held against it. */
function exchangesOn(connection: Connection) {
  const { address } = connection
  /** Asks, and takes an answer with at most so many words; `data` where the words follow. */
  const ask = (command: Command, most: number, data: boolean, ...words: number[]): Promise<Answer> =>
    connection.exchange(requestBytes(command, ...words), take =>
      readAnswer(take, { address, command, most, data }),
    )
  const read = async (command: Command, most: number, ...words: number[]) => {
    const { status, words: got } = await ask(command, most, true, ...words)
    // An underflow is one of earlier reads: the server looks before each of its own.
    if (status !== statuses.SUCCESS && status !== statuses.UNDERFLOW) refused(address, command)
    return got
  }
  const write = async (command: Command, sent: number, ...words: number[]) => {
    const { status, count } = await ask(command, sent, false, ...words)
    if (status === statuses.OVERFLOW) overflowed(address)
    if (status !== statuses.SUCCESS) refused(address, command)
    return count
  }
  return { ask, read, write }
}

/** Words in as many packets as they take; ends where one is not taken whole. */
async function writeAll(
  words: ArrayLike<number>,
  put: (piece: number[], at: number) => Promise<number>,
): Promise<number> {
  let written = 0
  while (written < words.length) {
    const piece = Array.prototype.slice.call(words, written, written + packetWords) as number[]
    const taken = await put(piece, written)
    written += taken
    if (taken < piece.length) break
  }
  return written
}

function clientOn(connection: Connection): UdmaClient {
  const { address } = connection
  const { ask, read, write } = exchangesOn(connection)
  return {
    address,
    readRegister: async register => (await read('READ_REG', 1, register))[0] ?? refused(address, 'READ_REG'),
    writeRegister: async (register, value) => {
      await write('WRITE_REG', 1, register, value)
    },
    readFifo: most => read('READ_FIFO', Math.min(most, packetWords), Math.min(most, packetWords)),
    writeFifo: words => writeAll(words, piece => write('WRITE_FIFO', piece.length, piece.length, ...piece)),
    readRam: (from, count, increment = 1) => read('READ_RAM', count, from, count, increment),
    writeRam: (from, words, increment = 1) =>
      writeAll(words, (piece, at) =>
        write('WRITE_RAM', piece.length, from + at * increment, piece.length, increment, ...piece),
      ),
    readMemory: (from, count, increment = 1) => read('READ_MEM', count, from, count, increment),
    writeMemory: (from, words, increment = 1) =>
      writeAll(words, (piece, at) =>
        write('WRITE_MEM', piece.length, from + 4 * at * increment, piece.length, increment, ...piece),
      ),
    selectComblock: async id => {
      const { status } = await ask('SELECT_COMBLOCK', 1, false, id)
      // A server with one ComBlock refuses every choice, and keeps to the only one there is.
      if (status !== statuses.SUCCESS && id !== 0) refused(address, 'SELECT_COMBLOCK')
    },
    log: async on => {
      await connection.exchange(requestBytes('LOG', on ? 1 : 0), async take => {
        const [status] = wordsOf(await take(4))
        const wanted = on ? statuses.LOG_ENABLED : statuses.LOG_DISABLED
        if (status !== wanted) badAnswer(address, 'LOG', `status ${status}`)
      })
    },
    close: () => connection.close(),
  }
}

interface Asked {
  readonly address: string
  readonly command: Command
  readonly most: number
  readonly data: boolean
}

async function readAnswer(take: Take, { address, command, most, data }: Asked): Promise<Answer> {
  const [status, count] = wordsOf(await take(8)) as unknown as [number, number]
  if (status > statuses.UNDERFLOW) badAnswer(address, command, `status ${status}`)
  if (count > most) badAnswer(address, command, `${count} words where ${most} were asked for`)
  return { status, count, words: data ? wordsOf(await take(4 * count)) : new Uint32Array() }
}

function badAnswer(address: string, command: Command, what: string): never {
  return fail({
    code: 'udma/bad-answer',
    place: address,
    problem: `${command} was answered with ${what}; the connection was given up`,
    expected: 'an answer of a UDMA server',
    remedy: 'Is it a UDMA server that listens there? An echo server has the same port.',
  })
}

function refused(address: string, command: Command): never {
  return fail({
    code: 'udma/refused',
    place: address,
    problem: `the board refuses ${command}`,
    expected: 'a ComBlock with registers and both FIFOs',
    remedy: 'Is the bitstream of the package loaded, and its ComBlock the one that the server was built for?',
  })
}

function overflowed(address: string): never {
  return fail({
    code: 'udma/overflow',
    place: address,
    problem: 'the output FIFO overflowed: words were lost',
    remedy: 'Write no more than there is room for (status word 38), or use runFrames, which keeps count.',
  })
}
