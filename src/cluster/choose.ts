import type { Layer } from '../located/layers.ts';
import { didYouMean } from '../located/suggest.ts';
import type { Checked, Diagnostic } from '../model/diagnostic.ts';
import type { MergedProfile, Priority, Service } from './schema.ts';

/** What was chosen among the site's words. */
export interface Choices {
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  /** The type a stage gets that asks for none. */
  readonly resourceType: string;
  readonly serviceName?: string | undefined;
  readonly service?: Service | undefined;
  readonly priority?: ChosenPriority | undefined;
}

export interface ChosenPriority {
  readonly name: string;
  readonly value: number;
  /** The site's own default: nothing needs to be said to its scheduler. */
  readonly isDefault: boolean;
  readonly price_factor?: Priority['price_factor'];
}

interface Wanted {
  readonly account?: string | undefined;
  readonly reservation?: string | undefined;
  readonly priority?: string | undefined;
}

const said = (
  code: Diagnostic['code'],
  what: string,
  words: readonly string[],
  asked: string,
  layer: Layer,
  key: string,
): Checked<never> => ({
  diagnostics: [
    { code, severity: 'error', what, hint: didYouMean(asked, words), at: layer.place([key], 'key'), path: key },
  ],
});

const holds = (service: Service, placeholder: string): boolean => JSON.stringify(service).includes(`{${placeholder}}`);

/** A reservation chooses the service that takes one; else the named one, the default, or the only one. */
const serviceOf = (layer: Layer, profile: MergedProfile, wanted: Wanted): Checked<[string, Service] | undefined> => {
  const all = Object.entries(profile.services ?? {});
  const names = all.map(([name]) => name);
  const named = profile.service;
  if (wanted.reservation !== undefined) {
    const found = all.find(([, each]) => holds(each, 'reservation'));
    return found
      ? { value: found, diagnostics: [] }
      : said('MRT-C004', `${profile.name} has no service that takes a reservation.`, names, '', layer, 'services');
  }
  if (named !== undefined && !names.includes(named))
    return said('MRT-C004', `${profile.name} has no service "${named}".`, names, named, layer, 'service');
  const found = all.find(([name, each]) => (named === undefined ? each.default : name === named));
  return { value: found ?? (all.length === 1 ? all[0] : undefined), diagnostics: [] };
};

const priorityOf = (layer: Layer, profile: MergedProfile, wanted: Wanted): Checked<ChosenPriority | undefined> => {
  const all = Object.entries(profile.priorities ?? {});
  const asked = wanted.priority;
  const found = all.find(([name, each]) => (asked === undefined ? each.default : name === asked));
  if (!found && asked !== undefined)
    return said(
      'MRT-C005',
      `${profile.name} has no priority "${asked}".`,
      all.map(([name]) => name),
      asked,
      layer,
      'priorities',
    );
  if (!found) return { diagnostics: [] };
  const [name, { value, price_factor, default: isDefault = false }] = found;
  return { value: { name, value, isDefault, price_factor }, diagnostics: [] };
};

/** The overlay's default counts more than the profile's: it is written in another file. */
const defaultType = (layer: Layer, profile: MergedProfile): string | undefined => {
  const marked = Object.keys(profile.resource_types).filter(name => profile.resource_types[name]?.default);
  const profileFile = layer.place(['scheduler'])?.file;
  return marked.find(name => layer.place(['resource_types', name, 'default'])?.file !== profileFile) ?? marked[0];
};

const typeOf = (layer: Layer, profile: MergedProfile): Checked<string> => {
  const names = Object.keys(profile.resource_types);
  const asked = profile.resource_type;
  if (asked !== undefined && !names.includes(asked))
    return said('MRT-C003', `${profile.name} has no resource type "${asked}".`, names, asked, layer, 'resource_type');
  const found = asked ?? defaultType(layer, profile);
  if (found !== undefined) return { value: found, diagnostics: [] };
  const [first] = names;
  if (first === undefined)
    return said('MRT-C007', `${profile.name} has no resource types.`, [], '', layer, 'resource_types');
  if (names.length === 1) return { value: first, diagnostics: [] };
  const at = layer.place(['resource_types'], 'key');
  const what = `no resource type is the default: ${first} is taken.`;
  const hint = `write resource_types: {${first}: {default: true}} in the overlay.`;
  return {
    value: first,
    diagnostics: [{ code: 'MRT-C007', severity: 'warning', what, hint, at, path: 'resource_types' }],
  };
};

/** Resource type, service and priority, each by what was asked for, then by the files' defaults. */
export const choose = (layer: Layer, profile: MergedProfile, wanted: Wanted): Checked<Choices> => {
  const service = serviceOf(layer, profile, wanted);
  const priority = priorityOf(layer, profile, wanted);
  const type = typeOf(layer, profile);
  const diagnostics = [...service.diagnostics, ...priority.diagnostics, ...type.diagnostics];
  if (type.value === undefined) return { diagnostics };
  const [serviceName, chosen] = service.value ?? [];
  const { account, reservation } = wanted;
  return {
    value: { account, reservation, resourceType: type.value, serviceName, service: chosen, priority: priority.value },
    diagnostics,
  };
};
