// Pages, drawings and tables of profiles and comparisons, of hostile names too; looked at in Chromium where there is one.

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BrowserContext, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareModel } from './compare.ts'
import { compareFiles } from './compare-page.ts'
import { printCompareText } from './compare-text.ts'
import { profileModel } from './profile.ts'
import { profileFiles } from './profile-page.ts'
import { printProfileText } from './profile-text.ts'
import { hostile } from './testing/hostile.ts'
import { randomRows, smallModel } from './testing/small-model.ts'

const x = randomRows(60, 4, 3)
const narrow = { x: { Precision: 'fixed<8,2>' }, fc: { Precision: { result: 'auto' } } }
const compiled = hostile(await smallModel(narrow))
const [profile, comparison] = [profileModel(compiled, [x]), compareModel(compiled, [x])]
const files = { ...profileFiles(profile, '0.0.0'), ...compareFiles(comparison, '0.0.0') }

describe('pages and drawings', () => {
  it('are the same every time', () => {
    expect({ ...profileFiles(profile, '0.0.0'), ...compareFiles(comparison, '0.0.0') }).toEqual(files)
    expect(Object.keys(files).sort()).toEqual([
      'activations-after.svg',
      'activations-before.svg',
      'compare.html',
      'dist-diff.svg',
      'norm-diff.svg',
      'profile.html',
      'weights-after.svg',
      'weights-before.svg',
    ])
  })

  it('take no markup and no control characters from names', () => {
    for (const text of Object.values(files)) {
      expect(text).not.toMatch(/<script|<b>|<\/title><style>/)
      expect(text).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
      expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/)
      expect(text.match(/<\/title>/g)).toHaveLength(1)
    }
  })

  it('ask for nothing from elsewhere', () => {
    for (const text of Object.values(files))
      expect(text).not.toMatch(
        /<link|<img|<iframe|@import|url\(|href=|\son[a-z]+=|https?:(?!\/\/www\.w3\.org\/2000\/svg")/i,
      )
  })

  it('say what they show to those who do not see it', () => {
    const drawings = Object.values(files).flatMap(text => text.match(/<svg [^>]*>/g) ?? [])
    expect(drawings.length).toBe(6 + 2 * 6)
    for (const drawing of drawings) expect(drawing).toMatch(/ role="img" aria-label="[^"]{10,}"/)
  })

  it('of nothing but zeros have no drawing, but tables', () => {
    const zeros = { ...x, data: x.data.map(() => 0) }
    const page = profileFiles(profileModel(compiled, [zeros]), '0.0.0')['profile.html']!
    expect(page).toContain('<table class="many">')
  })
})

describe('tables on a terminal', () => {
  it('keep names on one line and out of the terminal', () => {
    for (const text of [printProfileText(profile), printCompareText(comparison)]) {
      expect(text).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
      expect(text).toContain('x\\u{a}y|z')
    }
  })
})

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path =>
  existsSync(path),
)
const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
]

describe.skipIf(browser === undefined)(
  `pages in Chromium${browser ? '' : ' (skipped: Chromium is not installed)'}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'lutra-profile-'))
    let context: BrowserContext | undefined

    beforeAll(async () => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
      const pictures = Object.keys(files).filter(name => name.endsWith('.svg'))
      const images = pictures.map(name => `<img src="${name}" style="max-width:100%" />`).join('')
      writeFileSync(join(folder, 'drawings.html'), `<body style="margin:0">${images}</body>`)
      const options = { executablePath: browser!, args: quiet }
      context = await chromium.launchPersistentContext(join(folder, 'browser'), options)
    })

    afterAll(async () => {
      await context?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    it.each(['profile.html', 'compare.html', 'drawings.html'])(
      'shows %s without complaint, wide and narrow, light and dark',
      async name => {
        const tab = await context!.newPage()
        const heard: string[] = []
        tab.on('console', message => heard.push(message.text()))
        tab.on('pageerror', failure => heard.push(failure.message))
        for (const width of [1280, 400]) {
          for (const colorScheme of ['light', 'dark'] as const) {
            await tab.setViewportSize({ width, height: 900 })
            await tab.emulateMedia({ colorScheme })
            await tab.goto(pathToFileURL(join(folder, name)).href)
            const picture = join(folder, 'picture.png')
            await tab.screenshot({ path: picture, fullPage: true })
            expect(statSync(picture).size).toBeGreaterThan(20_000)
            expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
            expect(await tab.evaluate(outside)).toEqual([])
            expect(await tab.evaluate(broken)).toEqual([])
          }
        }
        expect(heard).toEqual([])
        await tab.close()
      },
    )
  },
)

/** Run in the page: words that leave their drawing. */
const outside = `[...document.querySelectorAll('svg text')].flatMap(text => {
  const [own, drawing] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()]
  const out = own.width > 0 && (own.left < drawing.left - 1 || own.right > drawing.right + 1)
  return out ? [text.textContent] : []
})`

/** Run in the page: pictures that are none. */
const broken = `[...document.images].flatMap(image => (image.naturalWidth > 100 ? [] : [image.src]))`
