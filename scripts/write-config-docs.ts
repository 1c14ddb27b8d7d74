// Writes the tables of docs/config.md from the key tables, between the marks that stand there. Run it after a change
// to them: npx tsx scripts/write-config-docs.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { operatorChoices, type SettingKey, settingKeys } from '../src/config/layer-keys.ts'
import { noEffects } from '../src/config/no-effect.ts'
import { type TopUse, topKeys } from '../src/config/top-keys.ts'
import { mismatch, type ValueShape } from '../src/config/values.ts'
import { isNamed, type RoleDefinition } from '../src/ops/definition.ts'
import { definitionOf, type OpKind, ops } from '../src/ops/index.ts'

const target = new URL('../docs/config.md', import.meta.url)

const uses: Readonly<Record<TopUse, string>> = {
  model: 'the design',
  run: 'the run, as the flag of this name if there is one',
  source: 'the model to read',
  vendor: 'kept for vendor projects; no influence on bits',
  hls: 'layers',
  ignored: 'nothing',
}

const tables: Readonly<Record<string, () => string>> = {
  top: () =>
    table(
      ['Key', "hls4ml's name", 'Value', 'Says', 'Goes to'],
      topKeys.map(({ name, alias, shape, summary, use }) => [
        code(name),
        alias === undefined ? '' : code(alias),
        valuesOf(shape),
        summary,
        uses[use],
      ]),
    ),
  choices: () =>
    table(
      ['Key', 'Value', 'Default', 'Says', 'Operators'],
      [...operatorChoices].flatMap(([key, choices]) => {
        const read = choices.filter(choice => choice.noEffect === undefined)
        const kinds = (Object.keys(ops) as OpKind[]).filter(kind =>
          definitionOf(kind).choices.some(choice => choice.key === key && choice.noEffect === undefined),
        )
        return read
          .slice(0, 1)
          .map(choice => [
            code(key),
            valuesOf(choice.check),
            code(String(choice.default)),
            choice.summary,
            kinds.join(', '),
          ])
      }),
    ),
  roles: () =>
    table(
      ['Operator', '`Precision.<role>`', '`<role>_t`'],
      (Object.keys(ops) as OpKind[]).map(kind => {
        const roles = Object.entries(definitionOf(kind).roles)
        const listed = (isListed: (role: RoleDefinition) => boolean) =>
          roles
            .filter(([, role]) => isListed(role))
            .map(([role]) => code(role))
            .join(', ')
        return [kind, listed(isNamed), listed(({ readFrom }) => readFrom === 'key')]
      }),
    ),
  settings: () =>
    table(
      ['Key', 'Stands in', 'Value', 'Lutra', 'Why, or what to write'],
      settingKeys.map(entry => [
        code(entry.key),
        scopesOf(entry),
        valuesOf(entry.shape),
        treatments[entry.treatment],
        entry.reason,
      ]),
    ),
  'no-effect': () =>
    table(
      ['Written', 'True instead', 'Seen in hls4ml v1.3.0-17'],
      Object.values(noEffects).map(({ what, instead, source }) => [what, instead, source]),
    ),
}

const treatments: Readonly<Record<SettingKey['treatment'], string>> = {
  harmless: 'accepts it',
  refused: 'refuses it',
  judged: 'depends on the model',
}

const code = (text: string) => (text === '' ? '' : `\`${text}\``)
const scopesOf = ({ scopes }: SettingKey) =>
  scopes.map(scope => (scope === 'model' ? '`Model`' : 'layers')).join(', ')
const valuesOf = (shape: ValueShape) =>
  shape.kind === 'any' ? 'any' : (mismatch(undefined, shape) ?? '').replaceAll('|', '\\|')

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** The page with its tables as they must be now. */
export function withTables(page: string): string {
  return Object.entries(tables).reduce((text, [name, make]) => {
    const marks = new RegExp(`(<!-- table: ${name} -->\n)[^]*?(\n<!-- end -->)`)
    if (!marks.test(text)) throw new Error(`docs/config.md has no place for the table '${name}'`)
    return text.replace(marks, (_, open: string, close: string) => `${open}${make()}${close}`)
  }, page)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(target, withTables(readFileSync(target, 'utf8')))
}
