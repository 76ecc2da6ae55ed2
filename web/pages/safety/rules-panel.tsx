import type { ReactNode } from 'react';
import type { RuleAccount, SafetyResponse } from '../../../src/serve/sonde/contract.ts';
import { isFailed } from '../../api/client.ts';
import { formatBytes, formatCount } from '../../kit/format.ts';
import { Glyph } from '../../kit/icons.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Failed } from '../../kit/states.tsx';
import { ruleParts } from './losses.ts';

const MOST = 16;
const OUTCOME_WORDS: Readonly<Record<RuleAccount['outcome'], string>> = {
  changed: 'fields',
  dropped: 'dropped',
  rejected: 'refused',
};

/** What the rules did to records that were kept, by rule and by the door they came through. */
export function RulesPanel({
  rules,
  span,
  retry,
}: {
  readonly rules: SafetyResponse['rules'];
  readonly span: string;
  readonly retry: () => void;
}): ReactNode {
  return (
    <Panel title="Content and labels kept out" sub={`by rule and source, ${span}`}>
      {isFailed(rules) ? (
        <Failed problem={rules.error} retry={retry} />
      ) : rules.length === 0 ? (
        <div className="state compact">
          <b>0 fields dropped</b>
          <span>Nothing with prompt or response content came in this range.</span>
        </div>
      ) : (
        <div className="scroll-x">
          <table className="t">
            <tbody>
              {[...rules]
                .sort((a, b) => b.count - a.count)
                .slice(0, MOST)
                .map((rule) => (
                  <RuleLine key={`${rule.rule}${rule.signal}${rule.source}${rule.outcome}`} rule={rule} />
                ))}
            </tbody>
          </table>
          {rules.length > MOST && <p className="small muted budget">and {rules.length - MOST} more rules</p>}
        </div>
      )}
    </Panel>
  );
}

function RuleLine({ rule }: { readonly rule: RuleAccount }): ReactNode {
  const { kind, field } = ruleParts(rule.rule);
  return (
    <tr>
      <td className="wrap">
        <span className="st">
          <Glyph state="ok" /> {kind}
        </span>
        {field !== '' && (
          <>
            <br />
            <code className="muted">{field}</code>
          </>
        )}
      </td>
      <td className="r">
        <b className="med">{formatCount(rule.count)}</b> {OUTCOME_WORDS[rule.outcome]}
        {rule.bytes > 0 && (
          <>
            <br />
            <span className="muted">{formatBytes(rule.bytes)}</span>
          </>
        )}
      </td>
      <td className="muted">
        {rule.signal}
        <br />
        {rule.source}
      </td>
    </tr>
  );
}
