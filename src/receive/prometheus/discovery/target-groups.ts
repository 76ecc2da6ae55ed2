import { z } from 'zod';
import { SondeError } from '../../../model/errors.ts';
import { namedGroup, targetGroup, type TargetGroup } from '../discovery-config.ts';

const targetGroups = z.array(targetGroup);

/**
 * A list of target groups from outside: a file, an answer of HTTP discovery.
 * @param source names the list; group i is `source:i`
 * @throws SondeError `discovery-invalid` naming the first fault
 * @see https://prometheus.io/docs/prometheus/latest/http_sd/
 */
export function decodeTargetGroups(value: unknown, source: string): TargetGroup[] {
  const result = targetGroups.safeParse(value ?? []);
  if (result.success) return result.data.map((group, i) => namedGroup(`${source}:${i}`, group));
  const [issue] = result.error.issues;
  const where = issue!.path.map(String).join('.');
  throw new SondeError(`is no list of targets: ${where === '' ? '' : `${where}: `}${issue!.message}`, {
    kind: 'invalid',
    code: 'discovery-invalid',
    where,
    mend: 'write a list of {targets: [host:port], labels: {name: value}}',
  });
}

/** The groups with labels added to each; those of the group win. */
export function withLabels(groups: readonly TargetGroup[], labels: Readonly<Record<string, string>>): TargetGroup[] {
  return groups.map((group) => ({ ...group, labels: { ...labels, ...group.labels } }));
}
