import { createServer, type AddressInfo } from 'node:net';
import { createEmulator, type Emulator } from 'emulate';

/** A local stand-in of a service, on a free port of loopback. It puts its own address into its answers, so the port is known before. */
export const startEmulator = async (service: 'github' | 'slack', seed: { readonly tokens: Record<string, { login: string; scopes: string[] }>; readonly github?: object; readonly slack?: object }): Promise<Emulator> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  const options = { port, hostname: '127.0.0.1', baseUrl: `http://127.0.0.1:${port}`, seed };
  return service === 'github' ? createEmulator({ ...options, service: 'github' }) : createEmulator({ ...options, service: 'slack' });
};
