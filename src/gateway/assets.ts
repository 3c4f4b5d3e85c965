import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from '#api/problem.ts';

/**
 * Files the guest page loads. The browser runs the same sources as the server: type annotations are taken off when a file is
 * first asked for, so there is no build step and nothing generated to commit.
 */
const folders = {
  'assets/domain/': new URL('../domain/', import.meta.url),
  'assets/guest/': new URL('../../web/guest/', import.meta.url),
  'assets/receipt/': new URL('../../web/receipt/', import.meta.url),
  'assets/': new URL('../../web/', import.meta.url),
} as const;

type Asset = { readonly body: string; readonly type: string; readonly etag: string };

export function registerAssets(app: FastifyInstance): void {
  const known = new Map<string, Promise<Asset | undefined>>();
  app.get<{ Params: { '*': string } }>('/assets/*', { schema: { hide: true } }, async (request, reply) => {
    const path = `assets/${request.params['*']}`;
    // Only plain names: no dots but the ending's, so no way out of the folder.
    if (!/^assets(?:\/[a-z]+)?\/[a-z-]+\.(?:ts|css)$/.test(path))
      return sendProblem(reply, { code: 'route-unknown' });
    const loading = known.get(path) ?? load(path);
    known.set(path, loading);
    const asset = await loading;
    if (asset === undefined) {
      known.delete(path);
      return sendProblem(reply, { code: 'route-unknown' });
    }
    void reply
      .header('etag', asset.etag)
      .header('cache-control', 'no-cache')
      .header('content-type', asset.type);
    return request.headers['if-none-match'] === asset.etag ? reply.code(304).send() : reply.send(asset.body);
  });
}

async function load(path: string): Promise<Asset | undefined> {
  const entry = Object.entries(folders).find(([prefix]) => path.startsWith(prefix));
  if (entry === undefined) return undefined;
  const [prefix, folder] = entry;
  const text = await readFile(new URL(path.slice(prefix.length), folder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const script = path.endsWith('.ts');
  const body = script ? stripTypeScriptTypes(text) : text;
  return {
    body,
    type: script ? 'text/javascript; charset=utf-8' : 'text/css; charset=utf-8',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}
