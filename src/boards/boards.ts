// The boards known by name: each is a data file in `data/`, of the same form as a user's own.

import { fail } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'
import type { Board } from './board-shape.ts'
import { alveoU50 } from './data/alveo-u50.ts'
import { alveoU55c } from './data/alveo-u55c.ts'
import { alveoU200 } from './data/alveo-u200.ts'
import { alveoU250 } from './data/alveo-u250.ts'
import { alveoU280 } from './data/alveo-u280.ts'
import { artyA7100t } from './data/arty-a7-100t.ts'
import { aupZu3 } from './data/aup-zu3.ts'
import { basys3 } from './data/basys3.ts'
import { hyperfpga3be11 } from './data/hyperfpga-3be11.ts'
import { hyperfpga4ge21 } from './data/hyperfpga-4ge21.ts'
import { kv260 } from './data/kv260.ts'
import { pynqZ1 } from './data/pynq-z1.ts'
import { pynqZ2 } from './data/pynq-z2.ts'
import { ultra96v2 } from './data/ultra96v2.ts'
import { zcu102 } from './data/zcu102.ts'
import { zcu104 } from './data/zcu104.ts'
import { zedboard } from './data/zedboard.ts'

export type { Board, BoardKind } from './board-shape.ts'

/** Every board that comes with Lutra, by name. */
export const boards: readonly Board[] = Object.freeze([
  alveoU200,
  alveoU250,
  alveoU280,
  alveoU50,
  alveoU55c,
  artyA7100t,
  aupZu3,
  basys3,
  hyperfpga3be11,
  hyperfpga4ge21,
  kv260,
  pynqZ1,
  pynqZ2,
  ultra96v2,
  zcu102,
  zcu104,
  zedboard,
])

/** The cluster's documents write one module's name in two ways. */
const otherSpellings: Readonly<Record<string, string>> = { 'hyperfpga-4eg21': 'hyperfpga-4ge21' }

/** The board of a name that comes with Lutra, if there is one; case does not matter. */
export function builtInBoard(name: string): Board | undefined {
  const wanted = name.trim().toLowerCase()
  return boards.find(known => known.name === (otherSpellings[wanted] ?? wanted))
}

/**
 * The board of a name, among those that come with Lutra and `own`. Fails with `board/unknown`, naming the nearest.
 * `place` is where the name stood.
 */
export function findBoard(name: string, place = '--board', own: readonly Board[] = []): Board {
  const wanted = name.trim().toLowerCase()
  return builtInBoard(name) ?? own.find(known => known.name === wanted) ?? unknownBoard(name, place, own)
}

function unknownBoard(name: string, place: string, own: readonly Board[]): never {
  const names = [...own, ...boards].map(known => known.name)
  const near = nearest(name, names)
  const otherwise =
    'A board of your own is a file, --board ./my-board.json (docs/boards.md); its part alone goes with --part.'
  return fail({
    code: 'board/unknown',
    place,
    problem: `no board '${name}' is known`,
    expected: `one of ${names.sort().join(', ')}`,
    remedy: near === undefined ? otherwise : `Did you mean '${near}'? ${otherwise}`,
  })
}
