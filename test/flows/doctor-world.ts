import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from '../../src/doctor/finding.ts';
import { type DoctorOptions, doctor, type Examination } from '../../src/flows/doctor.ts';
import type { World } from '../../src/flows/world.ts';
import { localRemote } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { readingWorld } from '../helpers/planning.ts';
import { freshFolder } from '../store/disks.ts';

/** A machine with a home and a profile of its own, reached without a connection. */
export interface Machine {
  readonly dir: string;
  readonly home: string;
  /** Writes a file below `dir`. */
  write(path: string, text: string, mode?: number): string;
  /** The person's own whole profile `site`. */
  profile(text: string): void;
  /** Their overlay of `local`, with every folder below `dir`. */
  overlay(text: string): void;
  examine(options?: DoctorOptions & { readonly remote?: Remote; readonly cluster?: string }): Promise<Examination>;
}

const paths = (dir: string): string => `paths:
  runs: ${dir}/w/runs
  datasets: ${dir}/w/datasets
  models: ${dir}/w/models
  images: ${dir}/w/images
  software: ${dir}/w/software
  cache: ${dir}/w/cache
  scratch: /tmp
`;

/** Keys every profile needs; what a test is about comes after it. Folders below DIR. */
export const base = (dir: string, login = '{host: localhost}'): string => `martlet: 1
name: site
title: A prepared machine
launcher: local
login: ${login}
accounting: {required: false, by: directive}
${paths(dir)}`;

export const EMBEDDED = `scheduler: embedded
runtime: none
resource_types: {node: {gpus: 0}}
`;

export const machine = (env: Readonly<Record<string, string>> = {}): Machine => {
  const dir = freshFolder('martlet-doctor-');
  const [home, config] = [join(dir, 'home'), join(dir, 'config')];
  mkdirSync(home);
  const write = (path: string, text: string, mode = 0o644): string => {
    const at = join(dir, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
    chmodSync(at, mode);
    return at;
  };
  return {
    dir,
    home,
    write,
    profile: text => write('config/clusters/site.yaml', text),
    overlay: text => write('config/clusters/local.yaml', `martlet: 1\n${paths(dir)}${text}`),
    examine: async ({ remote, cluster = 'site', ...options } = {}) => {
      const world: World = {
        ...readingWorld(config),
        clock: () => new Date(),
        remote: async () => remote ?? localRemote({ env: { HOME: home, ...env } }),
      };
      const { value, diagnostics } = await doctor(cluster, options, world);
      if (!value) throw new Error(JSON.stringify(diagnostics));
      return value;
    },
  };
};

/** A finding by what was looked at. */
export const found = ({ findings }: Examination, check: string): Finding | undefined =>
  findings.find(each => each.check === check);
