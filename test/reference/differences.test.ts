// docs/hls4ml-differences.md is true of the recorded cases: each is compared raw or is an exception with its reason, and
// those whose bits come from a fault say so.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseNpy } from '../../src/formats/npy.ts'
import { predict } from '../../src/node/predict.ts'
import {
  caseFiles,
  caseFolder,
  denseCases,
  layerCases,
  missingReference,
  onnxCases,
} from '../support/reference.ts'

interface Exception {
  readonly case: string
  readonly recorded: string
  readonly instead: string
  readonly floatDistance: number
}

const missing = missingReference('hls4ml')
const here = import.meta.dirname
const exceptions = JSON.parse(readFileSync(join(here, 'exceptions.json'), 'utf8')) as readonly Exception[]
const page = readFileSync(join(here, '../../docs/hls4ml-differences.md'), 'utf8')
const rows = [...page.matchAll(/^\| `(\w+)` \| .* \| \[`([a-z-]+\/[a-z-]+)`\]/gm)].map(
  ([, name, code]) => [name!, code!] as const,
)

const options = (name: string) => ({
  model: join(caseFolder(name), 'model.h5'),
  config: join(caseFolder(name), 'config.json'),
  input: caseFiles(name).inputs,
})

describe.skipIf(missing !== undefined)('differences from hls4ml', () => {
  it('are those of the exceptions and no others', () => {
    const recorded = readdirSync(dirname(caseFolder('x')), { withFileTypes: true }).filter(own =>
      own.isDirectory(),
    )
    const compared: readonly string[] = [...denseCases, ...layerCases, ...onnxCases]
    const others = recorded.map(({ name }) => name).filter(name => !compared.includes(name))
    expect(others).toEqual(exceptions.map(own => own.case))
    expect(page).toContain(`${compared.length} of ${recorded.length} recorded cases are raw-equal`)
  })

  it.each(exceptions)('$case is as near to the float network as is said', async own => {
    const { outputs } = await predict(options(own.case))
    const [path] = caseFiles(own.case).floats
    const { data } = parseNpy(new Uint8Array(readFileSync(path!)), path!)
    const far = outputs[0]!.data.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - Number(data[k]))),
      0,
    )
    expect(far).toBeLessThan(own.floatDistance)
    expect(far).toBeGreaterThan(own.floatDistance * 0.99)
  })

  it('has rows of recorded cases', () => expect(rows.length).toBeGreaterThanOrEqual(5))

  it.each(rows)('%s says %s', async (name, code) => {
    const { findings } = await predict(options(name))
    expect(findings.map(own => own.code)).toContain(code)
  })
})
