import { failureOf, printed } from '../answer.ts';
import { type Ask, askRun } from '../ask.ts';
import { type Facts, type Site, sourceOf } from '../facts.ts';
import { ok, okIf, type Said, trouble } from '../finding.ts';
import type { Examined } from './examined.ts';

const socketOf = (site: Site): string => site.profile.dialect_options?.socket ?? '/var/run/docker.sock';

/** The engine itself, with whichever client is there; the first line says which version. */
const askEngine = (site: Site): Ask =>
  askRun([
    ...['sh', '-c'],
    `if command -v docker >/dev/null; then
  exec docker -H "unix://$1" version --format '{{.Server.Version}} ({{.Server.Os}}/{{.Server.Arch}})'
fi
exec curl -sS --fail --max-time 8 --unix-socket "$1" http://engine/version`,
    ...['engine', socketOf(site)],
  ]);

const askSocket = (site: Site): Ask =>
  askRun(['sh', '-c', 'if [ -w "$1" ]; then echo writable; else ls -ld -- "$1"; fi', 'socket', socketOf(site)], 5);

const read = (site: Site, { of }: Facts): Said[] => {
  const socket = socketOf(site);
  const more = { claimed: socket, source: sourceOf(site, 'dialect_options.socket') };
  const access = of(askSocket(site));
  const seen = printed(access)?.trim();
  if (seen !== 'writable')
    return [
      trouble('socket', seen ?? failureOf(access), {
        ...more,
        todo: `start the engine, or let this user use it (often: a group "docker"); Podman's socket is another one: write dialect_options: {socket: PATH} into the overlay.`,
      }),
    ];
  const answer = of(askEngine(site));
  const text = printed(answer)?.trim();
  const version = text?.startsWith('{') ? /"Version":"([^"]+)"/.exec(text)?.[1] : text?.split('\n')[0];
  return [
    ok('socket', 'there', more),
    okIf(version !== undefined, 'trouble', 'engine', version ?? failureOf(answer), {
      claimed: 'answers',
      todo: 'start the engine, then look again.',
    }),
  ];
};

/** One machine's container engine: Docker's, or Podman's with the same interface. */
export const docker: Examined = { programs: [], asks: site => [askSocket(site), askEngine(site)], read };
