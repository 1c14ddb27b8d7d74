// An LSTM as a process: one time step is a pipelined datapath whose last registers hold the states; a sequencer lets
// one beat through at a time, since a step needs the states of the one before.

import type { Conversion } from '../../fixed/types.ts'
import { conversionAt } from '../../ir/tensor-type.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { Net, Table } from '../../netlist/netlist.ts'
import { lowerProduct } from '../../netlist/product.ts'
import { buildCore, type Core } from '../../rtl/core.ts'
import { countType, ringCounter } from '../../rtl/fifo.ts'
import { bitType, createModule, type ModuleBuilder } from '../../rtl/module-builder.ts'
import { buildSkidBuffer } from '../../rtl/skid-buffer.ts'
import { lowerConstantProduct } from '../constant-product.ts'
import {
  type ProcessOptions,
  type Refusal,
  type RtlForm,
  refuse,
  type StreamProcess,
  type TypedOp,
} from '../definition.ts'
import {
  type GateFunction,
  type GateLine,
  gateRange,
  gateTable,
  hardShift,
  hardSlope,
  isTableGate,
  type TableGate,
  textConversion,
} from '../gates.ts'
import { cellLines } from '../recurrent-cell.ts'
import { refuseStates } from '../recurrent-refusal.ts'
import { extentsOf } from '../recurrent-shape.ts'
import { strategyOf } from '../strategy.ts'
import { lookUpScaled } from '../table-lookup.ts'
import type { LstmAttrs } from './attrs.ts'
import { cellAttrs, inputProduct, stateConversions, stateProduct } from './fixed.ts'
import { stepTypes, variesByFeatureOnly } from './type.ts'

export function lstmRtl(op: TypedOp<LstmAttrs>): RtlForm | Refusal {
  return refuseStates(op) ?? whyNot(op) ?? { form: 'process', build: options => buildProcess(op, options) }
}

function whyNot(op: TypedOp<LstmAttrs>): Refusal | undefined {
  const strategy = strategyOf(op.choices.Strategy)
  const size = op.choices.TableSize as number
  if (strategy !== 'latency' && strategy !== 'distributed-arithmetic') {
    return refuse(
      'rtl/strategy',
      `strategy ${String(op.choices.Strategy)} has no Verilog form yet; Latency and Distributed_Arithmetic have`,
    )
  }
  const reuse = [op.choices.ReuseFactor, op.choices.RecurrentReuseFactor].map(factor => Number(factor ?? 1))
  if (strategy === 'latency' && reuse.some(factor => factor !== 1))
    return refuse(
      'rtl/reuse-factor',
      `reuse factors of ${reuse.join(' and ')} have no Verilog form yet; 1 has`,
    )
  if (op.attrs.goBackwards)
    return refuse('rtl/go-backwards', 'it reads its sequence from the end, and a stream begins at the start')
  if (!Number.isInteger(Math.log2(size)))
    return refuse('rtl/table-size', `a table of ${size} entries has no Verilog form; a power of two has`)
  if (!variesByFeatureOnly(op.inputs[0]!) || !variesByFeatureOnly(op.output))
    return refuse(
      'rtl/stream-types',
      'its time steps have types of their own, and a stream has one per element',
    )
  return undefined
}

function buildProcess(op: TypedOp<LstmAttrs>, options: ProcessOptions): StreamProcess {
  const { sequences, steps } = extentsOf(op.attrs, op.inputs[0]!.shape)
  const core = stepCore(op, options)
  const states = stateConversions(op).map(({ to }) => to)
  const module = createModule(
    options.name,
    `LSTM of ${op.attrs.units} units: a time step every ${core.latency} cycles, ${steps} steps a sequence`,
  )
  const instance = module.place('step', core.module)
  const skid = module.place('skid', buildSkidBuffer(`${options.name}_skid`, states).module)
  const x = module.input('s_data', stepTypes(op.inputs[0]!))
  const control = sequencer(module, op, core, skid.bit('s_ready'))
  instance.connect({
    ce: [control.runs],
    x,
    h_before: instance.out('h'),
    s_before: instance.out('s'),
    first: [control.first],
  })
  skid.connect({ s_valid: [control.gives], s_data: instance.out('h'), m_ready: [module.inputBit('m_ready')] })
  module.outputBit('s_ready', control.ready)
  module.outputBit('m_valid', skid.bit('m_valid'))
  module.output('m_data', skid.out('m_data'), states)
  return {
    module: module.finish({ alwaysClocked: true }),
    latency: sequences * steps * core.latency + 1,
    interval: sequences * steps * core.latency,
    findings: core.findings,
  }
}

interface Control {
  readonly ready: Net
  /** The datapath moves in this cycle. */
  readonly runs: Net
  /** The step that begins is a sequence's first: states count as 0. */
  readonly first: Net
  /** The datapath's last registers hold an output that has not left yet. */
  readonly gives: Net
}

/**
 * A step moves through the datapath in `latency` cycles, the one that takes its beat included; then the datapath
 * stands still, holding the states, until the next beat comes.
 */
function sequencer(module: ModuleBuilder, op: TypedOp<LstmAttrs>, core: Core, room: Net): Control {
  const b = module.netlist
  const { steps } = extentsOf(op.attrs, op.inputs[0]!.shape)
  const offered = module.inputBit('s_valid')
  const left = b.name(b.registerLoop(countType(core.latency - 1), { reset: 0n }), 'cycles_left')
  const running = b.not(b.eq(left, b.constant(0n, 0)))
  const gives = b.name(b.registerLoop(bitType, { reset: 0n }), 'gives')
  const waits = b.and(gives, b.not(room))
  const ready = b.not(b.or(running, waits))
  const takes = b.and(offered, ready)
  const step = b.name(ringCounter(b, steps, takes), 'step')
  const first = b.eq(step, b.constant(0n, 0))
  b.connect(
    left,
    b.mux(takes, b.constant(BigInt(core.latency - 1), 0), b.mux(running, decrement(b, left), left)),
  )
  const ends = core.latency === 1 ? takes : b.eq(left, b.constant(1n, 0))
  // The counter has moved on since the step began, unless it began in this very cycle.
  const last = core.latency === 1 ? b.eq(step, b.constant(BigInt(steps - 1), 0)) : first
  const wanted = op.attrs.returnSequences ? b.constant(1n, 0) : last
  b.connect(gives, b.or(b.and(ends, wanted), waits))
  return { ready, runs: b.or(takes, running), first, gives }
}

function decrement(b: NetlistBuilder, count: Net): Net {
  const { max } = b.interval(count)
  return max === 0n ? count : b.within(b.sub(count, b.constant(1n, 0)), 0n, max)
}

function stepCore(op: TypedOp<LstmAttrs>, options: ProcessOptions): Core {
  const states = stateConversions(op).map(({ to }) => to)
  return buildCore({
    ...options,
    name: `${options.name}_step`,
    layer: op.name,
    inputs: [
      { name: 'x', types: stepTypes(op.inputs[0]!) },
      { name: 'h_before', types: states },
      { name: 's_before', types: states },
      { name: 'first', types: [bitType] },
    ],
    outputs: [
      { name: 'h', types: states },
      { name: 's', types: states },
    ],
    lower: (builder, [x, h, s, first]) => {
      const cleared = (nets: readonly Net[]) =>
        nets.map(net => builder.mux(first![0]!, builder.constant(0n, 0), net))
      return lowerStep(op, builder, { x: x!, h: cleared(h!), s: cleared(s!) })
    },
  })
}

function lowerStep(
  op: TypedOp<LstmAttrs>,
  b: NetlistBuilder,
  { x, h, s }: Readonly<Record<'x' | 'h' | 's', readonly Net[]>>,
): readonly (readonly Net[])[] {
  const { units, activation, recurrentActivation } = op.attrs
  const accum = (net: Net) => lowerConversion(b, net, op.conversion('accum'))
  const fromInput = lowerConstantProduct(b, inputProduct(op), x).map(accum)
  const kept = textConversion(op.attrs.within?.state)
  const multiplied = kept === undefined ? h : h.map(net => lowerConversion(b, net, kept))
  const fromState = lowerConstantProduct(b, stateProduct(op), multiplied).map(accum)
  const sums = fromInput.map((sum, k) => accum(b.add(sum, fromState[k]!)))
  const lines = cellLines(cellAttrs(op.attrs))
  const gate = activationLowering(op, b, recurrentActivation, lines.recurrentActivation, 'gate')
  const cell = activationLowering(op, b, activation, lines.activation, 'cell')
  const product = (a: Net, c: Net) => lowerProduct(b, a, c)
  const into = (unit: number) => conversionAt(op.result, op.output.shape, unit)
  const nextS = s.map((old, k) => {
    const taken = product(cell(sums[2 * units + k]!), gate(sums[k]!))
    return lowerConversion(b, b.add(taken, product(old, gate(sums[units + k]!))), into(k))
  })
  const nextH = nextS.map((state, k) =>
    lowerConversion(b, product(gate(sums[3 * units + k]!), cell(state)), into(k)),
  )
  return [nextH, nextS]
}

/** An activation in the accumulator's type, or, where it is a line, in its own. */
function activationLowering(
  op: TypedOp<LstmAttrs>,
  b: NetlistBuilder,
  gate: GateFunction,
  line: GateLine | undefined,
  which: 'gate' | 'cell',
): (x: Net) => Net {
  if (line === undefined) {
    const meaning = gateLowering(op, b, gate)
    return x => lowerConversion(b, meaning(x), op.conversion('accum'))
  }
  if (line.curve !== undefined) {
    const table = romOf(op, line.curve, line.to, `${line.curve}_${which}`)
    return x => lookUpScaled(b, table, gateRange(line.curve!), x)
  }
  return x => {
    const value = line.halved ? b.scale(b.add(x, b.constant(1n, 0)), -1) : x
    return lowerConversion(b, value, line.to)
  }
}

function gateLowering(op: TypedOp<LstmAttrs>, b: NetlistBuilder, gate: GateFunction): (x: Net) => Net {
  if (isTableGate(gate)) {
    const table = romOf(op, gate, op.conversion('table'), gate)
    return x => lookUpScaled(b, table, gateRange(gate), x)
  }
  const zero = b.constant(0n, 0)
  if (gate === 'linear') return x => x
  if (gate === 'relu') return x => b.max(x, zero)
  return x => {
    const line = b.add(
      b.mul(x, b.constant(hardSlope.raw, hardSlope.frac)),
      b.constant(hardShift.raw, hardShift.frac),
    )
    return b.min(b.max(line, zero), b.constant(1n, 0))
  }
}

function romOf(op: TypedOp<LstmAttrs>, gate: TableGate, type: Conversion, label: string): Table {
  const size = op.choices.TableSize as number
  return {
    name: `${op.name}_${label}_table`,
    first: BigInt(-Math.floor(size / 2)),
    values: gateTable(gate, size, type),
    frac: type.to.frac,
  }
}
