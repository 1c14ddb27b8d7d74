// The boards known by name, each with the part that is soldered on it.

import { fail } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'
import type { Link } from './bus.ts'

/** What stands beside the programmable logic: a Zynq-7000's or Zynq UltraScale+'s processors, a host, or nothing. */
export type BoardKind = 'zynq' | 'zynqmp' | 'alveo' | 'fpga'

export interface Board {
  /** As `--board` takes it. */
  readonly name: string
  readonly title: string
  /** The part with package, speed and temperature grade. */
  readonly part: string
  readonly kind: BoardKind
  /** Vivado's name of the board's files; absent where Vivado has none of its own and the part alone is named. */
  readonly boardPart?: string
  /** What carries streams on this board unless asked for otherwise; `mover` where absent. */
  readonly link?: Link
  /** Clock that the accelerator gets unless another is asked for, in MHz. */
  readonly clockMhz: number
  /** Oscillator on the board for logic without a processor beside it. */
  readonly oscillator?: { readonly mhz: number; readonly pin: string; readonly standard: string }
  /** UART pins of the board as the FPGA sees them, where there is no processor. */
  readonly uart?: { readonly rx: string; readonly tx: string; readonly standard: string }
  /** Where part, board part, clocks and pins are from. */
  readonly sources: readonly string[]
}

const lvcmos = 'LVCMOS33'
const tutorial = "hls4ml's supported boards"

/** Every board known, by name. */
export const boards: readonly Board[] = Object.freeze(
  (
    [
      {
        name: 'alveo-u200',
        title: 'AMD Alveo U200',
        part: 'xcu200-fsgd2104-2-e',
        kind: 'alveo',
        boardPart: 'xilinx.com:au200:part0:1.3',
        clockMhz: 200,
        sources: [tutorial, 'UG1289'],
      },
      {
        name: 'alveo-u250',
        title: 'AMD Alveo U250',
        part: 'xcu250-figd2104-2L-e',
        kind: 'alveo',
        boardPart: 'xilinx.com:au250:part0:1.3',
        clockMhz: 200,
        sources: [tutorial, 'UG1289'],
      },
      {
        name: 'alveo-u280',
        title: 'AMD Alveo U280',
        part: 'xcu280-fsvh2892-2L-e',
        kind: 'alveo',
        boardPart: 'xilinx.com:au280:part0:1.1',
        clockMhz: 200,
        sources: [tutorial, 'UG1314'],
      },
      {
        name: 'alveo-u50',
        title: 'AMD Alveo U50',
        part: 'xcu50-fsvh2104-2-e',
        kind: 'alveo',
        boardPart: 'xilinx.com:au50:part0:1.3',
        clockMhz: 200,
        sources: [tutorial, 'UG1371'],
      },
      {
        name: 'arty-a7-100t',
        title: 'Digilent Arty A7-100T',
        part: 'xc7a100tcsg324-1',
        kind: 'fpga',
        boardPart: 'digilentinc.com:arty-a7-100:part0:1.1',
        clockMhz: 100,
        oscillator: { mhz: 100, pin: 'E3', standard: lvcmos },
        uart: { rx: 'A9', tx: 'D10', standard: lvcmos },
        sources: ['Digilent Arty-A7-100-Master.xdc'],
      },
      {
        name: 'aup-zu3',
        title: 'Real Digital AUP-ZU3',
        part: 'xczu3eg-sfvc784-2-e',
        kind: 'zynqmp',
        boardPart: 'realdigital.org:aup-zu3-8gb:part0:1.0',
        clockMhz: 100,
        sources: ['ICTP/AUP-ZU3-HLS4ML'],
      },
      {
        name: 'basys3',
        title: 'Digilent Basys 3',
        part: 'xc7a35tcpg236-1',
        kind: 'fpga',
        boardPart: 'digilentinc.com:basys3:part0:1.2',
        clockMhz: 100,
        oscillator: { mhz: 100, pin: 'W5', standard: lvcmos },
        uart: { rx: 'B18', tx: 'A18', standard: lvcmos },
        sources: ['Digilent Basys-3-Master.xdc'],
      },
      {
        name: 'hyperfpga-3be11',
        title: 'HyperFPGA node, module 3be11',
        part: 'xczu3eg-sfvc784-1-e',
        kind: 'zynqmp',
        clockMhz: 100,
        sources: ['HyperFPGA documents of ICTP'],
      },
      {
        name: 'hyperfpga-4ge21',
        title: 'HyperFPGA node, module 4ge21',
        part: 'xczu4eg-sfvc784-2-e',
        kind: 'zynqmp',
        boardPart: 'ictp.it:hyperfpga_4ge21:part0:1.0',
        clockMhz: 100,
        sources: ['HyperFPGA documents of ICTP'],
      },
      {
        name: 'kv260',
        title: 'AMD Kria KV260',
        part: 'xck26-sfvc784-2LV-c',
        kind: 'zynqmp',
        boardPart: 'xilinx.com:kv260_som:part0:1.4',
        clockMhz: 100,
        sources: ['UG1089'],
      },
      {
        name: 'pynq-z1',
        title: 'Digilent PYNQ-Z1',
        part: 'xc7z020clg400-1',
        kind: 'zynq',
        boardPart: 'www.digilentinc.com:pynq-z1:part0:1.0',
        clockMhz: 100,
        sources: ['Digilent PYNQ-Z1 reference manual'],
      },
      {
        name: 'pynq-z2',
        title: 'TUL PYNQ-Z2',
        part: 'xc7z020clg400-1',
        kind: 'zynq',
        boardPart: 'tul.com.tw:pynq-z2:part0:1.0',
        clockMhz: 100,
        sources: [tutorial],
      },
      {
        name: 'ultra96v2',
        title: 'Avnet Ultra96-V2',
        part: 'xczu3eg-sbva484-1-i',
        kind: 'zynqmp',
        boardPart: 'avnet.com:ultra96v2:part0:1.2',
        clockMhz: 100,
        sources: ['Avnet board definition files'],
      },
      {
        name: 'zcu102',
        title: 'AMD ZCU102',
        part: 'xczu9eg-ffvb1156-2-e',
        kind: 'zynqmp',
        boardPart: 'xilinx.com:zcu102:part0:3.4',
        clockMhz: 100,
        sources: [tutorial, 'UG1182'],
      },
      {
        name: 'zcu104',
        title: 'AMD ZCU104',
        part: 'xczu7ev-ffvc1156-2-e',
        kind: 'zynqmp',
        boardPart: 'xilinx.com:zcu104:part0:1.1',
        clockMhz: 100,
        sources: ['UG1267'],
      },
      {
        name: 'zedboard',
        title: 'Avnet ZedBoard',
        part: 'xc7z020clg484-1',
        kind: 'zynq',
        boardPart: 'em.avnet.com:zed:part0:1.4',
        clockMhz: 100,
        sources: ['Avnet board definition files'],
      },
    ] satisfies Board[]
  ).map(own => Object.freeze(own)),
)

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
