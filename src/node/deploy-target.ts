// Which board a package goes to: from flags, else the environment, else the config. It is stored nowhere.

import { homedir } from 'node:os'
import { join } from 'node:path'
import type { DeploySettings } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { SshTarget } from '../tools/ssh.ts'
import { loadConfig } from './load-config.ts'

export interface DeployTarget {
  /** Name or address of the board, or an alias of the user's ssh configuration. */
  readonly host?: string
  readonly user?: string
  /** File of the private key. */
  readonly key?: string
  readonly port?: number
  /** Folder on the board, seen from the user's own: `lutra/<project>` unless said otherwise. */
  readonly folder?: string
  /** Takes the key of a host that was never seen; by default it is refused. */
  readonly acceptNewHostKey?: boolean
  /** File of known hosts instead of the user's. */
  readonly knownHosts?: string
  /** Python of the board: `python3` unless said otherwise. */
  readonly python?: string
  /** Seconds that the run on the board may take: 600 unless said otherwise. */
  readonly timeout?: number
  /** A config whose `deploy` says what flags and environment do not. */
  readonly config?: string
}

/** Flags over the environment (LUTRA_HOST, LUTRA_USER, LUTRA_KEY, LUTRA_PORT, LUTRA_FOLDER) over the config's `deploy`. Fails with `deploy/bad-target`. */
export async function resolveDeployTarget(
  flags: DeployTarget,
  env: NodeJS.ProcessEnv = process.env,
): Promise<DeployTarget> {
  const config = flags.config === undefined ? {} : ((await loadConfig(flags.config)).run.deploy ?? {})
  const given = [config, fromEnvironment(env), flags].flatMap(source =>
    Object.entries(source).filter(([, value]) => value !== undefined),
  )
  return Object.fromEntries(given)
}

function fromEnvironment(env: NodeJS.ProcessEnv): DeploySettings {
  const text = (name: string) => (env[name] === '' ? undefined : env[name])
  const port = text('LUTRA_PORT')
  const [host, user, key, folder] = ['HOST', 'USER', 'KEY', 'FOLDER'].map(name => text(`LUTRA_${name}`))
  return {
    ...(host === undefined ? {} : { host }),
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key }),
    ...(folder === undefined ? {} : { folder }),
    ...(port === undefined ? {} : { port: portOf(port) }),
  }
}

function portOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  return fail({
    code: 'deploy/bad-target',
    place: 'LUTRA_PORT',
    problem: `it is '${text}'`,
    expected: 'a whole number from 1 to 65535',
  })
}

/** What ssh takes of it. Fails with `deploy/no-host`. */
export function sshTargetOf({
  host,
  user,
  key,
  port,
  knownHosts,
  acceptNewHostKey,
}: DeployTarget): SshTarget {
  if (host === undefined) return refuseNoHost()
  const path = key?.replace(/^~(?=\/|$)/, () => homedir())
  return { host, user, port, knownHosts, acceptNewHostKey, ...(path === undefined ? {} : { key: path }) }
}

function refuseNoHost(): never {
  return fail({
    code: 'deploy/no-host',
    place: '--host',
    problem: 'nothing says which board the package goes to',
    expected: 'its name or address with --host, in LUTRA_HOST, or as deploy.host of a config; or --udma',
  })
}

/** The folder on the board: relative to the user's own, or absolute. Fails with `deploy/bad-target`. */
export function remoteFolder({ folder }: DeployTarget, project: string): string {
  const given = (folder ?? join('lutra', project)).replace(/\/+$/, '')
  const parts = given.split('/')
  const fine = /^\/?[\w.+-]+(\/[\w.+-]+)*$/.test(given)
  if (fine && parts.every(part => part !== '.' && part !== '..' && !part.startsWith('-'))) return given
  return fail({
    code: 'deploy/bad-target',
    place: 'folder',
    problem: `it is '${given}'`,
    expected: 'a path of letters, digits and . _ + -, without . or .. alone',
  })
}
