/** Ways in which a frame is damaged so that it cannot be taken for the frame it was. */
const ways: readonly ((frame: string) => string)[] = [
  (frame) => frame.slice(0, Math.max(1, Math.floor(frame.length / 2))),
  (frame) => frame.slice(Math.floor(frame.length / 2)),
  (frame) => `${frame.trimEnd().slice(0, -1)}`,
  (frame) => frame.replaceAll(/"(amount|grossAmountInCents)":\s*[^,}]+/g, '"$1":{"not":"a number"}'),
  (frame) => frame.replaceAll(/"(id|timestamp)":\s*(?:"[^"]*"|[^,}]+)/g, '"$1":null'),
  (frame) => frame.replaceAll('"', "'"),
  () => "<html><body><h1>502 Bad Gateway</h1></body></html>",
  () => "[]",
  () => "null",
  () => "{}",
  () => "",
  () => "\u0000\ufffd{",
];

/** `frame`, damaged in one of these ways; what no way would change is at least cut short. */
export function damaged(frame: string, random: () => number): string {
  const way = ways[Math.floor(random() * ways.length)] as (typeof ways)[number];
  const broken = way(frame);
  return broken === frame ? frame.slice(0, -2) : broken;
}
