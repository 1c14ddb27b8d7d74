// An SSH server on loopback, as the ordinary user, with keys and settings of its own: what `lutra deploy` reaches.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/** Its path; undefined where there is none. */
export function findSshd(): string | undefined {
  return ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export interface SshServer {
  readonly port: number
  readonly user: string
  /** Private key that it lets in, and one that it does not. */
  readonly key: string
  readonly strangeKey: string
  /** Known hosts with its key, with none, and with another key for it. */
  readonly knownHosts: string
  readonly emptyHosts: string
  readonly otherHosts: string
  close(): void
}

/** Starts it in a folder; `env` is what its commands find. */
export async function startSshServer(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<SshServer> {
  const path = (name: string) => join(folder, name)
  for (const name of ['host', 'user', 'strange', 'other'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path(name)])
  copyFileSync(path('user.pub'), path('authorized_keys'))
  // Nobody becomes root here.
  mkdirSync(path('bin'))
  writeFileSync(path('bin/sudo'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const port = await freePort()
  const set = Object.entries({ PATH: `${path('bin')}:${process.env.PATH}`, ...env })
  writeFileSync(
    path('sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${path('host')}
AuthorizedKeysFile ${path('authorized_keys')}
PidFile none
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
LogLevel ERROR
Subsystem sftp internal-sftp
SetEnv ${set.map(([name, value]) => `"${name}=${value}"`).join(' ')}
`,
  )
  // Where root starts it, it wants this folder.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true })
  const child = spawn(findSshd()!, ['-D', '-e', '-f', path('sshd_config')], { stdio: 'ignore' })
  await answers(port, child)
  writeFileSync(path('known_hosts'), hostLine(port, path('host.pub')))
  writeFileSync(path('empty_hosts'), '')
  writeFileSync(path('other_hosts'), hostLine(port, path('other.pub')))
  return {
    port,
    user: userInfo().username,
    key: path('user'),
    strangeKey: path('strange'),
    knownHosts: path('known_hosts'),
    emptyHosts: path('empty_hosts'),
    otherHosts: path('other_hosts'),
    close: () => void child.kill(),
  }
}

function hostLine(port: number, key: string): string {
  return `[127.0.0.1]:${port} ${execFileSync('cat', [key])}`
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`sshd ended with code ${child.exitCode}`)
    const there = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    if (there) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Passes on what comes to another port, and cuts every connection after so many bytes from the client in all. */
export async function startCutter(port: number, bytes: number): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>()
  let left = bytes
  const server: Server = createServer(client => {
    const inner = connect(port, '127.0.0.1')
    for (const socket of [client, inner]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    inner.on('data', data => client.write(data))
    inner.on('close', () => client.destroy())
    client.on('close', () => inner.destroy())
    client.on('data', data => {
      left -= data.length
      if (left > 0) return void inner.write(data)
      for (const socket of sockets) socket.destroy()
      server.close()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
