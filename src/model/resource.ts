import type { AttributeValue } from './attributes.ts';

/** Who sent it: an OpenTelemetry resource. A batch holds each distinct one once; rows refer by index. */
export interface Resource {
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** `service.name`, or `unknown_service` as the specification asks. */
  readonly serviceName: string;
  readonly schemaUrl: string;
}

/** Which instrumentation produced it. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export const UNKNOWN_SERVICE = 'unknown_service';

export function makeResource(attributes: ReadonlyMap<string, AttributeValue>, schemaUrl = ''): Resource {
  const name = attributes.get('service.name');
  return { attributes, schemaUrl, serviceName: typeof name === 'string' && name !== '' ? name : UNKNOWN_SERVICE };
}
