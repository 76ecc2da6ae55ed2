import { z } from 'zod';

const secret = z.string();

const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const tlsVersion = z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).transform((name) => TLS_VERSIONS[name]);

const tlsConfig = z
  .strictObject({
    ca: z.string().optional().describe('Certificates to trust, PEM.'),
    ca_file: z.string().optional().describe('File with certificates to trust.'),
    cert: z.string().optional().describe('Certificate to show, PEM.'),
    cert_file: z.string().optional().describe('File with the certificate to show.'),
    key: secret.optional().describe('Key of the certificate, PEM.'),
    key_file: z.string().optional().describe('File with the key of the certificate.'),
    server_name: z.string().optional().describe('Name the server must prove; that of the URL by default.'),
    insecure_skip_verify: z.boolean().prefault(false).describe('Takes any certificate; for tests only.'),
    min_version: tlsVersion.optional().describe('Lowest TLS version: TLS10, TLS11, TLS12, TLS13.'),
    max_version: tlsVersion.optional().describe('Highest TLS version.'),
  })
  .superRefine((config, context) => {
    for (const name of ['ca', 'cert', 'key'] as const) {
      if (config[name] !== undefined && config[`${name}_file`] !== undefined) {
        context.addIssue({ code: 'custom', path: [name], message: `clashes with ${name}_file; keep one of them` });
      }
    }
  });

const header = z.strictObject({
  values: z.array(z.string()).prefault([]).describe('Values to send.'),
  secrets: z.array(secret).prefault([]).describe('Values to send that are never shown.'),
  files: z.array(z.string()).prefault([]).describe('Files whose content is a value to send.'),
});

/**
 * How to reach an HTTP server: the keys that `scrape_configs` and `http_sd_configs` share, to be spread into their
 * objects; `httpSettings` makes settings of them.
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config
 */
export const HTTP_KEYS = {
  basic_auth: z
    .strictObject({
      username: z.string().optional().describe('User name.'),
      username_file: z.string().optional().describe('File with the user name.'),
      password: secret.optional().describe('Password.'),
      password_file: z.string().optional().describe('File with the password.'),
    })
    .optional()
    .describe('User name and password sent with each request.'),
  authorization: z
    .strictObject({
      type: z.string().prefault('Bearer').describe('First word of the Authorization header.'),
      credentials: secret.optional().describe('The rest of the header.'),
      credentials_file: z.string().optional().describe('File with the rest of the header, read anew each time.'),
    })
    .optional()
    .describe('Authorization header sent with each request.'),
  bearer_token: secret.optional().describe('Short for `authorization.credentials`.'),
  bearer_token_file: z.string().optional().describe('Short for `authorization.credentials_file`.'),
  tls_config: tlsConfig.prefault({}).describe('Certificates and versions of TLS.'),
  http_headers: z.record(z.string(), header).optional().describe('Further headers, by name.'),
  follow_redirects: z.boolean().prefault(true).describe('Whether to go where the server points.'),
  enable_http2: z.boolean().prefault(true).describe('Accepted; Sonde speaks HTTP/1.1, which every target does.'),
} as const;

/** Keys of Prometheus' HTTP clients that Sonde does not have, and what to do instead. */
export const UNSUPPORTED_HTTP_KEYS: Readonly<Record<string, string>> = {
  oauth2: 'is not supported yet; use authorization with a credentials_file that something keeps fresh',
  sigv4: 'is not supported yet',
  proxy_url: 'is not supported yet; Sonde reaches targets directly',
  no_proxy: 'is not supported yet; Sonde reaches targets directly',
  proxy_from_environment: 'is not supported yet; Sonde reaches targets directly',
  proxy_connect_header: 'is not supported yet; Sonde reaches targets directly',
};

export type HttpConfig = z.output<z.ZodObject<typeof HTTP_KEYS>>;

/** A value written in the configuration or read, each time anew, from a file. */
export type Secret = { readonly text: string } | { readonly file: string };

export interface TlsSettings {
  readonly ca: Secret | undefined;
  readonly cert: Secret | undefined;
  readonly key: Secret | undefined;
  readonly serverName: string | undefined;
  readonly verify: boolean;
  readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly maxVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' | undefined;
}

export interface HttpSettings {
  readonly basicAuth: { readonly username: Secret; readonly password: Secret } | undefined;
  readonly authorization: { readonly scheme: string; readonly credentials: Secret } | undefined;
  readonly tls: TlsSettings;
  readonly headers: readonly { readonly name: string; readonly values: readonly Secret[] }[];
  readonly followRedirects: boolean;
}

/** Settings of `HTTP_KEYS`; faults are added to `context` under their key. */
export function httpSettings(config: HttpConfig, context: z.core.$RefinementCtx): HttpSettings {
  const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  const {
    basic_auth: basic,
    authorization,
    bearer_token: token,
    bearer_token_file: tokenFile,
    tls_config: tls,
  } = config;
  const ways = { basic_auth: basic, authorization, bearer_token: token, bearer_token_file: tokenFile };
  const used = Object.entries(ways).filter(([, value]) => value !== undefined);
  if (used.length > 1) refuse(used[1]![0], `clashes with ${used[0]![0]}; keep one of them`);
  if (authorization !== undefined) {
    if (authorization.type.trim().toLowerCase() === 'basic') refuse('authorization', 'cannot be Basic; use basic_auth');
    if (authorization.credentials !== undefined && authorization.credentials_file !== undefined) {
      refuse('authorization', 'has credentials and credentials_file; keep one of them');
    }
  }
  const bearer = secretOf(authorization?.credentials ?? token, authorization?.credentials_file ?? tokenFile);
  return {
    basicAuth:
      basic === undefined
        ? undefined
        : {
            username: secretOf(basic.username, basic.username_file) ?? { text: '' },
            password: secretOf(basic.password, basic.password_file) ?? { text: '' },
          },
    authorization:
      bearer === undefined ? undefined : { scheme: authorization?.type.trim() ?? 'Bearer', credentials: bearer },
    tls: {
      ca: secretOf(tls.ca, tls.ca_file),
      cert: secretOf(tls.cert, tls.cert_file),
      key: secretOf(tls.key, tls.key_file),
      serverName: tls.server_name,
      verify: !tls.insecure_skip_verify,
      minVersion: tls.min_version,
      maxVersion: tls.max_version,
    },
    headers: Object.entries(config.http_headers ?? {}).map(([name, { values, secrets, files }]) => ({
      name,
      values: [...[...values, ...secrets].map((text) => ({ text })), ...files.map((file) => ({ file }))],
    })),
    followRedirects: config.follow_redirects,
  };
}

function secretOf(text: string | undefined, file: string | undefined): Secret | undefined {
  if (text !== undefined) return { text };
  return file === undefined ? undefined : { file };
}
