type Child = Node | string | undefined;

/** An element with its attributes and what is in it; text stays text. What is `undefined` is left out. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A command that a person types. */
export function command(text: string): HTMLElement {
  return element("pre", {}, element("code", {}, text));
}
