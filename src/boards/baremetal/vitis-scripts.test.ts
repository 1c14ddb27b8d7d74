// The scripts for Vitis, run under python3 and tclsh with stand-ins that record what is asked of the tools.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinySubject } from '../testing/subjects.ts'
import { bareMetalFiles } from './index.ts'

const has = (command: string, args: readonly string[]) => spawnSync(command, args, { input: '' }).status === 0

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'lutra-vitis-'))
  for (const folder of ['baremetal/src', 'hw']) mkdirSync(join(root, folder), { recursive: true })
  const { description, inputs, golden } = tinySubject({ board: 'basys3' })
  for (const [name, text] of Object.entries(bareMetalFiles(description, inputs, golden)))
    writeFileSync(join(root, 'baremetal', name), text)
  writeFileSync(join(root, 'hw/tiny.xsa'), '')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const vitis = `import os
class Recorder:
    def __init__(self, name):
        self.name = name
    def __getattr__(self, method):
        def call(**given):
            files = given.pop("files", [])
            for file in files:
                assert os.path.isfile(os.path.join(given["from_loc"], file)), file
            told = ", ".join("{}={}".format(key, str(value).replace(os.environ["ROOT"], "ROOT")) for key, value in given.items())
            print("{}.{}({})".format(self.name, method, told), len(files) or "")
            return Recorder(method)
        return call
def create_client():
    return Recorder("client")
def dispose():
    print("dispose")
`

describe('the scripts for Vitis', () => {
  it.skipIf(!has('python3', ['-V']))('by Python make a platform, and an application on it', () => {
    writeFileSync(join(root, 'vitis.py'), vitis)
    const env = { ...process.env, PYTHONPATH: root, ROOT: root, PYTHONDONTWRITEBYTECODE: '1' }
    const script = join(root, 'baremetal/create_app.py')
    const said = execFileSync('python3', [script], { env, encoding: 'utf8' }).trim().split('\n')
    expect(said).toEqual([
      'client.set_workspace(path=ROOT/vitis) ',
      'lutra: make the platform',
      'client.create_platform_component(name=tiny_platform, hw_design=ROOT/hw/tiny.xsa, os=standalone, cpu=microblaze_0, domain_name=standalone_microblaze_0) ',
      'lutra: build the platform',
      'create_platform_component.build() ',
      'lutra: make the application',
      'client.create_app_component(name=tiny_app, platform=ROOT/vitis/tiny_platform/export/tiny_platform/tiny_platform.xpfm, domain=standalone_microblaze_0) ',
      'create_app_component.import_files(from_loc=ROOT/baremetal/src, dest_dir_in_cmp=src) 11',
      'lutra: build the program',
      'create_app_component.build() ',
      'dispose',
    ])
    const missing = spawnSync('python3', [script], { env: { ...env, LUTRA_XSA: 'no.xsa' }, encoding: 'utf8' })
    expect(missing.stderr).toMatch(/^no hardware platform at .*no\.xsa: run vivado\/project\.tcl/)
    mkdirSync(join(root, 'vitis'))
    const again = spawnSync('python3', [script], { env, encoding: 'utf8' })
    expect(again.stderr).toMatch(/vitis is there already: take it away/)
  })

  it.skipIf(!has('tclsh', []))('by xsct make the same', () => {
    const stubs = `foreach name {setws app importsources} {
  proc $name args "puts \\"$name \\$args\\""
}
proc repo args { return {Empty Application(C)  Hello World} }
source [file join ${root} baremetal create_app.tcl]
`
    const said = execFileSync('tclsh', [], { input: stubs, encoding: 'utf8' }).replaceAll(root, 'ROOT')
    expect(said.trim().split('\n')).toEqual([
      'setws ROOT/vitis',
      'app create -name tiny_app -hw ROOT/hw/tiny.xsa -proc microblaze_0 -os standalone -lang C -template {Empty Application(C)}',
      'importsources -name tiny_app -path ROOT/baremetal/src',
      'app build -name tiny_app',
    ])
  })
})
