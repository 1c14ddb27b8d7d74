// A Verilated board as a process that answers lines, and on top of it the requests that stand-ins for PYNQ send.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { PackageDescription } from '../package-description.ts'
import { addressMap } from '../vivado/addresses.ts'
import {
  type Channel,
  type DmaRequest,
  type FaultRequest,
  type MemoryRequest,
  pitchOf,
  type RegisterRequest,
} from './requests.ts'
import { buildServer, type VerilatedBoard } from './verilated-board.ts'

/** Asks and answers, in order; see server.cpp for the lines. */
export interface BoardProcess {
  ask(line: string): Promise<string>
  read(address: number): Promise<number>
  write(address: number, value: number): Promise<void>
  end(): void
}

export async function startBoard(board: VerilatedBoard): Promise<BoardProcess> {
  const child = spawn(await buildServer(board), [], { stdio: 'pipe', cwd: join(board.folder, 'rtl') })
  const waiting: { resolve: (line: string) => void; reject: (cause: Error) => void }[] = []
  createInterface(child.stdout).on('line', line => waiting.shift()?.resolve(line))
  collectErrors(child, waiting)
  const ask = (line: string) =>
    new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject })
      child.stdin.write(`${line}\n`)
    })
  return {
    ask,
    read: async address => Number.parseInt(await ask(`r ${address.toString(16)}`), 16),
    write: async (address, value) => {
      await ask(`w ${address.toString(16)} ${(value >>> 0).toString(16)}`)
    },
    end: () => child.stdin.end(),
  }
}

/** Who waits for an answer hears why there is none. */
function collectErrors(
  child: ChildProcessWithoutNullStreams,
  waiting: { reject: (cause: Error) => void }[],
): void {
  let text = ''
  child.stderr.on('data', chunk => {
    text += chunk
  })
  child.stdin.on('error', () => {})
  child.on('close', () => {
    for (const one of waiting.splice(0)) one.reject(new Error(`the board has ended: ${text}`))
  })
}

type Faults = Readonly<Record<string, boolean | number>>
type Request = RegisterRequest | DmaRequest | MemoryRequest | FaultRequest<Faults>

/** Registers of a channel of the DMA, from its base. */
const channels = {
  send: { control: 0x00, status: 0x04, address: 0x18, length: 0x28, buffer: 0x1000_0000 },
  receive: { control: 0x30, status: 0x34, address: 0x48, length: 0x58, buffer: 0x1800_0000 },
} as const

/** What a fault is called in the model of the board. */
const faultNames: Readonly<Record<string, readonly string[]>> = {
  deaf: ['stuck', 'unconnected'],
  broken: ['decode'],
}

const cyclesOfRun = 4000

/** Answers the requests of the stand-ins for PYNQ (JSON lines) from a board. */
export async function createBoardServer(board: VerilatedBoard, description: PackageDescription) {
  const process = await startBoard(board)
  const map = addressMap(description)
  const fresh: Record<Channel, boolean> = { send: true, receive: true }
  let free = 0x2000_0000
  const accelerator = map.accelerator!.base
  const dma = map.dma?.base ?? 0
  const transfer = async (channel: Channel, bytes: number) => {
    const { address, length, buffer } = channels[channel]
    if (fresh[channel]) await process.write(dma + channels[channel].control, 1)
    fresh[channel] = false
    await process.write(dma + address, buffer)
    await process.write(dma + length, bytes)
    return {}
  }
  const stateOf = async (channel: Channel) => {
    const status = await process.read(dma + channels[channel].status)
    if ((status & 0x70) !== 0) return 'error'
    if (fresh[channel]) return (status & 1) === 1 ? 'halted' : 'fresh'
    return (status & 2) !== 0 ? 'idle' : 'busy'
  }
  const store = async (address: number, words: string) => {
    const hex = Buffer.from(words, 'base64').toString('hex')
    await process.ask(`p ${address.toString(16)} ${hex}`)
    return {}
  }
  const load = async (address: number, bytes: number) => {
    const hex = await process.ask(`g ${address.toString(16)} ${bytes.toString(16)}`)
    return { words: Buffer.from(hex, 'hex').toString('base64') }
  }
  const set = async (faults: Faults) => {
    for (const [fault, value] of Object.entries(faults))
      for (const name of faultNames[fault] ?? [fault]) await process.ask(`f ${name} ${Number(value)}`)
    return {}
  }
  // The stand-in takes a channel that it has just opened for one that runs.
  const open = async () => {
    for (const channel of ['send', 'receive'] as const)
      await process.write(dma + channels[channel].control, 1)
  }
  let opened: Promise<void> | undefined
  const answer = async (request: Request): Promise<unknown> => {
    if (map.dma !== undefined) opened ??= open()
    await opened
    switch (request.op) {
      case 'read':
        return { value: await process.read(accelerator + request.address) }
      case 'write':
        await process.write(accelerator + request.address, request.value)
        return {}
      case 'send':
        await store(channels.send.buffer, request.words)
        return transfer('send', Buffer.from(request.words, 'base64').length)
      case 'receive':
        return transfer('receive', 4 * request.words)
      case 'run':
        await process.ask(`q ${cyclesOfRun.toString(16)}`)
        return { send: await stateOf('send'), receive: await stateOf('receive') }
      case 'received':
        return load(channels.receive.buffer, await process.read(dma + channels.receive.length))
      case 'reset':
        await process.write(dma, 4)
        await process.ask('c 40')
        fresh.send = fresh.receive = true
        return {}
      case 'start':
        await process.write(dma + channels[request.channel].control, 1)
        return {}
      case 'allocate': {
        const address = free
        free += pitchOf(request.words)
        return { address }
      }
      case 'free':
        return {}
      case 'store':
        return store(request.address, request.words)
      case 'load':
        return load(request.address, 4 * request.words)
      case 'cycles':
        await process.ask(`c ${request.count.toString(16)}`)
        return {}
      case 'fault':
        return set(request.faults)
      default:
        return request satisfies never
    }
  }
  return {
    answer: async (line: string) => JSON.stringify(await answer(JSON.parse(line) as Request)),
    end: () => process.end(),
  }
}
