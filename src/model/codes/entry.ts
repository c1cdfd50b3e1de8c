/** By code: its title, and where that is not enough what docs/errors.md says more. */
export type Codes = Readonly<Record<string, { readonly title: string; readonly more?: string }>>;
