// Model formats that are recognised and refused by name, so that the user learns more than "unknown file".

import { isZip, zipHolds } from '../formats/zip-names.ts'

export interface LaterFormat {
  readonly name: string
  readonly remedy: string
  match(bytes: Uint8Array, fileName: string): boolean
}

/** Lines of Python to copy, under what is said of them. */
const python = (title: string, lines: readonly string[]) => [title, ...lines].join('\n  ')

export const laterFormats: readonly LaterFormat[] = [
  {
    // Holds pickles too, so it comes first. What is in an archive of torch.export: older versions, then later ones.
    name: 'archives of torch.export',
    remedy: python('Export it in Python:', [
      'import torch',
      "program = torch.export.load('model.pt2')",
      "torch.onnx.export(program.module(), program.example_inputs[0], 'model.onnx')",
    ]),
    match: bytes =>
      isZip(bytes) &&
      (zipHolds(bytes, 'serialized_exported_program.json') || zipHolds(bytes, 'archive_format')),
  },
  {
    name: 'PyTorch files',
    remedy: python('Export it in Python, where the class of the model is at hand:', [
      'import torch',
      'model = Net()  # the class that was trained',
      "model.load_state_dict(torch.load('model.pt'))  # or, where the whole model was saved: model = torch.load('model.pt')",
      "torch.onnx.export(model.eval(), torch.zeros(1, 16), 'model.onnx')  # zeros of the shape of the input, one row",
    ]),
    match: bytes => (isZip(bytes) && zipHolds(bytes, 'data.pkl')) || isPickle(bytes),
  },
  { name: 'zip archives', remedy: 'Unpack it and give the model file in it.', match: isZip },
]

/** Begins by the number of its protocol, as all pickles do since the second, and ends by a full stop. */
function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5 && bytes.includes(0x2e, 2)
}
