// "Did you mean": the candidate nearest to a misspelt word, by edit distance, ignoring case and separators.

/** The nearest candidate, or undefined when none is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalise(word)
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, normalise(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** ` Did you mean 'x'?` or an empty string, ready to append to a remedy. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearest(word, candidates)
  return near === undefined ? '' : `Did you mean '${near}'?`
}

/** Up to so many candidates that the word may mean, the nearest first; those that begin or end with it among them. */
export function nearestOf(word: string, candidates: Iterable<string>, most = 4): readonly string[] {
  const wanted = normalise(word)
  const limit = Math.max(2, Math.floor(wanted.length / 3))
  const rated = [...candidates].map(candidate => {
    const own = normalise(candidate)
    const isPart = own.length > 2 && (wanted.includes(own) || (wanted.length > 2 && own.includes(wanted)))
    const distance = editDistance(wanted, own)
    return { candidate, distance: isPart ? Math.min(distance, limit) : distance }
  })
  const near = rated.filter(({ distance }) => distance <= limit)
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}

function normalise(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '')
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitute))
    }
    previous = row
  }
  return previous[b.length]!
}
