// What can be told of a zip archive without opening it.

/** Whether bytes begin as an archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return [0x50, 0x4b, 0x03, 0x04].every((byte, k) => bytes[k] === byte)
}

/** Whether a name stands in an archive, without opening it: names are not compressed. */
export function zipHolds(bytes: Uint8Array, name: string): boolean {
  const wanted = new TextEncoder().encode(name)
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, k) => bytes[at + k] === byte)) return true
  }
  return false
}
