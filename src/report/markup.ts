// Making HTML and SVG text. The pages are well-formed XML too, so that a reader of either kind takes them.

import { plainText } from './plain-text.ts'

/** Text made safe for content and for attributes between double quotes. */
export function escapeMarkup(text: string): string {
  return plainText(text).replace(/[&<>"']/g, character => entities[character]!)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export type Attributes = Readonly<Record<string, string | number | undefined>>

/** An element around markup that is safe already; attribute values are made safe here. */
export function element(tag: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeMarkup(`${value}`)}"`)
    .join('')
  const inside = content.join('')
  const empty = inside === '' && /^(rect|path|line|circle|meta|br)$/.test(tag)
  return empty ? `<${tag}${written} />` : `<${tag}${written}>${inside}</${tag}>`
}

export interface HtmlTable {
  readonly caption: string
  readonly head: readonly string[]
  /** Texts, made safe here; the first cell heads its row. */
  readonly rows: readonly (readonly string[])[]
  /** Columns of words; the others are numbers and end at the right. */
  readonly words?: readonly number[]
  /** Rows of sums, below. */
  readonly foot?: readonly (readonly string[])[]
  /** A class for each row. */
  readonly rowClass?: (row: number) => string | undefined
}

/** A table that scrolls by itself when the page is narrow. */
export function htmlTable({ caption, head, rows, words = [0], foot = [], rowClass }: HtmlTable): string {
  const kind = (column: number) => (words.includes(column) ? undefined : 'num')
  const titles = head.map((title, k) => element('th', { scope: 'col', class: kind(k) }, escapeMarkup(title)))
  const line = (cells: readonly string[], row?: number) =>
    element(
      'tr',
      { class: row === undefined ? undefined : rowClass?.(row) },
      ...cells.map((cell, k) =>
        k === 0
          ? element('th', { scope: 'row', class: kind(k) }, escapeMarkup(cell))
          : element('td', { class: kind(k) }, escapeMarkup(cell)),
      ),
    )
  const parts = [
    element('caption', {}, escapeMarkup(caption)),
    element('thead', {}, element('tr', {}, ...titles)),
    element('tbody', {}, ...rows.map((row, k) => line(row, k))),
    ...(foot.length === 0 ? [] : [element('tfoot', {}, ...foot.map(row => line(row)))]),
  ]
  return element(
    'div',
    { class: 'scroll', tabindex: 0 },
    element('table', { class: head.length > 12 ? 'many' : undefined }, ...parts),
  )
}

/** A part that is folded away until asked for. */
export function details(summary: string, ...content: readonly string[]): string {
  return element('details', {}, element('summary', {}, escapeMarkup(summary)), ...content)
}

/** A figure with its title; the drawing's own words are for those who do not see it. */
export function figure(title: string, note: string, ...content: readonly string[]): string {
  const under = note === '' ? '' : element('p', { class: 'note' }, escapeMarkup(note))
  return element('figure', {}, element('figcaption', {}, escapeMarkup(title)), under, ...content)
}
