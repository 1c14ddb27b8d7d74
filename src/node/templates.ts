// The projects that `lutra init` begins: the config of the example of the same name, and a page of its own.

import { readFile } from 'node:fs/promises'

export interface Template {
  /** One line of what it is. */
  readonly summary: string
  /** The text of README.md. */
  readonly readme: string
  /** Command lines in their order, by the names of the scripts in package.json. */
  readonly scripts: Readonly<Record<string, string>>
}

const training = {
  start: 'lutra run --config lutra.config.ts',
  train: 'lutra train --config lutra.config.ts',
  compress: 'lutra compress --config lutra.config.ts',
}

const pulses: Template = {
  summary: 'pulses of a scintillator, gamma or neutron: a dense teacher, a student, hardware',
  readme: `# Pulses

Pulses of a scintillator, made from a seed: gamma or neutron? A float teacher, a student that is quantised, pruned and taught by it, then Verilog that is verified and synthesised.
`,
  scripts: {
    ...training,
    build: 'lutra build student/model.h5 --data student/X_test.npy --labels student/y_test.npy --out build',
  },
}

const check = 'lutra check student/model.h5 --data student/X_test.npy --labels student/y_test.npy'

const digits: Template = {
  summary: 'small images of digits: a convolutional teacher, a student quantised, pruned and taught by it',
  readme: `# Digits

Images of 16 × 16 pixels with a digit, drawn from a seed. A convolutional teacher, then a student of less than a tenth of its parameters, quantised, pruned and taught by it, predicted bit by bit from its file.
`,
  scripts: { ...training, check },
}

const sequences: Template = {
  summary: 'what a person picks next: an embedding and a GRU, in float, then in 8 bits',
  readme: `# Sequences

The last eight things that a person picked, made from a seed: which is next? An embedding and a GRU in float, then one of 8 bits that learns from it, predicted bit by bit from its file.
`,
  scripts: { ...training, check },
}

/** By the names that `lutra init` takes. */
export const templates: Readonly<Record<string, Template>> = { pulses, digits, sequences }

/** The text of a template's lutra.config.ts, which is its example's. */
export function templateConfig(name: string): Promise<string> {
  return readFile(new URL(`../../examples/${name}/lutra.config.ts`, import.meta.url), 'utf8')
}
