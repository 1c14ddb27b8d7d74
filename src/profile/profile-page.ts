// A profile as one page and four drawings.

import { element, escapeMarkup, figure, htmlTable } from '../report/markup.ts'
import { colourKeys, htmlPage, pageColumns, pageSection } from '../report/page-frame.ts'
import { svgFile } from '../report/svg-file.ts'
import { profilePlot } from './box-plot.ts'
import { counted } from './labels.ts'
import type { Profile } from './profile.ts'
import { fullTable, type ProfilePart, partsOf, remarksOf } from './profile-tables.ts'

/** `profile.html` and a drawing for each part, by file name; equal for equal profiles. */
export function profileFiles(profile: Profile, version: string): Record<string, string> {
  const parts = partsOf(profile).map(part => ({ ...part, drawing: profilePlot(part.title, part.tensors) }))
  const drawings = parts.flatMap(({ name, title, drawing }) =>
    drawing === undefined ? [] : [[`${name}.svg`, svgFile(`${profile.model}: ${title}`, drawing)] as const],
  )
  return { 'profile.html': page(profile, parts, version), ...Object.fromEntries(drawings) }
}

type DrawnPart = ProfilePart & { readonly drawing: string | undefined }

function page(profile: Profile, parts: readonly DrawnPart[], version: string): string {
  const rules = profile.rules === undefined ? 'no types' : `${profile.rules} rules`
  const rows = profile.rows === 0 ? 'weights alone' : counted(profile.rows, 'row')
  const of = (what: string) => parts.filter(({ name }) => name.startsWith(what))
  return htmlPage(
    {
      brand: 'Lutra profile',
      heading: profile.model,
      facts: `${rules} · ${rows}`,
      verdicts: [verdict(profile)],
      version,
    },
    pageSection(
      'How to read this',
      element('p', {}, profile.rules === undefined ? boxWords : `${boxWords} ${typeWords}`),
      colourKeys(
        profile.rules === undefined
          ? { main: 'values' }
          : { band: 'last bit to largest value of the type', main: 'values', bad: 'beyond the type' },
      ),
      ...remarksOf(profile).map(text => element('p', { class: 'note' }, escapeMarkup(text))),
    ),
    section(profile, 'Weights', of('weights')),
    ...(of('activations').length === 0 ? [] : [section(profile, 'Results of layers', of('activations'))]),
  )
}

const boxWords =
  'Magnitudes of values other than 0, over powers of two. Box: 25 to 75 %, the median in it; thick line: 5 to 95 %; ' +
  'thin line: least to most.'
const typeWords =
  'Outside: rounded values that the type does not reach; below step: values other than 0 smaller than its step.'

function verdict(profile: Profile): readonly ['good' | 'note-mark' | 'plain', string] {
  if (profile.rules === undefined) return ['plain', 'No types to compare with']
  const before = [...profile.weights.before, ...(profile.activations?.before ?? [])]
  const outside = before.filter(({ fit }) => (fit?.outside ?? 0) > 0).length
  return outside === 0
    ? ['good', '✓ Every value lies within its type']
    : ['note-mark', `! Values outside their types in ${counted(outside, 'tensor')}`]
}

function section(profile: Profile, title: string, parts: readonly DrawnPart[]): string {
  const drawings = parts.flatMap(({ title, note, drawing }) =>
    drawing === undefined ? [] : [figure(title, note, drawing)],
  )
  const tables = parts.map(({ title, tensors }) =>
    htmlTable({
      caption: title,
      ...fullTable(profile, tensors),
      rowClass: row => ((tensors[row]?.fit?.outside ?? 0) > 0 ? 'differs' : undefined),
    }),
  )
  return pageSection(title, pageColumns(...drawings), ...tables)
}
