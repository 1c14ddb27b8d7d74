// A TCP connection that asks one thing at a time: a request in one piece, then as many bytes as its answer has. What goes
// wrong in between leaves no way to tell where the next answer begins, so it ends the connection.

import { connect, type Socket } from 'node:net'
import { CompileError, fail } from '../../diagnostics/diagnostic.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  /** For connecting, and for each whole answer. */
  readonly timeoutMs: number
  /** Ends the connection, and with it whatever waits. */
  readonly signal?: AbortSignal | undefined
}

/** Takes the next bytes of an answer. */
export type Take = (bytes: number) => Promise<Uint8Array>

export interface Connection {
  /** `host:port`, as messages name it. */
  readonly address: string
  /** Sends a request and reads its answer; others wait meanwhile. */
  exchange<T>(request: Uint8Array, read: (take: Take) => Promise<T>): Promise<T>
  close(): void
}

interface Waiting {
  readonly bytes: number
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (cause: unknown) => void
}

/** Connects. Fails with `udma/unreachable`, or rejects with the signal's reason. */
export async function openConnection(options: ConnectOptions): Promise<Connection> {
  const address = `${options.host}:${options.port}`
  const { signal } = options
  signal?.throwIfAborted()
  const socket = connect({ host: options.host, port: options.port, noDelay: true })
  const stop = () => socket.destroy(signal!.reason instanceof Error ? signal!.reason : new Error('aborted'))
  signal?.addEventListener('abort', stop)
  socket.once('close', () => signal?.removeEventListener('abort', stop))
  try {
    await connected(socket, options.timeoutMs)
  } catch (cause) {
    socket.destroy()
    signal?.throwIfAborted()
    return unreachable(address, options, cause)
  }
  return answering(socket, address, options)
}

function connected(socket: Socket, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeAllListeners('error')
      resolve()
    })
    socket.once('error', cause => {
      clearTimeout(timer)
      reject(cause)
    })
  })
}

function unreachable(address: string, { port }: ConnectOptions, cause: unknown): never {
  return fail(
    {
      code: 'udma/unreachable',
      place: address,
      problem: `no connection: ${causeText(cause)}`,
      expected: `a UDMA server at port ${port}`,
      remedy: 'Is the board on, the server’s program running, and this computer in its network?',
    },
    cause,
  )
}

/** The node's own words, of all addresses that a name has. */
function causeText(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(causeText).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}

function answering(socket: Socket, address: string, { timeoutMs, signal }: ConnectOptions): Connection {
  const pending = new Bytes()
  let waiting: Waiting | undefined
  /** Why nothing goes on. */
  let ended: unknown
  let turn: Promise<unknown> = Promise.resolve()
  const end = (cause: unknown) => {
    ended ??= cause
    socket.destroy()
    waiting?.reject(ended)
    waiting = undefined
  }
  const serve = () => {
    if (waiting === undefined || pending.length < waiting.bytes) return
    const { bytes, resolve } = waiting
    waiting = undefined
    resolve(pending.take(bytes))
  }
  socket.on('data', chunk => {
    pending.put(chunk)
    serve()
  })
  socket.on('error', cause => end(signal?.aborted ? signal.reason : lost(address, cause.message)))
  socket.on('close', () => end(lost(address, 'the server closed it')))
  const take: Take = bytes =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      waiting = { bytes, resolve, reject }
      serve()
    })
  const ask = async <T>(request: Uint8Array, read: (take: Take) => Promise<T>): Promise<T> => {
    if (ended !== undefined) closed(address, ended)
    if (pending.length > 0) end(strayBytes(address, pending.length))
    if (ended !== undefined) throw ended
    const timer = setTimeout(() => end(silent(address, timeoutMs)), timeoutMs)
    try {
      socket.write(request)
      return await read(take)
    } catch (cause) {
      end(cause)
      throw cause
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    address,
    exchange(request, read) {
      const result = turn.then(() => ask(request, read))
      turn = result.catch(() => {})
      return result
    },
    close: () => end(new CompileError(closedByCaller(address))),
  }
}

class Bytes {
  length = 0
  private readonly chunks: Uint8Array[] = []

  put(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.length += chunk.length
  }

  take(count: number): Uint8Array {
    const all = Buffer.concat(this.chunks.splice(0))
    this.length = all.length - count
    if (this.length > 0) this.chunks.push(all.subarray(count))
    return all.subarray(0, count)
  }
}

const again = 'Connect again; runFrames first drains what a broken run has left.'

function lost(address: string, how: string): CompileError {
  return new CompileError({
    severity: 'error',
    code: 'udma/connection-lost',
    place: address,
    problem: `the connection broke: ${how}`,
    remedy: again,
  })
}

function silent(address: string, timeoutMs: number): CompileError {
  return new CompileError({
    severity: 'error',
    code: 'udma/timeout',
    place: address,
    problem: `no whole answer within ${timeoutMs} ms; the connection was given up`,
    remedy: `Is it a UDMA server that listens there? ${again}`,
  })
}

function strayBytes(address: string, count: number): CompileError {
  return new CompileError({
    severity: 'error',
    code: 'udma/bad-answer',
    place: address,
    problem: `${count} bytes came that nothing had asked for; the connection was given up`,
    remedy: `Is it a UDMA server that listens there? ${again}`,
  })
}

function closedByCaller(address: string) {
  return {
    severity: 'error',
    code: 'udma/closed',
    place: address,
    problem: 'the connection was closed by this program',
    remedy: 'Connect again.',
  } as const
}

/** What a caller is told who goes on after the end. */
function closed(address: string, cause: unknown): never {
  if (!(cause instanceof CompileError)) throw cause
  return fail(
    {
      code: 'udma/closed',
      place: address,
      problem: `the connection is closed: ${cause.diagnostics[0]!.problem}`,
      remedy: 'Connect again.',
    },
    cause,
  )
}
