import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { LoadFnOutput } from 'node:module';
import { fileURLToPath } from 'node:url';

/** One piece of source text that is replaced while a module is loaded. */
export type Patch = {
  /** From the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

const root = new URL('../..', import.meta.url);

/** Production code as it is run here: on the model of the store, if asked, and with these pieces replaced. */
export function useHooks(options: {
  readonly modelStore: boolean;
  readonly patches?: readonly Patch[];
}): void {
  const patches = options.patches ?? [];
  const used = new Set<Patch>();
  registerHooks({
    resolve(specifier, context, next) {
      const redirected = redirect(specifier, context.parentURL, options.modelStore);
      return redirected === undefined ? next(specifier, context) : next(redirected.href, context);
    },
    load(url, context, next): LoadFnOutput {
      const mine = patches.filter((patch) => new URL(patch.file, root).href === url);
      if (mine.length === 0) return next(url, context);
      let source = readFileSync(fileURLToPath(url), 'utf8');
      for (const patch of mine) {
        source = applyPatch(source, patch);
        used.add(patch);
      }
      return { format: 'module-typescript', source, shortCircuit: true };
    },
  });
}

/** Throws when the text is not there exactly once: a bug that is no longer planted must not count as found. */
export function applyPatch(source: string, patch: Patch): string {
  const parts = source.split(patch.find);
  if (parts.length !== 2)
    throw new Error(`${patch.file} has ${parts.length - 1} times, not once: ${patch.find}`);
  return parts.join(patch.replace);
}

function redirect(specifier: string, parent: string | undefined, modelStore: boolean): URL | undefined {
  if (specifier === './connectors.ts' && parent?.endsWith('/src/gateway/open-connections.ts') === true)
    return new URL('test/simulation/pos/offered.ts', root);
  if (!modelStore || !specifier.startsWith('#store/')) return undefined;
  const model = new URL(`test/simulation/store/${specifier.slice('#store/'.length)}`, root);
  return existsSync(model) ? model : undefined;
}
