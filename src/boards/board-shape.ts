// What a board is, described once: from this come the type, the JSON Schema of a board's file and its reading. The
// boards that come with Lutra (`data/`) and a user's own are the same kind of data.

import {
  fitShape,
  type JsonSchema,
  list,
  type Misfit,
  number,
  object,
  oneOf,
  record,
  text,
  type ValueOf,
} from '../report/shape.ts'

/** What stands beside the programmable logic: a Zynq-7000's or Zynq UltraScale+'s processors, a host, or nothing. */
const boardKinds = ['zynq', 'zynqmp', 'alveo', 'fpga'] as const
export type BoardKind = (typeof boardKinds)[number]

const pin = (description: string) => text(description, /^[A-Z]{1,2}[0-9]{1,2}$/)
const standard = text('I/O standard of the pins, e.g. LVCMOS33', /^[A-Z0-9_]+$/)
const megahertz = (description: string) => number(description, 0.001)

const oscillator = object('oscillator for logic without a processor beside it', {
  mhz: megahertz('its frequency in MHz'),
  pin: pin('the clock-capable pin that it drives'),
  standard,
})

const uart = object('serial console, as the FPGA sees it', {
  rx: pin('pin that the FPGA reads'),
  tx: pin('pin that the FPGA drives'),
  standard,
})

const memory = object('a memory outside the programmable logic that frames lie in', {
  name: text('what it is, e.g. DDR4, HBM'),
  mib: number('how large, in MiB', 1),
  port: oneOf(
    'how the logic reaches it: a port of the processor system, or the shell of a card',
    'S_AXI_HP0',
    'S_AXI_HP0_FPD',
    'shell',
  ),
})

const platform = object('of a card in a host: what kernels are linked with', {
  name: text('as v++ --platform takes it, e.g. xilinx_u250_gen3x16_xdma_4_1_202210_1'),
  memory: text('the bank that frames lie in, as v++ --connectivity.sp takes it, e.g. HBM[0], DDR[0]'),
})
export type Platform = ValueOf<typeof platform>

/** The keys of a board's file. */
export const boardShape = object(
  'a board: the part on it and what a project for it needs',
  {
    name: text('as --board takes it', /^[a-z0-9][a-z0-9._-]*$/),
    title: text('as people call it'),
    part: text('the part with package, speed and temperature grade, e.g. xc7z020clg400-1'),
    kind: oneOf(
      'what stands beside the logic: Zynq-7000 or Zynq UltraScale+ processors, a host computer, or nothing',
      ...boardKinds,
    ),
    clockMhz: megahertz('clock of the accelerator unless another is asked for, in MHz'),
  },
  {
    boardPart: text(
      "Vivado's name of the board files; leave it out where there are none, and the part alone is named",
      /^[^:\s]+:[^:\s]+:part0:[0-9.]+$/,
    ),
    link: oneOf('what carries streams unless asked for otherwise', 'mover', 'comblock'),
    oscillator,
    uart,
    memory: list('memories that frames can lie in', memory),
    platform,
    notes: list('what a user of the board should know', text('a sentence')),
    sources: record('where each value is from, by its key', text('a document, and whether it was read')),
    $schema: text('address of the schema, for editors'),
  },
)

/** A board, as data. */
export type Board = Omit<ValueOf<typeof boardShape>, '$schema'>

/** The JSON Schema of a board's file, draft-07; equal in every run. */
export function boardSchema(): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Lutra board', ...boardShape.schema }
}

/** The board that a JSON value is, in the shape's order of keys, or what does not fit. */
export function fitBoard(value: unknown): { readonly board: Board; readonly misfits: readonly Misfit[] } {
  const { value: read, misfits } = fitShape(boardShape, value)
  if (misfits.length > 0) return { board: read, misfits }
  const { $schema: _, ...board } = read
  return { board, misfits }
}
