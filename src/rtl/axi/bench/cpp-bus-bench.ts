// The C++ test bench of a packaged accelerator for Verilator: the same scripts, stalls, memory and cycle stamps as
// run-bus.ts, on the names that the shell gives its ports. Script and numbers are read, so that one build serves all.

import { sinkSpell, sourceSpell } from '../../stream-ports.ts'
import type { BusPorts } from '../bus-interface.ts'
import { registers } from '../register-map.ts'
import { benchBody, benchHead } from './cpp-bus-text.ts'
import {
  type BusRun,
  type BusScript,
  type BusSubject,
  benchChannels,
  memoryBeats,
  memoryLatency,
  memoryReads,
  memoryWrites,
  offering,
} from './script.ts'

/** The bench's text; Verilator's prefix for the model is `Vtop`. */
export function printCppBusBench({ ports, wordsPerBeat }: BusSubject): string {
  const has = parts[ports]
  return [
    '// Test bench of an accelerator for Verilator (--prefix Vtop); it reads a script and writes a log.',
    `#define LANES ${wordsPerBeat}`,
    ...Object.entries(has).map(([name, there]) => `#define HAS_${name.toUpperCase()} ${there ? 1 : 0}`),
    `enum Channel { ${benchChannels.map(name => `CH_${name.toUpperCase()}`).join(', ')}, CHANNELS };`,
    `static const bool offering[] = {${benchChannels.map(name => (offering.has(name) ? 1 : 0)).join(', ')}};`,
    `static const long SOURCE_SPELL = ${sourceSpell}, SINK_SPELL = ${sinkSpell}, LATENCY = ${memoryLatency};`,
    `static const size_t MOST_READS = ${memoryReads}, MOST_WRITES = ${memoryWrites}, MOST_BEATS = ${memoryBeats};`,
    ...benchHead,
    ...(has.flat ? flatRegister : []),
    ...benchBody,
    '',
  ].join('\n')
}

const parts: Readonly<Record<BusPorts, Readonly<Record<'streams' | 'lite' | 'flat' | 'memory', boolean>>>> = {
  axi_stream: { streams: true, lite: true, flat: false, memory: false },
  comblock: { streams: true, lite: false, flat: true, memory: false },
  axi_lite: { streams: false, lite: true, flat: false, memory: false },
  axi_master: { streams: false, lite: true, flat: false, memory: true },
}

const hex = (value: number | bigint): string => value.toString(16)

/** The script as the bench reads it: a line for each access, beat and word of memory. */
export function scriptFile({ accesses, sent, expected = 0, memory }: BusScript, lanes: number): string {
  const lines = accesses.map(access => {
    switch (access.op) {
      case 'write':
        return `w ${hex(access.address)} ${hex(access.data >>> 0)} ${hex(access.strobes ?? 15)}`
      case 'read':
        return `r ${hex(access.address)}`
      case 'poll':
        return `p ${hex(access.address)} ${hex(access.mask >>> 0)} ${hex(access.value >>> 0)}`
      case 'wait':
        return `t ${hex(access.cycles)}`
      case 'streams':
        return 's'
      case 'interrupt':
        return `i ${access.level}`
      default:
        return access satisfies never
    }
  })
  const beats = Array.from(sent?.lasts ?? [], (last, k) =>
    ['b', last, ...Array.from(sent!.words.subarray(k * lanes, (k + 1) * lanes), hex)].join(' '),
  )
  return `${[...lines, ...beats, `e ${hex(expected)}`, ...memoryLines(memory)].join('\n')}\n`
}

function memoryLines(memory: BusScript['memory']): string[] {
  if (memory === undefined) return []
  const { input, output, readErrors = [], writeErrors = [] } = memory
  return [
    `I ${hex(input.address)}`,
    ...Array.from(input.words, word => `m ${hex(word)}`),
    `O ${hex(output.address)} ${hex(output.words)}`,
    ...readErrors.map(beat => `R ${hex(beat)}`),
    ...writeErrors.map(beat => `W ${hex(beat)}`),
  ]
}

/** What a log says: the run, or the verdict of one that failed and how far it came. */
export function readBusLog(log: string): { run: BusRun } | { verdict: string; progress: string } | undefined {
  const lines = log.split('\n')
  const verdict = /^= (.*)$/.exec(lines.at(-2) ?? '')?.[1]
  if (verdict === undefined) return undefined
  const rows = lines.slice(0, -2).map(line => line.split(' '))
  const of = (kind: string) => rows.filter(([first]) => first === kind)
  const accesses = of('a').map(([, start, end, value]) => ({
    start: Number(start),
    end: Number(end),
    value: Number.parseInt(value!, 16),
  }))
  if (verdict !== 'done') return { verdict, progress: `access ${accesses.length}` }
  const received = of('o')
  return {
    run: {
      accesses,
      taken: of('n').map(([, cycle]) => Number(cycle)),
      offered: received.map(([, offered]) => Number(offered)),
      received: {
        words: Uint32Array.from(received.flatMap(row => row.slice(3).map(word => Number.parseInt(word, 16)))),
        lasts: Uint8Array.from(received, row => Number(row[2])),
      },
      memory: Uint32Array.from(of('m'), ([, word]) => Number.parseInt(word!, 16)),
    },
  }
}

const flatRegister = [
  'static uint32_t flat_register(uint32_t address) {',
  '  switch (address) {',
  ...registers.map(({ name, address }) => `    case ${address}: return top->${name.toLowerCase()};`),
  '    default: return 0;',
  '  }',
  '}',
]
