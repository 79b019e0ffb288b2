/**
 * The arrow, as rules that fail the build when one is drawn the wrong way:
 *
 *     core <- host <- { stacks, model-package } <- { trainer, runtime-node, runtime-web, onnx } <- tools <- pipeline <- test
 *                                                                  runtime-web <- viewer
 *
 * runtime-web, which runs in a page, does without host and without what stacks and model-package have for Node alone (node/).
 * onnx imports core alone.
 *
 * `tools/test/ci/boundaries.test.ts` proves that each rule can fail.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'core-stands-alone',
      comment: 'core imports nothing outside itself: no package, no Node module.',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { pathNot: '^packages/core/src/' },
    },
    {
      name: 'host-knows-only-core',
      comment: 'host is what any Node program needs of its machine: it knows no image and no network.',
      severity: 'error',
      from: { path: '^packages/host/src/' },
      to: { path: '^(packages|tools|test)/', pathNot: '^packages/(host|core)/' },
    },
    {
      name: 'stacks-know-only-core',
      comment: 'stacks runs in Node and in browsers: outside of its node/ it imports core only, no Node module.',
      severity: 'error',
      from: {
        path: '^packages/stacks/src/',
        pathNot: '^packages/stacks/src/(node|compression|formats/[^/]+/compression)/',
      },
      to: { pathNot: '^packages/(core/src|stacks/src/(?!node/(?!deflate\\.ts)))' },
    },
    {
      name: 'decoders-know-only-core-and-libraries',
      comment:
        'A compression may be decoded by a package, which is loaded when a file needs it; in a browser as well. ' +
        "Only #deflate and #inflate have another module in Node: its zlib, in place of the platform's streams.",
      severity: 'error',
      from: { path: '^packages/stacks/src/(compression|formats/[^/]+/compression)/' },
      to: {
        pathNot: [
          '^packages/(core/src|stacks/src/(?!node/(?!(deflate|inflate)\\.ts)))',
          '(^|/)node_modules/(?!@dilated-unet/)',
        ],
      },
    },
    {
      name: 'stacks-in-node-know-only-host',
      comment: 'What stacks needs of a machine is in host.',
      severity: 'error',
      from: { path: '^packages/stacks/src/node/' },
      to: { path: '^(packages|tools|test)/', pathNot: '^packages/(core|host|stacks)/' },
    },
    {
      name: 'model-packages-know-only-core-and-libraries',
      comment: 'A package is opened in Node and in browsers: outside of its node/ without a Node module.',
      severity: 'error',
      from: { path: '^packages/model-package/src/', pathNot: '^packages/model-package/src/node/' },
      to: { pathNot: ['^packages/(core/src|model-package/src/(?!node/))', '(^|/)node_modules/(?!@dilated-unet/)'] },
    },
    {
      name: 'model-packages-in-node-know-only-host',
      comment: 'What opening a file needs of a machine is in host.',
      severity: 'error',
      from: { path: '^packages/model-package/src/node/' },
      to: { path: '^(packages|tools|test)/', pathNot: '^packages/(core|host|model-package)/' },
    },
    {
      name: 'trainer-knows-no-runtime',
      comment: 'A model that runs must not need what trained it, nor the other way round.',
      severity: 'error',
      from: { path: '^packages/trainer/' },
      to: { path: '^(packages/(runtime-[^/]+|pipeline)|tools|test)/|^node_modules/onnxruntime-' },
    },
    {
      name: 'runtimes-know-no-trainer',
      comment: 'A runtime never needs TensorFlow, Python or what trained the model.',
      severity: 'error',
      from: { path: '^packages/runtime-[^/]+/' },
      to: { path: '^(packages/(trainer|pipeline)|tools|test)/|^node_modules/@tensorflow/' },
    },
    {
      name: 'runtimes-know-not-each-other',
      comment: 'What both runtimes need stands in core or stacks.',
      severity: 'error',
      from: { path: '^packages/(runtime-[^/]+)/' },
      to: { path: '^packages/runtime-[^/]+/', pathNot: '^packages/$1/' },
    },
    {
      name: 'onnx-knows-only-core-and-protobuf',
      comment: 'Graphs are read and rewritten from bytes to bytes: without a runtime, a file or a process.',
      severity: 'error',
      from: { path: '^packages/onnx/src/' },
      to: { pathNot: ['^packages/(core|onnx)/src/', '(^|/)node_modules/protobufjs/'] },
    },
    {
      name: 'packages-know-no-onnx',
      comment: 'Graphs are rewritten where models are converted and packaged, not where they are trained or run.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(onnx|pipeline)/' },
      to: { path: '^packages/onnx/' },
    },
    {
      name: 'viewer-knows-what-runs-in-a-page',
      comment: 'The viewer is a page over core, stacks, model-package and runtime-web; its server knows host too.',
      severity: 'error',
      from: { path: '^packages/viewer/' },
      to: { path: '^(packages/(trainer|runtime-node|pipeline)|tools|test)/|^node_modules/@tensorflow/' },
    },
    {
      name: 'nothing-knows-the-viewer',
      comment: 'It is an application, with libraries of its own; what others need of it belongs in a package below.',
      severity: 'error',
      from: { path: '^(packages/(?!viewer/)|tools|test)' },
      to: { path: '^packages/viewer/' },
    },
    {
      name: 'packages-know-no-tools',
      comment:
        'tools stand below the packages that ship; only pipeline, what a user runs, and the bench are above them.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(pipeline|bench)/' },
      to: { path: '^tools/' },
    },
    {
      name: 'tools-know-no-pipeline',
      comment: 'pipeline uses what tools convert and set up, not the other way round.',
      severity: 'error',
      from: { path: '^tools/' },
      to: { path: '^packages/pipeline/' },
    },
    {
      name: 'nothing-knows-the-bench',
      comment: 'It measures what the others do; who needs its libraries of peers must not install them with a package.',
      severity: 'error',
      from: { path: '^(packages/(?!bench/)|tools|test)' },
      to: { path: '^packages/bench/' },
    },
    {
      name: 'bench-knows-no-pipeline',
      comment:
        'The bench stands beside pipeline, over tools: it measures what programs of users do, by the packages that do it.',
      severity: 'error',
      from: { path: '^packages/bench/' },
      to: { path: '^packages/pipeline/' },
    },
    {
      name: 'nothing-knows-the-tests-that-cross-packages',
      comment: 'test is the very bottom.',
      severity: 'error',
      from: { path: '^(packages|tools)/' },
      to: { path: '^test/' },
    },
    {
      name: 'src-knows-no-tests',
      comment: 'What ships does not import its own tests.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|tools)/src/' },
      to: { path: '^(packages/[^/]+|tools)/test/' },
    },
    {
      name: 'packages-only-by-name',
      comment:
        'Another package is imported by its name, so that its `exports` decide what is public; tests may share what their packages keep in test/support.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|tools|test)/' },
      to: {
        path: '^(packages|tools|test)/',
        pathNot: ['^$1/', '^packages/[^/]+/test/support/'],
        dependencyTypes: ['local'],
      },
    },
    {
      name: 'browser-code-knows-no-node',
      comment: 'runtime-web and the viewer run in a page.',
      severity: 'error',
      from: { path: '^packages/(runtime-web|viewer)/src/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'browser-code-knows-no-host',
      comment: 'host and what lies in a node/ are for Node programs.',
      severity: 'error',
      from: { path: '^packages/(runtime-web|viewer)/src/' },
      to: { path: '^packages/(host|(stacks|model-package)/src/node)/' },
    },
    {
      name: 'no-circular',
      comment: 'A cycle is one subject in two files, or two subjects in one.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      comment:
        'The import leads nowhere: a typing error, a package that is not declared, or a name outside its `exports`.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependency-in-src',
      comment: 'Who installs the package does not get its devDependencies: declare a dependency or a peer.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|tools|test)/src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm', 'npm-peer'] },
    },
    {
      name: 'no-undeclared-dependency',
      comment: 'The package that imports it declares it.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|tools|test)/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports the module: a left-over, or an entry point to be named here.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(packages/[^/]+|tools|test)/src/',
        pathNot: ['/(index|cli|worker|service-worker)\\.ts$', '\\.d\\.ts$'],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['(^|/)(dist|\\.cache)/'] },
    // Types count: a type that comes from the wrong side couples as much as a value.
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@dilated-unet/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
    tsConfig: { fileName: 'tsconfig.base.json' },
  },
};
