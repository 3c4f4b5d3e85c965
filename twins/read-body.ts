import type { IncomingMessage } from 'node:http';

/** How much of a body over its limit is still read and dropped, so that the refusal reaches a client that sends before it reads. */
const surplusFactor = 8;

/**
 * The body of a request as UTF-8 text. `too-large` beyond `bytesMax`; `gone` when the connection broke before its end,
 * or when so much came that reading on only to refuse is no longer worth it (the connection is destroyed then).
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<{ readonly kind: 'body'; readonly text: string } | { readonly kind: 'too-large' | 'gone' }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax * surplusFactor) return { kind: 'gone' };
      if (bytes <= bytesMax) chunks.push(chunk);
    }
  } catch {
    return { kind: 'gone' };
  }
  if (bytes > bytesMax) return { kind: 'too-large' };
  return { kind: 'body', text: Buffer.concat(chunks).toString('utf8') };
}
