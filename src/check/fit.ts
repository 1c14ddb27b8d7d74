// Whether a design fits a device by its estimate, and what would make it fit.

import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import type { Cost } from '../estimate/design-estimate.ts'
import { type Device, devices } from '../estimate/devices.ts'

export interface FitRow {
  readonly resource: 'LUT' | 'FF' | 'DSP' | 'BRAM (18 kb)'
  readonly used: number
  readonly available: number
}

export interface FitCheck {
  readonly part: string
  readonly rows: readonly FitRow[]
  readonly fits: boolean
  /** Cycles by estimate: from a frame's first beat to its result's last, and between frames. */
  readonly latency: number
  /** The least and the greatest latency it may be, where the estimate leaves several. */
  readonly latencyRange?: readonly [least: number, most: number]
  readonly interval: number
  /** How far estimates are off: half of the designs measured are within this share of their LUTs. */
  readonly error: number
  /** The reuse factor at which the estimate fits, and what it costs then; absent where it fits, or none was found. */
  readonly reuse?: { readonly factor: number; readonly interval: number; readonly cost: Cost }
  /** The smallest device of the same family that has room; absent where it fits, or none has. */
  readonly larger?: string
}

export function fitRows(cost: Cost, device: Device): FitRow[] {
  return [
    { resource: 'LUT', used: cost.lut, available: device.lut },
    { resource: 'FF', used: cost.ff, available: device.ff },
    { resource: 'DSP', used: cost.dsp, available: device.dsp },
    { resource: 'BRAM (18 kb)', used: cost.bram18, available: 2 * device.bram36 },
  ]
}

export function fitsDevice(cost: Cost, device: Device): boolean {
  return fitRows(cost, device).every(({ used, available }) => used <= available)
}

/** The smallest device of the family that has room. */
export function largerDevice(cost: Cost, device: Device): string | undefined {
  return devices
    .filter(other => other.family === device.family && fitsDevice(cost, other))
    .sort((a, b) => a.lut - b.lut)[0]?.name
}

export function fitFindings(fit: FitCheck, largest: string | undefined): Diagnostic[] {
  if (fit.fits) return []
  const changes = [
    ...(fit.reuse === undefined
      ? []
      : [
          `Strategy: Resource with ReuseFactor: ${fit.reuse.factor} takes ${fit.reuse.cost.lut} LUT and ${fit.reuse.cost.dsp} DSP (II ${fit.reuse.interval})`,
        ]),
    ...(fit.larger === undefined ? [] : [`${fit.larger} has room`]),
    ...(largest === undefined ? [] : [`layer '${largest}' takes most`]),
  ]
  return fit.rows
    .filter(({ used, available }) => used > available)
    .map(({ resource, used, available }) =>
      finding({
        code: 'fit/exceeds-device',
        place: fit.part,
        problem: `by its estimate the design takes ${used} ${resource} and the device has ${available}`,
        remedy: `${changes.length === 0 ? 'Use narrower types or prune' : changes.join('; ')}.`,
      }),
    )
}
