// Jets of a hadron collider by a small parton shower, told by 16 features of their substructure (those of the public
// "hls4ml jet" data: energy correlations of Larkoski, Salam and Thaler, arXiv:1305.0007, Moult, Necib and Thaler,
// arXiv:1609.07483, the mass and the multiplicity). Five classes by what was produced: gluon, light quark, W, Z, top.
//
// A W or Z decays to two prongs at its mass, a top to three, and every prong radiates: soft and collinear splittings
// whose rate is the colour factor of what splits, so that gluon jets hold more particles and spread wider.

import { cosine, exponential, logarithm, sine, turn } from '../elementary.ts'
import { between, normal, type Uniform, uniformGenerator } from '../random.ts'
import { classified, type Generator, real, type Settings, whole } from './generator.ts'
import { type Particle, substructure } from './substructure.ts'

const defaults = {
  /** Transverse momentum of a jet in GeV: its mean, and how far it scatters. */
  momentum: 1000,
  momentumSpread: 60,
  /** Mean number of splittings of a quark; a gluon has 9/4 as many. */
  splittings: 7,
  /** Resolution of momenta, as a share. */
  smearing: 0.03,
  /** The hardest particles that are kept. */
  particles: 30,
}

const names = ['gluon', 'quark', 'W', 'Z', 'top'] as const
const masses = { W: 80.4, Z: 91.2, top: 172.8 }

/** Casimir factor of a gluon over that of a quark. */
const gluonOverQuark = 9 / 4

/** Transverse momentum in GeV, and where it points beside the jet's axis (rapidity and azimuth). */
interface Prong extends Particle {
  readonly gluon: boolean
  /** Angle within which it radiates. */
  readonly cone: number
}

export const jets: Generator = {
  name: 'jets',
  summary: '16 features of a jet: from a gluon, a light quark, a W, a Z or a top',
  settings: defaults,
  make(count, seed, settings) {
    const values = checked(settings)
    const uniform = uniformGenerator(seed)
    return classified(count, [16], names, into => {
      const label = Math.floor(uniform() * names.length)
      const momentum = values.momentum + values.momentumSpread * normal(uniform)
      const particles = prongsOf(names[label]!, Math.max(momentum, 100), uniform).flatMap(prong =>
        shower(prong, values.splittings, uniform),
      )
      const seen = particles.map(particle => smeared(particle, values.smearing, uniform))
      into.set(substructure(seen.sort((a, b) => b.pt - a.pt).slice(0, values.particles)))
      return label
    })
  },
}

function checked(settings: Settings): typeof defaults {
  const values = { ...defaults, ...settings }
  real(values, 'momentum', 200, 1e4)
  real(values, 'momentumSpread', 0, 1e4)
  real(values, 'splittings', 0, 50)
  real(values, 'smearing', 0, 0.5)
  whole(values, 'particles', 3, 100)
  return values
}

function prongsOf(name: (typeof names)[number], pt: number, uniform: Uniform): Prong[] {
  const whole: Prong = { pt, eta: 0, phi: 0, gluon: name === 'gluon', cone: 0.6 }
  if (name === 'gluon' || name === 'quark') return [whole]
  if (name !== 'top') return decay(whole, breitWigner(masses[name], uniform), uniform)
  const [b, w] = decay(whole, masses.top, uniform)
  return [b!, ...decay(w!, Math.min(masses.W, 0.6 * masses.top), uniform)]
}

/** A mass about its mean, with the natural width of a W or Z and no far tails. */
function breitWigner(mass: number, uniform: Uniform): number {
  return mass + 2.3 * normal(uniform)
}

/** Two prongs that share the momentum and whose mass is `mass`: m² ≈ z (1 − z) pt² θ². */
function decay(mother: Prong, mass: number, uniform: Uniform): Prong[] {
  const z = between(uniform, 0.2, 0.8)
  const angle = Math.min(mass / (mother.pt * Math.sqrt(z * (1 - z))), 0.75)
  return split(mother, z, angle, turn * uniform(), { gluon: false, cone: angle / 2 })
}

type Kind = Pick<Prong, 'gluon' | 'cone'>

function split(mother: Prong, z: number, angle: number, azimuth: number, kind: Kind): [Prong, Prong] {
  const [x, y] = [angle * cosine(azimuth), angle * sine(azimuth)]
  const at = (share: number, lever: number) => ({
    ...kind,
    pt: share * mother.pt,
    eta: mother.eta + lever * x,
    phi: mother.phi + lever * y,
  })
  return [at(z, 1 - z), at(1 - z, -z)]
}

/** Soft and collinear radiation: energy shares and angles each uniform in their logarithms. */
function shower(prong: Prong, splittings: number, uniform: Uniform): Particle[] {
  let hardest = prong
  const radiated: Particle[] = []
  const mean = splittings * (prong.gluon ? gluonOverQuark : 1)
  for (let count = poisson(mean, uniform); count > 0; count--) {
    const z = 0.4 * exponential(-4.5 * uniform())
    const angle = prong.cone * exponential(-3.5 * uniform())
    const [soft, hard] = split(hardest, z, angle, turn * uniform(), prong)
    radiated.push(soft)
    hardest = { ...hard, cone: prong.cone }
  }
  return [hardest, ...radiated]
}

/** A count with this mean, by the waiting times between. */
function poisson(mean: number, uniform: Uniform): number {
  let count = -1
  for (let waited = 0; waited < mean; count++) waited -= logarithm(1 - uniform())
  return Math.max(count, 0)
}

function smeared(particle: Particle, smearing: number, uniform: Uniform): Particle {
  return { ...particle, pt: particle.pt * Math.max(0.2, 1 + smearing * normal(uniform)) }
}
