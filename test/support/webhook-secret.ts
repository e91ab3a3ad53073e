/** What web hooks of the specs are signed with. */
export const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 'hook').toString('base64')}`;
