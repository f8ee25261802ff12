/**
 * Those who ask for the same at the same time share one reading. It always begins after they asked: whoever comes while one is under
 * way shares the next. What a reading gives belongs to several then, and is not to be changed.
 */
export function sharedReading<Asked extends readonly (string | number)[], T>(
  read: (...asked: Asked) => Promise<T>,
): (...asked: Asked) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();

  function begin(name: string, asked: Asked): Promise<T> {
    const reading = read(...asked).finally(() => {
      if (running.get(name) === reading) running.delete(name);
    });
    running.set(name, reading);
    return reading;
  }

  return (...asked) => {
    const name = JSON.stringify(asked);
    const present = running.get(name);
    if (present === undefined) return begin(name, asked);
    let next = waiting.get(name);
    if (next === undefined) {
      const again = () => {
        waiting.delete(name);
        return begin(name, asked);
      };
      next = present.then(again, again);
      waiting.set(name, next);
    }
    return next;
  };
}
