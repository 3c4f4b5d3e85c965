import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { describeAcceptanceApi } from '#api/openapi.ts';

/** Writes the Order Acceptance API's document beside the text that explains it. A test fails while the two differ. */
const text = JSON.stringify(await describeAcceptanceApi());
const file = new URL('../docs/order-acceptance.openapi.json', import.meta.url);
writeFileSync(file, await format(text, { parser: 'json', printWidth: 110 }));
