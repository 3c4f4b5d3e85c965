import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from './config.ts';

describe('configuration', () => {
  it('has a default for everything a first start needs', () => {
    const result = readConfig({});
    assert.equal(result.kind, 'config');
    assert.equal(result.kind === 'config' && result.config.port, 8080);
    assert.equal(result.kind === 'config' && result.config.databaseUrl, undefined);
  });

  it('refuses mock mode in production, whichever variable says production', () => {
    for (const production of [{ NODE_ENV: 'production' }, { TABLESIDE_ENV: 'production' }]) {
      const result = readConfig({ RKEEPER_MOCK: 'true', ...production });
      assert.equal(result.kind, 'bad');
      assert.match(result.kind === 'bad' ? (result.errors[0] ?? '') : '', /RKEEPER_MOCK/);
    }
    assert.equal(readConfig({ RKEEPER_MOCK: 'true' }).kind, 'config');
    assert.equal(readConfig({ RKEEPER_MOCK: 'false', NODE_ENV: 'production' }).kind, 'config');
  });

  it('names every variable that is wrong', () => {
    const result = readConfig({
      PORT: 'x',
      TABLESIDE_ENV: 'prod',
      TABLESIDE_MASTER_KEY: 'c2hvcnQ=',
      DATABASE_URL: 'mysql://x/y',
    });
    assert.equal(result.kind, 'bad');
    const text = result.kind === 'bad' ? result.errors.join('\n') : '';
    for (const name of ['PORT', 'TABLESIDE_ENV', 'TABLESIDE_MASTER_KEY', 'DATABASE_URL'])
      assert.match(text, new RegExp(`^${name}: `, 'm'));
  });

  it('listens on this machine only until a host is named', () => {
    const hostOf = (environment: Record<string, string>) => {
      const result = readConfig(environment);
      return result.kind === 'config' ? result.config.host : result.errors[0];
    };
    assert.equal(hostOf({}), '127.0.0.1');
    assert.equal(hostOf({ HOST: '0.0.0.0' }), '0.0.0.0');
    assert.equal(hostOf({ HOST: '::' }), '::');
    assert.equal(hostOf({ HOST: 'gateway.internal' }), 'gateway.internal');
    assert.match(hostOf({ HOST: 'http://here' }) ?? '', /^HOST: must be/);
  });

  it('takes an empty variable for an unset one', () => {
    const result = readConfig({ PORT: '', DATABASE_URL: '' });
    assert.equal(result.kind === 'config' && result.config.port, 8080);
  });
});
