import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { printReportHtml } from './print-html.ts'
import type { Report, ReportLayer } from './report.ts'
import { hostileReport, sampleReport } from './testing/sample-report.ts'

const page = printReportHtml(sampleReport)
const hostilePage = printReportHtml(hostileReport())

/** Elements left open or closed out of order; the pages are well-formed XML but for the first line. */
function misnested(html: string): string[] {
  const open: string[] = []
  const body = html.replace(/^<!DOCTYPE html>\n/, '').replace(/<style>[\s\S]*?<\/style>/, '')
  for (const [tag, slash, name, end] of body.matchAll(/<(\/?)([a-zA-Z0-9]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (slash === '/') {
      const last = open.pop()
      if (last !== name) return [`${tag} closes ${last}`]
    } else if (end !== '/') open.push(name!)
  }
  return open
}

/** A long chain with a branch that is joined far below, in streaming figures. */
function deepReport(): Report {
  const name = (k: number) => `block${k}_separable_convolution`
  const base = sampleReport.layers[1]!
  const layers = Array.from({ length: 24 }, (_, k): ReportLayer => {
    const inputs = k === 0 ? [] : k === 20 ? [name(k - 1), name(1), name(3)] : [name(k - 1)]
    const cycles = { firstStage: 700 * k, lastStage: 700 * k + 17_000, latencyCycles: 17_000 }
    return { ...base, ...cycles, name: name(k), shape: [64, 64, 3], inputs, layerClass: 'SeparableConv2D' }
  })
  const { accuracy: _, ...rest } = sampleReport
  return { ...rest, layers, timing: { ...rest.timing, latencyCycles: 34_000, ii: 17_411 } }
}

describe('report.html', () => {
  it('is the same every time', () => {
    expect(printReportHtml(sampleReport)).toBe(page)
    printReportHtml(hostileReport())
    expect(printReportHtml(sampleReport)).toBe(page)
  })

  it('is well-formed', () => {
    for (const html of [page, hostilePage, printReportHtml(deepReport())]) {
      expect(misnested(html)).toEqual([])
      expect(html).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/)
    }
  })

  it('asks for nothing from elsewhere and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\son[a-z]+=/i)
  })

  it('takes no markup from names', () => {
    expect(hostilePage).not.toContain('<script>')
    expect(hostilePage).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
    expect(hostilePage.match(/<\/title>/g)).toHaveLength(1)
  })

  it('takes names as they are, though drawings have marks like them', () => {
    const names = [
      'zr0-cls-1',
      'class="a" fill="#000001"',
      '{a|b}',
      'font-family:x;',
      '<style',
      'constructor',
    ]
    const layers = sampleReport.layers.map((layer, k) => ({ ...layer, name: names[k]!, inputs: [] }))
    const html = printReportHtml({ ...sampleReport, layers })
    for (const name of ['zr0-cls-1', '{a|b}', 'font-family:x;', '&lt;style'])
      expect(html).toContain(`>${name}</text>`)
  })

  it('gives each drawing words', () => {
    const drawings = [...page.matchAll(/<svg class="chart[^>]*>/g)].map(([tag]) => tag)
    expect(drawings.length).toBeGreaterThan(10)
    for (const tag of drawings) expect(tag).toMatch(/ role="img" aria-label="[^"]{10,}"/)
  })

  it('says what is not known', () => {
    const { accuracy: _, ...rest } = sampleReport
    const layers = rest.layers.map(
      ({ resources: _, activation: __, firstStage: ___, lastStage: ____, ...layer }) => ({
        ...layer,
        weights: {},
        status: 'none' as const,
      }),
    )
    const bare = printReportHtml({
      ...rest,
      layers,
      resources: { status: 'none' },
      verification: { roads: [] },
      findings: [],
      timing: { ...rest.timing, stages: [] },
    })
    expect(misnested(bare)).toEqual([])
    expect(bare).toContain('! Not verified')
    expect(bare).toContain('Resources not counted')
    expect(bare).not.toContain('<h2>Findings</h2>')
    expect(bare).not.toContain('<h2>Accuracy</h2>')
  })

  it('shows what differs and what does not fit', () => {
    expect(hostilePage).toContain('✗ 1 of 1 roads differ')
    expect(hostilePage).toContain('✗ Does not fit: LUT, URAM')
    expect(hostilePage).toContain('none there')
  })
})

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path =>
  existsSync(path),
)
const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.skipIf(browser === undefined)(
  `report.html in Chromium${browser ? '' : ' (skipped: Chromium is not installed)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'lutra-report-'))
    let context: BrowserContext | undefined

    beforeAll(async () => {
      context = await chromium.launchPersistentContext(join(folder, 'profile'), {
        executablePath: browser!,
        args: quiet,
      })
    })

    afterAll(async () => {
      await context?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    it.each([
      ['sample', page],
      ['hostile', hostilePage],
      ['deep', printReportHtml(deepReport())],
    ])('shows the %s report without complaint, wide and narrow, light and dark', async (name, html) => {
      const file = join(folder, `${name}.html`)
      writeFileSync(file, html)
      const tab = await context!.newPage()
      const heard: string[] = []
      tab.on('console', message => heard.push(message.text()))
      tab.on('pageerror', failure => heard.push(failure.message))
      tab.on('request', request => heard.push(request.url()))
      for (const [width, colorScheme] of [
        [1280, 'light'],
        [1280, 'dark'],
        [400, 'light'],
        [400, 'dark'],
      ] as const) {
        await tab.setViewportSize({ width, height: 900 })
        await tab.emulateMedia({ colorScheme })
        await tab.goto(pathToFileURL(file).href)
        const picture = join(folder, `${name}-${width}-${colorScheme}.png`)
        await tab.screenshot({ path: picture, fullPage: true })
        expect(statSync(picture).size).toBeGreaterThan(20_000)
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      }
      expect([...new Set(heard)]).toEqual([pathToFileURL(file).href])
      expect(await tab.evaluate(`(${wellFormed})(${JSON.stringify(html)})`)).toBe('')
      expect(await tab.evaluate(outside)).toEqual([])
      await tab.close()
    })
  },
)

/** Run in the page: what an XML parser says of it. */
const wellFormed = `html => {
  const parsed = new DOMParser().parseFromString(html.replace(/^<!DOCTYPE html>/, ''), 'application/xml')
  return parsed.querySelector('parsererror')?.textContent ?? ''
}`

/** Run in the page: words that leave their drawing. */
const outside = `[...document.querySelectorAll('svg text')].flatMap(text => {
  const [own, drawing] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()]
  const out = own.width > 0 && (own.left < drawing.left - 1 || own.right > drawing.right + 1)
  return out ? [text.textContent] : []
})`
