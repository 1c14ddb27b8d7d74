import { describe, expect, it } from 'vitest'
import { devices, findDevice } from './devices.ts'

describe('the device table', () => {
  it('has two flip-flops for each LUT, a source and a unique name in every row', () => {
    for (const device of devices) {
      expect(device.ff, device.name).toBe(2 * device.lut)
      expect(device.source, device.name).toMatch(/^DS\d+ \(/)
    }
    expect(new Set(devices.map(device => device.name)).size).toBe(devices.length)
  })

  it('names the family of each series', () => {
    for (const device of devices) {
      const family = device.name.startsWith('xc7')
        ? 'xc7'
        : device.name.startsWith('xcku') && !device.name.endsWith('p')
          ? 'xcu'
          : 'xcup'
      expect(device.family, device.name).toBe(family)
    }
  })

  it.each([
    ['xc7z020clg400-1', 'xc7z020', 53_200],
    ['xc7z020-clg484-1', 'xc7z020', 53_200],
    ['XCZU3EG-sfvc784-1-e', 'xczu3eg', 70_560],
    ['xczu3eg-sbva484-1-i', 'xczu3eg', 70_560],
    ['xczu4eg-sfvc784-2-e', 'xczu4eg', 87_840],
    ['xczu7ev-ffvc1156-2-e', 'xczu7ev', 230_400],
    ['xczu9eg-ffvb1156-2-e', 'xczu9eg', 274_080],
    ['xck26-sfvc784-2LV-c', 'xck26', 117_120],
    ['xc7a35tcpg236-1', 'xc7a35t', 20_800],
    ['xc7a100tcsg324-1', 'xc7a100t', 63_400],
    ['xcu50-fsvh2104-2-e', 'xcu50', 871_680],
    ['xcu200-fsgd2104-2-e', 'xcu200', 1_182_240],
    ['xcu250-figd2104-2L-e', 'xcu250', 1_728_000],
    ['xcu280-fsvh2892-2L-e', 'xcu280', 1_303_680],
    ['xcvu9p-flga2104-2L-e', 'xcvu9p', 1_182_240],
    ['xcvu13p-flga2577-2-e', 'xcvu13p', 1_728_000],
    ['xcku115-flvb2104-2-i', 'xcku115', 663_360],
  ])('finds %s', (part, name, lut) => {
    expect(findDevice(part)).toMatchObject({ name, lut })
  })

  it('refuses what it does not know and names what is near', () => {
    expect(() => findDevice('xczu6eg-ffvb1156-1-e')).toThrow(
      /device\/unknown-part: part 'xczu6eg.*xczu[0-9]eg/,
    )
    expect(() => findDevice('xcu2500')).toThrow(/device\/unknown-part/)
    expect(() => findDevice('xc7a100')).toThrow(/xc7a100t/)
    expect(() => findDevice('10AX115S2F45I1SG')).toThrow(/device\/unknown-part/)
    expect(() => findDevice('')).toThrow(/device\/unknown-part/)
  })
})
