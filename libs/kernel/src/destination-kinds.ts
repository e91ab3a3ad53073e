/** What a destination is, which says how it is normalised before it is compared. */
export const DESTINATION_KINDS = ['email', 'host', 'url', 'channel', 'account', 'id'] as const;
export type DestinationKind = (typeof DESTINATION_KINDS)[number];
