// Writes the register tables of docs/accelerator.md from the maps that hardware and drivers share.
// Run it after a change to src/rtl/axi/register-map.ts: npx tsx scripts/write-accelerator-docs.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { kernelMap, type Register, registerMap, windowMap } from '../src/rtl/axi/register-map.ts'

const target = new URL('../docs/accelerator.md', import.meta.url)

type Map = Readonly<Record<string, Omit<Register, 'name'>>>

const hex = (address: number) => `0x${address.toString(16).toUpperCase().padStart(2, '0')}`

function registerTable(map: Map): string {
  const rows = Object.entries(map).map(
    ([name, { address, access, summary }]) => `| ${hex(address)} | \`${name}\` | ${access} | ${summary} |`,
  )
  return ['| Address | Register | | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function bitTable(map: Map): string {
  const rows = Object.entries(map).flatMap(([name, { bits = {} }]) =>
    Object.entries(bits).map(
      ([bit, [place, summary]]) => `| \`${name}\` | ${place} | \`${bit}\` | ${summary} |`,
    ),
  )
  return ['| Register | Bit | | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

const tables: Readonly<Record<string, string>> = {
  registers: registerTable(registerMap),
  bits: bitTable(registerMap),
  windows: registerTable(windowMap),
  kernel: registerTable(kernelMap),
  'kernel-bits': bitTable(kernelMap),
}

/** The page with its tables as the maps have them. */
export function withTables(page: string): string {
  return page.replace(
    /<!-- table: (\S+) -->\n[\s\S]*?<!-- end -->/g,
    (_, name: string) => `<!-- table: ${name} -->\n${tables[name]}\n<!-- end -->`,
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(target, withTables(readFileSync(target, 'utf8')))
