import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { writeNpy } from './npy.ts'
import { openNpz, writeNpz } from './npz.ts'
import { readZip } from './zip.ts'

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (problem) {
    return (problem as Error).message
  }
  return 'no error'
}

const x = { shape: [2, 2], data: Float64Array.of(1, 2, 3, 4) }
const y = { shape: [3], data: Float64Array.of(7, 8, 9) }
const both = writeNpz({ x, y: { ...y, dtype: 'int8' as const } })

/** A local header and directory are found by their signatures; fields are at fixed distances. */
function patched(bytes: Uint8Array, signature: number, distance: number, value: number): Uint8Array {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  let at = 0
  while (view.getUint32(at, true) !== signature) at++
  view.setUint32(at + distance, value, true)
  return copy
}
const directory = 0x02014b50

describe('npz', () => {
  it('gives back its arrays, by name or the only one', () => {
    const file = openNpz(both, 'd.npz')
    expect(file.keys).toEqual(['x', 'y'])
    expect(file.array('x')).toEqual({ ...x, dtype: 'float64' })
    expect(file.array('y')).toEqual({ ...y, dtype: 'int8' })
    expect(openNpz(writeNpz({ only: x }), 'd.npz').array()).toEqual({ ...x, dtype: 'float64' })
  })

  it('reads stored entries and skips what is no array', () => {
    const stored = zipSync(
      { 'a/': new Uint8Array(0), 'notes.txt': Uint8Array.of(1), 'a/b.npy': writeNpy(y) },
      { level: 0 },
    )
    expect(openNpz(stored, 'd.npz').array('a/b').data).toEqual(y.data)
  })

  it('is the same bytes every time', () => {
    expect(writeNpz({ x })).toEqual(writeNpz({ x }))
  })

  it('says what is wrong, in whole sentences', () => {
    const ask = (bytes: Uint8Array, key?: string) => messageOf(() => openNpz(bytes, 'd.npz').array(key))
    const damaged = (problem: string) =>
      `npz/unreadable: d.npz: the zip archive cannot be read: ${problem}. Save or copy the file again.`
    const flipped = zipSync({ 'x.npy': writeNpy(x) }, { level: 0 })
    flipped[100]! ^= 1
    const cases: [string, string][] = [
      [ask(new Uint8Array(0)), 'npz/not-zip: d.npz: the file is empty. Write it with numpy.savez.'],
      [
        ask(Uint8Array.of(1, 2, 3)),
        'npz/not-zip: d.npz: this is not a zip archive. Write it with numpy.savez.',
      ],
      [
        ask(both.subarray(0, both.length - 30)),
        'npz/truncated: d.npz: the zip archive has no directory at its end. Save or copy the file again.',
      ],
      [
        ask(zipSync({ a: Uint8Array.of(1) })),
        'npz/no-arrays: d.npz: the archive holds no .npy file. Write it with numpy.savez.',
      ],
      [
        ask(both),
        'npz/which-array: d.npz: the archive holds 2 arrays: x, y; expected one. Name one, e.g. d.npz:x.',
      ],
      [
        ask(both, 'X_test'),
        "npz/no-such-array: d.npz: the archive has no array 'X_test'; expected one of x, y.",
      ],
      [
        ask(writeNpz({ x_test: x }), 'x_tset'),
        "npz/no-such-array: d.npz: the archive has no array 'x_tset'; expected one of x_test. Did you mean 'x_test'?",
      ],
      [ask(flipped), damaged("its entry 'x.npy' fails its check sum")],
      [
        ask(patched(both, directory, 24, 4_000_000_000), 'x'),
        damaged("its entry 'x.npy' claims to unpack to 4000000000 bytes"),
      ],
      [ask(patched(both, directory, 24, 100), 'x'), damaged("its entry 'x.npy' fails its check sum")],
      [ask(patched(both, directory, 20, 9_000_000), 'x'), damaged("its entry 'x.npy' is cut short")],
      [ask(patched(both, directory, 42, 9_000_000), 'x'), damaged("its entry 'x.npy' is broken")],
      [ask(patched(both, directory, 8, 0x00080001), 'x'), damaged("its entry 'x.npy' is encrypted")],
      [
        ask(patched(both, directory, 8, 0x000c0000), 'x'),
        damaged("its entry 'x.npy' is packed by method 12"),
      ],
    ]
    for (const [found, wanted] of cases) expect(found).toBe(wanted)
    expect(messageOf(() => readZip(Uint8Array.of(1, 2, 3), { name: 'm.keras', area: 'zip' }))).toBe(
      'zip/not-zip: m.keras: this is not a zip archive.',
    )
  })

  it('never fails without a code, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(both.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        changes => {
          const bytes = both.slice()
          for (const [at, value] of changes) bytes[at] = value
          const message = messageOf(() => {
            const file = openNpz(bytes, 'd.npz')
            for (const key of file.keys) file.array(key)
          })
          if (message !== 'no error') expect(message).toMatch(/^np[yz]\/[a-z-]+: d\.npz/)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
