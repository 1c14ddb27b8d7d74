// A profile on a terminal.

import { plainText } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'
import { counted } from './labels.ts'
import type { Profile } from './profile.ts'
import { partsOf, remarksOf, shortTable } from './profile-tables.ts'

const columnWords =
  'Outside: rounded values that the type does not reach. Below step: values other than 0 smaller than its step.'

/** The tables, each under its title. */
export function printProfileText(profile: Profile): string {
  const parts = partsOf(profile).map(({ title, note, tensors }) => {
    const { head, rows, words } = shortTable(profile, tensors)
    return `${title}; ${note}\n${printTable({ head, groups: [rows], left: words })}`
  })
  const rules = profile.rules === undefined ? '' : `, ${profile.rules} rules`
  const rows = profile.rows === 0 ? '' : `, ${counted(profile.rows, 'row')}`
  return [
    `${plainText(profile.model)}${rules}${rows}`,
    '',
    ...parts,
    ...remarksOf(profile).map(plainText),
    ...(profile.rules === undefined ? [] : [columnWords]),
  ].join('\n')
}
