// What every page has around its contents. A page stands alone: no script, no font, no picture from elsewhere, and a
// policy in its head that forbids any.

import { element, escapeMarkup } from './markup.ts'
import { pageStyle } from './page-style.ts'

export interface PageHead {
  /** Above the heading, e.g. `Lutra profile`. */
  readonly brand: string
  readonly heading: string
  /** One line below the heading. */
  readonly facts: string
  /** Verdicts in words. */
  readonly verdicts?: readonly (readonly [kind: 'good' | 'bad' | 'note-mark' | 'plain', text: string])[]
  readonly version: string
}

/** A whole page; `parts` are markup that is safe already. */
export function htmlPage(head: PageHead, ...parts: readonly string[]): string {
  const { brand, heading, facts, verdicts = [], version } = head
  const marks = verdicts.map(([kind, text]) => element('li', { class: kind }, escapeMarkup(text)))
  const header = element(
    'header',
    {},
    element('p', { class: 'brand' }, escapeMarkup(brand)),
    element('h1', {}, escapeMarkup(heading)),
    element('p', { class: 'facts' }, escapeMarkup(facts)),
    ...(marks.length === 0 ? [] : [element('ul', { class: 'verdicts' }, ...marks)]),
  )
  const foot = element('footer', {}, element('p', {}, escapeMarkup(`Lutra ${version}.`)))
  const title = `${heading}: ${brand.replace(/^Lutra /, '')}`
  return htmlDocument({ title, version }, [header, element('main', {}, ...parts), foot].join('\n'))
}

/** The text of a page around its body, markup that is safe already. */
export function htmlDocument(
  { title, version }: { readonly title: string; readonly version: string },
  body: string,
): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="generator" content="lutra ${escapeMarkup(version)}" />
<title>${escapeMarkup(title)}</title>
<style>
${pageStyle}</style>
</head>
<body>
${body}
</body>
</html>
`
}

/** A part of a page under its title; nothing where it has no content. */
export function pageSection(title: string, ...content: readonly (string | undefined)[]): string {
  const parts = content.filter(part => part !== undefined)
  return parts.length === 0 ? '' : `${element('h2', {}, escapeMarkup(title))}\n${parts.join('\n')}\n`
}

/** Drawings beside each other where there is room; undefined for none. */
export function pageColumns(...content: readonly (string | undefined)[]): string | undefined {
  const parts = content.filter(part => part !== undefined)
  return parts.length === 0 ? undefined : element('div', { class: 'columns' }, ...parts)
}

/** What colours mean, in words. */
export function colourKeys(keys: Readonly<Record<string, string>>): string {
  const entries = Object.entries(keys).map(([ink, words]) =>
    element('span', { class: 'key' }, element('i', { class: `ground-${ink}` }), escapeMarkup(words)),
  )
  return element('p', { class: 'note' }, ...entries)
}
