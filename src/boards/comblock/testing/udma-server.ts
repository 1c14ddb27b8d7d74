// A UDMA server on loopback, as udma.h answers, on a ComBlock of a simulated accelerator. One request comes in one read.

import { createServer, type Server, type Socket } from 'node:net'
import { comblockWords } from '../fifos.ts'
import type { ComblockModel } from './model.ts'

export interface ServerFaults {
  /** WRITE_FIFO looks at the input FIFO's flag, as the published server does. */
  published?: boolean
  /** No answer at all; half of an answer, then the end; bytes of no server; an echo; more words than were asked for. */
  answer?: 'none' | 'half' | 'garbage' | 'echo' | 'more'
  /** Only requests of this command go wrong, and only after so many of them. */
  command?: number
  after?: number
  /** Every command is refused. */
  refuses?: boolean
}

export interface UdmaServer {
  readonly port: number
  readonly faults: ServerFaults
  /** Requests that came, by command. */
  readonly asked: Map<number, number>
  close(): Promise<void>
}

export async function startUdmaServer(model: ComblockModel, faults: ServerFaults = {}): Promise<UdmaServer> {
  const asked = new Map<number, number>()
  const sockets = new Set<Socket>()
  const server: Server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', request => respond(socket, request, model, faults, asked))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    port,
    faults,
    asked,
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function respond(
  socket: Socket,
  request: Buffer,
  model: ComblockModel,
  faults: ServerFaults,
  asked: Map<number, number>,
): void {
  const words = Array.from({ length: request.length >> 2 }, (_, k) => request.readUInt32LE(4 * k))
  const command = words[0] ?? -1
  const times = (asked.get(command) ?? 0) + 1
  asked.set(command, times)
  const answer = answerTo(words, model, faults)
  const concerned = faults.command === undefined || faults.command === command
  if (!concerned || times <= (faults.after ?? 0)) {
    socket.write(answer)
    return
  }
  switch (faults.answer) {
    case undefined:
      socket.write(answer)
      break
    case 'none':
      break
    case 'half':
      socket.end(answer.subarray(0, answer.length >> 1))
      break
    case 'garbage':
      socket.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
      break
    case 'echo':
      socket.write(request)
      break
    case 'more':
      socket.write(Buffer.concat([answer, Buffer.alloc(4)]))
      break
    default:
      faults.answer satisfies never
  }
}

function answerTo(
  [command, first = 0, ...rest]: number[],
  model: ComblockModel,
  faults: ServerFaults,
): Buffer {
  if (faults.refuses) return bytes([0, 0])
  switch (command) {
    case 0:
      return bytes([1, 1, model.read(first)])
    case 3: {
      const words: number[] = []
      while (!(model.read(comblockWords.IFIFO_STATUS) & 1) && words.length < first)
        words.push(model.read(comblockWords.IFIFO_VALUE))
      const under = model.read(comblockWords.IFIFO_STATUS) & 4
      return bytes([under ? 3 : 1, words.length, ...words])
    }
    case 4:
      model.write(first + 16, rest[0]!)
      return bytes([1, 1])
    case 7: {
      const flag = () =>
        model.read(faults.published ? comblockWords.IFIFO_STATUS : comblockWords.OFIFO_STATUS) & 1
      let count = 0
      while (!flag() && count < first) model.write(comblockWords.OFIFO_VALUE, rest[count++]!)
      const over = model.read(comblockWords.OFIFO_STATUS) & 4
      return bytes([over ? 2 : 1, count])
    }
    case 9:
      return bytes([0, 0])
    case 255:
      return bytes([first ? 4 : 5])
    default:
      return Buffer.alloc(0)
  }
}

function bytes(words: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * words.length)
  for (const [k, word] of words.entries()) buffer.writeUInt32LE(word >>> 0, 4 * k)
  return buffer
}
