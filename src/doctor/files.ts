import { formatBytes } from '../model/units.ts';
import { type Answer, failureOf, hasAnswered, textOf } from './answer.ts';
import { type Ask, ask } from './ask.ts';
import { type Facts, type Site, sourceOf, type Topic } from './facts.ts';
import { differs, ok, okIf, type Said, unknown } from './finding.ts';

const SECONDS = 8;
const askFile = (path: string): Ask => ask('file', [path], SECONDS);
const askSecret = (path: string): Ask => ask('secret', [path], SECONDS);
const askPair = (prefix: string): Ask => ask('pair', [prefix], SECONDS);

/** A file or folder that some key names. */
interface Named {
  readonly key: string;
  readonly path: string;
  readonly isFolder: boolean;
  readonly without: string;
}

const isOfJob = (path: string): boolean => /\$/.test(path.replace(/^\$HOME(?=\/|$)/, ''));

/** Of a dataset a prefix is named, of a text perhaps a pattern: neither is a folder. */
const isFolderKey = (key: string): boolean => !/^(dataset|text):/.test(key);

/** Keys with a dot in them (`hf:Qwen/Qwen3-8B-Base`) have no place that a path could name. */
const ofCopies = (site: Site): readonly Named[] =>
  Object.entries(site.profile.copies ?? {}).flatMap(([key, copy]) =>
    typeof copy === 'string' && isFolderKey(key)
      ? [
          {
            key: `copies.${key}`,
            path: copy,
            isFolder: true,
            without: 'a fetch stage would get it anew; remove the line or mend the path',
          },
        ]
      : [],
  );

const named = (site: Site): readonly Named[] => {
  const { environments } = site.profile;
  return [
    ...Object.entries(environments ?? {}).flatMap(([name, { activate, code, image, runtime }]): Named[] => {
      const key = `environments.${name}`;
      const isFile = image !== undefined && (runtime ?? site.profile.runtime) !== 'docker' && /^[/$~]/.test(image);
      return [
        ...(activate === undefined
          ? []
          : [
              {
                key: `${key}.activate`,
                path: activate,
                isFolder: false,
                without: 'every node of a job would refuse to start',
              },
            ]),
        ...(code === undefined
          ? []
          : [{ key: `${key}.code`, path: code, isFolder: true, without: 'every node of a job would refuse to start' }]),
        ...(image === undefined || !isFile
          ? []
          : [{ key: `${key}.image`, path: image, isFolder: false, without: 'every job would end with code 89' }]),
      ];
    }),
    ...ofCopies(site),
  ];
};

const found = (answer: Answer): string => {
  const bytes = Number(textOf(answer, 'bytes'));
  const size = textOf(answer, 'bytes') === undefined ? '' : `, ${formatBytes(bytes)}`;
  return `${textOf(answer, 'kind')}${size}`;
};

/** What is wrong with it, if anything. An image may be a folder too (a sandbox). */
const problem = (answer: Answer, isFolder: boolean): string | undefined => {
  const kind = textOf(answer, 'kind');
  if (kind === 'missing') return 'not there';
  if (kind === 'closed' || textOf(answer, 'readable') !== 'yes') return 'there, but you may not read it';
  if (isFolder && kind === 'file') return 'a file, not a folder';
  if (textOf(answer, 'empty') === 'yes' || textOf(answer, 'bytes') === '0') return 'empty';
  return undefined;
};

const oneFile = (site: Site, { of }: Facts, { key, path, isFolder, without }: Named): Said => {
  const more = { claimed: path, source: sourceOf(site, key) };
  if (isOfJob(path)) return unknown(key, 'known only inside a job', more);
  const answer = of(askFile(path));
  if (!hasAnswered(answer, 'kind')) return unknown(key, failureOf(answer), more);
  const wrong = problem(answer, isFolder);
  if (wrong === undefined) return ok(key, found(answer), more);
  return differs(key, wrong, { ...more, todo: `${without}: ${key} in the overlay.` });
};

const oneSecret = (site: Site, { of }: Facts, name: string, file: string): Said => {
  const check = `secrets.${name}`;
  const answer = of(askSecret(file));
  const more = { claimed: `${file}, mode 600`, source: sourceOf(site, check) };
  if (!hasAnswered(answer, 'kind')) return unknown(check, failureOf(answer), more);
  if (textOf(answer, 'kind') !== 'file')
    return differs(check, textOf(answer, 'kind') === 'missing' ? 'not there' : 'no file', {
      ...more,
      todo: `jobs run without ${name}: write it to ${file} over there, then chmod 600.`,
    });
  if (textOf(answer, 'readable') !== 'yes')
    return differs(check, 'there, but you may not read it', { ...more, todo: `chmod 600 ${file}` });
  const mode = textOf(answer, 'mode') ?? '';
  if (textOf(answer, 'empty') === 'yes')
    return differs(check, 'empty', { ...more, todo: `write the secret to ${file} over there.` });
  return okIf(mode.endsWith('00'), 'differs', check, `mode ${mode}`, {
    ...more,
    todo: `every node of a job would refuse to start: chmod 600 ${file} over there.`,
  });
};

const pairs = (site: Site): readonly (readonly [string, string])[] =>
  Object.entries(site.profile.copies ?? {}).flatMap(([key, copy]) =>
    typeof copy === 'string'
      ? key.startsWith('dataset:')
        ? [[`copies.${key}`, copy] as const]
        : []
      : copy.files.map(({ prefix }) => [`copies.${key}`, prefix] as const),
  );

const onePair = (site: Site, { of }: Facts, key: string, prefix: string): Said => {
  const answer = of(askPair(prefix));
  const more = { claimed: prefix, source: sourceOf(site, key) };
  if (!hasAnswered(answer, 'path')) return unknown(key, failureOf(answer), more);
  const [idx, bin] = [Number(textOf(answer, 'idx') ?? 0), Number(textOf(answer, 'bin') ?? 0)];
  const missing = [...(idx > 0 ? [] : ['.idx']), ...(bin > 0 ? [] : ['.bin'])];
  return okIf(
    missing.length === 0,
    'differs',
    key,
    missing.length ? `no ${missing.join(' and ')} that can be read` : `${formatBytes(bin)} of tokens`,
    {
      ...more,
      todo: `training would refuse to start: mend the prefix in the overlay, or remove the line.`,
    },
  );
};

const secretsOf = (site: Site): readonly [string, { readonly file: string }][] =>
  Object.entries(site.profile.secrets ?? {});

/** Files of the person's own over there: environments, copies, secrets. A secret is never read. */
export const files: Topic = {
  id: 'files',
  asks: site => [
    ...named(site)
      .filter(each => !isOfJob(each.path))
      .map(each => askFile(each.path)),
    ...pairs(site).map(([, prefix]) => askPair(prefix)),
    ...secretsOf(site).map(([, { file }]) => askSecret(file)),
  ],
  read: (site, facts) => [
    ...named(site).map(each => oneFile(site, facts, each)),
    ...pairs(site).map(([key, prefix]) => onePair(site, facts, key, prefix)),
    ...secretsOf(site).map(([name, { file }]) => oneSecret(site, facts, name, file)),
  ],
};
