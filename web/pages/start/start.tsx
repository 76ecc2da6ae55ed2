/** Before any data: what was found on this machine, and how to point things at it. Replaced without a reload. */
import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { StatusResponse, TargetsResponse } from '../../../src/serve/sonde/contract.ts';
import { hasData, useStatus } from '../../app/status.tsx';
import { useData } from '../../app/use-data.ts';
import { useView } from '../../app/view.tsx';
import { ask } from '../../api/client.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import { formatAge, formatSeconds, plural } from '../../kit/format.ts';
import { Glyph, StateWord } from '../../kit/icons.tsx';
import { Link } from '../../kit/link.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Loads } from '../../kit/states.tsx';
import { snippetTabs, type Snippet } from './snippets.ts';
import './start.css';

const LOOK_MS = 3000;
const MOST_REFUSALS = 3;

export function Start(): ReactNode {
  const status = useStatus();
  const targets = useTargets();
  const { href } = useView();
  return (
    <Loads from={status} height={640}>
      {(data) => (
        <>
          <div className="hero">
            <h1>{hasData(data) ? 'Send data to Sonde' : 'Sonde runs and waits for data'}</h1>
            <p>
              {foundSentence(targets.data)} Prompts and answers are never stored unless a policy keeps them.{' '}
              {hasData(data) && <Link href={href('/')}>Data arrives: open the overview</Link>}
            </p>
          </div>
          <div className="start-two">
            <FoundPanel loaded={targets} />
            <SnippetPanel status={data} />
          </div>
        </>
      )}
    </Loads>
  );
}

function useTargets() {
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setRound((n) => n + 1), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return useData(`targets ${round}`, (signal) => ask('targets', {}, {}, signal));
}

function foundSentence(targets: TargetsResponse | undefined): string {
  if (targets === undefined) return '';
  const watched = targets.targets.filter((t) => t.health === 'up').length;
  const silent = targets.found.filter((f) => f.state === 'silent').length;
  if (watched + silent === 0) return 'No LLM server was found on this machine yet.';
  const parts = [
    ...(watched > 0 ? [`${plural(watched, 'target')} ${watched === 1 ? 'is' : 'are'} being read`] : []),
    ...(silent > 0 ? [`${plural(silent, 'server')} ${silent === 1 ? 'answers' : 'answer'} without metrics`] : []),
  ];
  return `On this machine ${parts.join(', ')}.`;
}

function FoundPanel({ loaded }: { readonly loaded: ReturnType<typeof useTargets> }): ReactNode {
  const every = loaded.data?.discovery;
  const sub =
    every === undefined
      ? undefined
      : every.enabled
        ? `local ports, looked at every ${formatSeconds(every.intervalMs / 1000)}`
        : 'looking at local ports is switched off';
  return (
    <Panel title="Found here" className="found" sub={sub}>
      <Loads from={loaded} height={160}>
        {(targets) => <FoundList targets={targets} />}
      </Loads>
    </Panel>
  );
}

function FoundList({ targets }: { readonly targets: TargetsResponse }): ReactNode {
  const nowMs = Date.now();
  const silent = targets.found.filter((f) => f.state === 'silent');
  return (
    <ul>
      {targets.targets.map((target) => (
        <li key={`${target.job}${target.url}`}>
          <Glyph state={target.health === 'up' ? 'ok' : target.health === 'down' ? 'bad' : 'unknown'} word />
          <div>
            <b className="med">{target.title ?? `${target.job}, ${target.instance}`}</b>
            <p className="mono">
              {target.url}
              {target.health === 'up' && target.samples !== null && ` · ${plural(target.samples, 'sample')}`}
              {target.health === 'up' &&
                target.lastScrapeMs !== null &&
                `, ${formatSeconds(target.lastScrapeMs / 1000)}`}
            </p>
            {target.lastError !== null && <p className="bad">{target.lastError}</p>}
          </div>
          <span className="tag">
            {target.health === 'up' ? 'watched' : target.health === 'down' ? 'does not answer' : 'asked soon'}
          </span>
        </li>
      ))}
      {silent.map((found) => (
        <li key={found.url}>
          <Glyph state="warn" word />
          <div>
            <b className="med">{found.title}, no metrics</b>
            <p className="mono">
              {found.url} · seen {formatAge(nowMs - found.lastSeenUnixMs)} ago
            </p>
            {found.mend !== null && <p>{found.mend}</p>}
          </div>
          {found.mend !== null && <CopyButton text={found.mend} label="Copy what mends it" />}
        </li>
      ))}
      {targets.targets.length + silent.length === 0 && (
        <li className="none">
          Nothing answers on the known ports: vLLM 8000, TGI 3000, Triton 8002, SGLang 30000, llama.cpp 8080, Ollama
          11434, DCGM exporter 9400, node exporter 9100. Start one and it appears here by itself.
        </li>
      )}
    </ul>
  );
}

function SnippetPanel({ status }: { readonly status: StatusResponse }): ReactNode {
  const { own, setOwn } = useView();
  const tabs = snippetTabs(status);
  const tab = tabs.find((one) => one.key === own['tab']) ?? tabs[1] ?? tabs[0];
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || tab === undefined) return;
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    setOwn({ tab: next.key }, 'replace');
    document.getElementById(`tab-${next.key}`)?.focus();
  };
  return (
    <section className="panel" aria-label="How to send data">
      <header>
        <div className="tabs" role="tablist" style={{ border: 0 }} onKeyDown={onKey}>
          {tabs.map((one) => (
            <button
              key={one.key}
              id={`tab-${one.key}`}
              role="tab"
              aria-selected={one === tab}
              aria-controls="snippets"
              tabIndex={one === tab ? 0 : -1}
              onClick={() => setOwn({ tab: one.key }, 'replace')}
            >
              {one.label}
            </button>
          ))}
        </div>
      </header>
      <div
        className="body grid"
        id="snippets"
        role="tabpanel"
        aria-labelledby={tab === undefined ? undefined : `tab-${tab.key}`}
      >
        {tab?.snippets.map((snippet) => (
          <SnippetBox key={snippet.title} snippet={snippet} status={status} />
        ))}
        {!status.demo && (
          <SnippetBox
            snippet={{
              title: 'No application yet?',
              about: 'Invented but plausible data, in a folder of its own.',
              code: 'npm start -- --demo',
              ticks: [],
            }}
            status={status}
          />
        )}
        <Arrivals status={status} />
      </div>
    </section>
  );
}

function SnippetBox({ snippet, status }: { readonly snippet: Snippet; readonly status: StatusResponse }): ReactNode {
  const arrived = status.arrivals.find((a) => a.arrived && snippet.ticks.includes(a.key));
  return (
    <div>
      <div className="snip-head">
        <h3>{snippet.title}</h3>
        {arrived !== undefined && <StateWord state="ok">data arrives</StateWord>}
      </div>
      <div className="small ink2">{snippet.about}</div>
      <div className="snip">
        <pre className="code" tabIndex={0}>
          <Highlighted code={snippet.code} />
        </pre>
        <CopyButton text={snippet.code} label={`Copy the lines for ${snippet.title}`} />
      </div>
    </div>
  );
}

/** Keywords and addresses in their colours; text otherwise. */
function Highlighted({ code }: { readonly code: string }): ReactNode {
  return code.split(/(\bexport\b|(?:https?|grpc):\/\/[^\s"]+|"[^"]*"|#.*)/).map((part, i) => {
    if (part === 'export')
      return (
        <span key={i} className="sx-k">
          {part}
        </span>
      );
    if (/^(https?:|grpc:|")/.test(part))
      return (
        <span key={i} className="sx-s">
          {part}
        </span>
      );
    return part;
  });
}

/** What came in at each door, and what was refused lately. */
function Arrivals({ status }: { readonly status: StatusResponse }): ReactNode {
  const nowMs = status.nowUnixMs;
  return (
    <dl className="ports">
      {status.arrivals.map((arrival) => (
        <div key={arrival.key} style={{ display: 'contents' }}>
          <dt>{arrival.label}</dt>
          <dd>
            <StateWord state={arrival.arrived ? 'ok' : 'unknown'}>
              {arrival.arrived
                ? [
                    arrival.detail,
                    arrival.lastUnixMs === null ? null : `last ${formatAge(nowMs - arrival.lastUnixMs)} ago`,
                  ]
                    .filter((x) => x !== null)
                    .join(', ')
                : (arrival.detail ?? 'nothing so far')}
            </StateWord>
          </dd>
        </div>
      ))}
      {status.refusals.slice(0, MOST_REFUSALS).map((refusal) => (
        <div key={`${refusal.unixMs}${refusal.source}${refusal.reason}`} style={{ display: 'contents' }}>
          <dt>{refusal.source}</dt>
          <dd>
            <StateWord state="bad">
              {refusal.count} refused {formatAge(nowMs - refusal.unixMs)} ago: {refusal.reason}
            </StateWord>
          </dd>
        </div>
      ))}
    </dl>
  );
}
