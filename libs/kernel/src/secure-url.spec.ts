import { describe, expect, it } from 'vitest';
import { isSecureUrl } from './secure-url.js';

describe('what is sent to a place', () => {
  it.each(['https://vault.example', 'http://127.0.0.1:8200', 'http://127.1', 'http://localhost', 'http://[::1]:8200'])('is read by nobody on the way to %s', (url) => {
    expect(isSecureUrl(new URL(url))).toBe(true);
  });

  it.each(['http://vault.example', 'http://127.0.0.1.example', 'http://localhost.example', 'http://10.0.0.1', 'ftp://127.0.0.1', 'file:///tmp'])('may be read on the way to %s', (url) => {
    expect(isSecureUrl(new URL(url))).toBe(false);
  });
});
