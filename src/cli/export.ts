// lutra export MODEL --to qonnx --out F.onnx

import { type Command, Option } from 'commander'
import { type ExportOptions, exportModel } from '../node/export.ts'
import { modelFlags, outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addExport(program: Command, shell: Shell): void {
  const command = program
    .command('export')
    .argument('<model>', 'the trained network')
    .summary('write the network as ONNX')
    .description('Write the network as ONNX: in float, or with its types as QONNX or as QDQ integers.')
    .addOption(
      new Option('--to <form>', 'onnx: float; qonnx: Quant nodes; qdq: QuantizeLinear and DequantizeLinear')
        .choices(['onnx', 'qonnx', 'qdq'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', 'file to write (.onnx)')
  outputFlags(modelFlags(command)).action(
    async (model: string, flags: Omit<ExportOptions, 'model'> & OutputFlags) => {
      const result = await exportModel({ ...flags, model, ...reach(shell) })
      shell.terminal.findings(result.findings, flags)
      const { comparedRows: rows } = result
      const compared = rows === 0 ? '' : `; read back, it gives the same bits on ${rows} rows`
      shell.terminal.result(flags, `${flags.out} written${compared}`, {
        out: flags.out,
        bytes: result.bytes.length,
        comparedRows: rows,
        findings: result.findings,
      })
      shell.end(exitDone)
    },
  )
}
