// Pulses of a scintillator whose light decays with a fast and a slow component. The share of the slow one tells what
// was hit: small for a gamma, larger for a neutron (the pulse-shape discrimination of organic scintillators). On top: a
// baseline that is not quite zero, noise, an energy spectrum of many small pulses and few large ones, a start that
// falls between two samples, and now and then a second pulse that piles up on the first.

import { exponential } from '../elementary.ts'
import { between, normal, type Uniform, uniformGenerator } from '../random.ts'
import { classified, type Generator, real, type Settings, whole } from './generator.ts'

const defaults = {
  /** Samples of a pulse. */
  samples: 32,
  /** Bits of the converter; a sample is its count / 2^bits, hence exact and in [0, 1). */
  bits: 8,
  /** Times in samples. */
  riseTime: 0.7,
  fastDecay: 2.5,
  slowDecay: 12,
  start: 3,
  /** Mean shares of slow light, and how far they scatter. */
  gammaShare: 0.09,
  gammaSpread: 0.02,
  neutronShare: 0.21,
  neutronSpread: 0.03,
  /** Of the full range. */
  noise: 0.004,
  baselineSpread: 0,
  /** Share of the pulses that carry a second one. */
  pileUp: 0,
}

interface Scintillator {
  readonly samples: number
  readonly fullScale: number
  readonly values: typeof defaults
}

export const pulses: Generator = {
  name: 'pulses',
  summary: 'light of a scintillator over time: a gamma or a neutron',
  settings: defaults,
  make(count, seed, settings) {
    const detector = detectorOf(settings)
    const uniform = uniformGenerator(seed)
    return classified(count, [detector.samples], ['gamma', 'neutron'], into => {
      const label = uniform() < 0.5 ? 0 : 1
      drawPulse(detector, label === 1, uniform, into)
      return label
    })
  },
}

function detectorOf(settings: Settings): Scintillator {
  const values = { ...defaults, ...settings }
  const share = (name: string) => real(values, name, 0, 1)
  for (const name of ['gammaShare', 'gammaSpread', 'neutronShare', 'neutronSpread']) share(name)
  for (const name of ['noise', 'baselineSpread', 'pileUp']) share(name)
  const samples = whole(values, 'samples', 4, 1e5)
  for (const name of ['riseTime', 'fastDecay', 'slowDecay']) real(values, name, 1e-3, 1e6)
  real(values, 'start', 0, samples)
  return { samples, fullScale: 2 ** whole(values, 'bits', 1, 24), values }
}

function drawPulse(detector: Scintillator, neutron: boolean, uniform: Uniform, into: Float32Array): void {
  const { values, fullScale } = detector
  const baseline = values.baselineSpread * normal(uniform)
  const first = light(detector, neutron, values.start + uniform() - 0.5, uniform)
  const second =
    uniform() < values.pileUp
      ? light(detector, uniform() < 0.5, between(uniform, values.start, detector.samples), uniform)
      : dark
  for (let k = 0; k < into.length; k++) {
    const value = baseline + first(k) + second(k) + values.noise * normal(uniform)
    into[k] = Math.min(fullScale - 1, Math.max(0, Math.floor(value * fullScale + 0.5))) / fullScale
  }
}

const dark = () => 0

/** A pulse's light over time, in samples. */
function light({ values }: Scintillator, neutron: boolean, start: number, uniform: Uniform) {
  const [share, spread] = neutron
    ? [values.neutronShare, values.neutronSpread]
    : [values.gammaShare, values.gammaSpread]
  const slow = share + spread * normal(uniform)
  const energy = uniform()
  const amplitude = 0.15 + 1.3 * energy * energy
  return (k: number) => {
    const t = k - start
    if (t <= 0) return 0
    const decaying =
      (1 - slow) * exponential(-t / values.fastDecay) + slow * exponential(-t / values.slowDecay)
    return amplitude * (1 - exponential(-t / values.riseTime)) * decaying
  }
}
