// What is said of a precision that cannot be read.
import { bug, fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { overflows } from './types.ts'

/** One spelling of every type that `parsePrecision` reads. */
const spellings = [
  ...['auto', 'xnor', 'float', 'double', 'half', 'bfloat16'],
  ...[
    'ap_fixed<16,6>',
    'ap_ufixed<16,6>',
    'fixed<16,6>',
    'ufixed<16,6>',
    'ap_int<8>',
    'ap_uint<8>',
    'int<8>',
    'uint<8>',
  ],
  ...['ac_fixed<16,6,true>', 'ac_int<8,true>', 'ap_float<16,5>', 'std_float<16,5>', 'ac_std_float<16,5>'],
  'ac_float<16,6,5>',
]
/** The words before the angle brackets. */
export const heads = spellings.map(s => s.split('<')[0]!)

/** The text being read and where it stood. */
export interface Source {
  readonly text: string
  readonly place: string
}

export function refuseType({ text, place }: Source, head: string): never {
  const near = didYouMean(head, heads)
  return fail({
    code: 'precision/unknown-type',
    place,
    problem: `'${text}' is not a precision`,
    expected: `one of ${spellings.join(', ')}`,
    ...(near !== '' && { remedy: near }),
  })
}

export function refuseCount({ text, place }: Source, head: string, expected: string): never {
  const example = spellings.find(s => s.split('<')[0] === head) ?? bug(`no spelling of ${head}`)
  return fail({
    code: 'precision/arguments',
    place,
    problem: `'${text}' has the wrong number of arguments`,
    expected,
    remedy: `Write it like '${example}'.`,
  })
}

export function refuseNumber({ text, place }: Source, found: string, what: string, expected: string): never {
  const code = `precision/${what.replace(' ', '-')}`
  return fail({ code, place, problem: `'${text}' has ${what} '${found}'`, expected })
}

export function refuseMode(
  { text, place }: Source,
  mode: string,
  what: 'rounding' | 'overflow',
  known: readonly string[],
  reason: string,
): never {
  const why = reason === '' ? '' : `: ${reason}`
  const near = didYouMean(mode.replace(/^a[pc]_/i, ''), known)
  return fail({
    code: `precision/${what}`,
    place,
    problem: `'${text}' has the ${what} mode '${mode.toUpperCase()}'${why}`,
    expected: `one of ${(known.length > 0 ? known : overflows.filter(o => o !== 'WRAP_SM')).join(', ')}`,
    ...(near !== '' && { remedy: near }),
  })
}

export function refuseUnsignedFold({ text, place }: Source): never {
  return fail({
    code: 'precision/unsigned-wrap-sm',
    place,
    problem: `'${text}' wraps by sign and magnitude, but is unsigned`,
    expected: 'a signed type, as ap_fixed requires',
    remedy: 'Use WRAP, or make the type signed.',
  })
}
