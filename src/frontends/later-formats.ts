// Model formats that are recognised and refused by name, so that the user learns more than "unknown file".

export interface LaterFormat {
  readonly name: string
  readonly remedy: string
  match(bytes: Uint8Array, fileName: string): boolean
}

const asH5 = 'Save the model as Keras 2 .h5.'

export const laterFormats: readonly LaterFormat[] = [
  {
    name: 'Keras 3 .keras files',
    remedy: asH5,
    match: bytes => isZip(bytes) && contains(bytes, 'metadata.json') && contains(bytes, 'config.json'),
  },
  {
    name: 'PyTorch files',
    remedy: "Export it: torch.onnx.export(model.eval(), torch.zeros(1, …), 'model.onnx').",
    match: bytes =>
      (isZip(bytes) && contains(bytes, 'data.pkl')) || startsWith(bytes, [0x80, 0x02, 0x8a, 0x0a]),
  },
  { name: 'zip archives', remedy: 'Unpack it and give the model file in it.', match: isZip },
]

function isZip(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, k) => bytes[k] === byte)
}

/** Whether a file name stands in a zip archive: names are not compressed. */
function contains(bytes: Uint8Array, name: string): boolean {
  const wanted = new TextEncoder().encode(name)
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, k) => bytes[at + k] === byte)) return true
  }
  return false
}
