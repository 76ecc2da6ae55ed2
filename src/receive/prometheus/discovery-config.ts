import { z } from 'zod';
import { duration } from '../../util/duration.ts';
import { HTTP_KEYS, httpSettings, type HttpSettings } from './http-config.ts';
import { scalarText } from './relabel-config.ts';

/** Targets that share labels; what every kind of discovery gives. */
export interface TargetGroup {
  /** Names the group within its provider: an index, a file, a DNS name. */
  readonly source: string;
  /** Addresses, `host:port`, each with the labels that are its own. */
  readonly targets: readonly Readonly<Record<string, string>>[];
  /** Labels of all of them. */
  readonly labels: Readonly<Record<string, string>>;
}

export type DiscoverySettings =
  | { readonly kind: 'static'; readonly groups: readonly TargetGroup[] }
  | { readonly kind: 'file'; readonly files: readonly string[]; readonly refreshMs: number }
  | { readonly kind: 'http'; readonly url: string; readonly refreshMs: number; readonly http: HttpSettings }
  | {
      readonly kind: 'dns';
      readonly names: readonly string[];
      readonly type: 'SRV' | 'A' | 'AAAA' | 'MX' | 'NS';
      readonly port: number;
      readonly refreshMs: number;
    };

const labelName = z.string().min(1, 'is empty; a label needs a name');

/** `targets` and `labels`, as in `static_configs`, target files and answers of HTTP discovery. */
export const targetGroup = z.strictObject({
  targets: z.array(z.string()).describe('Addresses as host:port.'),
  labels: z.record(labelName, scalarText).prefault({}).describe('Labels of all of these targets.'),
});

/** A parsed group under its name. */
export function namedGroup(source: string, group: z.output<typeof targetGroup>): TargetGroup {
  return { source, labels: group.labels, targets: group.targets.map((address) => ({ __address__: address })) };
}

const fileDiscovery = z
  .strictObject({
    files: z
      .array(
        z
          .string()
          .regex(
            /^[^*]*(?:\*[^/]*)?\.(?:json|yml|yaml|JSON|YML|YAML)$/,
            'is no path that ends in .json, .yml or .yaml',
          ),
      )
      .min(1)
      .describe('Files with lists of targets; the last part of a path may hold `*`.'),
    refresh_interval: duration.prefault('5m').describe('How often to look, besides when a file changes.'),
  })
  .transform((c): DiscoverySettings => ({ kind: 'file', files: c.files, refreshMs: c.refresh_interval }));

const httpDiscovery = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'is not an http or https URL' })
      .describe('Where the list of targets is.'),
    refresh_interval: duration.prefault('60s').describe('How often to ask.'),
    ...HTTP_KEYS,
  })
  .transform((c, context): DiscoverySettings => {
    return { kind: 'http', url: c.url, refreshMs: c.refresh_interval, http: httpSettings(c, context) };
  });

const dnsDiscovery = z
  .strictObject({
    names: z.array(z.string()).min(1).describe('Names to look up.'),
    type: z.enum(['SRV', 'A', 'AAAA', 'MX', 'NS']).prefault('SRV').describe('Kind of record; SRV brings its port.'),
    port: z.number().int().min(1).max(65535).optional().describe('Port of the targets; needed unless SRV.'),
    refresh_interval: duration.prefault('30s').describe('How often to look.'),
  })
  .superRefine((c, context) => {
    if (c.type === 'SRV' || c.port !== undefined) return;
    context.addIssue({ code: 'custom', path: ['port'], message: `is needed for records of type ${c.type}` });
  })
  .transform((c): DiscoverySettings => {
    return { kind: 'dns', names: c.names, type: c.type, port: c.port ?? 0, refreshMs: c.refresh_interval };
  });

/** The keys of a scrape configuration that say where targets come from. */
export const DISCOVERY_KEYS = {
  static_configs: z.array(targetGroup).prefault([]).describe('Targets written here.'),
  file_sd_configs: z.array(fileDiscovery).prefault([]).describe('Targets listed in files.'),
  http_sd_configs: z.array(httpDiscovery).prefault([]).describe('Targets listed by an HTTP server.'),
  dns_sd_configs: z.array(dnsDiscovery).prefault([]).describe('Targets found in DNS.'),
} as const;

/** Kinds of discovery that Prometheus has and Sonde does not. */
export function unsupportedDiscovery(key: string): string | undefined {
  if (!/_sd_configs$/.test(key) || key in DISCOVERY_KEYS) return undefined;
  return 'is not supported yet, it comes later; use file_sd_configs or http_sd_configs until then';
}

/** Settings of `DISCOVERY_KEYS`. */
export function discoverySettings(config: z.output<z.ZodObject<typeof DISCOVERY_KEYS>>): DiscoverySettings[] {
  const groups = config.static_configs.map((group, i) => namedGroup(String(i), group));
  return [
    ...(groups.length > 0 ? [{ kind: 'static', groups } as const] : []),
    ...config.file_sd_configs,
    ...config.http_sd_configs,
    ...config.dns_sd_configs,
  ];
}
