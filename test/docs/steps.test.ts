// The pages in a package: every command of ours on them parses, every file that they name is there or made by a step.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { programOf } from '../../src/cli/run.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { lutra, rows, useFolder, writeModel } from '../errors/command-line.ts'

const packages: Readonly<Record<string, { readonly flags: string; readonly pages: readonly string[] }>> = {
  pynq: { flags: '--board pynq-z2', pages: ['bare-metal', 'pynq'] },
  raw: { flags: '--board zcu102 --words raw --words-per-beat 2 --no-dsp', pages: ['bare-metal', 'pynq'] },
  lite: { flags: '--board kv260 --interface axi_lite --effort 0', pages: ['bare-metal', 'pynq'] },
  alone: { flags: '--board basys3', pages: ['bare-metal'] },
  cluster: { flags: '--board hyperfpga-4ge21 --link comblock', pages: ['bare-metal', 'cluster'] },
  comblock: { flags: '--board zedboard --link comblock', pages: ['bare-metal', 'comblock'] },
  own: { flags: '--board ./mine.json', pages: ['bare-metal'] },
  card: { flags: '--board alveo-u250', pages: ['alveo'] },
}

/** What steps make: Vivado, v++, make, Vitis and the user. */
const made = [/^(hw|reports|ip|vitis)\//, /^(vivado|alveo)\/build/, /^vivado\/vivado\.log$/, /^build\//]
const madeNames =
  /^(y_hw\.npy|hls4ml_nn\..*|.*\.(bit|hwh|xsa|xclbin|xo|elf|dtbo|ko|log|rpt)|package\.tar\.gz|settings64\.sh|setup\.sh|udma\.h|lscript\.ld|comblock\.ko)$/

useFolder()
beforeAll(async () => {
  await writeModel('net.h5')
  await writeFile('rows.csv', rows)
  await writeFile(
    'mine.json',
    JSON.stringify({
      name: 'mine',
      title: 'My board',
      part: 'xc7a35tcpg236-1',
      kind: 'fpga',
      clockMhz: 100,
      oscillator: { mhz: 12, pin: 'L17', standard: 'LVCMOS33' },
      uart: { rx: 'J17', tx: 'J18', standard: 'LVCMOS33' },
    }),
  )
})

describe.each(Object.entries(packages))('%s', (name, { flags, pages }) => {
  const files: Record<string, string> = {}
  beforeAll(async () => {
    const args = `package net.h5 --data rows.csv --label-column label --out ${name} --quiet ${flags}`
    expect(await lutra(args.split(' '))).toBe('exit 0')
    for (const entry of await readdir(name, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(name.length + 1)
      if (entry.isFile()) files[path] = await readFile(join(name, path), 'latin1')
    }
  })
  const texts = async () =>
    Promise.all(
      ['README.md', ...pages.map(page => `steps/${page}.md`)].map(path => readFile(join(name, path), 'utf8')),
    )

  it('has the pages that its README leads to', () => {
    const linked = [...files['README.md']!.matchAll(/\]\((steps\/[\w-]+\.md)\)/g)].map(([, path]) => path)
    expect(linked.sort()).toEqual(pages.map(page => `steps/${page}.md`))
    expect(
      Object.keys(files)
        .filter(path => path.startsWith('steps/'))
        .sort(),
    ).toEqual(linked)
  })

  it('shows commands that parse', async () => {
    const commands = (await texts()).flatMap(text => [
      ...[...text.matchAll(/^ *lutra (.+)$/gm)].map(([, words]) => words!),
      ...[...text.matchAll(/`lutra ([^`]+)`/g)].map(([, words]) => words!),
    ])
    expect(commands.length).toBeGreaterThan(pages.length * 3)
    for (const command of commands) await expect(parsed(command), command).resolves.toBe(true)
  })

  it('names files that are there, or that a step makes', async () => {
    const paths = Object.keys(files)
    for (const text of await texts()) {
      const folders = [...new Set(paths.filter(path => path.includes('/')).map(path => path.split('/')[0]!))]
      const named = new RegExp(
        `(?<![\\w/.@:<>$-])((?:${folders.join('|')}|hw|reports|ip)/[\\w.*-]+(?:/[\\w.*-]+)*)`,
        'g',
      )
      for (const [, path] of text.matchAll(named))
        expect(isThere(path!.replace(/\.$/, ''), paths), path).toBe(true)
      const single = /`(\w[\w.-]*\.(?:py|ipynb|npy|tcl|xdc|xml|cfg|h|c|cpp|v|bin|json|md))`/g
      for (const [, file] of text.matchAll(single))
        expect(madeNames.test(file!) || paths.some(path => path.endsWith(file!)), file).toBe(true)
    }
  })
})

it('what the pages say of the model can be typed as it stands', async () => {
  const before = process.cwd()
  process.chdir('pynq')
  const page = await readFile('steps/pynq.md', 'utf8')
  const command = /lutra (check .+)$/m.exec(page)![1]!
  expect(await lutra([...command.split(' '), '--quiet'])).toMatch(/^exit [01]/)
  const again = /lutra (package .+)$/m.exec(page)![1]!
  expect(await lutra([...again.split(' '), '--quiet'])).toBe('exit 0')
  const text = (path: string) => readFile(path, 'utf8')
  expect(await text('../again/rtl/myproject_accel.v')).toBe(await text('rtl/myproject_accel.v'))
  process.chdir(before)
})

function isThere(path: string, paths: readonly string[]): boolean {
  if (made.some(pattern => pattern.test(path))) return true
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}(/|$)`)
  return paths.some(own => pattern.test(own))
}

/** Whether the command line takes these words; nothing is run. */
async function parsed(command: string): Promise<boolean> {
  const args = command.split(' ').map(word => word.replace(/^'(.*)'$/, '$1'))
  const program = await programOf({} as Shell, args[0])
  const verb = program.commands.find(own => own.name() === args[0])
  let ran = false
  verb?.exitOverride().configureOutput({ writeErr: () => {} })
  verb?.action(() => {
    ran = true
  })
  await program.parseAsync(args, { from: 'user' })
  return ran
}
