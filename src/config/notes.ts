// Collects what a check finds, so that one thing wrong in many layers is told once, with the layers listed.

import { type Diagnostic, error, finding } from '../diagnostics/diagnostic.ts'
import { type NoEffectId, noEffects } from './no-effect.ts'
import { placeIn } from './reader.ts'

type Parts = Pick<Diagnostic, 'code' | 'problem' | 'expected' | 'remedy'>

/** Where in the config: `Model`, `LayerName.fc1`, and the key below it, if any. */
export interface Spot {
  readonly settings: string
  readonly key?: string
}

export interface Notes {
  error(spot: Spot, parts: Parts): void
  /** hls4ml accepts what stands there without effect; in Lutra's own config that is an error. */
  noEffect(spot: Spot, id: NoEffectId, problem: string, remedy?: string): void
  list(): Diagnostic[]
}

interface Group {
  readonly make: (place: string) => Diagnostic
  readonly key: string | undefined
  readonly settings: string[]
}

const mostListed = 8

export function collectNotes(file: string, isOwn: boolean): Notes {
  const groups = new Map<string, Group>()
  const add = (spot: Spot, severity: Diagnostic['severity'], parts: Parts) => {
    const id = JSON.stringify([spot.key, severity, parts])
    const make = (place: string) => (severity === 'error' ? error : finding)({ ...parts, place })
    const group = groups.get(id) ?? { make, key: spot.key, settings: [] }
    groups.set(id, group)
    group.settings.push(spot.settings)
  }
  return {
    error: (spot, parts) => add(spot, 'error', parts),
    noEffect: (spot, id, problem, remedy) => {
      const parts = {
        code: 'config/no-effect',
        problem,
        remedy: remedy ?? `Remove it: ${plain(noEffects[id].instead)}.`,
      }
      add(spot, isOwn ? 'error' : 'finding', parts)
    },
    list: () => [...groups.values()].map(group => group.make(placeIn(file, placeOf(group)))),
  }
}

/** The docs' markup is not the terminal's. */
function plain(text: string): string {
  return text.replaceAll('`', '')
}

/** `LayerName.fc1.ReuseFactor`, or `Precision.table in LayerName: fc1_linear, relu1`. */
function placeOf({ key, settings }: Group): string {
  const [only] = settings
  if (settings.length === 1) return key === undefined ? only! : `${only}.${key}`
  const places = [...new Set(settings.map(sectionOf))].map(section => {
    const names = settings
      .filter(path => sectionOf(path) === section)
      .map(path => path.slice(section.length + 1))
    const more = names.length > mostListed ? ` and ${names.length - mostListed} more` : ''
    return names[0] === '' ? section : `${section}: ${names.slice(0, mostListed).join(', ')}${more}`
  })
  return `${key === undefined ? '' : `${key} in `}${places.join('; ')}`
}

function sectionOf(path: string): string {
  return path.split('.', 1)[0]!
}
