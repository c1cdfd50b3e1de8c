import { expect, test } from 'vitest';
import { COMMANDS, LATER } from '../../src/cli/commands.ts';
import { VERSION } from '../../src/model/version.ts';
import { freshHome, martlet, RECIPE } from './martlet.ts';

test('--version says the version and nothing else', async () => {
  expect(await martlet(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test('--help names every command that is offered and none that is not', async () => {
  const { code, stdout } = await martlet(['--help']);
  expect(code).toBe(0);
  for (const { name, hidden } of COMMANDS) expect(new RegExp(`^  ${name}\\s`, 'm').test(stdout), name).toBe(!hidden);
  for (const name of LATER) expect(stdout).not.toMatch(new RegExp(`^  ${name}\\s`, 'm'));
});

test.each(COMMANDS.filter(each => !each.hidden).map(each => each.name))(
  'martlet %s --help has an example and knows --json',
  async name => {
    const { code, stdout } = await martlet([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Example:\n {2}\$ martlet /m);
    expect(stdout).toContain('--json');
  },
);

test.each(LATER)('martlet %s says that it is not in this version, instead of guessing', async name => {
  const { code, stderr } = await martlet([name, 'something']);
  expect(code).toBe(2);
  expect(stderr).toContain('not in this version');
  expect(stderr).not.toContain('did you mean');
});

test.each(['plan', 'submit', 'render', 'check'])(
  'martlet %s does not rehearse on a supercomputer by its name alone, and says what is to be typed',
  async command => {
    const more = command === 'render' ? ['-o', 'nowhere'] : [];
    const { code, stderr } = await martlet([command, RECIPE, '--rehearse', '--cluster', 'abci3', ...more]);
    expect(code).toBe(2);
    expect(stderr).toContain('a rehearsal runs on --cluster local; add --as abci3 to run its own scripts.');
  },
);

test('render of a plan file refuses what only a recipe can take, by name', async () => {
  const { code, stderr } = await martlet(
    'render no-plan.json --cluster abci3 --set a=1 --max-node-hours 3 -o nowhere'.split(' '),
  );
  expect(code).toBe(2);
  expect(stderr).toContain('--cluster, --set, --max-node-hours would change nothing.');
});

test.each(['plan', 'check', 'submit'])('martlet %s --scale without --rehearse is not just ignored', async command => {
  const { code, stderr } = await martlet([command, RECIPE, '--cluster', 'local', '--scale', '10']);
  expect(code).toBe(2);
  expect(stderr).toContain('add --rehearse, or leave --scale out.');
});

test('hints name the folder of overlays where it is, and clusters does too', async () => {
  const env = freshHome();
  const { stdout } = await martlet(['check', RECIPE, '--cluster', 'abci3'], env);
  expect(stdout).toContain(`write account: in ${env.XDG_CONFIG_HOME}/martlet/clusters/abci3.yaml`);
  expect((await martlet(['clusters'], env)).stdout).toContain(`${env.XDG_CONFIG_HOME}/martlet/clusters/NAME.yaml`);
  const usual = { ...env, XDG_CONFIG_HOME: `${env.HOME}/.config` };
  expect((await martlet(['clusters'], usual)).stdout).toContain(' ~/.config/martlet/clusters/NAME.yaml');
});

test.each([
  ['plan', RECIPE, '--scale', '0', '--rehearse'],
  ['plan', RECIPE, '--set', 'x'],
  ['plan', RECIPE, '--max-node-hours', '-1'],
  ['check', '.'],
  ['check', '..'],
  ['apply', 'plan.json', '--yes'],
])('no sentence of martlet %s %s ends in two dots', async (...args) => {
  const { code, stderr } = await martlet(args);
  expect(code).not.toBe(0);
  expect(stderr).not.toMatch(/[^"]\.\.$/m);
});

test('a misspelt command gets the right one as a hint, exit code 2', async () => {
  const { code, stderr } = await martlet(['chek', RECIPE]);
  expect(code).toBe(2);
  expect(stderr).toContain('did you mean "check"?');
});

test('a misspelt option gets the right one as a hint, exit code 2', async () => {
  const { code, stderr } = await martlet(['check', RECIPE, '--clutser', 'abci3']);
  expect(code).toBe(2);
  expect(stderr).toContain('did you mean "--cluster"?');
});

test.each([
  ['no command at all', []],
  ['a missing argument', ['check']],
  ['one argument too many', ['check', RECIPE, 'more']],
  ['an option without its value', ['check', RECIPE, '--cluster']],
  ['a number that is none', ['plan', RECIPE, '--cluster', 'local', '--scale', '0x10']],
  ['a --set without a value', ['plan', RECIPE, '--cluster', 'local', '--set', 'stages.cpt.optimizer.lr']],
  ['an empty path', ['explain', RECIPE, '']],
  ['an unknown run', ['status', 'nothing-like-it']],
  ['a schema there is none of', ['schema', 'recipes']],
  ['an address with too many parts', ['logs', 'a/b/1/x']],
] as const)('%s is wrong usage, exit code 2, and never a stack', async (_, args) => {
  const { code, stderr } = await martlet(args);
  expect(code).toBe(2);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.length).toBeGreaterThan(10);
});

test.each([
  [
    'found by the parser',
    ['check', RECIPE, '--clutser', 'abci3'],
    /unknown option '--clutser'\.$/,
    /did you mean "--cluster"\?/,
  ],
  [
    'in the value of an option',
    ['plan', RECIPE, '--scale', '0'],
    /It must be a whole number above zero\.$/,
    /plan --help/,
  ],
  ['of a command that comes later', ['serve', 'k7f3'], /^martlet serve is not in this version\.$/, /martlet --help/],
  ['found by the command itself', ['status', 'nothing-like-it'], /unknown run "nothing-like-it"/, /adopt/],
] as const)('with --json wrong usage %s is one object with the fields of any trouble', async (_, args, said, hint) => {
  const { code, stdout, stderr } = await martlet([...args, '--json']);
  expect(code).toBe(2);
  const { error } = JSON.parse(stdout);
  expect(error).toEqual({
    code: 'MRT-U001',
    doing: 'reading the command line',
    said: expect.stringMatching(said),
    hint: expect.stringMatching(hint),
  });
  expect(stderr).toContain(error.said);
});
