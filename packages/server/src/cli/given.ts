/** The fields that were given, without those that were not. */
export function given<Fields extends object>(fields: Fields): { [N in keyof Fields]?: Exclude<Fields[N], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
