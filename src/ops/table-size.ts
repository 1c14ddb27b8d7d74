// The config key for the number of entries of a lookup table.

import type { ChoiceDefinition } from './definition.ts'

export const tableSizeChoice: ChoiceDefinition = {
  key: 'TableSize',
  summary: 'entries of the lookup table',
  default: 1024,
  check: { kind: 'integer', min: 2, max: 1 << 24 },
}
