// What a vendor's tool reports of a design, read from its own files, under hls4ml's names.

/** Totals after place and route. */
export interface ImplementationReport {
  readonly TotLUTs: number
  readonly LogicLUTs: number
  readonly LUTRAMs: number
  readonly SRLs: number
  readonly FFs: number
  readonly RAMB36s: number
  readonly RAMB18s: number
  readonly URAMs: number
  readonly DSPs: number
  readonly AvailableLUTs: number
  readonly AvailableFFs: number
  readonly AvailableDSPs: number
  /** Block RAMs of 36 kb. */
  readonly AvailableBRAMs: number
}

/** Worst and total slack in ns: setup, hold, pulse width. */
export interface TimingReport {
  readonly WNS: number
  readonly TNS: number
  readonly WHS: number
  readonly THS: number
  readonly WPWS: number
  readonly TPWS: number
}

/** What synthesis of C++ expects. */
export interface CSynthesisReport {
  readonly TargetClockPeriod: number
  readonly EstimatedClockPeriod: number
  readonly BestLatency: number
  readonly WorstLatency: number
  readonly IntervalMin: number
  readonly IntervalMax: number
  readonly BRAM_18K: number
  readonly DSP: number
  readonly FF: number
  readonly LUT: number
  readonly URAM: number
}

/** The tables of `report_utilization`; undefined where they are not all there. */
export function readUtilization(text: string): ImplementationReport | undefined {
  const used = (...names: string[]) => cell(text, names, 'Used')
  const luts = used('Slice LUTs', 'CLB LUTs')
  const ffs = used('Slice Registers', 'CLB Registers', 'Registers')
  if (luts === undefined || ffs === undefined) return undefined
  return {
    TotLUTs: luts,
    LogicLUTs: used('LUT as Logic') ?? luts,
    LUTRAMs: used('LUT as Distributed RAM') ?? 0,
    SRLs: used('LUT as Shift Register') ?? 0,
    FFs: ffs,
    RAMB36s: used('RAMB36/FIFO') ?? 0,
    RAMB18s: used('RAMB18') ?? 0,
    URAMs: used('URAM') ?? 0,
    DSPs: used('DSPs') ?? 0,
    AvailableLUTs: cell(text, ['Slice LUTs', 'CLB LUTs'], 'Available') ?? 0,
    AvailableFFs: cell(text, ['Slice Registers', 'CLB Registers', 'Registers'], 'Available') ?? 0,
    AvailableDSPs: cell(text, ['DSPs'], 'Available') ?? 0,
    AvailableBRAMs: cell(text, ['Block RAM Tile'], 'Available') ?? 0,
  }
}

/** A number out of a table of text, by its row's name (marks such as `*` aside) and its column's. */
function cell(text: string, names: readonly string[], column: string): number | undefined {
  let head: string[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) continue
    const cells = line
      .split('|')
      .slice(1, -1)
      .map(own => own.trim())
    if (cells.includes(column)) head = cells
    const at = head.indexOf(column)
    if (at < 0 || !names.includes((cells[0] ?? '').replace(/\*+$/, ''))) continue
    const value = Number((cells[at] ?? '').replace(/^</, ''))
    if (Number.isFinite(value)) return value
  }
  return undefined
}

/** The line of numbers under "Design Timing Summary". */
export function readTiming(text: string): TimingReport | undefined {
  const from = text.indexOf('Design Timing Summary')
  if (from < 0) return undefined
  const lines = text.slice(from).split('\n')
  const row = lines.find(line => /^\s*-?\d+\.\d+\s+-?\d+\.\d+\s+\d+/.test(line))
  const values = row?.trim().split(/\s+/).map(Number)
  if (values === undefined || values.length < 12 || values.some(value => !Number.isFinite(value)))
    return undefined
  return {
    WNS: values[0]!,
    TNS: values[1]!,
    WHS: values[4]!,
    THS: values[5]!,
    WPWS: values[8]!,
    TPWS: values[9]!,
  }
}

/** `csynth.xml` of Vivado HLS and Vitis HLS. */
export function readCSynthesis(text: string): CSynthesisReport | undefined {
  const value = (name: string) => {
    const found = new RegExp(`<${name}>\\s*([^<]+?)\\s*</${name}>`).exec(text)?.[1]
    return found === undefined || !Number.isFinite(Number(found)) ? undefined : Number(found)
  }
  // The totals of the top stand before what is available.
  const resources = /<AreaEstimates>\s*<Resources>([\s\S]*?)<\/Resources>/.exec(text)?.[1] ?? ''
  const used = (name: string) => Number(new RegExp(`<${name}>(\\d+)</${name}>`).exec(resources)?.[1] ?? 0)
  const target = value('TargetClockPeriod')
  if (target === undefined || resources === '') return undefined
  return {
    TargetClockPeriod: target,
    EstimatedClockPeriod: value('EstimatedClockPeriod') ?? 0,
    BestLatency: value('Best-caseLatency') ?? 0,
    WorstLatency: value('Worst-caseLatency') ?? 0,
    IntervalMin: value('Interval-min') ?? 0,
    IntervalMax: value('Interval-max') ?? 0,
    BRAM_18K: used('BRAM_18K'),
    DSP: used('DSP') + used('DSP48E'),
    FF: used('FF'),
    LUT: used('LUT'),
    URAM: used('URAM'),
  }
}
