// Model formats that are recognised and refused by name, so that the user learns more than "unknown file".

import { isZip, zipHolds } from '../formats/zip-names.ts'

export interface LaterFormat {
  readonly name: string
  readonly remedy: string
  match(bytes: Uint8Array, fileName: string): boolean
}

export const laterFormats: readonly LaterFormat[] = [
  {
    name: 'PyTorch files',
    remedy: "Export it: torch.onnx.export(model.eval(), torch.zeros(1, …), 'model.onnx').",
    match: bytes =>
      (isZip(bytes) && zipHolds(bytes, 'data.pkl')) || startsWith(bytes, [0x80, 0x02, 0x8a, 0x0a]),
  },
  { name: 'zip archives', remedy: 'Unpack it and give the model file in it.', match: isZip },
]

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, k) => bytes[k] === byte)
}
