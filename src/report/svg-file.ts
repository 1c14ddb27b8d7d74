// A chart as a file of its own, which carries its colours for light, dark and paper with it.

import { bug } from '../diagnostics/diagnostic.ts'
import { escapeMarkup } from './markup.ts'
import { drawingStyle } from './page-style.ts'
import { plainText, shorten } from './plain-text.ts'

const headroom = 34
const margin = 8

/** The wide form of what `rowChart` drew, under a title. */
export function svgFile(title: string, drawings: string): string {
  const found =
    /^<svg class="[^"]*" viewBox="([^"]*)" role="img" aria-label="([^"]*)">([\s\S]*?)<\/svg>/.exec(drawings)
  const [, box, label, body] = found ?? bug('no drawing to write')
  return frame(title, label!, box!, body!)
}

function frame(title: string, label: string, box: string, body: string): string {
  const [, , width, height] = box.split(' ').map(Number) as [number, number, number, number]
  const [w, h] = [width + 2 * margin, height + headroom + margin]
  const shown = escapeMarkup(shorten(plainText(title), 14, width))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="${-margin} ${-headroom} ${w} ${h}" role="img" aria-label="${label}">
<title>${escapeMarkup(title)}</title>
<style>
${drawingStyle}</style>
<rect class="ground" x="${-margin}" y="${-headroom}" width="${w}" height="${h}" />
<text class="fill-text" x="0" y="-12" font-size="14" font-weight="600">${shown}</text>
${body}</svg>
`
}
