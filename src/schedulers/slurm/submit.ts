import type { Output } from '../../model/output.ts';
import { submitAnswer } from '../answer.ts';
import type { Dialect } from '../dialect.ts';

/**
 * --parsable prints ID, or ID;CLUSTER on a federation; an array has one id like any job. A wrapper of the site may drop the
 * option: `Submitted batch job 42`, whose words the first brackets stand for, because the id has to be the first group.
 */
export const idPattern = '^[Ssubmited achjo]*([0-9]+)(;[A-Za-z0-9_.-]+| on cluster [A-Za-z0-9_.-]+)?$';

/**
 * slurmctld's own answers to a request that it looked at and turned down (slurm_errno.c, 22.05 to 25.11); exit code 1. Not
 * here: everything that can also mean that the answer was lost (sockets, credentials, "Unspecified error").
 */
const TURNED_DOWN = [
  'Access/permission denied',
  "User's group not permitted to use this partition",
  'Invalid partition name specified',
  'No partition specified or system default partition',
  'Required partition not available (inactive or drain)',
  'Partition in DOWN state',
  'Requested partition configuration not available now',
  'Requested nodes not in this partition',
  'Multiple partition job request not supported when a partition is set in the association',
  'Requested node configuration is not available',
  'Requested topology configuration is not available',
  'Required node not available (down, drained or reserved)',
  'Invalid node name specified',
  'More processors requested than permitted',
  'Node count specification invalid',
  'CPU count specification invalid',
  'Task count specification invalid',
  'Task distribution specification invalid',
  'Job size specification needs to be provided',
  'Memory required by task is not available',
  'Invalid generic resource (gres) specification',
  'Duplicate generic resource (gres) specification',
  'Invalid GRES specification (with and without type identification)',
  'Requested GRES option unsupported by configured SelectType plugin',
  'Invalid Trackable RESource (TRES) specification',
  'Invalid feature specification',
  'Invalid preferred feature specification',
  'Invalid extra constraints specification',
  'Invalid license specification',
  'Invalid wckey specification',
  'Invalid --nice value',
  'Invalid time specified',
  'Invalid time-min specification',
  'Requested time limit is invalid (missing or exceeds some limit)',
  'Invalid account or account/partition combination specified',
  'Invalid qos specification',
  'Invalid QOS specification, relative QOS',
  'Job violates accounting/QOS policy',
  'Requested account has breached requested QOS usage threshold',
  'MaxJobCount limit reached',
  'System submissions disabled',
  'Access denied to requested reservation',
  'Requested reservation is invalid',
  'Requested reservation is in use',
  'Requested reservation not usable now',
  'Invalid job array specification',
  'Job dependency problem',
  'Circular job dependency',
  'Job script not specified',
  'Pathname of a file, directory or other parameter too long',
  'Job cannot be submitted without the current working directory specified',
  'Environment is missing in job',
  'Burst Buffer permission denied',
  'Burst Buffer request invalid',
  'Burst Buffer resource limit exceeded',
  'Invalid mcs_label specified',
  'Invalid container id specified',
  'Invalid user id',
  'Invalid group id',
  'Requested operation not supported on this system',
];

/** sbatch looked at the script or at its own words and asked nobody; exit code 1, or 255 for its words. */
const NEVER_ASKED =
  /^sbatch: (?:error: )?(?:This does not look like a batch script|Batch script contains (?:DOS line breaks|null characters)|Batch script is empty|Unable to open file |Batch script file size|unrecognized option|invalid option|option '?[^ ]*'? (?:requires an argument|is ambiguous|doesn't allow an argument)|Invalid (?:--)?[a-z-]+ (?:specification|argument|value))/m;

const FAILED = /^sbatch: error: Batch job submission failed: (.*)$/m;

const isRefused = (out: Output): boolean => {
  const answer = FAILED.exec(out.stderr)?.[1];
  if (answer !== undefined) return out.code === 1 && TURNED_DOWN.some(text => answer.startsWith(text));
  return (out.code === 1 || out.code === 255) && NEVER_ASKED.test(out.stderr);
};

export const readSubmit: Dialect['readSubmit'] = out => submitAnswer(out, { idPattern }, isRefused);
