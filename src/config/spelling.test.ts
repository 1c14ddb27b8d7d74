import { expect, it } from 'vitest'
import { foldKey, toCamel, toSnake } from './spelling.ts'

it.each([
  ['ReuseFactor', 'reusefactor', 'reuse_factor', 'reuseFactor'],
  ['reuse_factor', 'reusefactor', 'reuse_factor', 'reuseFactor'],
  ['exp_table_t', 'exptablet', 'exp_table_t', 'expTableT'],
  ['ExpTableT', 'exptablet', 'exp_table_t', 'expTableT'],
  ['IOType', 'iotype', 'iotype', 'ioType'],
  ['Trace', 'trace', 'trace', 'trace'],
  ['DA', 'da', 'da', 'da'],
])('%s', (key, folded, snake, camel) => {
  expect([foldKey(key), toSnake(key), toCamel(key)]).toEqual([folded, snake, camel])
})
