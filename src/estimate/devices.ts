// What is on the devices: LUT, flip-flop, DSP, 36 kb block RAM and UltraRAM totals, as AMD's product tables give
// them (the document is named in each row), and the family name that synthesis wants.
import { fail } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'

/** 7 series and Zynq-7000, UltraScale, UltraScale+: the spelling of Yosys' `synth_xilinx -family`. */
export type DeviceFamily = 'xc7' | 'xcu' | 'xcup'

export interface Device {
  /** The part's name without package, speed and temperature grade, e.g. `xczu3eg`. */
  readonly name: string
  readonly family: DeviceFamily
  readonly lut: number
  readonly ff: number
  readonly dsp: number
  readonly bram36: number
  readonly uram: number
  /** The AMD document the totals are from. */
  readonly source: string
}

type Row = readonly [names: string, lut: number, ff: number, dsp: number, bram36: number, uram: number]

function rows(family: DeviceFamily, source: string, table: readonly Row[]): Device[] {
  return table.flatMap(([names, lut, ff, dsp, bram36, uram]) =>
    names.split(' ').map(name => Object.freeze({ name, family, lut, ff, dsp, bram36, uram, source })),
  )
}

/** Every device known, by family. Names that share a row have the same programmable logic. */
export const devices: readonly Device[] = Object.freeze([
  // names, LUT, FF, DSP, BRAM36, URAM
  ...rows('xc7', 'DS180 (7 series product tables)', [
    ['xc7a15t', 10_400, 20_800, 45, 25, 0],
    ['xc7a35t', 20_800, 41_600, 90, 50, 0],
    ['xc7a50t', 32_600, 65_200, 120, 75, 0],
    ['xc7a75t', 47_200, 94_400, 180, 105, 0],
    ['xc7a100t', 63_400, 126_800, 240, 135, 0],
    ['xc7a200t', 134_600, 269_200, 740, 365, 0],
    ['xc7k325t', 203_800, 407_600, 840, 445, 0],
    ['xc7vx690t', 433_200, 866_400, 3_600, 1_470, 0],
  ]),
  ...rows('xc7', 'DS190 (Zynq-7000 product tables)', [
    ['xc7z010', 17_600, 35_200, 80, 60, 0],
    ['xc7z020', 53_200, 106_400, 220, 140, 0],
    ['xc7z030', 78_600, 157_200, 400, 265, 0],
    ['xc7z045', 218_600, 437_200, 900, 545, 0],
  ]),
  ...rows('xcu', 'DS890 (UltraScale product tables)', [
    ['xcku040', 242_400, 484_800, 1_920, 600, 0],
    ['xcku060', 331_680, 663_360, 2_760, 1_080, 0],
    ['xcku115', 663_360, 1_326_720, 5_520, 2_160, 0],
  ]),
  ...rows('xcup', 'DS890 (UltraScale+ product tables)', [
    ['xcku5p', 216_960, 433_920, 1_824, 480, 64],
    ['xcvu3p', 394_080, 788_160, 2_280, 720, 320],
    ['xcvu9p', 1_182_240, 2_364_480, 6_840, 2_160, 960],
    ['xcvu13p', 1_728_000, 3_456_000, 12_288, 2_688, 1_280],
    ['xcvu35p', 871_680, 1_743_360, 5_952, 1_344, 640],
    ['xcvu37p xcvu47p', 1_303_680, 2_607_360, 9_024, 2_016, 960],
  ]),
  ...rows('xcup', 'DS891 (Zynq UltraScale+ MPSoC product tables)', [
    ['xczu1cg xczu1eg', 37_440, 74_880, 216, 108, 0],
    ['xczu2cg xczu2eg', 47_232, 94_464, 240, 150, 0],
    ['xczu3cg xczu3eg', 70_560, 141_120, 360, 216, 0],
    ['xczu4cg xczu4eg xczu4ev', 87_840, 175_680, 728, 128, 48],
    ['xczu5cg xczu5eg xczu5ev', 117_120, 234_240, 1_248, 144, 64],
    ['xczu7cg xczu7eg xczu7ev', 230_400, 460_800, 1_728, 312, 96],
    ['xczu9cg xczu9eg', 274_080, 548_160, 2_520, 912, 0],
  ]),
  ...rows('xcup', 'DS889 (Zynq UltraScale+ RFSoC product tables)', [
    ['xczu28dr xczu48dr', 425_280, 850_560, 4_272, 1_080, 80],
  ]),
  ...rows('xcup', 'DS987 (Kria K26 data sheet)', [['xck26', 117_120, 234_240, 1_248, 144, 64]]),
  ...rows('xcup', 'DS965 (Alveo U50 data sheet; the XCVU35P of DS890)', [
    ['xcu50', 871_680, 1_743_360, 5_952, 1_344, 640],
  ]),
  ...rows('xcup', 'DS978 (Alveo U55C data sheet; the XCVU47P of DS890)', [
    ['xcu55c', 1_303_680, 2_607_360, 9_024, 2_016, 960],
  ]),
  ...rows('xcup', 'DS962 (Alveo U200 and U250 data sheet; the XCVU9P and XCVU13P of DS890)', [
    ['xcu200', 1_182_240, 2_364_480, 6_840, 2_160, 960],
    ['xcu250', 1_728_000, 3_456_000, 12_288, 2_688, 1_280],
  ]),
  ...rows('xcup', 'DS963 (Alveo U280 data sheet; the XCVU37P of DS890)', [
    ['xcu280', 1_303_680, 2_607_360, 9_024, 2_016, 960],
  ]),
])

/** The device of a part number, written out (`xc7z020clg400-1`) or not (`xc7z020`); case does not matter. */
export function findDevice(part: string): Device {
  const wanted = part.trim().toLowerCase()
  let best: Device | undefined
  for (const device of devices) {
    if (startsWithName(wanted, device.name) && device.name.length > (best?.name.length ?? 0)) best = device
  }
  return best ?? unknownPart(part)
}

// What follows a name is a package, `xc7z020clg400`, a grade, or nothing: never one more digit of the name.
function startsWithName(part: string, name: string): boolean {
  return part.startsWith(name) && !/^[0-9]/.test(part.slice(name.length))
}

function unknownPart(part: string): never {
  const near = nearestNames(part)
  return fail({
    code: 'device/unknown-part',
    place: `part '${part}'`,
    problem: 'no device of that name is in the table',
    expected: `a part number that begins with ${near.join(', ')} or another known device`,
    remedy: 'Correct the part, or name a device of the same family and similar size.',
  })
}

function nearestNames(part: string): string[] {
  const head = part.trim().toLowerCase().split('-')[0]!.slice(0, 9)
  const left = new Set(devices.map(device => device.name))
  const found: string[] = []
  while (found.length < 3) {
    const name = nearest(head, left) ?? longestShared(head, left)
    found.push(name)
    left.delete(name)
  }
  return found
}

function longestShared(word: string, names: Iterable<string>): string {
  const shared = (name: string): number => {
    let length = 0
    while (length < name.length && name[length] === word[length]) length++
    return length
  }
  return [...names].reduce((best, name) => (shared(name) > shared(best) ? name : best))
}
