// Whatever stands in a config, reading it gives a config or coded errors, never another exception.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { checkConfig } from './check.ts'
import { operatorChoices, settingKeys } from './layer-keys.ts'
import { parseConfig } from './parse.ts'
import { smallGraph } from './testing/recorded.ts'
import { topKeys } from './top-keys.ts'

function readsOrRefuses(source: unknown, file = 'fuzz'): void {
  try {
    for (const { code } of checkConfig(parseConfig(source, file), smallGraph))
      expect(code).toMatch(/^config\//)
  } catch (failure) {
    if (!(failure instanceof CompileError)) throw failure
    for (const { code, problem } of failure.diagnostics) {
      expect(code).toMatch(/^(config|precision)\/[a-z-]+$/)
      expect(problem).not.toBe('')
    }
  }
}

const keys = [
  ...topKeys.map(({ name }) => name),
  ...settingKeys.map(({ key }) => key),
  ...operatorChoices.keys(),
  ...[
    'Model',
    'LayerName',
    'LayerType',
    'HLSConfig',
    'Precision',
    'default',
    'weight',
    'exp_table_t',
    'fc1',
    'softmax',
  ],
  ...['Dense', 'Softmax', '__proto__', 'constructor', 'toString', 'layers', ''],
]
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -1,
    2.5,
    8,
    Number.NaN,
    1e308,
    '',
    'auto',
    'fixed<16,6>',
  ),
  fc.constantFrom<unknown>(
    'Latency',
    'io_stream',
    10n,
    Symbol('s'),
    () => 1,
    new Date(0),
    new Map(),
    new Set([1]),
  ),
  fc.string(),
)
const tree = fc.letrec(tie => ({
  value: fc.oneof({ depthSize: 'medium' }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('mapping')),
  mapping: fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), tie('value'), { maxKeys: 5 }),
})).value

describe('hostile configs', () => {
  it('objects of any shape', () => {
    fc.assert(
      fc.property(tree, value => readsOrRefuses(typeof value === 'string' ? { value } : value)),
      { numRuns: 2000 },
    )
  })

  it('settings of any shape', () => {
    const settings = fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 4 })
    fc.assert(
      fc.property(settings, settings, settings, (Model, fc1, Dense) =>
        readsOrRefuses({ Model, LayerName: { fc1 }, LayerType: { Dense } }),
      ),
      { numRuns: 1000 },
    )
  })

  it('texts of any kind', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ': ',
      ',',
      '"',
      "'",
      '\n',
      '  ',
      '- ',
      '&a ',
      '*a',
      '!x ',
      '<<: ',
      '#',
      '|',
      '\t',
      'Model',
      '1',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 20 }).map(parts => parts.join('')),
    )
    fc.assert(fc.property(text, fc.constantFrom('a.json', 'a.yml', ''), readsOrRefuses), { numRuns: 2000 })
  })

  it.each([
    ['deep JSON', '{"a":'.repeat(100_000), 'a.json'],
    ['deep lists', '['.repeat(100_000), 'a.yml'],
    ['deep YAML', Array.from({ length: 2000 }, (_, k) => `${' '.repeat(k)}a:`).join('\n'), 'a.yml'],
    ['a bomb', bomb(), 'a.yml'],
    ['a long text', ' '.repeat(5 << 20), 'a.yml'],
    [
      'a key that is a prototype',
      '{"__proto__": {"ReuseFactor": 2}, "LayerName": {"__proto__": {"__proto__": 1}}}',
      'a.json',
    ],
    ['an alias of itself', 'LayerName: &a {fc1: *a}', 'a.yml'],
    ['a merge of itself', 'Model: &a {<<: *a}', 'a.yml'],
  ])('%s is refused', (_, source, file) => {
    readsOrRefuses(source, file)
    expect(() => parseConfig(source, file)).toThrow(CompileError)
    expect(({} as Record<string, unknown>).ReuseFactor).toBeUndefined()
  })

  it('cycles are refused or read', () => {
    const cycle: Record<string, unknown> = {}
    cycle.Model = cycle
    cycle.LayerName = cycle
    readsOrRefuses(cycle)
  })
})

function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, k) => `a${k + 1}: &a${k + 1} [${Array(9).fill(`*a${k}`).join(', ')}]`,
  )
  return ['a0: &a0 [x, x]', ...levels].join('\n')
}
