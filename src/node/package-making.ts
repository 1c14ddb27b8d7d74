// What a package was made from, as words of a command line typed in its folder.

import type { PackageOrigin } from '../assess/manifest.ts'
import type { PackageMaking } from '../boards/steps/index.ts'

/** From the record that `package.json` has. */
export function makingOf({ files, sources, settings }: PackageOrigin): PackageMaking {
  const config = sources.find(({ kind }) => kind === 'config')?.from
  const { clockNs, handshake, elementsPerBeat, dsp, effort, inputType, maxLoss, strict } = settings
  const { model, data, labels, scaler } = files
  return {
    model,
    ...(config === undefined ? {} : { config }),
    ...(data === undefined ? {} : { data }),
    ...(labels === undefined ? {} : { labels }),
    ...(scaler === undefined ? {} : { scaler }),
    flags: [
      ...(inputType === undefined ? [] : [`--input-type '${inputType}'`]),
      `--clock ${clockNs}`,
      ...(handshake === undefined ? [] : [`--handshake ${handshake}`]),
      ...(elementsPerBeat === undefined ? [] : [`--elements-per-beat ${elementsPerBeat}`]),
      ...(dsp === false ? ['--no-dsp'] : []),
      ...(effort === undefined ? [] : [`--effort ${effort}`]),
      ...(maxLoss === undefined ? [] : [`--max-loss ${maxLoss}`]),
      ...(strict === true ? ['--strict'] : []),
    ],
  }
}
