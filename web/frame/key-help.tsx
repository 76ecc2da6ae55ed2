import { useEffect, useRef, type ReactNode } from 'react';
import { KEY_HELP } from '../app/keys.ts';

/** All keys, in a dialog. */
export function KeyHelp({ close }: { readonly close: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="palette key-help"
      aria-label="Keys"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <h2>Keys</h2>
      <dl>
        {KEY_HELP.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <footer>
        <span>
          On a chart: <kbd>←</kbd> <kbd>→</kbd> step, <kbd>Shift</kbd> selects, <kbd>Enter</kbd> opens
        </span>
      </footer>
    </dialog>
  );
}
