// Prints what Nx hashes for the target `test` of each project, and what its targets make, paths from the root:
// { project: { root, files, runtime, outputs: { target: [path] } } }.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { createProjectGraphAsync } = require('nx/src/project-graph/project-graph');
const { HashPlanInspector } = require('nx/src/hasher/hash-plan-inspector');

const graph = await createProjectGraphAsync({ exitOnError: true });
const inspector = new HashPlanInspector(graph);
await inspector.init();
const found = Object.entries(graph.nodes).flatMap(([project, { data }]) => {
  if (data.targets?.test === undefined) return [];
  const { files, runtime } = inspector.inspectTaskInputs({ project, target: 'test' })[`${project}:test`];
  const outputs = Object.entries(data.targets).map(([target, { outputs: made = [] }]) => [
    target,
    made.map((path) => path.replace('{projectRoot}', data.root)),
  ]);
  return [[project, { root: data.root, files, runtime, outputs: Object.fromEntries(outputs) }]];
});
// Workers of Nx would keep it.
process.stdout.write(JSON.stringify(Object.fromEntries(found)), () => process.exit());
