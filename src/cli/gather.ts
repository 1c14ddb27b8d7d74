// Findings and errors as lines to be read: what is said of many layers is said once, and no code drowns the others.

import { type Diagnostic, renderDiagnostic } from '../diagnostics/diagnostic.ts'

const mostPlaces = 6
const mostLines = 5

/** One line for all that differ in their place alone, in order of first mention; at most five of each code. */
export function gather(list: readonly Diagnostic[]): string[] {
  const alike = new Map<string, Diagnostic[]>()
  for (const found of list) {
    const { place: _, ...rest } = found
    const key = JSON.stringify(rest)
    alike.set(key, [...(alike.get(key) ?? []), found])
  }
  const byCode = new Map<string, string[]>()
  for (const group of alike.values()) {
    const { code } = group[0]!
    byCode.set(code, [
      ...(byCode.get(code) ?? []),
      renderDiagnostic({ ...group[0]!, place: placesOf(group) }),
    ])
  }
  return [...byCode].flatMap(([code, lines]) => {
    const more = lines.length - mostLines
    return more > 1 ? [...lines.slice(0, mostLines), `${code}: ${more} more; --json lists them all`] : lines
  })
}

/** `layer 'fc1', 'fc2', 'fc3'`: what the places begin with is said once. */
function placesOf(group: readonly Diagnostic[]): string {
  const places = [...new Set(group.map(({ place }) => place))]
  const [first] = places
  if (places.length === 1) return first!
  const head = places.every(place => place.startsWith("layer '")) ? 'layer ' : ''
  const named = places.slice(0, mostPlaces).map(place => place.slice(head.length))
  const more = places.length > mostPlaces ? ` and ${places.length - mostPlaces} more` : ''
  return `${head}${named.join(', ')}${more}`
}
