// The boards known by name, each with the part that is soldered on it.

import { fail } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'

export interface Board {
  /** As `--board` takes it. */
  readonly name: string
  /** The part with package, speed and temperature grade. */
  readonly part: string
  readonly title: string
}

function board(name: string, part: string, title: string): Board {
  return Object.freeze({ name, part, title })
}

/** Every board known, by name. */
export const boards: readonly Board[] = Object.freeze([
  board('alveo-u200', 'xcu200-fsgd2104-2-e', 'AMD Alveo U200'),
  board('alveo-u250', 'xcu250-figd2104-2L-e', 'AMD Alveo U250'),
  board('alveo-u280', 'xcu280-fsvh2892-2L-e', 'AMD Alveo U280'),
  board('alveo-u50', 'xcu50-fsvh2104-2-e', 'AMD Alveo U50'),
  board('alveo-u55c', 'xcu55c-fsvh2892-2L-e', 'AMD Alveo U55C'),
  board('arty-a7-100t', 'xc7a100tcsg324-1', 'Digilent Arty A7-100T'),
  board('aup-zu3', 'xczu3eg-sfvc784-2-e', 'Real Digital AUP-ZU3'),
  board('basys3', 'xc7a35tcpg236-1', 'Digilent Basys 3'),
  board('hyperfpga-3be11', 'xczu3eg-sfvc784-1-e', 'HyperFPGA node, module 3be11'),
  board('hyperfpga-4ge21', 'xczu4eg-sfvc784-2-e', 'HyperFPGA node, module 4ge21'),
  board('kv260', 'xck26-sfvc784-2LV-c', 'AMD Kria KV260'),
  board('pynq-z1', 'xc7z020clg400-1', 'Digilent PYNQ-Z1'),
  board('pynq-z2', 'xc7z020clg400-1', 'TUL PYNQ-Z2'),
  board('ultra96v2', 'xczu3eg-sbva484-1-i', 'Avnet Ultra96-V2'),
  board('zcu102', 'xczu9eg-ffvb1156-2-e', 'AMD ZCU102'),
  board('zcu104', 'xczu7ev-ffvc1156-2-e', 'AMD ZCU104'),
  board('zedboard', 'xc7z020clg484-1', 'Avnet ZedBoard'),
])

/** The cluster's documents write one module's name in two ways. */
const otherSpellings: Readonly<Record<string, string>> = { 'hyperfpga-4eg21': 'hyperfpga-4ge21' }

/** The board of a name; case does not matter. Fails with `board/unknown`, naming the nearest. `place` is where it stood. */
export function findBoard(name: string, place = '--board'): Board {
  const wanted = name.trim().toLowerCase()
  const found = boards.find(known => known.name === (otherSpellings[wanted] ?? wanted))
  return found ?? unknownBoard(name, place)
}

function unknownBoard(name: string, place: string): never {
  const names = boards.map(known => known.name)
  const near = nearest(name, names)
  return fail({
    code: 'board/unknown',
    place,
    problem: `no board '${name}' is known`,
    expected: `one of ${names.join(', ')}`,
    remedy: near === undefined ? 'For another board, give its part with --part.' : `Did you mean '${near}'?`,
  })
}
