import { lookup as resolve, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Where beside the public network a place may be. */
export interface Reach {
  /** It may be on this machine or in a private network. */
  readonly allowPrivate?: boolean;
  /** Networks that it may be in beside the public one: `10.1.0.0/16`. */
  readonly networks?: readonly string[];
}

/** A call that we do not let leave: nothing was sent, and nothing would be the next time. Callers know it by its class. */
export class CallRefused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** The place that a connection leads to is in a network that it does not allow. */
export const DESTINATION_PRIVATE = 'destination.private';

/** Of whoever runs us: this machine, private networks, the carrier's. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7'];

/**
 * Nothing that a tool speaks to is there, but what hands out a machine's own credentials is (link-local, `fd00:ec2::254`,
 * `fd20:ce::254`, `100.100.100.200`, `168.63.129.16`), what carries another address within its own, and what is nobody's place on
 * the public network: https://www.iana.org/assignments/iana-ipv6-special-registry. Only `networks` can open them.
 */
const CLOSED = [
  '0.0.0.0/8', '100.100.100.200/32', '168.63.129.16/32', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64', '2001::/32', '2001:10::/28', '2001:20::/28', '2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16',
  'fd00:ec2::/32', 'fd20:ce::/32', 'fe80::/10', 'fec0::/10', 'ff00::/8',
];
/** The addresses `::` and those that hold an IPv4 one in the old way; `::1` is private. */
const OLD_FORMS = '::/96';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** Whether a text names a network: `10.0.0.0/8`, `fd00::/8`. */
export const isNetwork = (text: string): boolean => {
  const [address = '', prefix = '', ...more] = text.split('/');
  const family = isIP(address);
  return more.length === 0 && family !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
};

/** A reach as a file says it, or what is wrong with it, to stand behind "has"; `where` says more closely where it stands. */
export const readReach = ({ allowPrivate, networks }: { readonly allowPrivate?: unknown; readonly networks?: unknown }, where = ''): { readonly reach: Reach } | { readonly fault: string } => {
  if (allowPrivate !== undefined && typeof allowPrivate !== 'boolean') return { fault: `an \`allowPrivate\`${where} that is neither true nor false` };
  if (networks !== undefined && !(Array.isArray(networks) && networks.every((network): network is string => typeof network === 'string' && isNetwork(network)))) return { fault: `a \`networks\`${where} that is no list such as ["10.1.0.0/16"]` };
  return { reach: { ...(allowPrivate !== undefined && { allowPrivate }), ...(networks !== undefined && { networks }) } };
};

const listOf = (networks: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
};

const privateList = listOf(PRIVATE);
const closedList = listOf(CLOSED);
const oldForms = listOf([OLD_FORMS]);

/** Whether a connection may lead to an address. An IPv6 address that stands for an IPv4 one is taken for that one. */
export const allowedBy = ({ allowPrivate = false, networks = [] }: Reach): ((address: string) => boolean) => {
  const named = listOf(networks);
  return (given) => {
    const address = given.split('%')[0] ?? '';
    if (isIP(address) === 0) return false;
    const isIn = (list: BlockList): boolean => list.check(address, familyOf(address));
    if (isIn(named)) return true;
    if (isIn(closedList)) return false;
    if (isIn(privateList)) return allowPrivate;
    return !isIn(oldForms);
  };
};

type Resolve = (hostname: string, options: LookupAllOptions, done: (fault: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;

/**
 * Looks a name up once, and hands on only addresses that may be reached: the socket goes to one of them, so that no second
 * answer of the name server counts. One forbidden address among them is enough to refuse.
 */
export const guardedLookup =
  (isAllowed: (address: string) => boolean, ask: Resolve = resolve): LookupFunction =>
  (hostname, options, done) => {
    ask(hostname, { ...options, all: true }, (fault, addresses) => {
      const [first] = addresses ?? [];
      if (fault || !first) done(fault ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4);
      else if (!addresses.every(({ address }) => isAllowed(address))) done(new CallRefused(DESTINATION_PRIVATE), '', 4);
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
