// Prints what Nx hashes for the target `test` of each project, paths from the root: { project: { root, files, runtime } }.
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
  return [[project, { root: data.root, files, runtime }]];
});
// Workers of Nx would keep it.
process.stdout.write(JSON.stringify(Object.fromEntries(found)), () => process.exit());
