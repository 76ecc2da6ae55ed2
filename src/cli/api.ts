import { SondeError } from '../model/errors.ts';
import { quoted } from '../util/quoted.ts';

export const DEFAULT_URL = 'http://127.0.0.1:4600';

/**
 * GETs JSON from a running Sonde.
 * @throws SondeError `cli-unreachable`, `cli-refused` with the server's own words
 */
export async function getJson(baseUrl: string, path: string, query: Record<string, string> = {}): Promise<unknown> {
  let response: Response;
  let url: URL;
  try {
    url = new URL(path, baseUrl);
    url.search = new URLSearchParams(query).toString();
    response = await fetch(url, { headers: authorization() });
  } catch (cause) {
    throw new SondeError(`no Sonde answers at ${baseUrl}`, {
      kind: 'unavailable',
      code: 'cli-unreachable',
      mend: 'start one with `sonde up`, or name another with --url',
      cause,
    });
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  throw new SondeError(messageOf(text), {
    kind: 'invalid',
    code: 'cli-refused',
    where: `${url.pathname}, status ${response.status}`,
  });
}

/** The token of a Sonde that asks for one. */
function authorization(): Record<string, string> {
  const token = process.env['SONDE_TOKEN'];
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** Of Prometheus' error envelope, of Sonde's, or the text itself. */
function messageOf(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: string | { message: string; mend?: string } };
    if (typeof body.error === 'string') return body.error;
    if (body.error !== undefined) return [body.error.message, body.error.mend].filter(Boolean).join('; ');
  } catch {
    // Not JSON: shown as it is.
  }
  return quoted(text, 200);
}
