/** Tests of `npm run test:clusters`: they want something installed, or kill and wait for long. All others are `npm test`. */
export const CLUSTER_SUITE: readonly string[] = [
  'test/{clusters,testbed,docker,real,script}/**/*.test.ts',
  'test/remote/{openssh,ssh2}.test.ts',
  'test/flows/{kill,replan}.test.ts',
  'test/cli/from-script.test.ts',
  'test/templates/prepare-kill.test.ts',
  'test/engines/verl/{reward,prepare}.test.ts',
];
