// `cluster.py` and its notebook: rows on many nodes of a HyperFPGA at once. Sources: the cluster's own module
// (HyperFPGACluster: create_profile, configure, start_and_connect_sync) and ipyparallel's documents (views of engines,
// apply_async, AsyncResult.get).

import type { PackageDescription } from '../package-description.ts'
import { rowsText } from '../rows-text.ts'

/** Model of a HyperFPGA's module as its files are named; undefined for other boards. */
export function hyperfpgaModel({ board }: Pick<PackageDescription, 'board'>): string | undefined {
  return /^hyperfpga-(\w+)$/.exec(board.name)?.[1]
}

/** The hardware's file as the cluster looks for it: \`<name>-<model>.xsa\`, the name being the firmware's. */
export function firmwareFile(description: Pick<PackageDescription, 'project' | 'board'>): string {
  const model = hyperfpgaModel(description)
  return model === undefined ? `${description.project}.xsa` : `${description.project}-${model}.xsa`
}

export function printClusterPython(description: PackageDescription): string {
  const { project, board, buildHash, lutra } = description
  return `"""${project} on nodes of a HyperFPGA (${board.title}): build ${buildHash}, Lutra ${lutra}.

In a notebook of the cluster, beside the other files of this folder and with ${firmwareFile(description)} among the
bitstreams:

    import numpy as np
    from cluster import open_cluster, predict_on_nodes
    client = await open_cluster(nodes)
    results = predict_on_nodes(client, np.load("X_test.npy"))
"""

import collections
import os

import numpy as np
from comblock_driver import bytes_of, decode_rows, encode_rows, words_of

FIRMWARE = "${project}"

${clusterFunctions}`
}

const clusterFunctions = `NodeResult = collections.namedtuple("NodeResult", "node rows y cycles error")


async def open_cluster(nodes, firmware=FIRMWARE, **options):
    """Programs the nodes and starts an engine on each: ipyparallel's client. options go to HyperFPGACluster."""
    from hyperfpga_cluster import HyperFPGACluster
    cluster = HyperFPGACluster(nodes, firmware=firmware, **options)
    cluster.create_profile()
    await cluster.configure()
    return cluster.start_and_connect_sync()


def predict_on_nodes(client, X, share=False, timeout=60.0, comblock=0):
    """Rows of X on every engine of the client at once: a NodeResult for each, in the client's order.

    share: False gives all rows to every node, True a part of them to each. A node that fails, or gives nothing within
    timeout seconds, has its error in its result and takes nothing from the others.
    """
    words = encode_rows(X)
    ids = list(client.ids)
    parts = np.array_split(np.arange(len(words)), len(ids)) if share else [np.arange(len(words))] * len(ids)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "comblock_accelerator.py")) as file:
        source = file.read()
    running = [client[engine].apply_async(run_on_node, source, bytes_of(words[rows]), comblock)
               for engine, rows in zip(ids, parts)]
    return [_result_of(engine, rows, answer, timeout) for engine, rows, answer in zip(ids, parts, running)]


def run_on_node(source, data, comblock):
    """What an engine does: it needs nothing of this package but the text of comblock_accelerator.py."""
    import socket
    import types
    module = types.ModuleType("comblock_accelerator")
    exec(source, module.__dict__)
    answer = {"node": socket.gethostname()}
    try:
        accelerator = module.Accelerator(module.Comblock(comblock))
        try:
            answer["data"] = accelerator.run(data)
            answer["cycles"] = accelerator.cycles()
        finally:
            accelerator.close()
    except Exception as error:
        answer["error"] = "{}: {}".format(type(error).__name__, error)
    return answer


def _result_of(engine, rows, answer, timeout):
    try:
        got = answer.get(timeout)
    except Exception as error:
        return NodeResult("engine {}".format(engine), rows, None, None, "{}: {}".format(type(error).__name__, error))
    if "error" in got:
        return NodeResult(got["node"], rows, None, None, got["error"])
    return NodeResult(got["node"], rows, decode_rows(words_of(got["data"])), got["cycles"], None)


def joined(results):
    """Results of predict_on_nodes(share=True) in the rows' order; fails where a node did."""
    failed = [result for result in results if result.error is not None]
    if failed:
        raise RuntimeError("; ".join("{}: {}".format(result.node, result.error) for result in failed))
    return np.concatenate([result.y for result in results])


def report(results, expected=None):
    """A line for each node: rows, cycles, and how many values differ from those expected."""
    for result in results:
        if result.error is not None:
            print("{:24} FAILED {}".format(result.node, result.error))
            continue
        line = "{:24} {:6} rows {:10} cycles".format(result.node, len(result.rows), result.cycles["busy"])
        if expected is not None:
            line += " {:6} values differ".format(int((result.y != expected[result.rows]).sum()))
        print(line)
`

/** `<project>_cluster.ipynb`, notebook format 4.5, without outputs. */
export function printClusterNotebook(description: PackageDescription): string {
  const cells = notebookCells(description).map(([kind, text], k) => ({
    cell_type: kind,
    ...(kind === 'code' ? { execution_count: null } : {}),
    id: `cell-${k + 1}`,
    metadata: {},
    ...(kind === 'code' ? { outputs: [] } : {}),
    source: text.split('\n').map((line, own, all) => (own + 1 < all.length ? `${line}\n` : line)),
  }))
  const notebook = {
    cells,
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  }
  return `${JSON.stringify(notebook, undefined, 1)}\n`
}

function notebookCells(description: PackageDescription): (readonly ['markdown' | 'code', string])[] {
  const { project, board, buildHash } = description
  return [
    [
      'markdown',
      `# ${project} on nodes of a HyperFPGA\n\nBuild \`${buildHash}\` for ${board.title}. Beside this notebook lie \`comblock_accelerator.py\`, \`comblock_driver.py\`, \`cluster.py\`, \`X_test.npy\` and \`y_test.npy\`; \`${firmwareFile(description)}\` lies in \`~/bitstreams\`.\n\n${rowsText(description)}`,
    ],
    ['code', "import numpy as np\n\nX, y = np.load('X_test.npy'), np.load('y_test.npy')\nX.shape, y.shape"],
    [
      'markdown',
      'The nodes that you were assigned, as the cluster’s own module gives them, are programmed; an engine is started on each.',
    ],
    [
      'code',
      'from cluster import open_cluster, predict_on_nodes, joined, report\n\n# nodes = ...  the list of the nodes assigned to you\nclient = await open_cluster(nodes)',
    ],
    [
      'markdown',
      'All rows on every node, each against the bit-accurate emulator, whose results are `y_test.npy`.',
    ],
    ['code', 'report(predict_on_nodes(client, X), y)'],
    ['markdown', 'The rows shared among the nodes.'],
    [
      'code',
      'y_hw = joined(predict_on_nodes(client, X, share=True))\nprint(int((y_hw != y).sum()), "of", y.size, "values differ")',
    ],
  ]
}
