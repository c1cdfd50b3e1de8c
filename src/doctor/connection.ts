import type { TroubleFacts } from '../model/trouble.ts';
import { textOf } from './answer.ts';
import { type Connection, type Facts, type Site, sourceOf, type Topic } from './facts.ts';
import { differs, ok, okIf, type Said, trouble, unknown } from './finding.ts';

type Login = Site['profile']['login'];

/** A login block in a few words. */
const loginText = (login: Login): string => {
  if (typeof login === 'string') return `ssh ${login}`;
  if ('hyperpod' in login) return `HyperPod cluster ${login.hyperpod.cluster} over ssm`;
  const port = login.port === undefined ? '' : ` port ${login.port}`;
  const via = login.via?.length ? ` by way of ${login.via.join(', ')}` : '';
  return `ssh ${login.host}${port}${via}`;
};

const loginUser = (login: Login): string | undefined => (typeof login === 'string' ? undefined : login.user);

const failed = (login: Login, facts: TroubleFacts): Said =>
  trouble('reached', [facts.said?.trim() || facts.doing, facts.left].filter(Boolean).join('; '), {
    claimed: loginText(login),
    todo: facts.hint ?? `${loginText(login)} by hand says more.`,
  });

const lost = ({ lost: facts }: Connection): Said[] =>
  facts
    ? [
        trouble('later questions', facts.said?.trim() || 'no answer', {
          claimed: 'answered',
          todo: facts.hint ?? 'look again: what was lost is told as not answered.',
        }),
      ]
    : [];

const took = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '' : `, in ${(milliseconds / 1000).toFixed(milliseconds < 100 ? 3 : 1)} s`;

const reached = (site: Site, { connection, hello }: Facts): Said => {
  const source = sourceOf(site, 'login');
  const who = `${textOf(hello, 'user') ?? '?'} on ${textOf(hello, 'host') ?? '?'}`;
  if (connection.isHere) return ok('reached', `${who}, with no connection`, { claimed: 'this machine', source });
  return ok('reached', `${who}${took(connection.milliseconds)}`, {
    claimed: loginText(site.profile.login),
    source,
  });
};

const user = (site: Site, { hello }: Facts): Said[] => {
  const found = textOf(hello, 'user');
  const claimed = loginUser(site.profile.login);
  if (found === undefined) return [];
  if (site.placeholders.includes('user'))
    return [
      differs('user', found, {
        claimed: 'not known',
        todo: `write login: {host: ..., user: ${found}} in the overlay: paths hold the name.`,
      }),
    ];
  if (claimed === undefined) return [];
  return [
    okIf(claimed === found, 'differs', 'user', found, {
      claimed,
      source: sourceOf(site, 'login.user'),
      todo: `write user: ${found} into login: of the overlay; paths with {user} would name another folder.`,
    }),
  ];
};

/** `{home}` is /home/USER while nobody says otherwise. */
const home = (site: Site, { hello, connection }: Facts): Said[] => {
  const found = textOf(hello, 'home');
  const supposed = `/home/${site.user}`;
  const { paths, filesystems } = site.profile;
  const named = [...Object.values(paths), ...Object.values(filesystems ?? {}).map(each => each.path)];
  const isUsed = named.some(path => path === supposed || path.startsWith(`${supposed}/`));
  if (connection.isHere || found === undefined || !isUsed) return [];
  return [
    okIf(found === supposed, 'differs', 'home folder', found, {
      claimed: supposed,
      todo: `write the paths below ${found} into paths: and filesystems: of the overlay.`,
    }),
  ];
};

const vouched = ({ isHere, hostKey }: Connection): Said[] => {
  if (isHere) return [];
  if (!hostKey)
    return [
      unknown('host key', 'checked by ssh when it connected; which entry vouches for it was not seen', {
        claimed: 'known',
        todo: 'ssh-keygen -l -F HOST shows it, beside the fingerprint that the site publishes.',
      }),
    ];
  const { fingerprint, file, line } = hostKey;
  return [ok('host key', `${fingerprint}, ${file}:${line}`, { claimed: 'known' })];
};

/** Where we are, as whom, and who vouches for it. A connection that fails is the only finding of all. */
export const connection: Topic = {
  id: 'connection',
  read: (site, facts) => {
    if (facts.connection.trouble) return [failed(site.profile.login, facts.connection.trouble)];
    return [
      reached(site, facts),
      ...lost(facts.connection),
      ...user(site, facts),
      ...home(site, facts),
      ...vouched(facts.connection),
    ];
  },
};
