// What verification found that a user must know, as findings.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { PreparedDesign } from './hardware.ts'
import { aroundLayers, type Verification } from './verify-design.ts'

/** A mismatch between roads, a latency that does not hold, and vectors that were made up. */
export function verificationFindings(made: PreparedDesign, verification: Verification): Diagnostic[] {
  const mismatches = verification.roads.flatMap(({ road, divergence }) =>
    divergence === undefined
      ? []
      : [
          {
            code: 'verify/mismatch',
            severity: 'finding' as const,
            place:
              divergence.layer === aroundLayers
                ? `${made.design.options.project}: ${aroundLayers}`
                : `layer '${divergence.layer}'`,
            problem: `${road} differs from the emulator on row ${divergence.row}, element ${divergence.element}: ${divergence.got} instead of ${divergence.expected} (raw)`,
            remedy: blame(verification),
          },
        ],
  )
  const timing = verification.timingHolds
    ? []
    : [
        {
          code: 'verify/timing',
          severity: 'finding' as const,
          place: made.design.options.project,
          problem: `latency or interval as simulated (${verification.roads
            .filter(({ latency }) => latency !== undefined)
            .map(({ road, latency, ii }) => `${road} ${latency}/${ii}`)
            .join(', ')}) is not as stated (${made.design.top.latency}/${made.design.top.interval})`,
          remedy: blame(verification),
        },
      ]
  const random = made.randomVectors
    ? [
        {
          code: 'verify/random-vectors',
          severity: 'finding' as const,
          place: '--data',
          problem: `no vectors were given: verified on ${verification.vectors} random ones of the input types`,
          remedy: 'Give --data to verify on your own.',
        },
      ]
    : []
  return [...mismatches, ...timing, ...random]
}

/** Several simulators that agree speak against the design; one alone may be wrong itself. */
function blame({ roads }: Verification): string {
  const run = roads.filter(({ skipped }) => skipped === undefined)
  const differing = run.filter(({ equal }) => !equal)
  const fault = 'This is a fault in Lutra; please report it with the model and config.'
  if (differing.length !== 1 || run.length < 2) return fault
  return `The other roads agree: look first at ${differing[0]!.road} and its version. Else: ${fault}`
}
