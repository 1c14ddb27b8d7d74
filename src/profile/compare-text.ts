// A comparison on a terminal.

import { plainText } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'
import type { Comparison } from './compare.ts'
import {
  divergenceText,
  headText,
  notComparedTexts,
  outcomeTexts,
  shortHead,
  shortRow,
} from './compare-tables.ts'

export function printCompareText(comparison: Comparison): string {
  return [
    `${plainText(comparison.model)}, ${headText(comparison)}: float against fixed point`,
    printTable({ head: shortHead, groups: [comparison.layers.map(shortRow)], left: [0, 1] }),
    ...[
      divergenceText(comparison.firstDivergence),
      ...outcomeTexts(comparison),
      ...notComparedTexts(comparison),
    ].map(plainText),
  ].join('\n')
}
