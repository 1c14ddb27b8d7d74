// Resources of a report: counted by a synthesis, or estimated.

import type { ResourceCount } from '../estimate/cell-counts.ts'
import type { Cost, DesignEstimate } from '../estimate/design-estimate.ts'
import type { Report, ReportResources } from '../report/report.ts'
import type { ReportParts } from './assemble-report.ts'

/** All counts, those of a synthesis. */
export function whole(counts: ResourceCount): ReportResources {
  return { ...counts }
}

export function costOf({ lut, ff, dsp, bram18 }: Cost): Cost {
  return { lut, ff, dsp, bram18 }
}

export function asResources(cost: Cost): ReportResources {
  return { ...costOf(cost), uram: 0 }
}

export function resourcesOf({ resources }: ReportParts, estimate: DesignEstimate): Report['resources'] {
  const { total, glue, latency, latencyRange, interval, band } = estimate
  const estimated = {
    total: costOf(total),
    glue: costOf(glue),
    latencyCycles: latency,
    ...(latencyRange === undefined ? {} : { latencyRange: [...latencyRange] }),
    ii: interval,
    band: { designs: band.designs, lut: [...band.lut], ff: [...band.ff], exactTiming: band.exactTiming },
  }
  if (resources === undefined)
    return {
      status: 'estimated',
      total: asResources(total),
      glue: asResources(glue),
      estimate: estimated,
    }
  return {
    estimate: estimated,
    status: resources.complete ? 'measured' : 'partial',
    total: whole(resources.total),
    glue: whole(resources.glue),
    tool: { ...resources.tool },
  }
}
