// How far a training run is, in a line now and then.

interface Progress {
  readonly epoch: number
  readonly epochs: number
  readonly step: number
  readonly steps: number
  readonly loss: number
}

/** Says how far it is and how long it will take: at each epoch's end, and within long ones every few seconds. */
export function progressTeller(say: (text: string) => void): (progress: Progress) => void {
  let first: { time: number; done: number } | undefined
  let lastTold = 0
  return ({ epoch, epochs, step, steps, loss }) => {
    const now = performance.now()
    const done = epoch * steps + step + 1
    // The first step compiles: it tells nothing of the others.
    if (first === undefined) {
      first = { time: now, done }
      return
    }
    const last = step === steps - 1
    if (now - lastTold < (last ? 500 : 2000) && !(last && epoch === epochs - 1)) return
    lastTold = now
    const left = ((now - first.time) / Math.max(1, done - first.done)) * (epochs * steps - done)
    const within = last ? '' : `, step ${step + 1}/${steps}`
    say(`epoch ${epoch + 1}/${epochs}${within}: loss ${loss.toPrecision(4)}, ${clockText(left)} left at most`)
  }
}

/** Milliseconds as `0:07` or `1:02:07`. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
