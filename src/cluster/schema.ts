import type * as z from 'zod/mini';
import type { merged } from './schema/overlay.ts';
import type { priority, profile, resourceType, service } from './schema/profile.ts';

export { merged as mergedSchema, overlay as overlaySchema } from './schema/overlay.ts';
export { profile as profileSchema } from './schema/profile.ts';

/**
 * A site's facts as values, before an overlay and placeholders. Keys are the YAML's own. Times are seconds (`unlimited`
 * is Infinity), memory and disks bytes, `nodes` a Range.
 */
export type ClusterProfile = z.core.output<typeof profile>;
export type ResourceType = z.core.output<typeof resourceType>;
export type Service = z.core.output<typeof service>;
export type Priority = z.core.output<typeof priority>;
/** A profile with an overlay merged into it: what a plan reads. */
export type MergedProfile = z.core.output<typeof merged>;
