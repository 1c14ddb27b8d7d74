// The projects that `lutra init` begins: a config and what its page says of it.

export interface Template {
  /** One line of what it is. */
  readonly summary: string
  /** The text of lutra.config.ts. */
  readonly config: string
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
  config: `import { defineCompression, defineTraining } from 'lutra'

// Pulses of 64 samples at 8 bits, with some noise, baseline and pile-up: see README.md.
const detector = { samples: 64, noise: 0.006, baselineSpread: 0.003, pileUp: 0.02, slowDecay: 16 }

export default {
  train: defineTraining({
    model: {
      name: 'teacher',
      input: [64],
      layers: [
        { kind: 'dense', units: 64, name: 'fc1', activation: 'relu' },
        { kind: 'dropout', rate: 0.1 },
        { kind: 'dense', units: 32, name: 'fc2', activation: 'relu' },
        { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
      ],
    },
    data: { generate: 'pulses', count: 20_000, seed: 1, settings: detector },
    test: { generate: 'pulses', count: 5_000, seed: 2, settings: detector },
    epochs: 40,
    optimiser: { kind: 'adam', rate: 0.003 },
    schedule: 'cosine',
    out: 'teacher',
  }),
  compress: defineCompression({
    teacher: 'teacher/model.h5',
    student: {
      name: 'student',
      input: [64],
      layers: [
        { kind: 'dense', units: 6, name: 'fc1', activation: 'relu' },
        { kind: 'dense', units: 4, name: 'fc2', activation: 'relu' },
        { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
      ],
    },
    quantise: {
      kernel: 'quantized_bits(8,1,alpha=1)',
      bias: 'quantized_bits(8,1,alpha=1)',
      relu: 'quantized_relu(8,2)',
    },
    prune: { sparsity: 0.4, layers: ['fc1', 'fc2'] },
    distil: { alpha: 0.5, temperature: 2 },
    epochs: 60,
    optimiser: { kind: 'adam', rate: 0.005 },
    schedule: 'cosine',
    out: 'student',
  }),
  // The hardware of the student, for lutra run.
  out: 'build',
}
`,
  readme: `# Pulses

Pulses of a scintillator, made from a seed: gamma or neutron? A float teacher, a student that is quantised, pruned and taught by it, then Verilog that is verified and synthesised.
`,
  scripts: {
    ...training,
    build: 'lutra build student/model.h5 --data student/X_test.npy --labels student/y_test.npy --out build',
  },
}

const digits: Template = {
  summary: 'small images of digits: a convolutional network, then the same quantised and pruned',
  config: `import { defineCompression, defineTraining } from 'lutra'

export default {
  train: defineTraining({
    model: {
      name: 'digits',
      input: [16, 16, 1],
      layers: [
        { kind: 'conv2d', filters: 8, kernelSize: 3, name: 'conv1', activation: 'relu' },
        { kind: 'max-pool2d', poolSize: 2 },
        { kind: 'conv2d', filters: 16, kernelSize: 3, name: 'conv2', activation: 'relu' },
        { kind: 'max-pool2d', poolSize: 2 },
        { kind: 'flatten' },
        { kind: 'dense', units: 10, name: 'out', activation: 'softmax' },
      ],
    },
    data: { generate: 'digits', count: 6_000, seed: 1 },
    test: { generate: 'digits', count: 1_000, seed: 2 },
    epochs: 12,
    optimiser: { kind: 'adam', rate: 0.003 },
    schedule: 'cosine',
    out: 'teacher',
  }),
  compress: defineCompression({
    teacher: 'teacher/model.h5',
    quantise: {
      kernel: 'quantized_bits(6,1,alpha=1)',
      bias: 'quantized_bits(8,1,alpha=1)',
      relu: 'quantized_relu(8,2)',
    },
    prune: { sparsity: 0.5, layers: ['conv2', 'out'] },
    epochs: 8,
    optimiser: { kind: 'adam', rate: 0.002 },
    schedule: 'cosine',
    out: 'student',
  }),
}
`,
  readme: `# Digits

Images of 16 × 16 pixels with a digit, drawn from a seed. A small convolutional network, then the same network quantised and pruned. Not every layer of it has Verilog yet, so the project ends with the quantised \`student/model.h5\`, which \`lutra predict\`, \`check\` and \`evaluate\` take.
`,
  scripts: training,
}

const sequences: Template = {
  summary: 'what a person picks next: an embedding and a GRU',
  config: `import { defineTraining } from 'lutra'

export default {
  train: defineTraining({
    model: {
      name: 'sequences',
      input: [8],
      layers: [
        // 64 things, and 0 for none yet.
        { kind: 'embedding', inputDim: 65, outputDim: 12, name: 'things' },
        { kind: 'gru', units: 24, name: 'gru' },
        { kind: 'dense', units: 65, name: 'out', activation: 'softmax' },
      ],
    },
    data: { generate: 'sessions', count: 10_000, seed: 1 },
    test: { generate: 'sessions', count: 2_000, seed: 2 },
    epochs: 15,
    optimiser: { kind: 'adam', rate: 0.005 },
    schedule: 'cosine',
    out: 'model',
  }),
}
`,
  readme: `# Sequences

The last eight things that a person picked, made from a seed: which is next? An embedding and a GRU, trained in float. A GRU has no Verilog yet; \`lutra predict\`, \`check\` and \`evaluate\` take \`model/model.h5\`.
`,
  scripts: { start: training.start, train: training.train },
}

/** By the names that `lutra init` takes. */
export const templates: Readonly<Record<string, Template>> = { pulses, digits, sequences }
