// What a config's AcceleratorConfig says of a package beside its bus: what words are, and the platform of a card.

import type { DesignPort } from '../backends/verilog/design.ts'
import type { Board } from '../boards/boards.ts'
import type { WordPrecision } from '../config/parse-accelerator.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { printPrecision } from '../fixed/precision.ts'
import type { WordForm } from '../rtl/axi/word-stream.ts'
import type { PreparedDesign } from './hardware.ts'

type Made = Pick<PreparedDesign, 'prepared' | 'design'>

/**
 * Words as the config has them: float32 unless it names types, whose integers are the elements' own where their fractions
 * have as many bits. Fails with `config/value` where words would mean something else than is written.
 */
export function askedWords({ prepared: { config }, design }: Made): WordForm {
  const { input, output } = config.run.words ?? {}
  const place = `${config.file}: AcceleratorConfig.Precision`
  const forms = [input, output].filter(word => word !== undefined).map(formOf)
  if (new Set(forms).size > 1) {
    return fail({
      code: 'config/value',
      place,
      problem: `words of ${spelt(input!)} go in and words of ${spelt(output!)} come out`,
      expected: 'float on both sides, or fixed-point types on both',
      remedy,
    })
  }
  const ends = [
    [`${place}.Input`, input, design.inputs[0]],
    [`${place}.Output`, output, design.outputs[0]],
  ] as const
  for (const [where, word, port] of ends) if (port !== undefined) checkFraction(where, word, port)
  return forms[0] ?? 'float'
}

const remedy =
  "Give --words raw for integers of the elements' own types, or --words float; drivers convert either way."

function formOf(word: WordPrecision): WordForm {
  return word === 'float' ? 'float' : 'raw'
}

function spelt(word: WordPrecision): string {
  return word === 'float' ? word : printPrecision(word, 'short')
}

function checkFraction(place: string, word: WordPrecision | undefined, { name, types }: DesignPort): void {
  if (word === undefined || word === 'float') return
  const { frac } = word.conversion.to
  const other = types.find(type => type.frac !== frac)
  if (other === undefined) return
  fail({
    code: 'config/value',
    place,
    problem: `words of ${spelt(word)} have ${frac} fraction bits, and elements of '${name}' have ${other.frac}`,
    expected: `float, or a type with ${other.frac} fraction bits`,
    remedy,
  })
}

/** The board with the platform that the config names, where the config names the board too. Fails with `config/value`. */
export function withPlatform(board: Board, isFlag: boolean, { prepared: { config } }: Made): Board {
  const { platform } = config.run
  if (platform === undefined || isFlag) return board
  if (board.platform !== undefined) return { ...board, platform: { ...board.platform, name: platform } }
  return fail({
    code: 'config/value',
    place: `${config.file}: AcceleratorConfig.Platform`,
    problem: `a platform is of cards in a host, and the board is ${board.title}`,
    expected: 'none',
    remedy: 'Leave the key out.',
  })
}
