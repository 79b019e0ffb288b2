import type { Plugin } from 'vite';

export function thirdPartyLicenses(): { readonly collect: Plugin; readonly write: Plugin };
