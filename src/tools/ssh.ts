// Another machine by the system's own `ssh` and `scp`: commands and files, without a question that nobody would answer,
// without a host key that nobody has seen, and every failure with its cause.

import { stat } from 'node:fs/promises'
import { fail } from '../diagnostics/diagnostic.ts'
import { type ProcessRequest, type ProcessResult, requireTool, runProcess, toolVariable } from './process.ts'

export interface SshTarget {
  /** Name, address, or an alias of the user's ssh configuration. */
  readonly host: string
  readonly user?: string | undefined
  readonly port?: number | undefined
  /** File of the private key; else what ssh finds: its agent and its usual files. */
  readonly key?: string | undefined
  /** File of known hosts instead of the user's. */
  readonly knownHosts?: string | undefined
  /** Takes the key of a host that was never seen; one that has changed is refused in any case. */
  readonly acceptNewHostKey?: boolean | undefined
  /** Seconds to connect: 10 unless said otherwise. */
  readonly connectSeconds?: number | undefined
}

export interface RemoteRun {
  readonly stdin?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
  readonly onOutput?: ((text: string, stream: 'stdout' | 'stderr') => void) | undefined
}

export interface SshSession {
  /** `user@host`, with the port where it is not 22: for messages. */
  readonly name: string
  /** Runs a command of the remote shell; fails with `deploy/*` only where the connection does. */
  run(command: string, options?: RemoteRun): Promise<ProcessResult>
  /** Copies files of a local folder into a remote one. Names must not contain `:` or begin with `-`. */
  copyTo(folder: string, names: readonly string[], remote: string, options?: RemoteRun): Promise<void>
  /** Copies files of a remote folder into a local one. */
  copyFrom(remote: string, names: readonly string[], folder: string, options?: RemoteRun): Promise<void>
}

const copyTimeoutMs = 20 * 60_000
const commandTimeoutMs = 60_000

/** Checks the target; nothing is connected before the first command. Fails with `deploy/bad-target`, `file/not-found`. */
export async function openSsh(target: SshTarget): Promise<SshSession> {
  checkTarget(target)
  if (target.key !== undefined) await checkKey(target.key)
  const { host, user, port } = target
  const address = user === undefined ? host : `${user}@${host}`
  const name = port === undefined || port === 22 ? address : `${address}:${port}`
  // scp takes what stands before a colon for a host: an IPv6 address goes in brackets.
  const copyAddress = host.includes(':') ? `${user === undefined ? '' : `${user}@`}[${host}]` : address
  const copy = async (files: readonly string[], folder: string, given: RemoteRun = {}) => {
    const ports = target.port === undefined ? [] : ['-P', `${target.port}`]
    const args = ['-q', '-p', ...ports, ...commonArguments(target), '--', ...files]
    const result = await runTool('scp', args, { timeoutMs: copyTimeoutMs, ...given, cwd: folder })
    given.signal?.throwIfAborted()
    if (result.outcome !== 'exited' || result.exitCode !== 0) failed(name, result, 'copying files')
  }
  return {
    name,
    run: async (command, options = {}) => {
      const ports = target.port === undefined ? [] : ['-p', `${target.port}`]
      const args = ['-T', ...ports, ...commonArguments(target), '--', address, command]
      const result = await runTool('ssh', args, { timeoutMs: commandTimeoutMs, ...options })
      options.signal?.throwIfAborted()
      // ssh itself ends with 255; a command that does so too is told by what it said.
      if (result.outcome !== 'exited' || result.exitCode === 255) failed(name, result, 'running a command')
      return result
    },
    copyTo: (folder, names, remote, options) =>
      copy([...names.map(file => `./${file}`), `${copyAddress}:${remote}/`], folder, options),
    copyFrom: (remote, names, folder, options) =>
      copy([...names.map(file => `${copyAddress}:${remote}/${file}`), './'], folder, options),
  }
}

/** Names, paths and addresses that stand on command lines here and there, so that none is taken for something else. */
function checkTarget({ host, user, port }: SshTarget): void {
  const refuse = (place: string, found: string, expected: string) =>
    fail({ code: 'deploy/bad-target', place, problem: `it is '${found}'`, expected })
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(host)) refuse('host', host, 'a name or address of a host')
  if (user !== undefined && !/^[A-Za-z_][A-Za-z0-9._-]*$/.test(user)) refuse('user', user, 'a name of a user')
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536))
    refuse('port', `${port}`, 'a whole number from 1 to 65535')
}

async function checkKey(key: string): Promise<void> {
  const found = await stat(key).catch(() => undefined)
  if (found?.isFile() === true) return
  fail({
    code: 'deploy/no-key',
    place: key,
    problem: 'there is no such file of a private key',
    remedy: 'Name the private key with --key, or leave it out to take what ssh finds.',
  })
}

/** What ssh and scp take alike: no questions, no unseen host keys, an end to what hangs. */
function commonArguments({ key, knownHosts, acceptNewHostKey, connectSeconds = 10 }: SshTarget): string[] {
  const settings = {
    BatchMode: 'yes',
    StrictHostKeyChecking: acceptNewHostKey === true ? 'accept-new' : 'yes',
    ConnectTimeout: `${connectSeconds}`,
    ServerAliveInterval: '5',
    ServerAliveCountMax: '3',
    ...(key === undefined ? {} : { IdentitiesOnly: 'yes' }),
    ...(knownHosts === undefined
      ? {}
      : { UserKnownHostsFile: knownHosts, GlobalKnownHostsFile: '/dev/null' }),
  }
  const options = Object.entries(settings).flatMap(([option, value]) => ['-o', `${option}=${value}`])
  return [...(key === undefined ? [] : ['-i', key]), ...options]
}

function runTool(
  name: 'ssh' | 'scp',
  args: string[],
  given: RemoteRun & { cwd?: string },
): Promise<ProcessResult> {
  const { signal, onOutput, ...rest } = given
  const request: ProcessRequest = {
    ...rest,
    ...(signal === undefined ? {} : { signal }),
    ...(onOutput === undefined ? {} : { onOutput }),
    command: requireTool(name).path,
    args,
    label: name,
    variable: toolVariable(name),
  }
  return runProcess(request)
}

interface Cause {
  readonly said: RegExp
  readonly code: string
  readonly meaning: string
  readonly remedy: string
}

const unreachable = 'Check the address, the cable and whether the board has started; try ping.'

/** What OpenSSH says, and what it means; the first that fits is told. */
const causes: readonly Cause[] = [
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: 'deploy/host-key-changed',
    meaning:
      'the host has another key than it had: a new image on its card, or another machine that answers for it',
    remedy:
      'If you know why, remove the old key with ssh-keygen -R HOST, and connect once with ssh to see the new one.',
  },
  {
    said: /Host key verification failed|host key is known for/i,
    code: 'deploy/host-key-unknown',
    meaning: 'the key of the host was never seen from here',
    remedy:
      'Connect once with ssh and compare its fingerprint, or accept it unseen with --accept-new-host-key.',
  },
  {
    said: /Permission denied \(|Too many authentication failures|UNPROTECTED PRIVATE KEY/,
    code: 'deploy/permission',
    meaning: 'the host does not let this user in with the keys that there are; passwords are never asked for',
    remedy: 'Copy your public key there with ssh-copy-id, or name user and key with --user and --key.',
  },
  {
    said: /Could not resolve hostname/,
    code: 'deploy/unreachable',
    meaning: 'no machine of this name is known',
    remedy: unreachable,
  },
  {
    said: /Connection refused/,
    code: 'deploy/unreachable',
    meaning: 'the host answers, and no SSH server does at this port',
    remedy: 'Start the SSH server there, or name its port with --port.',
  },
  {
    said: /timed out|No route to host|Network is unreachable|Host is down/,
    code: 'deploy/unreachable',
    meaning: 'the host does not answer',
    remedy: unreachable,
  },
  {
    said: /No space left on device/,
    code: 'deploy/remote-disk-full',
    meaning: 'the disk of the host is full',
    remedy: 'Free some space there, or name a folder on another disk with --folder.',
  },
  {
    said: /Connection (closed|reset)|connection lost|lost connection|Broken pipe|not responding|kex_exchange|closed by remote host/i,
    code: 'deploy/connection-lost',
    meaning: 'the connection was cut',
    remedy: 'Check cable and power of the board, and run again: what stood there before is whole.',
  },
]

function failed(name: string, result: ProcessResult, doing: string): never {
  const said = result.stderr.trim().split('\n').at(-1) ?? ''
  if (result.outcome === 'timeout') {
    return fail({
      code: 'deploy/timeout',
      place: name,
      problem: `${doing} was not done after ${result.seconds.toFixed(0)} s`,
      remedy: 'Check whether the board still answers; --timeout gives it more time.',
    })
  }
  const cause = causes.find(known => known.said.test(result.stderr))
  const { code, meaning, remedy } = cause ?? {
    code: 'deploy/ssh',
    meaning: `${doing} failed`,
    remedy: 'Try the same with ssh or scp by hand.',
  }
  return fail({ code, place: name, problem: `${meaning}${said === '' ? '' : ` (${said})`}`, remedy })
}
