import { promises as systemDns } from 'node:dns';
import type { DiscoverySettings, TargetGroup } from '../discovery-config.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { Refresher } from './refresher.ts';

/** The part of `node:dns` that discovery asks; tests hand in their own. */
export interface DnsResolver {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  resolveSrv(name: string): Promise<{ name: string; port: number }[]>;
  resolveMx(name: string): Promise<{ exchange: string }[]>;
  resolveNs(name: string): Promise<string[]>;
}

type DnsSettings = Extract<DiscoverySettings, { kind: 'dns' }>;

/**
 * Targets from DNS records (`dns_sd_configs`), looked up each refresh interval; a name that cannot be looked up
 * keeps its last good answer, one that does not exist has no targets.
 */
export function makeDnsProvider(
  settings: DnsSettings,
  { clock, logger }: ProviderContext,
  dns: DnsResolver = systemDns,
): Provider {
  const known = new Map<string, TargetGroup>();
  let refresher: Refresher | undefined;
  return {
    async start(update) {
      refresher = new Refresher(clock, settings.refreshMs, async () => {
        await Promise.all(
          settings.names.map(async (name) => {
            try {
              known.set(name, await lookUp(name, settings, dns));
            } catch (error) {
              const { code } = error as NodeJS.ErrnoException;
              if (code === 'ENOTFOUND' || code === 'ENODATA') known.delete(name);
              logger.warn({ name, type: settings.type, error: code }, 'a name of DNS discovery cannot be looked up');
            }
          }),
        );
        update([...known.values()]);
      });
      await refresher.run();
    },
    stop: () => refresher?.stop(),
  };
}

async function lookUp(name: string, { type, port }: DnsSettings, dns: DnsResolver): Promise<TargetGroup> {
  const labels = { __meta_dns_name: name };
  switch (type) {
    case 'A':
      return { source: name, labels, targets: (await dns.resolve4(name)).map((ip) => address(ip, port)) };
    case 'AAAA':
      return { source: name, labels, targets: (await dns.resolve6(name)).map((ip) => address(`[${ip}]`, port)) };
    case 'SRV': {
      const records = await dns.resolveSrv(name);
      const targets = records.map((record) => ({
        ...address(record.name, record.port),
        __meta_dns_srv_record_target: dotted(record.name),
        __meta_dns_srv_record_port: String(record.port),
      }));
      return { source: name, labels, targets };
    }
    case 'MX': {
      const records = await dns.resolveMx(name);
      const targets = records.map(({ exchange }) => ({
        ...address(exchange, port),
        __meta_dns_mx_record_target: dotted(exchange),
      }));
      return { source: name, labels, targets };
    }
    case 'NS': {
      const records = await dns.resolveNs(name);
      const targets = records.map((host) => ({ ...address(host, port), __meta_dns_ns_record_target: dotted(host) }));
      return { source: name, labels, targets };
    }
  }
}

function address(host: string, port: number): { readonly __address__: string } {
  return { __address__: `${host.replace(/\.$/, '')}:${port}` };
}

/** Prometheus shows names of records fully qualified. */
function dotted(host: string): string {
  return host.endsWith('.') ? host : `${host}.`;
}
